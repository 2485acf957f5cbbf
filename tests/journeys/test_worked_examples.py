"""From the raw record of a CRM to the owner: the field's worked examples, by `import`, `route` and the server's own HTTP."""
import csv
import json
import shutil
import urllib.request
from pathlib import Path

import pytest

from tests.journeys.pages import run

WORKED = Path(__file__).parents[1] / "cases" / "books" / "worked"
SENTENCE = "DACH enterprise accounts go to DACH Enterprise"
WEBINAR = {"item_id": "L-1", "kind": "lead", "received_at": "2026-11-25T15:00:00Z", "country": "United States",
           "state": "New York", "employees": 4000, "lead_source": "webinar", "consent": "granted", "company": "Northwind"}
PRICING = {"kind": "lead", "received_at": "2026-11-25T15:00:00Z", "lead_source": "pricing page", "country": "France"}
QUOTE = {"kind": "quote_request", "country": "USA", "postal_code": "94105-1804", "required_certification": "Gas"}


@pytest.fixture
def company(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "company"
    shutil.copytree(WORKED, folder)
    monkeypatch.chdir(folder)
    return folder


def routed(*records: dict, at: str = "received") -> list[dict]:
    """The records as a CRM would export them, through `rightful route`."""
    columns = list(dict.fromkeys(name for record in records for name in record))
    with Path("raw.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns)
        writer.writeheader()
        writer.writerows(records)
    return json.loads(run(f"rightful route raw.csv --at {at} --json"))


def asked(server: str, **record: object) -> dict:
    """One record over HTTP; the decision document."""
    body = json.dumps({"item": record}).encode()
    made = urllib.request.Request(f"{server}/v1/recommendations", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(made, timeout=60) as answer:
        return json.load(answer)


def test_the_book_of_the_worked_examples_is_sound_and_its_own_tests_pass(company):
    assert "0 errors" in run("rightful rules check")
    assert "2 of 2 tests pass" in run("rightful rules test")


def test_an_export_of_salesforce_leads_reaches_its_owners(company):
    run("rightful import leads_export.csv --what items --profile salesforce")
    found = json.loads(run("rightful route items.csv --at received --json"))
    assert [(row["rule"], row["team"], row["owner_id"]) for row in found] == [
        ("ent-east", "ent-sdr-east", "kim"), ("named/acme", "strategic", "sam"), ("student", "student-track", None)]
    assert found[0]["decided_at"] == "2026-11-25T15:00:00Z" and {row["fairness_verdict"] for row in found} == {"pass"}


def test_an_enterprise_webinar_lead_in_new_york_goes_to_the_enterprise_sdr_of_the_east(company):
    near, small, west = routed(WEBINAR, WEBINAR | {"item_id": "L-2", "employees": 249},
                               WEBINAR | {"item_id": "L-3", "state": "CA"})
    assert (near["outcome"], near["team"], near["owner_id"]) == ("recommended", "ent-sdr-east", "kim")
    assert small["team"] == "smb-pool" and small["owner_id"] in ("lia", "ben")
    assert (west["stage"], west["team"], west["outcome"]) == ("fallback", "manual-review", "queued")


@pytest.mark.parametrize(("received_at", "changed", "team", "owner", "reason"), [
    ("2026-12-24T20:00:00Z", {}, "stores", "oakland", None),                          # the nearer one is not certified for gas
    ("2026-12-24T20:00:00Z", {"required_certification": "hvac"}, "stores", "soma", None),
    ("2026-12-25T20:00:00Z", {}, "call-centre", "call-centre", "none_open"),          # closed on the holiday
    ("2026-12-24T06:00:00Z", {}, "call-centre", "call-centre", "none_open"),          # closed for the night
    ("2027-01-02T20:00:00Z", {}, "call-centre", "call-centre", "none_eligible"),      # the certificate ended with the year
    ("2026-12-24T20:00:00Z", {"postal_code": "10001"}, "call-centre", "call-centre", "none_in_range"),
    ("2026-12-24T20:00:00Z", {"postal_code": ""}, "call-centre", "call-centre", "no_place"),
    ("2026-12-24T20:00:00Z", {"required_certification": ""}, "call-centre", "call-centre", "none_eligible"),
])
def test_a_quote_goes_to_the_nearest_open_certified_branch_else_to_the_call_centre(
        company, received_at, changed, team, owner, reason):
    found, = routed({"item_id": "Q-1", "received_at": received_at, **QUOTE, **changed})
    assert (found["rule"], found["team"], found["owner_id"]) == ("install", team, owner)
    if reason is not None:
        assert (found["outcome"], found["reason"], found["decided_by"]) == ("queued", reason, "fallback")


def test_a_decision_made_again_later_rests_on_the_evidence_of_then(company):
    quote = {"received_at": "2026-12-24T20:00:00Z", **QUOTE}
    then, = routed({"item_id": "Q-1", **quote})
    owners = Path("owners.csv")
    owners.write_text(owners.read_text(encoding="utf-8").replace("gas:2026-12-31", "electric"), encoding="utf-8")
    now, = routed({"item_id": "Q-2", **quote})
    assert (then["owner_id"], now["team"], now["reason"]) == ("oakland", "call-centre", "none_eligible")
    assert "(100.0%)" in run("rightful decisions replay --all")


def test_a_low_churn_risk_and_an_early_renewal_are_reminded_and_the_others_get_a_person(company):
    at = {"received_at": "2026-11-25T15:00:00Z", "country": "Deutschland"}
    found = routed({"item_id": "C-1", "kind": "churn_risk", "churn_score": "0.12", **at},
                   {"item_id": "C-2", "kind": "churn_risk", **at},
                   {"item_id": "C-3", "kind": "churn_risk", "churn_score": "0.3", **at},
                   {"item_id": "R-1", "kind": "renewal", "days_to_renewal": "60", **at},
                   {"item_id": "R-2", "kind": "renewal", "days_to_renewal": "30", **at})
    assert [row["team"] for row in found] == ["auto-renewal", "auto-renewal", "retention", "auto-renewal", "retention"]
    assert [row["owner_id"] for row in found] == [None, None, "rita", None, "rita"]


def test_over_http_the_owner_comes_with_the_rules_own_words_and_the_reminder_with_its_automation(company, served):
    with served(company) as server:
        lead = asked(server, **WEBINAR)
        assert (lead["owner"]["owner_id"], lead["owner"]["team"]) == ("kim", "ent-sdr-east")
        assert lead["route"]["says"] == "ENT leads in NORTH_AM, EAST go to ENT SDR East"
        country = lead["item"]["attributes"]["country"]
        assert (country["raw"], country["value"], country["source"]) == ("United States", "US", "record")
        risk = asked(server, item_id="C-1", kind="churn_risk", received_at="2026-11-25T15:00:00Z", country="DE", churn_score=0.05)
        assert (risk["outcome"], risk["owner"], risk["next"]["automation"]) == ("queued", None, "renewal_reminder")

        strategic = asked(server, **PRICING, item_id="P-1", email="al@acme.fr")
        student = asked(server, **PRICING, item_id="P-2", email="mia@gmail.com", persona="student")
        anyone = asked(server, **PRICING, item_id="P-3", email="x@small.example", employees=12)
        assert strategic["owner"]["owner_id"] == "sam" and strategic["account"]["account_id"] == "acme-paris"
        assert (student["owner"], student["next"]["automation"]) == (None, "student_programme")
        assert anyone["owner"]["owner_id"] in ("lia", "ben")
        alone = asked(server, **PRICING, item_id="P-4", email="al@acme.fr", do_not_contact=True)
        assert (alone["route"]["stage"], alone["route"]["rule"], alone["owner"]) == ("compliance", "left-alone", None)


def test_from_the_sentence_to_a_tested_rule(company):
    """A person writes the sentence, the cells that it means and an example; the book says when they disagree."""
    write("  NORTH_AM:", "  DACH: [DE, AT, CH]\n  NORTH_AM:")
    write("  smb-pool:", "  dach-ent: {kind: team, name: DACH Enterprise}\n  smb-pool:")
    write("      - {id: smb,", f'      - {{id: dach-ent, says: "{SENTENCE}",\n'
          "         when: {kind: [lead, contact, opportunity], country: DACH, employees: MID}, to: dach-ent}\n      - {id: smb,")
    write("tests:\n", "tests:\n"
          "  - {name: just large enough, item: {kind: lead, country: CH, employees: 1000}, expect: {rule: dach-ent}}\n"
          "  - {name: one too small, item: {kind: lead, country: CH, employees: 999}, expect: {team: manual-review}}\n")
    assert {"says_mismatch"} <= kinds_of_findings()           # the sentence says enterprise, the cells say MID
    write("employees: MID}, to: dach-ent", "employees: ENT}, to: dach-ent")
    assert "says_mismatch" not in kinds_of_findings()
    assert "0 errors" in run("rightful rules check") and "4 of 4 tests pass" in run("rightful rules test")
    lead = {"kind": "lead", "received_at": "2026-11-25T15:00:00Z", "country": "Österreich", "company": "Alpenwerk AG"}
    one, other = routed({"item_id": "D-1", "employees": "1200", **lead}, {"item_id": "D-2", "employees": "999", **lead})
    assert (one["rule"], one["team"], one["owner_id"]) == ("dach-ent", "dach-ent", "dora")
    assert other["stage"] == "fallback"


def write(old: str, new: str) -> None:
    book = Path("rulebook.yaml")
    text = book.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    book.write_text(text.replace(old, new), encoding="utf-8")


def kinds_of_findings() -> set[str]:
    return {finding["kind"] for finding in json.loads(run("rightful rules check --json"))["findings"]}
