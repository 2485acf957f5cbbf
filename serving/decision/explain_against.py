"""Why the chosen owner and not this other one, asked of a decision already made: from its document, inputs and bundle.

An eligible owner gets the contrast's terms, an excluded one the rule that took them out, anyone else is told to be
outside the team that was sought.
"""
from collections.abc import Mapping

from rules.errors import BundleError
from rules.intake.item import item_from_json
from serving.decision import sentences
from serving.decision.choice import running_features
from serving.decision.document import terms_part
from serving.decision.explanation import WITHHELD
from serving.decision.inputs import DecisionInputs
from serving.ranking.bundle import Bundle
from serving.ranking.contrast import contrast
from serving.ranking.slate import standing_of


def explain_versus(document: Mapping[str, object], versus: str, *, inputs: DecisionInputs,
                   bundle: Bundle | None) -> dict[str, object]:
    """The answer to `explanation?versus=OWNER`.

    `relation`: chosen, eligible, excluded or outside_team. Terms only where the model ranked; `bundle` must then be
    the one that the document names. Raises BundleError when it is not.
    """
    owner = document["owner"]
    chosen = owner["owner_id"] if owner else None
    answer = {"decision_id": document["decision_id"], "chosen": chosen, "versus": versus, "relation": "eligible",
              "difference": None, "terms": [], "excluded_by": None, "sentences": [], "counterfactual": None,
              "warnings": []}
    eligible = {candidate["owner_id"]: candidate for candidate in document["candidates"]}
    if versus == chosen:
        return {**answer, "relation": "chosen", "sentences": _own_sentences(document)}
    if versus in eligible and eligible[versus]["score"] is not None:
        return answer | _model_contrast(document, chosen, versus, inputs, bundle)
    if versus in eligible and document["decided_by"] == "person":
        return {**answer, "sentences": [sentences.also_eligible_sentence(versus, chosen)]}
    if versus in eligible:
        said = sentences.later_in_turn_sentence(versus, chosen, eligible[versus]["rank"])
        return {**answer, "sentences": [said]}
    for out in document["eligibility"]["excluded"]:
        if versus in out["owners"]:
            return {**answer, "relation": "excluded", "excluded_by": {
                "rule": out["rule"], "reason": out["reason"], "evidence": out["evidence"]},
                "sentences": [sentences.excluded_sentence(versus, out["rule"], out["reason"])]}
    team = document["route"]["team"]
    return {**answer, "relation": "outside_team", "sentences": [sentences.outside_sentence(versus, team)]}


def _own_sentences(document: Mapping[str, object]) -> list[str]:
    explanation = document["explanation"]
    return explanation["sentences"] if explanation else []


def _model_contrast(document: Mapping[str, object], chosen: str, versus: str, inputs: DecisionInputs,
                    bundle: Bundle | None) -> dict[str, object]:
    """The terms of chosen against versus, from the logged feature rows and the bundle of then."""
    named = document["versions"]["model"]
    if bundle is None or bundle.hash != named:
        raise BundleError(f"decision `{document['decision_id']}` was made with bundle `{named}`, "
                          f"given `{bundle.hash if bundle else None}`; restore that bundle to explain it")
    item = item_from_json(document["item"])
    value = document["candidates"][0]["value"]
    one, other = (standing_of(bundle, owner, inputs.matrix[inputs.owners.index(owner)], inputs.m, value)
                  for owner in (chosen, versus))
    told = contrast(one, other, value=value, bundle=bundle)
    if not told.adds_up(value):
        return {"warnings": [WITHHELD]}
    features, _ = running_features(bundle.plan)
    opening = sentences.compared_opening(one, other, inputs.policy.measure(item.kind))
    return {"difference": told.difference, "terms": terms_part(told, features, item),
            "sentences": list(sentences.contrast_sentences([opening], told, features, item))}
