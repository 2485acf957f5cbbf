"""A person whom a row names and who cannot take the item: their team, their manager, the next stage; never nowhere."""
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.refdata.times import parse_instant
from rules.routing.eligibility import route_and_filter
from rules.routing_result import RoutingResult, Via
from rules.workload import CountedWorkloads, Workload

AT = parse_instant("2026-11-30T15:00:00Z")
BOOK = """
rulebook: 1
version: "test"
attributes:
  kind: {enum: [lead, case]}
  country: {type: country}
  account: {type: account_ref}
  channel: {enum: [inbound, outbound]}
teams:
  harbour: {kind: team, name: Harbour Desk}
  quay: {kind: team}
  open-desk: {kind: team}
  triage: {kind: queue}
slas:
  quick: {respond_within: PT1H}
compliance:
  - {id: residency, require: {owner.data_region: [EU]}, when: {country: DE}, if_missing: skip}
  - {id: call-window, require: {item.local_time: "08:00-21:00"}, when: {channel: outbound}, if_missing: skip}
stages:
  - stage: named
    table: tables/named.csv
  - stage: areas
    rules: [{id: quay-leads, when: {kind: lead}, to: quay}]
  - stage: rest
    rules: [{id: any, to: open-desk, reason: no_territory}]
availability: {working_hours: require, absence: require, capacity: require, none_free: {wait: PT30M, then: queue}}
"""
OWNERS = """owner_id,name,kind,active_to,manager_id,max_open,data_region,working_hours,time_zone
ida,Ida,person,2026-06-30,max,,,,
ole,Ole,person,,max,2,,,
uma,Uma,person,,,,US,,
pia,Pia,person,,max,,,Mon-Fri 09:00-12:00,UTC
max,Max,person,,,,EU,,
jon,Jon,person,,,,EU,,
kim,Kim,person,,,,EU,,
"""
MEMBERS = "owner_id,team,role,from,to\nole,harbour,,,\njon,harbour,,,\nkim,quay,,,\npia,harbour,,,\nkim,open-desk,,,\n"


def company(named="acme,ida,\n", members=MEMBERS, absences="", book=BOOK, owners=OWNERS):
    rules = require_book({"rulebook.yaml": book, "tables/named.csv": "account_id,owner_id,sla\n" + named})
    people = load_directory({"owners.csv": owners, "memberships.csv": members,
                             "absences.csv": f"owner_id,from,to,reason\n{absences}",
                             "accounts.csv": "account_id,name,country\nacme,Acme,\nglobex,Globex,\n"})
    return rules, people


def sent(*, at=AT, loads=(), exclude=(), person_else=True, received_at=None, raw=None, **parts) -> RoutingResult:
    rules, people = company(**parts)
    given = {"item_id": "N-1", "kind": "lead", "account": "acme", "received_at": (received_at or at).isoformat(), **(raw or {})}
    one = read_item(given, book=rules, directory=people, at=at)
    return route_and_filter(one, book=rules, directory=people, at=at, exclude=exclude, person_else=person_else,
                            workload=CountedWorkloads({name: Workload(open_items=9) for name in loads}))


def landed(found: RoutingResult) -> tuple[str | None, tuple[str, ...], Via]:
    return found.route.team, found.eligibility.eligible, found.route.via


def test_who_left_and_is_in_no_team_passes_to_the_manager():
    found = sent()
    assert landed(found)[1:] == (("max",), Via.ELSE) and found.route.rule == "named/acme"
    assert found.route.reason == found.warnings[0] == found.passed_on == (
        "ida is named for this account and cannot take it (not active to 2026-06-30): it goes to their manager max")
    assert {out.rule: out.owners for out in found.eligibility.excluded} == {"active": ("ida",)}


@pytest.mark.parametrize("why", [{"absences": "ole,2026-11-30,2026-12-04,leave\n"}, {"loads": ["ole"]}, {"exclude": ["ole"]}])
def test_who_is_away_full_or_left_out_passes_to_their_team(why):
    found = sent(named="acme,ole,\n", **why)
    assert landed(found) == ("harbour", ("jon",), Via.ELSE)                # pia's hours are over
    assert "it goes to their team Harbour Desk" in found.route.reason


def test_whom_compliance_excludes_passes_on_and_no_stand_in_is_one_that_it_excludes():
    found = sent(named="acme,uma,\n", raw={"country": "DE"}, members=MEMBERS + "uma,harbour,,,\n")
    assert landed(found) == ("harbour", ("jon",), Via.ELSE)
    assert "needs data region EU, is in US" in found.warnings[0]


def test_the_team_that_the_next_stage_would_take_is_preferred_among_theirs():
    found = sent(members=MEMBERS + "ida,harbour,,,\nida,quay,,,\n")
    assert landed(found) == ("quay", ("kim",), Via.ELSE)
    ended = sent(members=MEMBERS + "ida,harbour,,,\nida,quay,,,2026-11-29\n")
    assert landed(ended) == ("harbour", ("ole", "jon"), Via.ELSE)


