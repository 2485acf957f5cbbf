"""The demo on a small company: the whole way, a summary that adds up, and other people's folders left alone."""
import re
from datetime import date

import pytest

from rules.errors import Refused
from serving.runtime.workspace import Workspace
from training.demo import MARKER, clear_folder, layer_lines, run_demo
from training.report.figures import LAYERS
from training.worlds.contest import EFFECTS, MODEL, RAW_RATE, RIDGE, ROTATION

pytestmark = pytest.mark.train

SATURDAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / ".demo"
    lines: list[str] = []
    run_demo(folder, today=SATURDAY, say=lines.append, items=2500, held_out=200, period_days=150)
    return folder, lines


def test_every_item_of_today_is_decided_and_told_in_one_line(said):
    _, lines = said
    start = next(number for number, line in enumerate(lines) if line.startswith("item "))
    table = [line for line in lines[start + 2:] if re.match(r"T-\d\d ", line)]
    assert len(table) == 42
    assert all(word in lines[start] for word in ("owner", "team", "decided by", "probability", "first reason", "fairness"))


def test_the_shares_of_those_who_decided_come_to_the_whole(said):
    line = next(line for line in said[1] if "items decided by" in line)
    shares = [float(number) for number in re.findall(r"([\d.]+)%,|([\d.]+)% \(", line) for number in number if number]
    assert len(shares) >= 4
    assert sum(shares) == pytest.approx(100.0, abs=0.25)
    assert "together 100%" in line


def test_the_share_of_the_oracle_gap_stands_beside_what_it_must_beat_with_intervals(said):
    _, lines = said
    for name in (MODEL, ROTATION, RAW_RATE, EFFECTS, RIDGE):
        assert any(re.match(rf"  {name} +-?\d\.\d+ \[ ?-?\d\.\d+, +-?\d\.\d+\]", line) for line in lines), name


def test_history_ends_on_the_last_working_day_and_todays_items_come_after_it(said):
    folder, _ = said
    workspace = Workspace.at(folder)
    try:
        moments = [event.occurred_at for event in workspace.store.events() if event.kind == "assigned"]
    finally:
        workspace.close()
    assert {moment.date() for moment in moments[-40:]} == {date(2026, 11, 20)}


def test_a_demo_replaces_an_earlier_demo_and_nothing_else(tmp_path):
    earlier, own = tmp_path / "demo", tmp_path / "own"
    clear_folder(earlier)
    (earlier / "rightful.db").write_text("old")
    clear_folder(earlier)
    assert [path.name for path in earlier.iterdir()] == [MARKER]
    own.mkdir()
    (own / "precious.txt").write_text("mine")
    with pytest.raises(Refused, match="no demo made"):
        clear_folder(own)
    assert (own / "precious.txt").read_text() == "mine"


def test_what_each_layer_adds_is_told_with_its_interval_and_which_have_weight(said, trained):
    lines = layer_lines(trained[1])
    told = lines[2:2 + len(LAYERS)]
    assert all(re.fullmatch(r"  .+ [+-]\d\.\d{5} \[[+-]\d\.\d{5}, [+-]\d\.\d{5}\]", line) for line in told), told
    assert any(re.search(r"trees have weight 0|trees of weight|owner effects rank alone", line) for line in lines)
    assert any("the trees have weight 0" in line for line in said[1])                   # too little past to judge by
