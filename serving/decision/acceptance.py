"""A recommendation that is accepted later: the assignment it becomes then, from its document and what was logged with it."""
from datetime import datetime

from features.events import Event
from features.view import View
from rules.book.schema import RuleBook
from rules.intake.item import item_from_json
from rules.model import Directory
from rules.routing.spread import weights_of
from serving.decision.due_time import respond_by
from serving.decision.inputs import DecisionInputs
from serving.decision.parts import DecisionDocument
from serving.decision.recommend import expected_success
from serving.ranking.bundle import Bundle
from serving.ranking.layers import probability
from serving.ranking.reasons import Reason
from serving.ranking.rotation import credits_after


def taken_on(document: DecisionDocument, inputs: DecisionInputs, owner_id: str, *, at: datetime, view: View, book: RuleBook,
             directory: Directory, bundle: Bundle | None) -> Event:
    """The assigned event of a recommendation that its owner accepts at a moment.

    Propensity and exposure are those of the recommendation, which drew the owner; rotation is charged as of now, and the
    clock of the service level starts now.
    """
    item, team, candidates = item_from_json(document.item), document.route.team, document.candidates
    by: str = document.decided_by
    propensity = next(each.propensity for each in candidates if each.owner_id == owner_id)
    owed = credits = None
    sla = document.sla.policy if document.sla else None
    if by == "model" and document.exploration is not None:
        by = "model" if document.exploration.tie_set[:1] == [owner_id] else "exploration"
        scores = {each.owner_id: each.score if each.score >= 0 else each.chance or 0.0 for each in candidates
                  if each.score is not None}
        whole = sum(scores.values())
        owed = {each.owner_id: scores[each.owner_id] / whole - each.propensity for each in candidates if each.owner_id in scores}
    if by == "rotation" or (document.spread is not None and document.spread.choose == "turns"):
        slate = [each.owner_id for each in candidates if each.owner_id in directory.owners]
        credits = credits_after(view.rotation(team or "", slate), weights_of(team, slate, book, directory), owner_id)
    return Event(
        event_id=f"{document.decision_id}:assigned", kind="assigned", assignment_id=document.decision_id,
        item_id=item.item_id, owner_id=owner_id, occurred_at=at, known_at=at, team=team, item=item,
        expected=_expected(document, inputs, bundle), assigned_by="rule" if by == "fallback" else by,
        propensity=propensity, rotation=credits, exposure=owed,
        value=item.number(inputs.policy.value_attribute(item.kind)), counted_as=_counted_as(document),
        respond_by=respond_by(sla, book=book, directory=directory, owner_id=owner_id, team=team, at=at))


def _counted_as(document: DecisionDocument) -> str | None:
    """Under what the recommendation was counted where its rule had shares of its own."""
    spread = document.spread
    if spread is None or spread.per is None or spread.counted_as == document.route.team:
        return None
    return spread.counted_as


def _expected(document: DecisionDocument, inputs: DecisionInputs, bundle: Bundle | None) -> float | None:
    """The success that the item's own quality promised when it was ranked, or promises now."""
    if inputs.m is not None:
        return float(probability(inputs.m, 0.0, 1.0))
    if document.why_not_model == Reason.MODEL_FAILED.value:
        return None
    return expected_success(item_from_json(document.item), bundle)