def test_with_neither_team_nor_manager_the_next_stage_takes_it_and_the_accounts_service_level_stays():
    found = sent(named="acme,uma,quick\n", exclude=["uma"])
    assert landed(found) == ("quay", ("kim",), Via.ELSE)
    assert (found.route.rule, found.route.sla) == ("quay-leads", "quick")
    assert "it goes to the next stage, areas" in found.route.reason
    last = sent(named="acme,uma,\n", exclude=["uma"], raw={"kind": "case"})
    assert landed(last) == ("open-desk", ("kim",), Via.LAST_STAGE)
    assert last.route.reason == "no_territory" and "the next stage, rest" in last.warnings[0]


def test_an_owner_whom_the_directory_lacks_passes_on_to_the_next_stage():
    found = sent(named="acme,nobody,\n")
    assert landed(found) == ("quay", ("kim",), Via.ELSE)
    assert found.warnings[0] == "the named owner `nobody` is not in the directory"


def test_two_stages_that_name_persons_are_gone_through_in_turn():
    book = BOOK.replace("  - stage: areas", "  - stage: named-too\n    table: tables/second.csv\n  - stage: areas")
    rules = require_book({"rulebook.yaml": book, "tables/named.csv": "account_id,owner_id\nacme,uma\n",
                          "tables/second.csv": "account_id,owner_id\nacme,ida\n"})
    _, people = company()
    one = read_item({"item_id": "N-1", "kind": "lead", "account": "acme"}, book=rules, directory=people, at=AT)
    found = route_and_filter(one, book=rules, directory=people, at=AT, workload=CountedWorkloads(), exclude=["uma"])
    assert found.eligibility.eligible == ("max",)
    assert len(found.warnings) == 2 and found.warnings[0].startswith("uma") and found.warnings[1].startswith("ida")


def test_who_only_rests_keeps_the_item_while_the_book_lets_it_wait_and_then_it_passes_on():
    waiting = sent(named="acme,pia,\n")
    assert waiting.wait_until == parse_instant("2026-11-30T15:30:00Z") and waiting.route.team == "harbour"
    assert waiting.passed_on is None
    waited = sent(named="acme,pia,\n", received_at=parse_instant("2026-11-30T14:00:00Z"))
    assert landed(waited) == ("harbour", ("ole", "jon"), Via.ELSE)


@pytest.mark.parametrize(("hours", "eligible"), [("", ("max",)), ("Mon-Fri 09:00-12:00", ())])
def test_who_only_rests_and_is_in_no_team_passes_to_the_manager_be_they_at_work_or_resting_too(hours, eligible):
    owners = OWNERS.replace("max,Max,person,,,,EU,,", f"max,Max,person,,,,EU,{hours},UTC")
    found = sent(named="acme,pia,\n", received_at=parse_instant("2026-11-30T14:00:00Z"), owners=owners,
                 members="owner_id,team,role,from,to\nkim,quay,,,\nmax,open-desk,,,\n")
    assert landed(found) == ("open-desk", eligible, Via.ELSE) and found.route.rule == "named/acme"
    assert "it goes to their manager max" in found.route.reason


def test_an_item_held_by_a_contact_window_stands_in_a_team():
    night = parse_instant("2026-11-30T23:00:00Z")
    raw = {"channel": "outbound", "country": "DE"}
    assert sent(named="acme,jon,\n", at=night, raw=raw).queue == "harbour"
    assert sent(named="acme,uma,\n", at=night, raw=raw).queue == "quay"       # in no team: where the next stage sends it
    assert sent(named="acme,jon,\n", at=night, raw=raw, person_else=False).queue is None


def test_a_free_named_owner_gets_the_item_as_ever():
    found = sent(named="acme,uma,\n")
    assert landed(found) == (None, ("uma",), Via.NAMED) and not found.warnings


def test_decisions_of_old_end_with_the_named_owner():
    found = sent(named="acme,ida,\n", person_else=False)
    assert found.route.team is None and found.none_free and found.eligibility.eligible == () and not found.warnings


people = st.sampled_from(["ida", "ole", "uma", "pia", "max", "jon", "kim"])


@settings(max_examples=150, deadline=None)
@drawn(named=people, gone=st.sets(people), full=st.sets(people), members=st.lists(st.tuples(people, st.sampled_from(
    ["harbour", "quay", "open-desk"])), unique=True), hour=st.integers(0, 23), kind=st.sampled_from(["lead", "case"]),
    waited=st.booleans(), country=st.sampled_from(["DE", "US"]), channel=st.sampled_from(["inbound", "outbound"]))
def test_no_item_of_a_named_account_ends_in_no_team_and_with_nobody(named, gone, full, members, hour, kind, waited, country,
                                                                     channel):
    at = AT.replace(hour=hour)
    found = sent(named=f"acme,{named},\n", exclude=gone, loads=full, at=at, raw={"kind": kind, "country": country,
                 "channel": channel}, received_at=at.replace(day=29) if waited else at,
                 members="owner_id,team\n" + "".join(f"{one},{team}\n" for one, team in members))
    assert found.eligibility.eligible or found.route.team
    assert not set(found.eligibility.eligible) & gone and "None" not in " ".join((found.route.reason or "", *found.warnings))
    out = [owner for one in found.eligibility.excluded for owner in one.owners]
    eligibility = found.eligibility
    assert eligibility.considered == len(eligibility.eligible) + len(out) == len({*eligibility.eligible, *out})
    assert eligibility.considered + eligibility.outside_team == 7
