"""The nearest branch in three countries by a small file of places in GeoNames' form that the workspace names."""
import csv
import io
import json

import pytest
from typer.testing import CliRunner

from rightful.cli.main import app
from tests.journeys.pages import run

PLACES = """DE\t80331\tMünchen\tBayern\tBY\t\t\t\t\t48.1345\t11.571\t4
DE\t20095\tHamburg\tHamburg\tHH\t\t\t\t\t53.5543\t9.9946\t4
JP\t530-0001\tUmeda\tOsaka\t27\t\t\t\t\t34.702\t135.495\t1
JP\t104-0061\tGinza\tTokyo\t13\t\t\t\t\t35.671\t139.765\t1
JP\t104-0062\tGinza\tTokyo\t13\t\t\t\t\teast of the bridge\t139.765\t1
BR\t01310-100\tBela Vista\tSao Paulo\tSP\t\t\t\t\t-23.561\t-46.656\t3
"""
BOOK = """rulebook: 1
version: "1"
attributes:
  kind: {enum: [visit]}
  country: {type: country}
  postal_code: {type: postal}
teams:
  shops: {kind: branches}
  desk: {kind: queue, automation: mail}
stages:
  - stage: places
    rules:
      - {id: near, when: {country: [DE, JP, BR]}, to: {nearest: shops, max_km: 150}, else: desk}
      - {id: south, when: {country: PT}, to: {nearest: shops}, else: desk}
  - stage: fallback
    rules: [{id: rest, to: desk}]
availability: {working_hours: ignore}
"""
OWNERS = """owner_id,kind,latitude,longitude
munich,branch,48.14,11.58
kiel,branch,54.32,10.13
osaka,branch,34.69,135.50
yokohama,branch,35.44,139.64
santos,branch,-23.96,-46.33
desk,queue,,
"""
MEMBERS = "owner_id,team\n" + "".join(f"{name},shops\n" for name in ("munich", "kiel", "osaka", "yokohama", "santos"))
#: What an item says, the nearest shop by hand, and where nobody finds one the reason.
VISITS = [("DE", "80331", "munich", ""), ("DE", "D-20095", "kiel", ""), ("JP", "5300001", "osaka", ""),
          ("JP", "〒104-0061", "yokohama", ""), ("BR", "01310100", "santos", ""), ("DE", "10115", "desk", "no_place"),
          ("JP", "104-0062", "desk", "no_place"), ("PT", "1000-205", "desk", "no_place")]


@pytest.fixture
def shops(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    items = "item_id,kind,received_at,country,postal_code\n" + "".join(
        f"v-{number},visit,2026-11-20T10:00:00Z,{country},{code}\n" for number, (country, code, *_) in enumerate(VISITS))
    for name, text in {"places.txt": PLACES, "rulebook.yaml": BOOK, "owners.csv": OWNERS, "memberships.csv": MEMBERS,
                       "items.csv": items, "rightful.toml": '[geography]\npostal_places = "places.txt"\n'}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")


def test_each_item_goes_to_the_nearest_branch_and_comes_there_again(shops):
    rows = list(csv.DictReader(io.StringIO(run("rightful route items.csv --assign"))))
    assert [(row["owner_id"], row["reason"] if row["owner_id"] == "desk" else "") for row in rows] == [
        (owner, reason) for *_, owner, reason in VISITS]
    assert "8 of 8 decisions identical" in run("rightful decisions replay --all")


def test_a_rule_that_never_finds_a_place_and_a_damaged_row_are_told(shops):
    report = json.loads(CliRunner().invoke(app, ["rules", "check", "--json"]).stdout)
    told = [(one["rules"], one["file"], one["line"]) for one in report["findings"] if one["kind"] == "never_nearest"]
    assert sorted(told, key=str) == [(["south"], "rulebook.yaml", 14), ([], "places.txt", 5)]
