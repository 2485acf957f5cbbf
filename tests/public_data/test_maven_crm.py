"""A fictitious company whose sellers cannot be told apart: the honest answer is to say so and take turns.

8,800 opportunities of 30 agents. The deals closed in the first quarter of 2017 are 82 % won because the record starts with
them (left truncation); a model that trusts owner statistics learns that and does worse out of time.
"""
import csv
import json

import pytest

pytestmark = [pytest.mark.data, pytest.mark.train]

BOOK = """\
rulebook: 1
version: maven
attributes:
  kind: {enum: [opportunity]}
  product: {enum: [GTK 500, GTX Basic, GTX Plus Basic, GTX Plus Pro, GTX Pro, GTXPro, MG Advanced, MG Special]}
  sector: {enum: [employment, entertainment, finance, marketing, medical, retail, services, software, technolgy,
                  telecommunications]}
  employees: {bands: {SMALL: 1-999, MIDDLE: 1000-4999, LARGE: 5000+}}
  region: {enum: [Central, East, West]}
teams:
  central: {kind: team}
  east: {kind: team}
  west: {kind: team}
  triage: {kind: queue}
stages:
  - stage: office
    rules:
      - {id: central, when: {region: Central}, to: central}
      - {id: east, when: {region: East}, to: east}
      - {id: west, when: {region: West}, to: west}
  - stage: fallback
    rules: [{id: rest, to: triage, reason: no_region}]
"""
SETTINGS = """\
[objectives.opportunity]
learn = "outcome"
positive = ["Won"]
horizon = "closed"
"""


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([header, *rows])


@pytest.fixture(scope="module")
def workspace(public_data, tmp_path_factory, rightful):
    folder = tmp_path_factory.mktemp("maven")
    source = public_data / "maven_crm"
    agents = {row["sales_agent"]: row["regional_office"] for row in rows_of(source / "sales_teams.csv")}
    accounts = {row["account"]: row for row in rows_of(source / "accounts.csv")}
    (folder / "rulebook.yaml").write_text(BOOK)
    (folder / "rightful.toml").write_text(SETTINGS)
    write(folder / "owners.csv", ["owner_id", "kind"], [(agent, "person") for agent in agents])
    write(folder / "memberships.csv", ["owner_id", "team", "role", "from", "to"],
          [(agent, office.lower(), "", "", "") for agent, office in agents.items()])
    history = []
    for row in rows_of(source / "sales_pipeline.csv"):
        if not row["engage_date"]:
            continue
        account = accounts.get(row["account"], {})
        engaged = f"{row['engage_date']}T09:00:00Z"
        closed = f"{row['close_date']}T17:00:00Z" if row["close_date"] else ""
        history.append((row["opportunity_id"], "opportunity", engaged, row["sales_agent"], engaged, closed,
                        "resolved" if closed else "open", row["deal_stage"] if closed else "", closed, "manual",
                        row["product"], account.get("sector", ""), account.get("employees", ""), agents[row["sales_agent"]]))
    write(folder / "history.csv", ["item_id", "kind", "received_at", "owner_id", "assigned_at", "ended_at", "end", "outcome",
                                   "outcome_at", "assigned_by", "product", "sector", "employees", "region"], history)
    rightful(folder, "import", str(folder / "history.csv"), "--what", "history")
    return folder


@pytest.fixture(scope="module")
def evaluation(workspace, rightful):
    return json.loads(rightful(workspace, "evaluate", "--objective", "opportunity", "--split", "2017-07-01T00:00:00Z", "--json"))


def test_the_report_says_that_owners_cannot_be_told_apart(evaluation):
    assert evaluation["signal"] == "no owner signal"
    assert evaluation["signal_reason"]


def test_no_model_beats_chance_by_a_leak(evaluation):
    assert all(model["auc"] < 0.56 for model in evaluation["models"]), evaluation["models"]


def test_the_constant_reaches_its_reference(evaluation):
    assert evaluation["constant_logloss"] == pytest.approx(0.6811, abs=0.003)


def test_left_truncation_is_named(evaluation):
    assert "left_truncation" in {warning["code"] for warning in evaluation["warnings"]}


def test_decisions_fall_to_rotation(workspace, rightful):
    rightful(workspace, "train", "--objective", "opportunity")
    rightful(workspace, "promote", "latest")
    write(workspace / "new.csv", ["item_id", "kind", "received_at", "product", "region"],
          [(f"new-{n}", "opportunity", "2018-01-02T10:00:00Z", "GTX Pro", office)
           for n, office in enumerate(["Central", "East", "West"] * 4)])
    rightful(workspace, "route", str(workspace / "new.csv"), "--at", "received", "--out", str(workspace / "routed.csv"))
    routed = rows_of(workspace / "routed.csv")
    assert len(routed) == 12
    assert {row["decided_by"] for row in routed} == {"rotation"}
    assert {row["why_not_model"] for row in routed} == {"no_owner_signal"}
