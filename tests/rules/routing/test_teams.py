"""Every case file of whole teams: prefer or require, and what happens when nobody is free."""
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.eligibility import route_and_filter
from rules.workload import CountedWorkloads, Workload

CASES = Path(__file__).parents[2] / "cases" / "teams"
BOOK = """
rulebook: 1
attributes: {{kind: {{enum: [lead]}}}}
teams:
  sales: {{kind: team}}
  desk: {{kind: queue}}
  shelf: {{kind: queue}}
stages:
  - stage: all
    rules: [{{id: all, to: sales}}]
availability: {availability}
"""
OWNERS = """owner_id,kind,time_zone,working_hours,holidays,max_open
ann,person,Europe/Berlin,Mon-Fri 09:00-17:00,DE-BY,3
bob,person,America/New_York,Mon-Fri 09:00-17:00,US,3
desk,queue,,,,
"""
RECEIVED = datetime(2026, 5, 4, 9, tzinfo=UTC)


def cases():
    for path in sorted(CASES.glob("*.toml")):
        file = tomllib.loads(path.read_text(encoding="utf-8"))
        shared = {name: value for name, value in file.items() if name != "case"}
        yield from (pytest.param(shared | case, id=f"{path.stem}: {case['name']}") for case in file["case"])


@pytest.mark.parametrize("case", list(cases()))
def test_a_team_is_narrowed_as_written(case):
    book = require_book({"rulebook.yaml": BOOK.format(availability=case.get("availability", "{}"))})
    away = "".join(f"{name},2026-01-01,\n" for name in case.get("away", []))
    folk = load_directory({"owners.csv": OWNERS, "memberships.csv": "owner_id,team\nann,sales\nbob,sales\n",
                           "absences.csv": f"owner_id,from,to\n{away}"})
    received = min(RECEIVED, case["at"])
    item = read_item({"kind": "lead", "item_id": "L-1", "received_at": received.isoformat()}, book=book, directory=folk,
                     at=case["at"])
    carried = case.get("open", {})
    found = route_and_filter(item, book=book, directory=folk, at=case["at"],
                   workload=CountedWorkloads({one: Workload(open_items=count) for one, count in carried.items()}))
    assert found.eligibility.eligible == tuple(case["eligible"])
    if "excluded" in case:
        assert {out.rule: out.reason for out in found.eligibility.excluded} == case["excluded"]
    assert found.none_free is (not case["eligible"])
    assert (found.wait_until, found.queue, found.queue_owner) == (
        case.get("wait_until"), case.get("queue"), case.get("queue_owner"))
    assert found.route.team == "sales"
