"""The decision document: one shape for the answer, the stored record and the ledger; its canonical bytes.

What is not built yet is null. Everything in a document is plain JSON: no NaN, no sets, no dates.
"""
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

import orjson

from features.catalogue import Feature
from rules.book.schema import RuleBook
from rules.intake.item import item_to_json
from rules.model import Directory, RoutingResult, WorkItem
from serving.decision.request import Override
from serving.decision.sentences import label_of
from serving.ranking.contrast import OwnerContrast, known
from serving.ranking.slate import Slate

OUTSIDE_EQUALITY = "timings_us"


def canonical_bytes(document: Mapping[str, object]) -> bytes:
    """The one byte sequence of a document: keys sorted, no spaces, floats by their shortest exact text."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def same_decision(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two documents say the very same, how long it took aside."""
    return canonical_bytes({**one, OUTSIDE_EQUALITY: None}) == canonical_bytes({**other, OUTSIDE_EQUALITY: None})


def as_told_then(again: Mapping[str, object], stored: Mapping[str, object]) -> Mapping[str, object]:
    """A decision made again, without what documents of the time of the stored one did not say: `route.via`."""
    route = dict(again["route"])
    if "via" not in stored["route"]:
        del route["via"]
    return {**again, "route": route}


def instant(at: datetime | None) -> str | None:
    """A moment as RFC 3339 in UTC."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plain(value: object) -> object:
    """Any evidence as JSON: sets sorted, dates as text, a number that is none as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, Collection):
        return [plain(inner) for inner in value]
    return str(value)


def account_part(item: WorkItem) -> dict[str, object] | None:
    """The account that the item belongs to, None where it belongs to none."""
    if item.account is None:
        return None
    return {"account_id": item.account.account_id, "evidence": list(item.account.evidence),
            "score": item.account.score, "runner_up": item.account.runner_up}


def rules_part(item: WorkItem, narrowing: RoutingResult, book: RuleBook, respond_by: datetime | None) -> dict[str, object]:
    """What the rules say: item, account, route, funnel, SLA with its due time and what comes next."""
    route, eligibility = narrowing.route, narrowing.eligibility
    policy = book.slas.get(route.sla) if route.sla else None
    return {
        "item": plain(item_to_json(item)),
        "account": account_part(item),
        "route": {"stage": route.stage, "rule": route.rule, "says": route.says, "team": route.team,
                  "reason": route.reason, "via": route.via.value},
        "eligibility": {
            "considered": eligibility.considered, "outside_team": eligibility.outside_team,
            "eligible": len(eligibility.eligible),
            "excluded": [{"rule": out.rule, "reason": out.reason, "owners": list(out.owners),
                          "evidence": plain(out.evidence)} for out in eligibility.excluded]},
        "sla": None if policy is None else {"policy": policy.id, "respond_by": instant(respond_by),
                                              "clock": policy.clock},
        "next": {"playbook": route.playbook, "channel": route.channel, "automation": narrowing.automation,
                 "wait_until": instant(narrowing.wait_until)},
    }


def owner_part(owner_id: str | None, team: str | None, directory: Directory) -> dict[str, object] | None:
    """Who owns it: a person, a branch, a partner or a queue that has a row among the owners."""
    if owner_id is None:
        return None
    return {"owner_id": owner_id, "kind": directory.owners[owner_id].kind, "team": team}


def override_part(override: Override) -> dict[str, object]:
    """What an override stands against; only a person's decision has this part."""
    return {"of": override.of, "instead_of": override.instead_of, "reason": override.reason}


def ranked_candidates(slate: Slate, top: int) -> list[dict[str, object]]:
    """Every eligible owner by rank; the first `top`, and the one drawn, in full detail."""
    rows = zip(slate.owners, slate.scores.tolist(), slate.propensity.tolist(), strict=True)
    candidates = [{"owner_id": owner, "rank": rank, "score": score, "value": slate.value, "propensity": propensity}
                  for rank, (owner, score, propensity) in enumerate(rows, start=1)]
    for index in {*range(min(top, len(candidates))), slate.drawn}:
        candidates[index] |= _detail(slate, index)
    return candidates


def _detail(slate: Slate, index: int) -> dict[str, object]:
    names, bundle = slate.bundle.features, slate.bundle
    return {
        "probability": float(slate.p[index]), "price": None, "price_terms": None,
        "log_odds": {"item": slate.m, "base": slate.base, "total": float(slate.z[index]), "a": bundle.a, "b": bundle.b},
        "features": dict(zip(names, map(known, slate.matrix[index].tolist()), strict=True)),
        "contributions": dict(zip(names, slate.contributions[index].tolist(), strict=True)),
    }


def unranked_candidates(owners: Sequence[str]) -> list[dict[str, object]]:
    """Eligible owners in order of turn, the first certain to be taken; nothing about them was scored."""
    return [{"owner_id": owner, "rank": rank, "score": None, "value": None, "propensity": 1.0 if rank == 1 else 0.0}
            for rank, owner in enumerate(owners, start=1)]


def explanation_part(chosen: str | None, sentences: Sequence[str], contrast: OwnerContrast | None = None,
                     features: Mapping[str, Feature] | None = None, item: WorkItem | None = None) -> dict[str, object]:
    """The explanation: sentences always, terms where the model decided and they add up."""
    return {
        "chosen": chosen,
        "versus": contrast.versus if contrast else None,
        "difference": contrast.difference if contrast else None,
        "terms": terms_part(contrast, features, item) if contrast else [],
        "sentences": list(sentences),
        "counterfactual": None,
    }


def terms_part(contrast: OwnerContrast, features: Mapping[str, Feature], item: WorkItem) -> list[dict[str, object]]:
    """The terms as the document holds them, largest first."""
    return [{"feature": term.feature, "label": label_of(features[term.feature], item),
             "chosen_value": term.chosen_value, "versus_value": term.versus_value, "effect": term.effect}
            for term in contrast.terms]
