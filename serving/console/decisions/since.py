"""What happened since a decision: its assignment's events and what people did with it, in the order of time."""
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from features.events import EVENTS, Event
from rules.model import Directory
from serving.actions.registry import BY_DONE
from serving.console.web.people import PersonView, person
from serving.decision.parts import DecisionDocument
from serving.store import decision_log, tables
from serving.store.action_log import Action
from serving.store.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """One thing that happened after the decision; `owner` None where it concerns none."""

    at: datetime
    what: str
    owner: PersonView | None
    detail: str
    note: str = ""


def happened(store: Store, decision_id: str, directory: Directory) -> tuple[Happened, ...]:
    """Everything that happened to a decision, oldest first."""
    actions = store.actions(decision_id)
    told = {action.kind for action in actions}            # an event of the same name tells less
    found = [_of_event(event, directory) for event in store.happened(decision_id) if event.kind not in told]
    found += [_of_action(action, directory) for action in actions]
    return tuple(sorted(found, key=lambda each: each.at))


def linked(store: Store, document: DecisionDocument) -> tuple[tuple[str, str], ...]:
    """In words and by id: the override that replaced this decision, the one that this one overrode or left the item with."""
    decision_id, held_by = document.decision_id, document.held_by
    column = tables.actions.c
    with store.reading() as connection:
        first = connection.scalars(select(column.decision_id).where(column.new_decision_id == decision_id)).first()
        holds = None if held_by is None or decision_log.outcome_of(connection, held_by) is None else held_by
    after = store.standing(decision_id).new_decision_id
    return tuple((words, other) for words, other in (
        ("This decision was overridden by a person;", after),
        ("This decision is a person's override of an earlier one;", first),
        ("The item had an owner already, by an earlier decision;", holds)) if other is not None)


def _of_event(event: Event, directory: Directory) -> Happened:
    told = [event.outcome] if event.outcome else []
    if event.kind == "assigned" and event.assigned_by:
        told.append("by hand" if event.assigned_by == "manual" else f"by {event.assigned_by}")
    if event.kind == "outcome" and event.value is not None:
        told.append(f"worth {event.value:,.0f}")
    if event.note:
        told.append(event.note)
    return Happened(at=event.occurred_at, what=EVENTS[event.kind].told, owner=person(event.owner_id, directory),
                    detail=", ".join(told))


def _of_action(action: Action, directory: Directory) -> Happened:
    who = (action.actor or "somebody") + ("" if action.verified else " (unverified)")
    told = [f"by {who}"]
    if action.kind == "reviewed":
        if action.seconds is not None:
            told.append(f"after {action.seconds:,.0f} s")
        return Happened(at=action.at, what=f"reviewed: {action.verdict}", owner=None, detail=", ".join(told),
                        note=action.note or "")
    kind = BY_DONE.get(action.kind)                       # none: handed over when somebody left
    if action.reason:
        known = {} if kind is None else kind.codes["reason"]
        told.append(known.get(action.reason, action.reason))
    owner = None if action.owner_id is None else person(action.owner_id, directory)
    return Happened(at=action.at, what="handed over to" if kind is None else kind.told, owner=owner, detail=", ".join(told),
                    note=action.note or "")
