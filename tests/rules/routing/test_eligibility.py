"""The funnel: who may own an item, everyone accounted for once, and nothing gets past compliance."""
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.refdata.times import parse_instant
from rules.routing.eligibility import is_allowed, route_and_filter
from rules.workload import EMPTY_DESK, CountedWorkloads, Workload
from tests.rules.example import BOOK, MEMBERSHIPS, MONDAY, book, directory, item, the_book, the_directory

NIGHT = parse_instant("2026-11-30T03:00:00Z")


def narrowed(at=MONDAY, workload=EMPTY_DESK, exclude=(), people=None, rules=None, **attributes):
    return route_and_filter(item(at, **attributes), book=rules or the_book(), directory=people or the_directory(), at=at,
                  workload=workload, exclude=exclude)


def excluded(found) -> dict[str, tuple[str, ...]]:
    return {exclusion.rule: exclusion.owners for exclusion in found.eligibility.excluded}


def carrying(**loads: int):
    return CountedWorkloads({one: Workload(open_items=load, assigned_today=load) for one, load in loads.items()})


def test_each_member_is_eligible_or_excluded_under_the_first_that_refuses():
    found = narrowed(country="US", state="NY", employees=5000, email="x@globex.com")
    assert found.route.rule == "ent-east" and found.eligibility.eligible == ("ann",)
    assert excluded(found) == {"membership": ("cleo",), "conflict": ("ben",)}
    assert (found.eligibility.considered, found.eligibility.outside_team) == (3, 6)


def test_the_order_is_membership_active_compliance_left_out_absence_capacity_hours():
    everything = {"workload": carrying(ann=3, ben=3, cleo=1), "at": parse_instant("2026-11-24T12:00:00Z")}
    found = narrowed(country="DE", employees=5, exclude={"ann", "dan", "eve", "cleo"}, **everything)
    assert excluded(found) == {"active": ("dan",), "eu-residency": ("ann", "ben", "eve"), "excluded": ("cleo",)}
    assert excluded(narrowed(country="US", employees=5, exclude={"nobody"}, **everything)) == {
        "active": ("dan",), "absence": ("eve",), "capacity": ("ann", "ben", "cleo")}


def test_an_exclusion_carries_reason_and_evidence_by_owner_where_they_differ():
    residency = next(e for e in narrowed(country="DE", employees=5).eligibility.excluded if e.rule == "eu-residency")
    assert residency.reason == "needs data region EU, is in US; needs data region EU, has no region on record"
    assert residency.evidence == {"needs": ["EU"], "found": {"ann": "US", "ben": "US", "eve": None}}


def test_hours_are_preferred_where_somebody_is_in_and_ignored_where_nobody_is():
    found = narrowed(at=parse_instant("2026-11-30T09:00:00Z"), employees=5, country="US")
    assert excluded(found)["working_hours"] == ("ann", "ben")
    assert next(e for e in found.eligibility.excluded if e.rule == "working_hours").reason == "others are in hours"
    one_team = narrowed(at=NIGHT, country="US", state="NY", employees=5000)
    assert one_team.eligibility.eligible == ("ann", "ben")


def test_an_item_that_compliance_takes_goes_to_its_queue_and_nobody_is_sought():
    found = narrowed(consent="denied", country="DE", employees=5)
    assert (found.route.stage, found.route.rule, found.route.team) == ("compliance", "no-consent", "nurture")
    assert (found.queue, found.automation, found.queue_owner) == ("nurture", "email_track", None)
    assert (found.eligibility.considered, found.eligibility.outside_team, found.eligibility.excluded) == (0, 9, ())
    assert found.route.reason == "contact is forbidden: consent is denied"


def test_of_two_rules_that_take_an_item_the_first_in_the_file_does():
    assert narrowed(consent="denied", country="IR").route.rule == "sanctions"


def test_an_item_for_a_queue_is_not_held_by_a_contact_window():
    assert narrowed(at=NIGHT, kind="churn_risk", channel="outbound", country="DE").queue == "manual-review"


