"""A changed rule book on the example company's past: a change made by hand is recovered exactly, item by item."""
import csv
import json
import random
import shutil
from collections import Counter

import pytest

from rules.book.reading import read_book_files
from rules.directory.files import load_directory, read_directory_files
from rules.loading import require_book
from rules.model import STANDARD_ATTRIBUTES
from rules.refdata.times import parse_instant
from rules.routing.explain import explain
from tests.journeys.pages import run

pytestmark = pytest.mark.train

#: Rules whose target is changed, each to where; drawn rules are added to them.
BY_HAND = {"na-mid": "smb-pool", "emea-ent": "strategic-accounts"}
ITEMS = 1500


@pytest.fixture(scope="module")
def routed(demo):
    """Stage, rule and team of each of the newest items, as `rules explain` tells them for the row of the history."""
    book = require_book(read_book_files(demo.folder / "rulebook.yaml"))
    directory = load_directory(read_directory_files(demo.folder))
    with (demo.folder / "history.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = {"item_id", "received_at", *STANDARD_ATTRIBUTES, *book.attributes}
    first = {}
    for row in rows:
        first.setdefault(row["item_id"], {name: cell for name, cell in row.items() if cell and name in known})
    newest = sorted(first.values(), key=lambda raw: parse_instant(raw["received_at"]))[-ITEMS:]
    routes = [explain(raw, book=book, directory=directory, at=parse_instant(raw["received_at"]))["route"] for raw in newest]
    return dict(zip((raw["item_id"] for raw in newest), routes, strict=True))


def simulate(demo, tmp_path, changes):
    text = (demo.folder / "rulebook.yaml").read_text(encoding="utf-8")
    for rule, (old, new) in changes.items():
        at = text.index(f"{{id: {rule},")
        text = text[:at] + text[at:].replace(f"to: {old}", f"to: {new}", 1)
    shutil.copytree(demo.folder / "tables", tmp_path / "tables")
    changed = tmp_path / "changed.yaml"                     # beside the tables that it names
    changed.write_text(text, encoding="utf-8")
    return json.loads(run(f"rightful rules simulate {demo.folder}/rulebook.yaml {changed} --workspace {demo.folder} --json "
                          f"--history {demo.folder}/history.csv --last {ITEMS} --html {tmp_path}/moves.html"))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_changed_targets_are_recovered_exactly(demo, routed, tmp_path, seed):
    draw = random.Random(seed)
    won = {route["rule"]: route["team"] for route in routed.values()
           if route["stage"] == "territory" and route["rule"] != "install"}
    chosen = sorted({*BY_HAND, *draw.sample(sorted(won), 2)} & set(won))
    changes = {rule: (won[rule], BY_HAND.get(rule) or draw.choice(sorted(set(won.values()) - {won[rule]}))) for rule in chosen}
    told = simulate(demo, tmp_path, changes)
    moves = Counter((route["team"], changes[route["rule"]][1]) for route in routed.values() if route["rule"] in changes)
    assert moves
    assert {(move["from"], move["to"]): move["items"] for move in told["moves"]} == moves
    assert told["moved"]["items"] == sum(moves.values())
    assert {each["item_id"] for move in told["moves"] for each in move["examples"]} <= {
        item for item, route in routed.items() if route["rule"] in changes}
    load = Counter(changes[route["rule"]][1] if route["rule"] in changes else route["team"] for route in routed.values())
    assert {each["to"]: each["after"] for each in told["load"] if each["after"] and not each["to"].startswith("owner ")} == {
        team: count for team, count in load.items() if team is not None}
    assert (tmp_path / "moves.html").stat().st_size > 5_000


def test_the_book_against_itself_moves_nothing_and_states_load_coverage_and_value(demo, routed, tmp_path):
    told = simulate(demo, tmp_path, {})
    assert (told["items"], told["moved"]["items"], told["moves"], told["newly_uncovered"]["items"]) == (ITEMS, 0, [], 0)
    assert sum(each["before"] for each in told["load"]) == ITEMS
    assert told["coverage"]["fallback"]["before"] == sum(route["stage"] == "fallback" for route in routed.values())
    assert told["coverage"]["compliance"]["before"] == sum(route["stage"] == "compliance" for route in routed.values())
    assert told["expected"]["difference"] == 0 and told["expected"]["before"] > 0
