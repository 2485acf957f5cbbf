"""What people may ask of a decision: accept, reject, override, review; what is wrong with a wish before anything is read."""
from dataclasses import dataclass
from typing import Literal

from rules.errors import InputError, Problem, StaleMatch
from serving.ranking import reasons
from serving.runtime.idempotent import digest_of
from serving.store.decision_status import DecisionStatus

Kind = Literal["accept", "reject", "override", "review"]
#: An actor nobody named.
ANONYMOUS = "anonymous"
LONGEST_NOTE = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionCommand:
    """What somebody wants done with a decision.

    `actor` is who says so, unverified. `key`: the idempotency key. `if_match`: the entity tags under which the caller
    read the decision, None = whatever happened since. `owner_id`: who is to have it after an override. `reason`: a code
    of serving/ranking/reasons.py. `verdict`, `seconds`: a review's.
    """

    kind: Kind
    decision_id: str
    actor: str = ANONYMOUS
    key: str | None = None
    if_match: str | None = None
    owner_id: str | None = None
    reason: str | None = None
    note: str | None = None
    verdict: str | None = None
    seconds: float | None = None

    @property
    def digest(self) -> str:
        """What tells this wish from another under the same key."""
        return digest_of([self.decision_id, self.owner_id, self.reason, self.note, self.verdict, self.seconds])


def check(wish: ActionCommand) -> None:
    """InputError with what is wrong in itself: an unknown code, a note too long, a time that is none."""
    if wish.kind == "reject":
        reasons.require_code(wish.reason, reasons.REJECT, "reason")
    elif wish.kind == "override":
        reasons.require_code(wish.reason, reasons.OVERRIDE, "reason")
    elif wish.kind == "review":
        reasons.require_code(wish.verdict, reasons.VERDICTS, "verdict")
    if wish.note is not None and len(wish.note) > LONGEST_NOTE:
        raise InputError([Problem(message="`note` is too long", column_name="note", given=f"{len(wish.note)} characters",
                                  expected=f"at most {LONGEST_NOTE}")])
    if wish.seconds is not None and not 0 <= wish.seconds <= 86_400:
        raise InputError([Problem(message="`seconds` is no time spent looking", column_name="seconds", given=wish.seconds,
                                  expected="a number from 0 to 86400")])


def check_match(wish: ActionCommand, standing: DecisionStatus) -> None:
    """StaleMatch unless the decision still stands as the caller read it."""
    if wish.if_match is None:
        return
    named = [tag.strip() for tag in wish.if_match.split(",")]
    if "*" not in named and standing.etag not in named:
        raise StaleMatch(f"decision `{wish.decision_id}` has moved on since it was read: given If-Match `{wish.if_match}`, "
                         f"it stands at `{standing.etag}` ({standing.state}); read it again")
