"""Accept: the owner takes the item on; a proposed one is assigned first, if the owner may still have it and has room."""
from dataclasses import replace

from features.events import Event
from rules.errors import Refused
from serving.actions.commands import ActionCommand
from serving.actions.handlers import ActionKind, ActionResult, action_of, asked_owner, event_of
from serving.decision.acceptance import taken_on
from serving.decision.inputs import DecisionInputs
from serving.decision.override import require_eligible
from serving.decision.parts import DecisionDocument
from serving.runtime.context import Context
from serving.runtime.decide import hand_over
from serving.runtime.live import Live
from serving.store import decision_log, event_log
from serving.store.action_log import Action
from serving.store.decision_status import DecisionStatus
from serving.store.writer import Writing


def carry_out(writing: Writing, live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The events of an acceptance, after that of the assignment where there is none yet."""
    owner_id = asked_owner(standing)
    action = action_of(KIND, writing, wish, owner_id)
    document = decision_log.find(writing.connection, wish.decision_id).document
    events = () if standing.state == "assigned" else _assign(live.context(writing, action.at), document, owner_id, action)
    accepted = event_of("accepted", document, owner_id, action)
    return ActionResult(action=action, events=(*events, *event_log.append(writing, [accepted])))


def _assign(context: Context, document: DecisionDocument, owner_id: str, action: Action) -> tuple[Event, ...]:
    """The assignment that a recommendation becomes, after the end of the one it moves the item from.

    NotEligible where a rule keeps the owner from it by now, ItemHeld where the book leaves the item with who has it.
    """
    writing = context.writing
    inputs = DecisionInputs.from_bytes(decision_log.inputs_of(writing.connection, action.decision_id))
    holder = context.holder(document.item)
    if holder is not None and (context.in_force.book.intake.held != "move" or holder.owner_id == owner_id):
        raise holder.refusal()
    item, narrowing = context.eligible(inputs.request.item, exclude=inputs.request.exclude)
    require_eligible(owner_id, item.item_id, narrowing, but_for=("working_hours",))   # whoever accepts is at work
    if not context.reserve(owner_id):
        raise Refused(f"`{owner_id}` has become full; expected another owner, or another time")
    assigned = taken_on(document, inputs, owner_id, at=context.at, view=context.view, book=context.in_force.book,
                        directory=context.in_force.directory, bundle=context.bundle_for(inputs.request.item))
    return hand_over(writing, holder, replace(assigned, event_id=f"{action.action_id}:assigned"))


KIND = ActionKind(
    name="accept", done="accepted", told="accepted for", carry_out=carry_out, summary="The owner takes the item on",
    explained="A decision that only recommended is assigned now: 409 when its owner is full or excluded by now, or when the "
              "item has an owner and the book does not move it.",
    body="Nothing needs to be said: `{}`.")