def test_a_closed_contact_window_holds_the_item_in_its_team():
    found = narrowed(at=parse_instant("2026-11-30T23:00:00Z"), channel="outbound", country="DE", employees=5)
    assert (found.route.rule, found.route.team, found.queue) == ("smb", "pool", "pool")
    assert found.wait_until == parse_instant("2026-12-01T07:00:00Z")
    assert found.eligibility.eligible == () and "00:00 in Europe/Berlin" in found.warnings[0]


def test_two_contact_windows_are_waited_for_together():
    extra = "  - {id: late-start, require: {item.local_time: \"10:00-20:00\"}, when: {channel: outbound}}\n"
    rules = book(BOOK.replace("  - {id: conflict", extra + "  - {id: conflict"))
    found = narrowed(at=parse_instant("2026-11-30T23:00:00Z"), rules=rules, channel="outbound", country="DE", employees=5)
    assert found.wait_until == parse_instant("2026-12-01T09:00:00Z")


def test_a_named_owner_is_the_only_one_considered():
    found = narrowed(account="acme-de", country="US", employees=5)
    assert (found.route.rule, found.route.named_owner, found.route.team) == ("named/acme", "ann", None)
    assert found.eligibility.eligible == ("ann",)
    assert (found.eligibility.considered, found.eligibility.outside_team) == (1, 8)


def test_when_nobody_is_free_the_item_waits_and_then_goes_where_the_book_says():
    full = {"country": "US", "state": "NY", "employees": 5000, "workload": carrying(ann=3, ben=3)}
    waiting = narrowed(received_at="2026-11-30T14:55:00Z", **full)
    assert (waiting.none_free, waiting.queue) == (True, None)
    assert waiting.wait_until == parse_instant("2026-11-30T15:05:00Z")
    waited = narrowed(received_at="2026-11-30T14:50:00Z", **full)
    assert (waited.none_free, waited.queue, waited.wait_until) == (True, "manual-review", None)
    assert waited.route.team == "east" and waited.eligibility.considered == 3
    stays = book(BOOK.replace("then: manual-review", "then: queue"))
    assert narrowed(received_at="2026-11-30T10:00:00Z", rules=stays, **full).queue is None
    early = narrowed(received_at="2027-01-01T00:00:00Z", **full)
    assert early.wait_until == MONDAY + timedelta(minutes=10)


def test_a_team_without_members_leaves_nobody():
    people = directory(memberships="owner_id,team\nann,east\n")
    found = narrowed(people=people, country="US", employees=5)
    assert (found.eligibility.considered, found.eligibility.outside_team, found.none_free) == (0, 9, True)


def test_an_owner_with_several_rows_counts_once():
    people = directory(memberships=MEMBERSHIPS + "ann,pool,lead,2020-01-01,2020-12-31\nann,pool,,2026-01-01,\n")
    found = narrowed(people=people, country="US", employees=5)
    assert found.eligibility.considered == 5 and found.eligibility.eligible.count("ann") == 1


@pytest.mark.parametrize(("policy", "eligible"), [("require", ("ben",)), ("prefer", ("ben",)), ("ignore", ("ann", "ben"))])
def test_capacity_binds_as_the_book_says(policy, eligible):
    rules = book(BOOK.replace("capacity: require", f"capacity: {policy}"))
    found = narrowed(rules=rules, workload=carrying(ann=3), country="US", state="NY", employees=5000)
    assert found.eligibility.eligible == eligible
    assert narrowed(rules=rules, workload=carrying(ann=3, ben=3), country="US", state="NY", employees=5000
                    ).eligibility.eligible == (() if policy == "require" else ("ann", "ben"))


def test_the_second_check_knows_strangers_and_lets_queues_hold_anything():
    lead = item(consent="denied")
    context = {"book": the_book(), "directory": the_directory(), "at": MONDAY}
    assert not is_allowed(lead, "ghost", **context).eligible
    assert is_allowed(lead, "call-centre", **context).eligible
    assert is_allowed(lead, "ann", **context).evidence["rule"] == "no-consent"


