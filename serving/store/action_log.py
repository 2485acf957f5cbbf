"""What people did with decisions: accepted, rejected, overridden, reviewed, handed over; as canonical bytes."""
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, insert, select

from features.clock import micros, moment
from rules.plain_json import JsonObject
from rules.refdata.times import format_instant
from serving.store import tables
from serving.store.writer import Writing

_A = tables.actions.c
_PUT = insert(tables.actions)


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One thing somebody did with a decision.

    `owner_id`: who accepted, rejected, or now has the item. `reason`: a code of serving/ranking/reasons.py. `new_decision_id`:
    the decision that an override made. `verdict`, `note` and `seconds` (time spent looking) come with a review.
    """

    action_id: str
    decision_id: str
    kind: str
    at: datetime
    actor: str
    verified: bool = False
    owner_id: str | None = None
    reason: str | None = None
    note: str | None = None
    verdict: str | None = None
    seconds: float | None = None
    new_decision_id: str | None = None

    def as_json(self) -> dict[str, object]:
        """The action as data."""
        return {"action_id": self.action_id, "decision_id": self.decision_id, "action": self.kind,
                "at": format_instant(self.at), "actor": {"name": self.actor, "verified": self.verified},
                "owner_id": self.owner_id, "reason": self.reason, "note": self.note, "verdict": self.verdict,
                "seconds": self.seconds, "new_decision_id": self.new_decision_id}

    def canonical(self) -> bytes:
        """The one byte sequence of an action: what is kept and answered."""
        return orjson.dumps(self.as_json(), option=orjson.OPT_SORT_KEYS)


def put(writing: Writing, action: Action) -> bytes:
    """Keep an action in the open transaction; its canonical bytes."""
    canonical, number = action.canonical(), writing.head.last_action + 1
    writing.connection.execute(_PUT, {
        "number": number, "action_id": action.action_id, "decision_id": action.decision_id, "kind": action.kind,
        "at": micros(action.at), "actor": action.actor, "owner_id": action.owner_id, "reason": action.reason,
        "verdict": action.verdict, "new_decision_id": action.new_decision_id, "document": canonical})
    writing.advance(last_action=number)
    return canonical


def of_decision(connection: Connection, decision_id: str) -> tuple[Action, ...]:
    """Everything done with a decision, oldest first."""
    rows = connection.execute(select(_A.at, _A.document).where(_A.decision_id == decision_id).order_by(_A.number)).all()
    return tuple(_action(orjson.loads(row.document), moment(row.at)) for row in rows)


def _action(document: JsonObject, at: datetime) -> Action:
    plain = {name: document[name] for name in ("action_id", "decision_id", "owner_id", "reason", "note", "verdict",
                                               "seconds", "new_decision_id")}
    return Action(kind=document["action"], at=at, actor=document["actor"]["name"],
                  verified=document["actor"]["verified"], **plain)
