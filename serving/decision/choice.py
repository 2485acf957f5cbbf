"""Who takes the item, by rule or fallback, by turn or by the model's draw; with the reason for it."""
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import lightgbm
import numpy as np

from features.catalogue import Feature, catalogue, catalogue_digest, counts_items, is_protected
from features.effects import prior_variance
from features.exposure import Exposures
from features.plan import FeaturePlan
from rules.book.schema import RuleBook
from rules.errors import Refused
from rules.model import Directory, WorkItem
from rules.routing.spread import weights_of
from rules.routing_result import RoutingResult
from serving.decision.abstention import SHARE_OF_ROWS, before_reading, is_stale, share_out_of_range
from serving.decision.inputs import InputRecorder
from serving.decision.parts import DecidedBy
from serving.decision.request import Policy
from serving.decision.spread import Promise, promise_of, warnings_of
from serving.decision.timings import Stopwatch
from serving.fairness.check import Check, ModelFacts, RankingFacts, ScoreFacts, worst
from serving.fairness.limits import COLD_LIMIT
from serving.fairness.registry import checked
from serving.ranking.bundle import Bundle
from serving.ranking.exploration import draw, mixture, tie_set, unsure_set
from serving.ranking.prices import TOLD, Price, pace_price, together
from serving.ranking.reasons import Reason
from serving.ranking.rotation import Turn, credits_after, take_turn
from serving.ranking.slate import Slate, explained, rank_order


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
    """The owner chosen (None = nobody), by whom, and what that rested on.

    `slate` where the model drew, `turn` where rotation decided (`reason` says why) or turns left the model a choice, neither
    where one was eligible. `beside`: the model's ranking where the turn left it nothing to choose. `promise`: what the book
    says of how work is spread, where several were eligible; `open_to`: whom it leaves, None for all. `checks`: those that
    looked at the ranking. `warnings`: what a reader should know of the numbers. `refused`: the one chosen was not allowed after
    all.
    """

    owner_id: str | None
    decided_by: DecidedBy
    reason: Reason | None = None
    slate: Slate | None = None
    turn: Turn | None = None
    beside: Slate | None = None
    promise: Promise | None = None
    open_to: Collection[str] | None = None
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Abstained:
    """The model does not decide, and why; `checks` are those that said so."""

    reason: Reason
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class RankingContext:
    """What a choice is made in."""

    item: WorkItem
    narrowing: RoutingResult
    at: datetime
    book: RuleBook
    directory: Directory
    state: InputRecorder
    bundle: Bundle | None
    policy: Policy
    u: float
    clock: Stopwatch
    person: str | None = None                             # whom a person chose; the model then only ranks
    open_to: Collection[str] | None = None                # who may have it by turns or shares, None where all may
    bound: bool = False                                   # whether turns or shares say how the work is spread


@lru_cache(maxsize=64)
def running_features(plan: FeaturePlan) -> tuple[dict[str, Feature], str]:
    """The running catalogue of a plan by name, with what explanations name beside it, and its digest."""
    features = catalogue(plan)
    return {feature.name: feature for feature in (*features, *TOLD.values())}, catalogue_digest(features)


@lru_cache(maxsize=64)
def protected_among(plan: FeaturePlan, protected: tuple[str, ...]) -> frozenset[str]:
    """Which owner columns and item attributes of a plan may not be used; settings protect owner columns."""
    return frozenset((*(name for name in plan.owner_columns if is_protected(name, protected)),
                      *(name for name in plan.dimensions if is_protected(name))))


def choose(situation: RankingContext) -> Choice:
    """Nobody, the only one, the model's draw, or whoever is next in turn: in this order."""
    narrowing = situation.narrowing
    eligible = narrowing.eligibility.eligible
    if narrowing.queue is not None or not eligible:
        return Choice(owner_id=None, decided_by=narrowing.route.via.decided_by)
    if len(eligible) == 1:
        return Choice(owner_id=eligible[0], decided_by=narrowing.route.via.decided_by)
    promise = promise_of(narrowing.route, eligible, book=situation.book, directory=situation.directory, state=situation.state,
                         at=situation.at)
    bound = replace(situation, open_to=promise.open_to, bound=promise.choose != "model")
    found = by_turns(bound) if promise.choose == "turns" else ranked_or_in_turn(bound)
    return replace(found, promise=promise, warnings=(*found.warnings, *warnings_of(promise)))


