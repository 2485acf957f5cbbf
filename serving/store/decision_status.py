"""What became of a decision: proposed, assigned, accepted, or ended and how; and the ETag that changes with it."""
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from features.events import ENDS, EVENTS
from serving.store import action_log, event_log, tables
from serving.store.decision_log import NoSuchDecision

#: Every state a decision can stand in; the first three are open, the last three gave nobody the item.
STATES = ("proposed", "assigned", "accepted", *ENDS, "overridden", "queued", "held", "refused")
#: Why nothing more can be done with a decision, by its state; in `FINAL` ones no person can give the item away either.
OVER: dict[str, str] = {"accepted": "was accepted already", "overridden": "was overridden; act on the decision that replaced it",
        "queued": "left the item in a queue and proposed nobody", "refused": "was refused and proposed nobody",
        "held": "found that the item has an owner and left it there; act on the decision that holds it"}
OVER.update((kind, str(EVENTS[kind].over)) for kind in ENDS)
FINAL = ("overridden", *(kind for kind in ENDS if not EVENTS[kind].overridable))


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionStatus:
    """Where a decision on an item stands. `has_assignment`: whether its owner was ever given the item; `revision` counts what
    happened to it; `new_decision_id`: the decision that overrode it.
    """

    decision_id: str
    item_id: str
    state: str
    owner_id: str | None
    has_assignment: bool
    revision: int
    new_decision_id: str | None = None

    @property
    def holds(self) -> bool:
        """Whether the owner has the item now."""
        return self.state in ("assigned", "accepted")

    @property
    def etag(self) -> str:
        """An entity tag that changes with everything that happens to the decision."""
        return f'"{self.decision_id}.{self.revision}"'


def standing_of(connection: Connection, decision_id: str) -> DecisionStatus:
    """Where a decision stands; NoSuchDecision when there is none."""
    columns = tables.decisions.c
    row = connection.execute(select(columns.outcome, columns.owner_id, columns.item_id)
                             .where(columns.decision_id == decision_id)).one_or_none()
    if row is None:
        raise NoSuchDecision(f"there is no decision `{decision_id}`")
    told = event_log.of_assignment(connection, decision_id)
    gone = {event.about for event in told if event.kind == "retracted"}
    events = [event.kind for event in told if event.event_id not in gone or event.kind == "assigned"]
    actions = action_log.of_decision(connection, decision_id)
    override = next((action for action in actions if action.kind == "overridden"), None)
    state = "overridden" if override else _state(row.outcome, events, {action.kind for action in actions})
    return DecisionStatus(decision_id=decision_id, item_id=row.item_id, state=state, owner_id=row.owner_id,
                          has_assignment="assigned" in events, revision=len(told) + len(actions),
                          new_decision_id=override.new_decision_id if override else None)


def _state(outcome: str, events: Sequence[str], actions: set[str]) -> str:
    ended = next((kind for kind in events if kind in ENDS), None)
    if ended is not None:
        return ended
    if "assigned" in events:
        return "accepted" if "accepted" in events else "assigned"
    if "rejected" in actions:
        return "rejected"
    return "proposed" if outcome == "recommended" else outcome
