"""Why the chosen owner and not this other one, asked of a decision already made: from its document, inputs and bundle.

An eligible owner gets the contrast's terms, an excluded one the rule that took them out, anyone else is told to be
outside the team that was sought.
"""
from dataclasses import replace

import numpy as np

from rules.errors import BundleError, Refused
from rules.intake.item import item_from_json
from serving.decision import sentences
from serving.decision.choice import running_features
from serving.decision.document import explanation_part, terms_part
from serving.decision.explanation import WITHHELD
from serving.decision.inputs import DecisionInputs
from serving.decision.parts import Contrast, DecisionDocument, ExcludedBy
from serving.ranking.bundle import Bundle
from serving.ranking.contrast import ScoredOwner, contrast
from serving.ranking.prices import pace_price
from serving.ranking.slate import standing_of


def explain_versus(document: DecisionDocument, versus: str, *, inputs: DecisionInputs,
                   bundle: Bundle | None) -> Contrast:
    """The answer to `explanation?versus=OWNER`.

    `relation`: chosen, eligible, excluded or outside_team. Terms only where the model ranked; `bundle` must then be
    the one that the document names. Raises BundleError when it is not.
    """
    chosen = document.owner_id
    answer = replace(stored_contrast(document), chosen=chosen, versus=versus, relation="eligible", difference=None, terms=[],
                     sentences=[])
    rival = next((candidate for candidate in document.candidates if candidate.owner_id == versus), None)
    if versus == chosen:
        return replace(answer, relation="chosen", sentences=document.sentences)
    if rival is not None and rival.score is not None and chosen is not None:
        return _model_contrast(answer, document, (chosen, versus), inputs, bundle)
    if rival is not None:
        why = next((told for told in document.warnings if told.startswith("refused: ")), document.outcome)
        said = _said_of_eligible(document).format(owner=versus, chosen=chosen, rank=rival.rank, why=why.removeprefix("refused: "))
        return replace(answer, sentences=[said])
    for out in document.eligibility.excluded:
        if versus in out.owners:
            said = sentences.EXCLUDED.format(owner=versus, rule=out.rule, reason=out.reason)
            return replace(answer, relation="excluded", sentences=[said],
                           excluded_by=ExcludedBy(rule=out.rule, reason=out.reason, evidence=out.evidence))
    said = (sentences.OUTSIDE.format(owner=versus, team=document.route.team) if document.route.team or chosen is None
            else sentences.NOT_NAMED.format(owner=versus, named=chosen, rule=document.route.rule))
    return replace(answer, relation="outside_team", sentences=[said])


def _said_of_eligible(document: DecisionDocument) -> str:
    """What is said of an owner who might have had the item, where no model scored them."""
    if document.owner_id is None:
        return sentences.NOBODY_GOT_IT
    if document.held_by is not None:
        return sentences.HELD_BY_ANOTHER
    return sentences.ALSO_ELIGIBLE if document.decided_by == "person" else sentences.LATER_IN_TURN


def stored_contrast(document: DecisionDocument) -> Contrast:
    """The explanation that the decision carries itself, in the shape of one that was asked for."""
    own = document.explanation or explanation_part(None, ())
    return Contrast(
        decision_id=document.decision_id, chosen=own.chosen, versus=own.versus, relation="eligible" if own.versus else None,
        difference=own.difference, terms=own.terms, excluded_by=None, sentences=own.sentences, counterfactual=None, warnings=[])


def _model_contrast(answer: Contrast, document: DecisionDocument, pair: tuple[str, str], inputs: DecisionInputs,
                    bundle: Bundle | None) -> Contrast:
    """The answer with the terms of chosen against versus, from the logged feature rows and the bundle of then."""
    named = inputs.versions.get("model")
    if bundle is None or bundle.hash != named:
        raise BundleError(f"decision `{document.decision_id}` was made with bundle `{named}`, "
                          f"given `{bundle.hash if bundle else None}`; restore that bundle to explain it")
    item = item_from_json(document.item)
    matrix, m, value = inputs.matrix, inputs.m, document.candidates[0].value
    if matrix is None or m is None or value is None:
        raise Refused(f"the logged inputs of decision `{document.decision_id}` do not hold what its model ranked")
    one, other = (_standing(owner, inputs, bundle, matrix, m, value) for owner in pair)
    told = contrast(one, other, value=value, bundle=bundle)
    if not told.adds_up(value):
        return replace(answer, warnings=[WITHHELD])
    features, _ = running_features(bundle.plan)
    opening = sentences.compared_opening(one, other, inputs.policy.measure(item.kind))
    return replace(answer, difference=told.difference, terms=terms_part(told, features, item),
                   sentences=list(sentences.contrast_sentences([opening], told, features, item)))


def _standing(owner: str, inputs: DecisionInputs, bundle: Bundle, matrix: np.ndarray, m: float, value: float) -> ScoredOwner:
    """An owner as the model saw them then, with the price of then."""
    at, z = inputs.owners.index(owner), bundle.log_odds(matrix, m)
    prices = [] if inputs.intake is None else [
        pace_price(inputs.intake, z, pace=inputs.policy.pace, value=value, bundle=bundle)]
    return standing_of(bundle, owner, matrix[at], m, value,
                       {each.name: (float(each.off[at]), float(each.by[at])) for each in prices})
