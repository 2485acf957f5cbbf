"""What somebody asks of a decision, and whether it still stands as they read it."""
from dataclasses import dataclass

from rules.errors import StaleMatch
from serving.runtime.idempotent import question_digest
from serving.store.decision_status import DecisionStatus

#: An actor nobody named.
ANONYMOUS = "anonymous"
LONGEST_NOTE = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionCommand:
    """What somebody wants done with a decision.

    `kind`: one of serving/actions/kinds/. `actor` is who says so, unverified. `key`: the idempotency key. `if_match`: the
    entity tags under which the caller read the decision, None = whatever happened since. `owner_id`: who is to have it
    after an override. `reason`: a code of serving/ranking/reasons.py. `verdict`, `seconds`: a review's.
    """

    kind: str
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
        return question_digest([self.decision_id, self.owner_id, self.reason, self.note, self.verdict, self.seconds])


def check_match(wish: ActionCommand, standing: DecisionStatus) -> None:
    """StaleMatch unless the decision still stands as the caller read it."""
    if wish.if_match is None:
        return
    named = [tag.strip() for tag in wish.if_match.split(",")]
    if "*" not in named and standing.etag not in named:
        raise StaleMatch(f"decision `{wish.decision_id}` has moved on since it was read: given If-Match `{wish.if_match}`, "
                         f"it stands at `{standing.etag}` ({standing.state}); read it again")
