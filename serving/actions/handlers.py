"""What all kinds of action share: what each says of itself, may it be done now, the action and the events to keep.

A kind is carried out inside the writer's transaction; the caller keeps the action and the key.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import uuid4

from features.events import Event, EventKind
from rules.errors import Refused
from rules.model import EMPTY
from serving.actions.commands import ActionCommand
from serving.decision.parts import DecisionDocument
from serving.runtime.context import now_of
from serving.runtime.live import Live
from serving.store.action_log import Action
from serving.store.decision_status import OVER, DecisionStatus
from serving.store.writer import Writing


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionResult:
    """What a wish came to: the action, the events appended for it, and an override's new decision as kept."""

    action: Action
    events: tuple[Event, ...] = ()
    decision: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionKind:
    """A kind of action as its doors know it.

    `name` stands in its address, `done` in the log, `told` before the owner's name on a page. `summary`, `explained` and
    `body` describe the route. `fields`: those of a command that it takes; `codes`: by field the words it knows.
    `decides`: it is answered by a new decision. `may_match`: it heeds If-Match. `notice`: what the console says after its
    form was sent, "" where it has none.
    """

    name: str
    done: str
    told: str
    summary: str
    explained: str
    body: str
    carry_out: Callable[[Writing, Live, ActionCommand, DecisionStatus], ActionResult]
    fields: tuple[str, ...] = ()
    codes: Mapping[str, Mapping[str, str]] = EMPTY
    needs_key: bool = True
    decides: bool = False
    may_match: bool = False
    notice: str = ""


def asked_owner(standing: DecisionStatus) -> str:
    """Whom the decision proposes or gave the item to, and who has not answered; Refused in any other state."""
    if standing.state not in ("proposed", "assigned") or standing.owner_id is None:
        raise over(standing)
    return standing.owner_id


def over(standing: DecisionStatus) -> Refused:
    """Why nothing more can be done with a decision."""
    by = f" by decision `{standing.new_decision_id}`" if standing.new_decision_id else ""
    why, _, advice = OVER[standing.state].partition(";")
    return Refused(f"decision `{standing.decision_id}` {why}{by}" + (f";{advice}" if advice else ""))


def action_of(kind: ActionKind, writing: Writing, wish: ActionCommand, owner_id: str | None) -> Action:
    """The action to keep, done now."""
    return Action(action_id=uuid4().hex, decision_id=wish.decision_id, kind=kind.done, at=now_of(writing.head),
                  actor=wish.actor, owner_id=owner_id, reason=wish.reason, note=wish.note, verdict=wish.verdict,
                  seconds=wish.seconds)


def event_of(kind: EventKind, document: DecisionDocument, owner_id: str, action: Action) -> Event:
    """An event of the decision acted on; `document` is any that holds the item."""
    return Event(event_id=f"{action.action_id}:{kind}", kind=kind, assignment_id=action.decision_id,
                 item_id=document.item["item_id"], owner_id=owner_id, occurred_at=action.at, known_at=action.at)
