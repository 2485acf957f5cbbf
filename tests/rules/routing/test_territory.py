"""Routes through the example book, and the index against a plain scan of random books."""
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.book.cells import matches
from rules.book.indexing.index import compiled
from rules.book.reading import read_book_files
from rules.loading import require_book
from rules.model import Account, AccountMatch, Directory, Fact, Moment, WorkItem
from rules.routing.territory import find_route, trace

TODAY = date(2026, 11, 22)
EXAMPLE = Path(__file__).parents[2] / "cases" / "books" / "example"
PARENTS = {"a-acme": None, "a-acme-ca": "a-acme", "a-globex": None, "a-globex-de": "a-globex", "a-new": "a-globex"}
ACCOUNTS = Directory(owners={}, accounts={
    account: Account(account_id=account, parent_id=parent) for account, parent in PARENTS.items()
})


@pytest.fixture(scope="module")
def book():
    return require_book(read_book_files(EXAMPLE))


def moment(text="2026-12-02T15:00:00Z"):
    return Moment(at=datetime.fromisoformat(text))


def item(kind="lead", account=None, **values):
    facts = {name: Fact(value=value) for name, value in values.items()}
    match = AccountMatch(account_id=account, evidence=("id",), score=1.0) if account else None
    return WorkItem(item_id="i-1", kind=kind, received_at=moment().at, facts=facts, account=match)


ENT_EAST = {"country": "US", "employees": "ENT", "us_region": "EAST", "channel": "inbound"}


@pytest.mark.parametrize(("work", "stage", "rule", "team"), [
    (item(**ENT_EAST), "territory", "na-ent-east", "ent-sdr-east"),
    (item(**{**ENT_EAST, "us_region": "WEST"}), "fallback", "catch-all", "manual-review"),
    (item(country="BR", employees="SMB"), "unsupported", "unsupported", "nurture"),
    (item(country="US", channel="partner_registered", employees="SMB"), "partner", "partner", "channel-managers"),
    (item(country="US"), "territory", "smb", "smb-pool"),
    (item(kind="churn_risk"), "territory", "churn-low", "auto-renewal"),
    (item(kind="churn_risk", churn_band="high"), "fallback", "catch-all", "manual-review"),
    (item(account="a-acme-ca", **ENT_EAST), "named", "named/a-acme", "ent-sdr-east"),
])
def test_the_first_stage_that_matches_takes_the_item(book, work, stage, rule, team):
    route = find_route(book, work, ACCOUNTS, moment()).route
    assert (route.stage, route.rule, route.team) == (stage, rule, team)


def test_a_nearest_target_keeps_its_options_and_its_else(book):
    target = find_route(book, item(kind="quote_request"), ACCOUNTS, moment()).target
    assert (target.team, target.otherwise) == ("stores", "call-centre")
    assert (target.nearest.max_km, target.nearest.open_now) == (60.0, True)


def test_a_route_carries_what_its_rule_says(book):
    route = find_route(book, item(channel="partner_registered"), ACCOUNTS, moment()).route
    assert (route.playbook, route.sla, route.reason) == ("partner-intro", "warm", None)
    assert find_route(book, item(employees="ENT"), ACCOUNTS, moment()).route.reason == "no_territory"


@pytest.mark.parametrize(("at", "account", "rule", "owner"), [
    ("2026-12-31T23:59:59Z", "a-globex", "named/a-globex", "o-kim"),        # the last day is inside
    ("2027-01-01T00:00:00Z", "a-globex", "smb", None),                      # and not a minute longer
    ("2026-05-31T23:59:59Z", "a-globex-de", "smb", None),                   # not begun; the parent's row leaves children out
    ("2026-06-01T00:00:00Z", "a-globex-de", "named/a-globex-de", None),
    ("2026-12-02T15:00:00Z", "a-new", "smb", None),                         # include_children is false
])
def test_the_nearest_named_row_that_applies_wins(book, at, account, rule, owner):
    route = find_route(book, item(account=account, employees="SMB"), ACCOUNTS, moment(at)).route
    assert (route.rule, route.named_owner) == (rule, owner)


SMALL = """
rulebook: 1
attributes:
  kind: {{enum: [lead, case]}}
  tier: {{enum: [gold, silver]}}
  score: {{type: number}}
  postal_code: {{type: postal}}
teams: {{a: {{kind: team}}, b: {{kind: team}}, rest: {{kind: queue}}}}
slas: {{hot: {{respond_within: PT1H}}, warm: {{respond_within: PT4H}}}}
stages:
  - stage: territory
    rules:
{rules}
  - stage: fallback
    rules: [{{id: all, to: rest, reason: no_territory}}]
"""


