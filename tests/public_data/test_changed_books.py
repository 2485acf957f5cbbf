"""A change of the rule book on the incident log of a real company: recovered to the item by simulate and by diff."""
import csv
import json
import random
from collections import Counter
from datetime import UTC, datetime

import pytest

from rules.exports.servicenow.audit_log import read_log
from rules.files import read_text
from tests.public_data.test_incidents import start

pytestmark = [pytest.mark.data, pytest.mark.train]

POOLS = "tables/category_pools.csv"


@pytest.fixture(scope="module")
def log(public_data):
    return public_data / "servicenow_incidents" / "incident_event_log.csv.gz"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, log, rightful):
    folder = start(tmp_path_factory.mktemp("changed") / "ws")
    rightful(folder, "import", str(log), "--what", "history", "--profile", "servicenow")
    return folder


@pytest.fixture(scope="module")
def categories(log):
    """How many incidents with a resolver came in per category, read straight from the log."""
    incidents = read_log(read_text(log), file=log.name, now=datetime.now(UTC)).incidents
    return Counter(one.facts.get("category") for one in incidents if one.resolver is not None)


def test_pools_that_change_hands_are_recovered_to_the_incident(workspace, log, categories, rightful):
    with (workspace / POOLS).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    chosen = random.Random(7).sample([row for row in rows if categories[row["category"]] >= 50], 4)
    new = {row["category"]: other["to"] for row, other in zip(chosen, [*chosen[1:], chosen[0]], strict=True)}
    old = {row["category"]: row["to"] for row in rows}
    with (workspace / "tables" / "changed.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "to": new.get(row["category"], row["to"])} for row in rows)
    changed = workspace / "changed.yaml"
    changed.write_text((workspace / "rulebook.yaml").read_text(encoding="utf-8").replace(POOLS, "tables/changed.csv"))
    books = (str(workspace / "rulebook.yaml"), str(changed))

    words = ("rules", "simulate", *books, "--history", str(log), "--profile", "servicenow", "--json")
    told = json.loads(rightful(workspace, *words))
    expected = Counter({(old[category], pool): categories[category] for category, pool in new.items()})
    assert {(move["from"], move["to"]): move["items"] for move in told["moves"]} == expected
    assert (told["items"], told["moved"]["items"]) == (categories.total(), sum(expected.values()))
    assert sum(each["before"] for each in told["load"]) == categories.total()
    value = told["expected"]
    assert value["unit"] == "successes" and value["low"] < value["difference"] < value["high"]
    uncovered = told["coverage"]["fallback"]["before"]
    print(f"{told['moved']['items']:,} of {told['items']:,} incidents move, {uncovered:,} reach only the last stage; in time "
          f"{value['before']:,.0f} before, {value['difference']:+,.0f} ({value['low']:+,.0f} to {value['high']:+,.0f}) "
          f"over {value['items']:,}")

    difference = json.loads(rightful(workspace, "rules", "diff", *books, "--json"))
    assert difference["proved"]
    assert {(region["items"][0]["where"]["category"], region["before"]["team"], region["after"]["team"])
            for region in difference["regions"]} == {(category, old[category], pool) for category, pool in new.items()}
