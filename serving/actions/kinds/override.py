"""Override: a person gives the item to another owner: a new decision, the old assignment handed on, the places moved."""
from dataclasses import replace
from uuid import uuid4

from features.events import Event
from rules.errors import InputError, Problem, Refused, nearest_name
from serving.actions.commands import ActionCommand
from serving.actions.handlers import ActionKind, ActionResult, action_of, over
from serving.decision.inputs import DecisionInputs
from serving.decision.recommend import Decision
from serving.decision.request import Override
from serving.ranking.reasons import OVERRIDE, require_code
from serving.runtime.context import Context
from serving.runtime.decide import hand_over, keep
from serving.runtime.live import Live
from serving.store import decision_log
from serving.store.assignments import OpenAssignment, holder_of
from serving.store.decision_status import FINAL, DecisionStatus
from serving.store.writer import Writing


def carry_out(writing: Writing, live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The new decision with its assignment, after the end of whichever one holds the item."""
    if standing.state in FINAL:
        raise over(standing)
    holder = holder_of(writing.connection, standing.item_id)
    if holder is not None and holder.owner_id == wish.owner_id:
        raise Refused(f"`{wish.owner_id}` has the item already by decision `{holder.assignment_id}`; expected another owner")
    if wish.owner_id == standing.owner_id and standing.state == "proposed":
        raise Refused(f"`{wish.owner_id}` is the one proposed by decision `{wish.decision_id}`; expected another owner, or "
                      f"accept the decision")
    decision, assigned = _decide_for(live.context(writing), wish, standing, holder)
    action = replace(action_of(KIND, writing, wish, wish.owner_id), at=decision.inputs.at,
                     new_decision_id=decision.document.decision_id)
    canonical = keep(writing, decision)
    return ActionResult(action=action, events=hand_over(writing, holder, assigned), decision=canonical)


def _decide_for(context: Context, wish: ActionCommand, standing: DecisionStatus,
                holder: OpenAssignment | None) -> tuple[Decision, Event]:
    """The decision that an override is and its assignment, with the new owner's place reserved."""
    owners = context.in_force.directory.owners
    if wish.owner_id is None or wish.owner_id not in owners:
        raise InputError([Problem(message="there is no such owner", column_name="owner_id", given=wish.owner_id,
                                  expected="the id of an owner in the directory",
                                  nearest=nearest_name(str(wish.owner_id), owners))])
    asked = DecisionInputs.from_bytes(decision_log.inputs_of(context.writing.connection, wish.decision_id)).request
    decision = context.recommend(replace(
        asked, decision_id=uuid4().hex, mode="assign",
        held_by=None, moves_from=None, current_owner=holder.owner_id if holder else asked.current_owner,
        override=Override(of=wish.decision_id, owner_id=wish.owner_id, instead_of=standing.owner_id,
                          reason=require_code(wish.reason, OVERRIDE, "reason"))))
    if decision.assigned is None:
        raise Refused(f"`{wish.owner_id}` cannot have the item: {'; '.join(decision.document.warnings)}")
    return decision, decision.assigned


KIND = ActionKind(
    name="override", done="overridden", told="overridden: now with", carry_out=carry_out,
    summary="A person gives the item to another owner", body="Who is to have it, and why.",
    explained="A new decision, made by a person: only to an owner eligible now. Needs a reason code.",
    fields=("owner_id", "reason", "note"), codes={"reason": OVERRIDE}, decides=True, may_match=True,
    notice="This is the new decision: your override is recorded, and the item is theirs now.")