def bound_alike(choice: Choice, like: Choice, situation: RankingContext) -> Choice:
    """The choice of whoever decides in place of another one, under the same promise, its turn charged where turns bind."""
    bound = replace(choice, promise=like.promise, open_to=like.open_to)
    if like.turn is None or choice.turn is not None or choice.owner_id is None:
        return bound
    weights = weights_of(situation.narrowing.route.team, like.turn.order, situation.book, situation.directory)
    credits = credits_after(situation.state.notes["rotation"], weights, choice.owner_id)
    return replace(bound, turn=replace(like.turn, credits=credits))


def ranked_or_in_turn(situation: RankingContext) -> Choice:
    """The model's draw, or whoever is next in turn where it must not decide."""
    judged = rank(situation)
    if isinstance(judged, Choice):
        return replace(judged, open_to=situation.open_to)
    turn = next_in_turn(situation)
    return Choice(owner_id=turn.order[0], decided_by="rotation", reason=judged.reason, turn=turn, checks=judged.checks,
                  warnings=judged.warnings)


def by_turns(situation: RankingContext) -> Choice:
    """Whoever is next in turn; the model draws among those whose turn is equally near, and the weights stay exact."""
    turn = next_in_turn(situation)
    judged = rank(replace(situation, open_to=turn.level))
    if isinstance(judged, Abstained) or len(turn.level) == 1:
        beside = None if isinstance(judged, Abstained) else judged.slate
        return Choice(owner_id=turn.order[0], decided_by="rotation", reason=Reason.TURNS, turn=turn, beside=beside,
                      checks=judged.checks, warnings=judged.warnings)
    return bound_alike(judged, Choice(owner_id=None, decided_by="rotation", turn=turn, open_to=turn.level), situation)


def next_in_turn(situation: RankingContext) -> Turn:
    """The turn of the eligible owners in their team's rotation; reads nothing of what they did."""
    team, eligible = situation.narrowing.route.team, situation.narrowing.eligibility.eligible
    weights = weights_of(team, eligible, situation.book, situation.directory)
    credits = situation.state.rotation(team or "", eligible)
    seed = f"{situation.item.item_id}\x1f{situation.item.received_at.isoformat()}"
    return take_turn(credits, weights, seed, situation.open_to)


def rank(situation: RankingContext) -> Choice | Abstained:
    """The model's draw over the eligible owners, or why it must not decide."""
    bundle, policy, state, item = situation.bundle, situation.policy, situation.state, situation.item
    eligible = situation.narrowing.eligibility.eligible
    reason = before_reading(policy, bundle, item.kind, len(eligible))
    if bundle is None or reason is not None:
        return Abstained(reason=reason or Reason.NO_BUNDLE)
    checks = checked(ModelFacts(bundle=bundle, running_digest=running_features(bundle.plan)[1],
                                forbidden=protected_among(bundle.plan, policy.protected)))
    if worst(checks) == "hold":
        return Abstained(reason=Reason.FAIRNESS_HOLD, checks=checks)
    if is_stale(state.newest_event_at, situation.at, policy):
        return Abstained(reason=Reason.STALE_STATE, checks=checks)
    value, warnings = item_value(item, bundle, policy)
    try:
        matured = state.matured(bundle.objective, eligible)
        if not matured.any():
            return Abstained(reason=Reason.COLD_START, checks=checks)
        matrix = state.matrix(item, eligible, bundle.plan)
        situation.clock.lap("features")
        if share_out_of_range(matrix, bundle) > SHARE_OF_ROWS:
            return Abstained(reason=Reason.OUT_OF_RANGE, checks=checks)
        slate, of_scores = scored(situation, bundle, matrix, value)
    except (Refused, lightgbm.basic.LightGBMError) as fault:
        return Abstained(reason=Reason.MODEL_FAILED, checks=checks, warnings=(f"the model failed: {fault}",))
    checks = (*checks, *of_scores)
    if worst(checks) == "hold":
        return Abstained(reason=Reason.FAIRNESS_HOLD, checks=checks)
    slate, exposures = drawn(situation, slate)
    known = {slate.owners[at]: float(matured[slate.order[at]]) for at in (slate.drawn, slate.rival)}
    told = {slate.owners[at]: slate.matrix[at] for at in (slate.drawn, slate.rival)}
    near = policy.told_apart or bundle.tau
    checks = (*checks, *checked(RankingFacts(ties=len(slate.tied), tau=near, exposures=exposures, matured=known,
                                             may_not_tell=policy.edition > 1)))
    return Choice(owner_id=slate.owners[slate.drawn], decided_by="model", slate=slate, checks=checks,
                  warnings=(*warnings, *shrinkage_warnings(situation, bundle, known), *bound_warnings(bundle, told)))


