"""The decision document built: each part from what the rules and the model said; `parts.py` has it field by field.

What is not built yet is null. Everything in a document is plain JSON: no NaN, no sets, no dates.
"""
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from features.catalogue import Feature
from rules.book.schema import RuleBook
from rules.model import Directory, WorkItem
from rules.plain_json import plain_object
from rules.refdata.times import format_moment
from rules.routing_result import RoutingResult
from serving.decision.parts import (
    AccountPart,
    Candidate,
    DecisionDocument,
    EligibilityPart,
    ExclusionPart,
    ExplanationPart,
    NextPart,
    OverridePart,
    OwnerPart,
    PricePart,
    RoutePart,
    SharePart,
    SlaPart,
    SpreadPart,
    Term,
    canonical_bytes,
)
from serving.decision.request import Override
from serving.decision.sentences import label_of
from serving.decision.spread import Promise, cost_of
from serving.ranking.contrast import OwnerContrast, known
from serving.ranking.prices import REASONS, VERSIONS
from serving.ranking.slate import Slate

OUTSIDE_EQUALITY = "timings_us"


def differing_parts(one: DecisionDocument, other: DecisionDocument) -> tuple[str, ...]:
    """The names of the parts that two documents differ in, how long it took aside."""
    here, there = vars(one), vars(other)
    return tuple(name for name in sorted({*here, *there}) if name != OUTSIDE_EQUALITY
                 and canonical_bytes(here.get(name)) != canonical_bytes(there.get(name)))


def as_told_then(again: DecisionDocument, stored: DecisionDocument) -> DecisionDocument:
    """A decision made again, without what documents of the time of the stored one did not say: `route.via`."""
    return again if stored.route.via is not None else replace(again, route=replace(again.route, via=None))


def account_part(item: WorkItem) -> AccountPart | None:
    """The account that the item belongs to, None where it belongs to none."""
    found = item.account
    return None if found is None else AccountPart(account_id=found.account_id, evidence=list(found.evidence),
                                                  score=found.score, runner_up=found.runner_up)


def route_part(narrowing: RoutingResult) -> RoutePart:
    """Where the rules sent the item."""
    route = narrowing.route
    return RoutePart(stage=route.stage, rule=route.rule, says=route.says, team=route.team, reason=route.reason, via=route.via)


def eligibility_part(narrowing: RoutingResult) -> EligibilityPart:
    """The funnel, rule by rule."""
    found = narrowing.eligibility
    return EligibilityPart(
        considered=found.considered, outside_team=found.outside_team, eligible=len(found.eligible),
        excluded=[ExclusionPart(rule=out.rule, reason=out.reason, owners=list(out.owners), evidence=plain_object(out.evidence))
                  for out in found.excluded])


def sla_part(narrowing: RoutingResult, book: RuleBook, respond_by: datetime | None) -> SlaPart | None:
    """The service level with its due time, None where none is asked for."""
    policy = book.slas.get(narrowing.route.sla) if narrowing.route.sla else None
    return None if policy is None else SlaPart(policy=policy.id, respond_by=format_moment(respond_by), clock=policy.clock)


def next_part(narrowing: RoutingResult) -> NextPart:
    """What comes next."""
    return NextPart(**narrowing.route.how, automation=narrowing.automation,
                    wait_until=format_moment(narrowing.wait_until))


def owner_part(owner_id: str | None, team: str | None, directory: Directory) -> OwnerPart | None:
    """Who owns it: a person, a branch, a partner or a queue that has a row among the owners; unknown who holds it without one."""
    if owner_id is None:
        return None
    owner = directory.owners.get(owner_id)
    return OwnerPart(owner_id=owner_id, kind=owner.kind if owner else "unknown", team=team)


def override_part(override: Override | None) -> OverridePart | None:
    """What an override stands against; only a person's decision has this part."""
    return None if override is None else OverridePart(of=override.of, instead_of=override.instead_of, reason=override.reason)


