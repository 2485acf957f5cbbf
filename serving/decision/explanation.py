"""A decision's explanation: why this owner and not the next one, or in plain words why no ranking decided."""
from collections.abc import Mapping
from dataclasses import replace

from rules.model import WorkItem
from rules.routing.continuity import KEEP_OWNER
from rules.routing_result import RoutingResult
from serving.decision import sentences
from serving.decision.choice import Choice, running_features
from serving.decision.document import explanation_part, terms_part
from serving.decision.parts import ExplanationPart
from serving.decision.request import Override, Policy
from serving.decision.spread import Promise
from serving.ranking.contrast import contrast
from serving.ranking.reasons import OVERRIDE
from serving.ranking.slate import Slate

WITHHELD = "explanation withheld: its terms do not add up to the score difference"


def explain(choice: Choice, *, item: WorkItem, narrowing: RoutingResult, policy: Policy,
            override: Override | None = None) -> tuple[ExplanationPart | None, tuple[str, ...]]:
    """The `explanation` part and warnings; None where no owner is sought. It begins with why a named owner was passed over."""
    told, warnings = _explained(choice, item, narrowing, policy, override)
    if narrowing.passed_on is None or override is not None:
        return told, warnings
    if told is None or (told.chosen is not None and told.chosen == narrowing.route.named_owner):
        return explanation_part(choice.owner_id, [narrowing.passed_on]), warnings
    return replace(told, sentences=[narrowing.passed_on, *told.sentences]), warnings


def _explained(choice: Choice, item: WorkItem, narrowing: RoutingResult, policy: Policy,
               override: Override | None) -> tuple[ExplanationPart | None, tuple[str, ...]]:
    if choice.slate is not None:
        return ranked(choice.slate, item, policy, override, choice.promise)
    if override is not None and choice.owner_id is not None and choice.reason is not None:
        said = sentences.unranked_sentence(len(narrowing.eligibility.eligible), narrowing.route.team, choice.reason)
        return explanation_part(choice.owner_id, [_chosen_by_person(override), said]), ()
    if choice.turn is not None and choice.reason is not None:
        said = sentences.rotation_sentence(choice.owner_id, narrowing.route.team, len(choice.turn.order), choice.reason)
        return explanation_part(choice.owner_id, [said]), ()
    if choice.owner_id is not None:
        return explanation_part(choice.owner_id, [_only_one(choice.owner_id, narrowing)]), ()
    if not narrowing.eligibility.considered:
        return None, ()
    said = sentences.nobody_free_sentence(narrowing.route.team, taken_out(narrowing))
    return explanation_part(None, [said]), ()


def ranked(slate: Slate, item: WorkItem, policy: Policy, override: Override | None,
           promise: Promise | None = None) -> tuple[ExplanationPart, tuple[str, ...]]:
    """The contrast of the one drawn with the rival; withheld, and said so, when its terms do not add up."""
    features, _ = running_features(slate.bundle.plan)
    chosen, versus = slate.standing(slate.drawn), slate.standing(slate.rival)
    measure = policy.measure(item.kind)
    if override is not None:
        opening = [_chosen_by_person(override), sentences.ranks_sentence(
            chosen, versus, drawn=slate.drawn, slate=len(slate.owners), measure=measure)]
    else:
        opening = [*_bound(slate, promise), sentences.drawn_opening(
            chosen, versus, drawn=slate.drawn, tied=slate.tied, slate=len(slate.owners), share=policy.exploration_share,
            measure=measure)]
    told = contrast(chosen, versus, value=slate.value, bundle=slate.bundle)
    if not told.adds_up(slate.value):
        return explanation_part(chosen.owner_id, opening), (WITHHELD,)
    said = sentences.contrast_sentences(opening, told, features, item)
    return explanation_part(chosen.owner_id, said, told, terms_part(told, features, item)), ()


def _bound(slate: Slate, promise: Promise | None) -> list[str]:
    """How turns or shares kept the item from whoever ranks first; [] where they left it open to them."""
    if promise is None:
        return []
    first, chosen = slate.owners[0], slate.owners[slate.first]
    if promise.choose == "turns":
        return [sentences.turn_opening(chosen, int((slate.propensity > 0.0).sum()), len(slate.owners))]
    standing, shares = promise.standing, promise.shares
    if standing is None or shares is None or slate.first == 0:
        return []
    who = promise.owners.index(chosen if standing.due else first)
    owner, bound, say = ((chosen, standing.least, sentences.least_share) if standing.due
                         else (first, standing.most, sentences.largest_share))
    why = say(owner, int(standing.had.given[who]), int(standing.had.eligible[who]), float(bound[who]), shares.per)
    return [sentences.passed_over(first, chosen, slate.first + 1, why)]


def _chosen_by_person(override: Override) -> str:
    return sentences.person_opening(override.owner_id, override.instead_of, OVERRIDE[override.reason])


def taken_out(narrowing: RoutingResult) -> Mapping[str, int]:
    """How many owners each rule excluded, in the order of the funnel."""
    counts: dict[str, int] = {}
    for exclusion in narrowing.eligibility.excluded:
        counts[exclusion.rule] = counts.get(exclusion.rule, 0) + len(exclusion.owners)
    return counts


def _only_one(owner_id: str, narrowing: RoutingResult) -> str:
    route = narrowing.route
    if route.named_owner == owner_id:
        return sentences.NAMED.format(owner=owner_id, rule=route.rule)
    kept = next((out for out in narrowing.eligibility.excluded if out.rule == KEEP_OWNER), None)
    if kept is not None:
        return sentences.KEPT.format(owner=owner_id, reason=kept.reason)
    if narrowing.nearest:
        return sentences.NEAREST.format(owner=owner_id, team=route.team)
    return sentences.ONLY_ONE.format(owner=owner_id, team=route.team, considered=narrowing.eligibility.considered)