def item_value(item: WorkItem, bundle: Bundle, policy: Policy) -> tuple[float, tuple[str, ...]]:
    """What the item is worth; one without a positive value counts as the training median, and a warning says so.

    Of a time it is the hours promised: what the hours of its owners are told in.
    """
    if bundle.hours is not None:
        return bundle.hours.within, ()
    attribute = policy.value_attribute(item.kind)
    number = item.number(attribute)
    if number is not None and number > 0.0:
        return number, ()
    median = bundle.value_median if bundle.value_median > 0.0 else 1.0
    given = "missing" if number is None else f"`{number:g}`"
    return median, (f"{attribute} is {given}; counted as {median:g}, the median in training",)


def scored(situation: RankingContext, bundle: Bundle, matrix: np.ndarray, value: float) -> tuple[Slate, tuple[Check, ...]]:
    """The slate in rank order before anyone is drawn, and the checks of its scores; Refused where a score is not a number."""
    item, eligible = situation.item, situation.narrowing.eligibility.eligible
    m = bundle.item_log_odds(item)
    z = bundle.log_odds(matrix, m)
    p = bundle.probability(z)
    worths = value * bundle.worth(z)
    prices = prices_of(situation, bundle, z, value)
    scores = worths - together(prices, len(eligible))
    if not np.isfinite(z).all() or not np.isfinite(scores).all():
        raise Refused("a score is not a number; roll back to the bundle before, or train again")
    altered = situation.state.matrix_invariant(item, eligible, bundle.plan)
    moved = None if altered is None else value * bundle.worth(bundle.log_odds(altered, m))
    order = rank_order(scores, z, eligible, item.item_id)
    slate = Slate(bundle=bundle, owners=tuple([eligible[index] for index in order.tolist()]), order=order,
                  matrix=matrix[order], m=m, z=z[order], p=p[order], scores=scores[order], value=value, tied=(0,),
                  propensity=np.zeros(0), drawn=0, base=0.0, contributions={},
                  prices=tuple([each.take(order) for each in prices]))
    return slate, checked(ScoreFacts(scores=worths, altered=moved))


def prices_of(situation: RankingContext, bundle: Bundle, z: np.ndarray, value: float) -> tuple[Price, ...]:
    """What is taken off the eligible owners' scores; turns and shares keep their promise without pace."""
    policy, eligible = situation.policy, situation.narrowing.eligibility.eligible
    if not policy.pace or situation.bound:
        return ()
    return (pace_price(situation.state.intake(eligible), z, pace=policy.pace, value=value, bundle=bundle),)


def drawn(situation: RankingContext, slate: Slate) -> tuple[Slate, Exposures]:
    """The slate with its propensities and the rank that u drew, or that a person chose; and how much each was shown."""
    exposures = situation.state.exposure(situation.narrowing.eligibility.eligible)
    share = situation.policy.exploration_share
    may = np.array([at for at, owner in enumerate(slate.owners) if situation.open_to is None or owner in situation.open_to])
    tied = nearly_equal(situation, slate, may) if share else np.zeros(len(may), dtype=bool)
    tied[0] = True
    propensity = np.zeros(len(slate.owners))
    if situation.person is not None:
        index = slate.owners.index(situation.person)
        propensity[index] = 1.0
    else:
        propensity[may] = mixture(slate.z[may], share=share, tied=tied, deficits=exposures.deficits.take(slate.order[may]),
                                    weights=_turn_weights(situation, slate, may))
        index = draw(propensity, situation.u)
    return replace(slate, tied=tuple(may[tied].tolist()), propensity=propensity, drawn=index), exposures