def ranked_candidates(slate: Slate, top: int, *, priced: bool = True) -> list[Candidate]:
    """Every eligible owner by rank; the first `top`, and the one drawn, in full detail, with prices of nothing where `priced`."""
    rows = zip(slate.owners, slate.scores.tolist(), slate.propensity.tolist(), strict=True)
    candidates = [{"owner_id": owner, "rank": rank, "score": score, "value": slate.value, "propensity": propensity}
                  for rank, (owner, score, propensity) in enumerate(rows, start=1)]
    for index in {*range(min(top, len(candidates))), slate.drawn}:
        candidates[index] |= _detail(slate, index, priced)
    return list(map(Candidate.from_json, candidates))


def _detail(slate: Slate, index: int, priced: bool) -> dict[str, object]:
    names, bundle = slate.bundle.features, slate.bundle
    terms = {each.name: float(each.off[index]) for each in slate.prices}
    return {
        "probability": float(slate.p[index]), "price": sum(terms.values()) if terms or priced else None,
        "price_terms": terms if terms or priced else None,
        "log_odds": {"item": slate.m, "base": slate.base, "total": float(slate.z[index]), "a": bundle.a, "b": bundle.b},
        "features": dict(zip(names, map(known, slate.matrix[index].tolist()), strict=True)),
        "contributions": dict(zip(names, slate.contributions[index].tolist(), strict=True)),
    }


def unranked_candidates(owners: Sequence[str]) -> list[Candidate]:
    """Eligible owners in order of turn, the first certain to be taken; nothing about them was scored."""
    return [Candidate.from_json({"owner_id": owner, "rank": rank, "score": None, "value": None,
                                 "propensity": 1.0 if rank == 1 else 0.0}) for rank, owner in enumerate(owners, start=1)]


def with_shares(candidates: Sequence[Candidate], promise: Promise | None) -> list[Candidate]:
    """The candidates, just made, with how each stood within the shares, where shares bind."""
    if promise is None or promise.standing is None:
        return list(candidates)
    own = promise.standing
    told = zip(*(each.tolist() for each in (*own.had, own.least, own.most, own.open_to)), strict=True)
    shares = {owner: SharePart(could_have=could_have, had=had, least=least, most=most, may=may)
              for owner, (could_have, had, least, most, may) in zip(promise.owners, told, strict=True)}
    for each in candidates:
        vars(each)["share"] = shares[each.owner_id]
    return list(candidates)


def spread_part(promise: Promise | None, slate: Slate | None) -> SpreadPart | None:
    """How the work is spread; None where nobody or one was eligible, a person chose, or nothing bound a turn of the rotation."""
    if promise is None or (slate is None and promise.choose == "model"):
        return None
    return SpreadPart(choose=promise.choose, counted_as=promise.counted_as, per=promise.shares.per if promise.shares else None,
                      cost={} if slate is None else cost_of(slate, promise.choose),
                      prices=[PricePart(name=each.name, version=VERSIONS[each.name], reason=REASONS[each.name])
                              for each in (slate.prices if slate is not None else ())])


def explanation_part(chosen: str | None, sentences: Sequence[str], contrast: OwnerContrast | None = None,
                     terms: Sequence[Term] = ()) -> ExplanationPart:
    """The explanation: sentences always, terms where the model decided and they add up."""
    return ExplanationPart(
        chosen=chosen, versus=contrast.versus if contrast else None, difference=contrast.difference if contrast else None,
        terms=list(terms), sentences=list(sentences), counterfactual=None)


def terms_part(contrast: OwnerContrast, features: Mapping[str, Feature], item: WorkItem) -> list[Term]:
    """The terms as the document holds them, largest first."""
    return [Term(feature=term.feature, label=label_of(features[term.feature], item), chosen_value=term.chosen_value,
                 versus_value=term.versus_value, effect=term.effect) for term in contrast.terms]
