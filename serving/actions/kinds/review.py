"""Review: somebody looked at the decision and approves or challenges it; nothing else changes."""
from serving.actions.commands import ActionCommand
from serving.actions.handlers import ActionKind, ActionResult, action_of
from serving.ranking.reasons import VERDICTS
from serving.runtime.live import Live
from serving.store.decision_status import DecisionStatus
from serving.store.writer import Writing


def carry_out(writing: Writing, _live: Live, wish: ActionCommand, standing: DecisionStatus) -> ActionResult:
    """The action alone."""
    return ActionResult(action=action_of(KIND, writing, wish, standing.owner_id))


KIND = ActionKind(
    name="review", done="reviewed", told="reviewed", carry_out=carry_out, summary="Somebody looked at the decision",
    explained="Approve or challenge, with a note and how long the look took; nothing else changes.",
    body="What somebody thinks who looked at it.", fields=("verdict", "note", "seconds"), codes={"verdict": VERDICTS},
    needs_key=False, notice="Your review is recorded.")
