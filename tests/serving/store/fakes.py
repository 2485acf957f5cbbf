"""Short events and documents for the store's tests."""
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from features.events import Event
from rules.model import WorkItem
from serving.decision.parts import DecisionDocument
from serving.store import event_log
from serving.store.store import Store

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


def append(store: Store, drafts: Sequence[Event]) -> tuple[Event, ...]:
    """Keep events in a transaction of their own."""
    return store.write(lambda writing: event_log.append(writing, drafts))


def happened(name: str, kind: str = "assigned", *, minute: int = 0, owner: str = "ann", assignment: str | None = None,
             **more: object) -> Event:
    """One event, known when it occurred, `minute` minutes after the start."""
    at = START + timedelta(minutes=minute)
    if kind == "assigned":
        more.setdefault("item", WorkItem(item_id=f"item-{name}", kind="lead", received_at=at))
    return Event(event_id=name, kind=kind, assignment_id=assignment or name, item_id=f"item-{name}", owner_id=owner,
                 occurred_at=at, known_at=at, **more)


def document(name: str, *, decided_at: datetime = START, owner: str | None = "ann", team: str = "sales",
             verdict: str = "pass", item: str = "L-1", outcome: str = "recommended") -> DecisionDocument:
    """The least of a decision document that the store looks at."""
    return DecisionDocument.from_json({
            "decision_id": name, "decided_at": decided_at.isoformat(), "mode": "recommend", "outcome": outcome,
            "decided_by": "model", "item": {"item_id": item}, "owner": {"owner_id": owner, "team": team},
            "route": {"team": team}, "fairness": {"verdict": verdict}, "versions": {"model": None, "state": 0}})
