"""Carrying out a wish inside the writer's transaction: may it be done now, and what it changes.

Each function answers with the action to keep and the events appended; the caller keeps the action and the key.
"""
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from features.events import Event, EventKind
from rules.errors import InputError, Problem, Refused, nearest_name
from serving.actions.commands import ActionCommand
from serving.decision.acceptance import taken_on
from serving.decision.inputs import DecisionInputs
from serving.decision.override import require_eligible
from serving.decision.parts import DecisionDocument
from serving.decision.recommend import Decision
from serving.decision.request import Override
from serving.ranking.reasons import OVERRIDE, require_code
from serving.runtime.context import Context, now_of
from serving.runtime.decide import keep
from serving.runtime.live import Live
from serving.store import decision_log, event_log
from serving.store.action_log import Action
from serving.store.decision_status import FINAL, OVER, DecisionStatus
from serving.store.writer import Writing


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionResult:
    """What a wish came to: the action, the events appended for it, and an override's new decision as kept."""

    action: Action
    events: tuple[Event, ...] = ()
    decision: bytes | None = None


def accept(writing: Writing, live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The owner takes it on; a proposed one is assigned first, if the owner may still have it and has room."""
    owner_id = _asked_owner(standing)
    action = _action("accepted", writing, wish, owner_id)
    document = decision_log.find(writing.connection, wish.decision_id).document
    events = () if standing.state == "assigned" else (_assign(live.context(writing, action.at), document, owner_id, action),)
    accepted = _event("accepted", document, owner_id, action)
    return ActionResult(action=action, events=(*events, *event_log.append(writing, [accepted])))


def reject(writing: Writing, _live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The owner does not take it on: an assignment ends and its place is free."""
    owner_id = _asked_owner(standing)
    action = _action("rejected", writing, wish, owner_id)
    if standing.state == "proposed":
        return ActionResult(action=action)
    document = decision_log.find(writing.connection, wish.decision_id).document
    return ActionResult(action=action, events=event_log.append(writing, [_event("rejected", document, owner_id, action)]))


def override(writing: Writing, live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """A person gives the item to another owner: a new decision, the old assignment handed on, the places moved."""
    if standing.state in FINAL:
        raise _over(standing)
    if wish.owner_id == standing.owner_id and standing.state in ("proposed", "assigned", "accepted"):
        has_it = "has the item already" if standing.holds else "is the one proposed"
        raise Refused(f"`{wish.owner_id}` {has_it} by decision `{wish.decision_id}`; expected another owner"
                      + ("" if standing.holds else ", or accept the decision"))
    decision, assigned = _decide_for(live.context(writing), wish, standing)
    action = replace(_action("overridden", writing, wish, wish.owner_id), at=decision.inputs.at,
                     new_decision_id=decision.document.decision_id)
    canonical = keep(writing, decision)
    before = standing.owner_id if standing.holds else None
    handed_on = [] if before is None else [_event("reassigned", decision.document, before, action)]
    events = (*event_log.append(writing, handed_on), event_log.append_reserved(writing, assigned))
    return ActionResult(action=action, events=events, decision=canonical)


def review(writing: Writing, _live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """Somebody looked at it; nothing else changes."""
    return ActionResult(action=_action("reviewed", writing, wish, standing.owner_id))


#: How each kind of wish is carried out.
CARRIED_OUT: Mapping[str, Callable[[Writing, Live, ActionCommand, DecisionStatus], ActionResult]] = {
    "accept": accept, "reject": reject, "override": override, "review": review}


def _asked_owner(standing: DecisionStatus) -> str:
    """Whom the decision proposes or gave the item to, and who has not answered; Refused in any other state."""
    if standing.state not in ("proposed", "assigned") or standing.owner_id is None:
        raise _over(standing)
    return standing.owner_id


def _over(standing: DecisionStatus) -> Refused:
    by = f" by decision `{standing.new_decision_id}`" if standing.new_decision_id else ""
    why, _, advice = OVER[standing.state].partition(";")
    return Refused(f"decision `{standing.decision_id}` {why}{by}" + (f";{advice}" if advice else ""))


def _action(kind: str, writing: Writing, wish: ActionCommand, owner_id: str | None) -> Action:
    return Action(action_id=uuid4().hex, decision_id=wish.decision_id, kind=kind, at=now_of(writing.head),
                  actor=wish.actor, owner_id=owner_id, reason=wish.reason, note=wish.note, verdict=wish.verdict,
                  seconds=wish.seconds)


def _event(kind: EventKind, document: DecisionDocument, owner_id: str, action: Action) -> Event:
    """An event of the decision acted on; `document` is any that holds the item."""
    return Event(event_id=f"{action.action_id}:{kind}", kind=kind, assignment_id=action.decision_id,
                 item_id=document.item["item_id"], owner_id=owner_id, occurred_at=action.at, known_at=action.at)


def _assign(context: Context, document: DecisionDocument, owner_id: str, action: Action) -> Event:
    """The assignment that a recommendation becomes; NotEligible where a rule keeps the owner from it by now."""
    writing = context.writing
    inputs = DecisionInputs.from_bytes(decision_log.inputs_of(writing.connection, action.decision_id))
    item, narrowing = context.eligible(inputs.request.item, exclude=inputs.request.exclude)
    require_eligible(owner_id, item.item_id, narrowing, but_for=("working_hours",))   # whoever accepts is at work
    if not context.reserve(owner_id):
        raise Refused(f"`{owner_id}` has become full; expected another owner, or another time")
    assigned = taken_on(document, inputs, owner_id, at=context.at, view=context.view, book=context.in_force.book,
                        directory=context.in_force.directory, bundle=context.bundle_for(inputs.request.item))
    return event_log.append_reserved(writing, replace(assigned, event_id=f"{action.action_id}:assigned"))


def _decide_for(context: Context, wish: ActionCommand, standing: DecisionStatus) -> tuple[Decision, Event]:
    """The decision that an override is and its assignment, with the new owner's place reserved."""
    owners = context.in_force.directory.owners
    if wish.owner_id is None or wish.owner_id not in owners:
        raise InputError([Problem(message="there is no such owner", column_name="owner_id", given=wish.owner_id,
                                  expected="the id of an owner in the directory",
                                  nearest=nearest_name(str(wish.owner_id), owners))])
    asked = DecisionInputs.from_bytes(decision_log.inputs_of(context.writing.connection, wish.decision_id)).request
    decision = context.recommend(replace(
        asked, decision_id=uuid4().hex, mode="assign",
        current_owner=standing.owner_id if standing.holds else asked.current_owner,
        override=Override(of=wish.decision_id, owner_id=wish.owner_id, instead_of=standing.owner_id,
                          reason=require_code(wish.reason, OVERRIDE, "reason"))))
    if decision.assigned is None:
        raise Refused(f"`{wish.owner_id}` cannot have the item: {'; '.join(decision.document.warnings)}")
    return decision, decision.assigned
