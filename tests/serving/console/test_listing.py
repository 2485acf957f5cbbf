"""The list of decisions: filters, search, pages, and what cannot be read."""
import pytest

from serving.console.decisions import listing
from tests.serving.console.markup import Page


def items(page: Page) -> list[str]:
    """The decisions listed, by the text of their links."""
    return [given["href"] for tag, given in page.tags if tag == "a" and given.get("class") == "open"]


@pytest.fixture
def three(plain_console):
    """A decision for the team in turn, one for a single owner, one without a territory."""
    made = {"L-1": plain_console.decide("L-1"), "L-2": plain_console.decide("L-2", country="FR"),
            "L-3": plain_console.decide("L-3", country="GB")}
    return plain_console, made


def test_the_newest_decision_stands_first(three):
    console, made = three
    assert items(console.see("/console/decisions")) == [f"/console/decisions/{made[name]}" for name in ("L-3", "L-2", "L-1")]


@pytest.mark.parametrize(("asked", "found"), [
    ({"item": "L-2"}, ["L-2"]), ({"owner": "eve"}, ["L-2"]), ({"team": "sales"}, ["L-1"]),
    ({"decided_by": "rotation"}, ["L-1"]), ({"verdict": "hold"}, []), ({"team": "sales", "decided_by": "rule"}, []),
    ({"q": "l-3"}, ["L-3"]), ({"q": "Eve"}, ["L-2"]), ({"q": "SALES"}, ["L-1"]), ({"q": "%"}, []), ({"q": "_-1"}, []),
    ({"from": "2020-01-01"}, ["L-3", "L-2", "L-1"]), ({"to": "2020-01-01"}, []), ({"from": "9000-01-01"}, []),
])
def test_a_filter_keeps_what_fits(three, asked, found):
    console, made = three
    page = console.see("/console/decisions", **asked)
    assert items(page) == [f"/console/decisions/{made[name]}" for name in found]
    assert ("No decision fits" in page.text) == (not found)


def test_the_last_day_is_included(three):
    console, made = three
    day = console.get(f"/v1/decisions/{made['L-1']}").json()["decided_at"][:10]
    assert len(items(console.see("/console/decisions", **{"from": day, "to": day}))) == 3


def test_a_decision_is_found_by_its_id(three):
    console, made = three
    assert items(console.see("/console/decisions", q=made["L-2"])) == [f"/console/decisions/{made['L-2']}"]


def test_pages_follow_each_other_without_gap_or_repeat(plain_console, monkeypatch):
    monkeypatch.setattr(listing, "ROWS", 2)
    made = [plain_console.decide(f"L-{number}") for number in range(5)]
    seen, address = [], "/console/decisions?team=sales"
    while address:
        page = plain_console.see(address)
        seen += items(page)
        older = [given["href"] for tag, given in page.tags if tag == "a" and given.get("rel") == "next"]
        assert all("team=sales" in href for href in older)
        address = f"/console/decisions{older[0]}" if older else ""
    assert seen == [f"/console/decisions/{name}" for name in reversed(made)]


@pytest.mark.parametrize("asked", [{"from": "yesterday"}, {"to": "2026-13-01"}, {"cursor": "x"}, {"cursor": "9" * 30}])
def test_a_filter_that_cannot_be_read_is_told(plain_console, asked):
    page = plain_console.see("/console/decisions", status=400, **asked)
    [given] = asked.values()
    assert f"given `{given}`" in page.text


def test_what_was_asked_stays_in_the_form(three):
    console, _ = three
    page = console.see("/console/decisions", q='"><script>alert(1)</script>', owner="eve")
    [form] = page.forms
    assert (form.fields["q"], form.fields["owner"]) == ('"><script>alert(1)</script>', "eve")
    assert page.count("script") == 1


def test_a_hostile_item_id_is_text(plain_console):
    plain_console.decide("<img src=x onerror=alert(1)>")
    page = plain_console.see("/console/decisions")
    assert page.count("img") == 0
    assert "<img src=x onerror=alert(1)>" in page.text


def test_an_address_that_leads_nowhere_says_so(plain_console):
    assert "there is no page `/console/nowhere`" in plain_console.see("/console/nowhere", status=404).text


def test_an_empty_store_says_so(plain_console):
    assert "No decision fits" in plain_console.see("/console/decisions").text


def test_the_front_door_leads_to_the_list(plain_console):
    for path in ("/", "/console"):
        answer = plain_console.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/decisions")


def test_the_list_says_what_people_said_to_a_decision(console):
    overridden, challenged, approved = (console.decide(f"L-{number}", mode="assign") for number in range(3))
    console.act(overridden, "override", {"owner_id": "dan", "reason": "workload"})
    console.act(challenged, "review", {"verdict": "challenge"})
    console.act(approved, "review", {"verdict": "approve"})
    rows = listing.listed(console.live.store, listing.ListingQuery(), console.live.in_force.directory).rows
    said = {row.document.decision_id: row.after for row in rows if row.after}
    assert said == {overridden: ("overridden",), challenged: ("challenged",)}
    assert "overridden" in console.see("/console/decisions").text