def nearly_equal(situation: RankingContext, slate: Slate, may: np.ndarray) -> np.ndarray:
    """Which of those who may have the item cannot be told from the first of them, by how sure their effects are."""
    bundle, bar, item = slate.bundle, situation.policy.told_apart, situation.item
    if not bar or counts_items(bundle.plan):        # counts of items owned are no results that could be unsure
        return tie_set(slate.scores[may], slate.value, bundle.tau)
    eligible = situation.narrowing.eligibility.eligible
    variance = situation.state.effect_variance(item, eligible, bundle.plan, bundle.effect_weights)[:, 0]
    errors = slate.value * bundle.slope(slate.z[may]) * np.sqrt(variance.take(slate.order[may]))
    return unsure_set(slate.scores[may], errors, bar)


def _turn_weights(situation: RankingContext, slate: Slate, may: np.ndarray) -> np.ndarray | None:
    """In a pool, whose people take turns: the weights of its balance, by which a lottery is drawn; None elsewhere."""
    team = situation.book.teams.get(situation.narrowing.route.team or "")
    if team is None or team.kind != "pool" or not situation.policy.told_apart:
        return None
    weights = weights_of(team.id, slate.owners, situation.book, situation.directory)
    return np.array([weights[slate.owners[at]] for at in may.tolist()])


def with_explanations(slate: Slate, top: int) -> Slate:
    """The slate with contributions of the first `top`, of the two that are contrasted."""
    base, contributions = explained(slate.bundle, slate.matrix, {*range(top), slate.drawn, slate.rival})
    return replace(slate, base=base, contributions=contributions)


def bound_warnings(bundle: Bundle, rows: Mapping[str, np.ndarray]) -> tuple[str, ...]:
    """Which features of these owners lie beyond what the model was trained on and count as the bound."""
    matrix = np.array([*rows.values()])
    counted, owners = bundle.linear.bound(matrix), tuple(rows)
    return tuple(f"`{bundle.features[at]}` of {owners[row]}, {matrix[row, at]:.4g}, lies beyond what the model was trained on "
                 f"and counts as {counted[row, at]:.4g}" for row, at in np.argwhere(bundle.linear.beyond(matrix)).tolist())


def shrinkage_warnings(situation: RankingContext, bundle: Bundle, matured: Mapping[str, float]) -> tuple[str, ...]:
    """For owners with few settled outcomes, how much of their effect is their own and how much the team's: k / (V + k)."""
    asked = tuple(owner for owner, count in matured.items() if count < COLD_LIMIT)
    if not asked or counts_items(bundle.plan):
        return ()
    if bundle.plan.effects.prior is not None:
        return _evidence_words(situation, bundle, {owner: matured[owner] for owner in asked})
    k = bundle.plan.effects.k_owner
    evidence = situation.state.evidence(bundle.objective, asked)
    return tuple(
        f"{owner} has {matured[owner]:.0f} settled outcomes: their past results count {k / (weight + k):.0%} as the team's"
        for owner, weight in zip(asked, evidence, strict=True)
    )


def _evidence_words(situation: RankingContext, bundle: Bundle, asked: Mapping[str, float]) -> tuple[str, ...]:
    """The same where all effects are solved together: evidence = 1 - variance / prior variance, of items like this one."""
    item, eligible, weights = situation.item, situation.narrowing.eligibility.eligible, bundle.effect_weights
    variance = situation.state.effect_variance(item, eligible, bundle.plan, weights)[:, 0]
    prior = prior_variance(item, dimensions=bundle.plan.dimensions, settings=bundle.plan.effects, weights=weights)[0]
    if not prior > 0.0:
        return ()
    return tuple(f"{owner} has {count:.0f} settled outcomes: their past results tell "
                 f"{1.0 - variance[eligible.index(owner)] / prior:.0%} of how they do with such items, the rest is the team's"
                 for owner, count in asked.items())
