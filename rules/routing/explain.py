"""Explaining one item: its route, who may own it, and for every stage what matched or only just did not."""
from collections.abc import Mapping
from datetime import datetime

from rules.book.schema import RuleBook
from rules.intake.item import item_to_json, read_item
from rules.loading import require_effective
from rules.model import Directory, Moment
from rules.plain_json import plain
from rules.routing.eligibility import route_and_filter
from rules.routing.territory import StageTrace, trace
from rules.routing_result import RoutingResult
from rules.workload import EMPTY_DESK


def explain(raw: Mapping[str, object], *, book: RuleBook, directory: Directory, at: datetime) -> dict[str, object]:
    """The explanation as `rules explain --json` prints it; how busy owners are is not known to the rules.

    ItemError for an item that cannot be read, Refused for a book that is not in force at the moment.
    """
    require_effective(book, at)
    item = read_item(raw, book=book, directory=directory, at=at)
    narrowing = route_and_filter(item, book=book, directory=directory, at=at, workload=EMPTY_DESK)
    stages = trace(book, item, directory, Moment(at=at))
    return {"item": plain(item_to_json(item)), **_narrowing_json(narrowing), "stages": [_stage_json(stage) for stage in stages]}


def _narrowing_json(narrowing: RoutingResult) -> dict[str, object]:
    route, eligibility = narrowing.route, narrowing.eligibility
    return {
        "route": {"stage": route.stage, "rule": route.rule, "says": route.says, "team": route.team, "reason": route.reason,
                  "via": route.via.value},
        "eligibility": {
            "considered": eligibility.considered, "outside_team": eligibility.outside_team,
            "eligible": len(eligibility.eligible),
            "excluded": [{"rule": out.rule, "reason": out.reason, "owners": list(out.owners), "evidence": plain(out.evidence)}
                         for out in eligibility.excluded],
            "eligible_owners": list(eligibility.eligible),
        },
    }


def _stage_json(stage: StageTrace) -> dict[str, object]:
    rules = [{"rule": found.rule, "matched": found.matched, "failed": list(found.failed)} for found in stage.rules]
    return {"stage": stage.stage, "matched": stage.matched, "rules": rules}