def small_book(*rules):
    return require_book({"rulebook.yaml": SMALL.format(rules="\n".join(f"      - {rule}" for rule in rules))})


def test_two_rules_with_different_targets_decide_nothing():
    book = small_book("{id: r1, when: {tier: gold}, to: a}", "{id: r2, when: {kind: lead}, to: b}")
    route = find_route(book, item(tier="gold"), ACCOUNTS, moment()).route
    assert (route.stage, route.rule, route.team, route.reason) == ("fallback", "all", "rest", "overlap")


def test_the_service_level_belongs_to_the_target():
    book = small_book("{id: r1, when: {tier: gold}, to: a, sla: hot}", "{id: r2, when: {kind: lead}, to: a, sla: warm}")
    assert find_route(book, item(tier="gold"), ACCOUNTS, moment()).route.reason == "overlap"


def test_of_two_rules_with_one_target_the_first_is_named():
    book = small_book("{id: r1, when: {tier: gold}, to: a}", "{id: r2, when: {kind: lead}, to: a}")
    assert find_route(book, item(tier="gold"), ACCOUNTS, moment()).route.rule == "r1"


@pytest.mark.parametrize(("at", "rule"), [("2026-12-31T23:59:59Z", "x"), ("2027-01-01T00:00:00Z", "r1")])
def test_an_exception_stands_first_until_it_expires(at, rule):
    book = small_book("{id: r1, when: {tier: gold}, to: a}",
                      "{id: x, when: {tier: gold}, to: b, because: pilot, expires: 2026-12-31}")
    assert find_route(book, item(tier="gold"), ACCOUNTS, moment(at)).route.rule == rule


def test_two_exceptions_with_different_targets_decide_nothing():
    book = small_book("{id: x, when: {tier: gold}, to: a, because: pilot, expires: 2026-12-31}",
                      "{id: y, when: {kind: lead}, to: b, because: pilot, expires: 2026-12-31}")
    assert find_route(book, item(tier="gold"), ACCOUNTS, moment()).route.reason == "overlap"


def test_a_trace_lists_rules_within_one_cell_and_what_failed(book):
    stages = {found.stage: found for found in trace(book, item(**{**ENT_EAST, "us_region": "WEST"}), ACCOUNTS, moment())}
    assert list(stages) == ["named", "unsupported", "partner", "territory", "fallback"]
    near = {found.rule: (found.matched, found.failed) for found in stages["territory"].rules}
    assert near["na-ent-east"] == (False, ("us_region",)) and near["install"] == (False, ("kind",))
    assert stages["fallback"].matched and not stages["territory"].matched


def test_a_trace_names_the_dates_of_a_named_row_that_has_ended(book):
    named = trace(book, item(account="a-globex"), ACCOUNTS, moment("2027-02-01T00:00:00Z"))[0]
    assert [(found.rule, found.failed) for found in named.rules] == [("named/a-globex", ("to",))]


CELLS = {
    "kind": st.sampled_from(["lead", "case", "[lead, case]"]),
    "tier": st.sampled_from(["gold", "silver", "missing", "[gold, missing]", "[gold, silver]"]),
    "score": st.sampled_from(["1", '">=2"', "0-1", "[1, missing]", "0-<1", '[">2", missing]']),
    "postal_code": st.sampled_from(["10*", "10000-20000", "10115", "[2*, missing]"]),
}
WHEN = st.fixed_dictionaries({}, optional=CELLS)
ITEMS = st.fixed_dictionaries({}, optional={
    "tier": st.sampled_from(["gold", "silver"]), "score": st.sampled_from([0.0, 1.0, 2.0, 3.0]),
    "postal_code": st.sampled_from(["10115", "2000", "20000", "99999"]),
})


@settings(max_examples=60, deadline=None)
@given(whens=st.lists(WHEN, min_size=1, max_size=12), facts=st.lists(ITEMS, min_size=1, max_size=10),
       kind=st.sampled_from(["lead", "case"]))
def test_the_index_finds_what_a_plain_scan_finds(whens, facts, kind):
    rules = [
        f"{{id: r{number}, when: {{{', '.join(f'{name}: {cell}' for name, cell in when.items())}}}, to: a}}"
        for number, when in enumerate(whens)
    ]
    book = small_book(*rules)
    index = compiled(book)[0]
    for own in facts:
        work = item(kind=kind, **own)
        scanned = [rule.id for rule in book.stages[0].rules if all(matches(cell, work, TODAY) for cell in rule.when)]
        assert [rule.id for rule in index.matching(work, TODAY)] == scanned
