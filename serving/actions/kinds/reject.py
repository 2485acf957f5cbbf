"""Reject: the owner does not take the item on; an assignment ends and its place is free."""
from serving.actions.commands import ActionCommand
from serving.actions.handlers import ActionKind, ActionResult, action_of, asked_owner, event_of
from serving.ranking.reasons import REJECT
from serving.runtime.live import Live
from serving.store import decision_log, event_log
from serving.store.decision_status import DecisionStatus
from serving.store.writer import Writing


def carry_out(writing: Writing, _live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The end of an assignment; of a proposal nothing but the action is kept."""
    owner_id = asked_owner(standing)
    action = action_of(KIND, writing, wish, owner_id)
    if standing.state == "proposed":
        return ActionResult(action=action)
    document = decision_log.find(writing.connection, wish.decision_id).document
    return ActionResult(action=action, events=event_log.append(writing, [event_of("rejected", document, owner_id, action)]))


KIND = ActionKind(
    name="reject", done="rejected", told="rejected for", carry_out=carry_out, summary="The owner does not take the item on",
    explained="The owner's place is free again. Needs a reason code.", body="Why the owner does not take it on.",
    fields=("reason", "note"), codes={"reason": REJECT})