ATTRIBUTES = st.fixed_dictionaries({}, optional={
    "kind": st.sampled_from(["lead", "quote_request", "churn_risk"]),
    "country": st.sampled_from(["US", "DE", "IR", "Korea"]), "state": st.sampled_from(["NY", "CA"]),
    "postal_code": st.sampled_from(["94105", "10001", "80331"]), "employees": st.sampled_from([5, 500, 5000]),
    "account": st.sampled_from(["acme", "acme-de", "globex", "globex-fr", "nobody"]),
    "channel": st.sampled_from(["inbound", "outbound"]), "consent": st.sampled_from(["granted", "denied"]),
    "do_not_contact": st.booleans(), "required_certification": st.sampled_from(["gas", "hvac"]),
})
PERSON = st.fixed_dictionaries({
    "kind": st.sampled_from(["person", "branch", "partner", "queue"]), "data_region": st.sampled_from(["EU", "US", ""]),
    "certifications": st.sampled_from(["", "gas", "gas:2026-11-29;hvac"]),
    "conflicts": st.sampled_from(["", "globex", "acme;globex-fr"]),
    "working_hours": st.sampled_from(["", "Mon-Fri 09:00-17:00"]), "max_open": st.sampled_from(["", "0", "2"]),
    "place": st.sampled_from([",", "37.79,-122.40", "40.71,-74.00"]), "active_to": st.sampled_from(["", "2026-06-30"]),
})
ROWS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["east", "pool", "stores", "nurture"]),
                          st.sampled_from(["", "2026-01-01", "2026-12-01"])), max_size=15)


@settings(max_examples=200, deadline=None)
@given(ATTRIBUTES, st.lists(PERSON, min_size=1, max_size=6), ROWS, st.sets(st.integers(0, 5)), st.sampled_from([MONDAY, NIGHT]))
def test_everyone_is_accounted_for_once_and_nobody_passes_compliance_wrongly(attributes, people, rows, left_out, at):
    columns = ("kind", "data_region", "certifications", "conflicts", "working_hours", "max_open", "place", "active_to")
    lines = ["owner_id,kind,data_region,certifications,conflicts,working_hours,max_open,latitude,longitude,active_to"]
    lines += [",".join([f"o{number}", *(person[name] for name in columns)]) for number, person in enumerate(people)]
    members = ["owner_id,team,from", *(f"o{who},{team},{start}" for who, team, start in rows if who < len(people))]
    folk = directory(owners="\n".join(lines), memberships="\n".join(members), absences="owner_id,from\n")
    lead, exclude = item(at, **attributes), {f"o{number}" for number in left_out}
    found = route_and_filter(lead, book=the_book(), directory=folk, at=at, workload=carrying(o0=1, o1=2), exclude=exclude)
    funnel = found.eligibility
    gone = [owner_id for exclusion in funnel.excluded for owner_id in exclusion.owners]
    assert len(funnel.eligible) + len(gone) == funnel.considered
    assert len({*funnel.eligible, *gone}) == funnel.considered
    assert funnel.considered + funnel.outside_team == len(folk.owners)
    assert len({exclusion.rule for exclusion in funnel.excluded}) == len(funnel.excluded)
    for owner_id in funnel.eligible:
        assert owner_id not in exclude
        if folk.owners[owner_id].kind != "queue":
            assert is_allowed(lead, owner_id, book=the_book(), directory=folk, at=at).eligible
    refusing = {rule.id for rule in the_book().compliance}
    for exclusion in funnel.excluded:
        assert exclusion.reason
        if exclusion.rule in refusing:
            assert not any(is_allowed(lead, owner_id, book=the_book(), directory=folk, at=at).eligible
                           for owner_id in exclusion.owners if folk.owners[owner_id].kind != "queue")
    again = route_and_filter(lead, book=the_book(), directory=folk, at=at, workload=carrying(o0=1, o1=2), exclude=exclude)
    assert again == found
