"""Responsiveness, capacity, fit and standing: what each column says, and when it says nothing."""
import math
from datetime import UTC, date, datetime, timedelta

import pytest

from features.matrix import feature_names
from features.plan import FeaturePlan
from features.responsiveness import PRIOR_WEIGHT
from features.view import view
from rules.model import Directory, Owner, Span
from rules.refdata.working_hours import parse_working_hours
from tests.features.histories import DAY, HOUR, PLAN, START, event, folded, given, item

OFFICE = parse_working_hours("Mon-Fri 09:00-17:30")


def owner(name, **more):
    return Owner(owner_id=name, kind="person", **more)


COMPANY = Directory(owners={one.owner_id: one for one in (
    owner("ann", languages=("DE", "en"), skills=frozenset({"Gas", "roof"}), latitude=52.52, longitude=13.405, max_open=4,
          max_per_day=2, working_hours=OFFICE, attributes={"grade": "3"}, active=Span(starts=date(2026, 1, 1))),
    owner("bob", languages=("en",), skills=frozenset({"roof"}), latitude=48.137, longitude=11.575, max_open=8,
          attributes={"grade": "high"}),
    owner("cyd"))}, owner_columns=("grade",))


def column(name, *events, owners=("ann", "bob", "cyd"), of=None, at=None, plan=PLAN):
    state = folded(*events)
    matrix = view(state, directory=COMPANY, at=at or state.clock or START).matrix(of or item(), owners, plan)
    return matrix[:, feature_names(plan).index(name)].tolist()


def missing(values):
    return [math.isnan(value) for value in values]


# -- responsiveness


@pytest.mark.parametrize("name", ["reply_log_hours", "accept_rate", "sla_kept_rate"])
def test_responsiveness_is_missing_while_nothing_is_known_of_anyone(name):
    assert missing(column(name, given("a1", START))) == [True, True, True]


def test_the_first_reply_counts_and_shrinks_to_everyones():
    events = (given("a1", START), given("b1", START, owner="bob"), event("responded", "a1", START + HOUR),
              event("responded", "b1", START + HOUR, owner="bob"), event("responded", "a1", START + 90 * HOUR))
    quick = math.log1p(1.0)
    assert column("reply_log_hours", *events) == pytest.approx([quick] * 3)
    slow = (given("a1", START), given("b1", START, owner="bob"), event("responded", "a1", START),
            event("responded", "b1", START + HOUR, owner="bob"))
    ann, bob, cyd = column("reply_log_hours", *slow, at=START + HOUR)
    assert ann < cyd < bob and cyd == pytest.approx(quick / 2, rel=0.01)
    assert bob == pytest.approx((quick + PRIOR_WEIGHT * cyd) / (1 + PRIOR_WEIGHT), rel=1e-3)


def test_an_answer_is_an_acceptance_a_reply_or_a_refusal_whichever_is_known_first():
    events = (given("a1", START), given("a2", START), given("a3", START), given("b1", START, owner="bob"),
              event("accepted", "a1", START), event("responded", "a2", START), event("responded", "a1", START),
              event("reassigned", "a3", START), event("rejected", "b1", START, owner="bob"),
              event("accepted", "b1", START, owner="bob"))
    ann, bob, cyd = column("accept_rate", *events)
    assert cyd == pytest.approx(2 / 3)
    assert ann == pytest.approx((2 + PRIOR_WEIGHT * 2 / 3) / (2 + PRIOR_WEIGHT))
    assert bob == pytest.approx((PRIOR_WEIGHT * 2 / 3) / (1 + PRIOR_WEIGHT))


def test_a_reply_keeps_the_promise_up_to_the_promised_moment():
    def kept(minutes):
        return column("sla_kept_rate", given("a1", START, respond_by=START + HOUR),
                      event("responded", "a1", START + timedelta(minutes=minutes)))[0]
    assert kept(60) == 1.0
    assert kept(61) == 0.0


def test_old_replies_fade():
    events = (given("a1", START), given("a2", START), event("responded", "a1", START + 100 * HOUR),
              given("a3", START + 400 * DAY), event("responded", "a3", START + 400 * DAY))
    assert column("reply_log_hours", *events, owners=["ann"])[0] < 0.1


# -- capacity


def test_load_is_open_items_against_the_ceiling_and_missing_without_one():
    events = (given("a1", START), given("a2", START), given("b1", START, owner="bob"), given("c1", START, owner="cyd"))
    assert column("load_ratio", *events)[:2] == [0.5, 0.125]
    assert column("today_ratio", *events)[0] == 1.0
    assert missing(column("load_ratio", *events)) == [False, False, True]
    assert missing(column("today_ratio", *events)) == [False, True, True]


def test_yesterdays_items_are_open_but_not_todays():
    events = (given("a1", START), given("a2", START + DAY))
    assert column("load_ratio", *events)[0] == 0.5
    assert column("today_ratio", *events)[0] == 0.5


def test_minutes_until_working_hours():
    assert column("minutes_until_working", at=datetime(2026, 3, 2, 8, tzinfo=UTC)) == [60.0, 0.0, 0.0]
    assert column("minutes_until_working", at=datetime(2026, 3, 2, 9, tzinfo=UTC)) == [0.0, 0.0, 0.0]


# -- fit


def test_native_language():
    assert column("native_language", of=item(language="de"))[:2] == [1.0, 0.0]
    assert column("native_language", of=item(language="en"))[:2] == [0.0, 1.0]
    assert column("native_language", of=item(language="fr"))[:2] == [0.0, 0.0]
    assert missing(column("native_language", of=item(language="de"))) == [False, False, True]
    assert missing(column("native_language", of=item())) == [True, True, True]


def test_skills_asked_for_by_name_or_by_any_attribute():
    assert column("skill_match", of=item(required_skill="gas")) == [1.0, 0.0, 0.0]
    assert column("skill_match", of=item(required_skill="gas; ROOF")) == [1.0, 0.5, 0.0]
    assert column("skill_match", of=item(required_skill="welding")) == [0.0, 0.0, 0.0]
    assert column("skill_match", of=item(product="roof", channel="web")) == [1.0, 1.0, 0.0]
    assert missing(column("skill_match", of=item(product="boat", city="roof"))) == [True, True, True]


def test_a_prior_relationship_is_an_earlier_item_of_the_account_that_was_not_refused():
    of = item(account="acme")
    events = (given("a1", START, of=of), given("b1", START, owner="bob", of=of), event("reassigned", "a1", START),
              event("rejected", "b1", START, owner="bob"), event("rejected", "b1", START + HOUR, owner="bob"))
    assert column("prior_relationship", *events, of=of) == [1.0, 0.0, 0.0]
    assert column("prior_relationship", *events, of=item(account="other")) == [0.0, 0.0, 0.0]
    assert missing(column("prior_relationship", *events, of=item())) == [True, True, True]
    assert column("prior_relationship", given("b1", START, owner="bob", of=of), of=of) == [0.0, 1.0, 0.0]


def test_distance_in_kilometres():
    berlin_to_munich = column("distance_km", of=item(latitude=48.137, longitude=11.575))
    assert berlin_to_munich[0] == pytest.approx(504, abs=2)
    assert berlin_to_munich[1] == pytest.approx(0, abs=1e-6)
    assert math.isnan(berlin_to_munich[2])
    assert missing(column("distance_km", of=item(latitude=48.0))) == [True, True, True]
    assert column("distance_km", of=item(latitude=-52.52, longitude=13.405 - 180))[0] == pytest.approx(20015, abs=1)


def test_familiarity_counts_like_items_handled_once_each():
    like, unlike = item(segment="big"), item(segment="mid")
    events = (given("a1", START, of=like), given("a2", START, of=like), given("a3", START, of=unlike),
              event("accepted", "a1", START), event("closed", "a1", START), event("responded", "a3", START),
              given("b1", START, owner="bob", of=like), event("rejected", "b1", START, owner="bob"))
    assert column("familiarity", *events, of=like) == pytest.approx([1.0, 0.0, 0.0])
    assert column("familiarity", *events, of=unlike) == pytest.approx([1.0, 0.0, 0.0])
    assert column("familiarity", *events, of=item(segment="new")) == [0.0, 0.0, 0.0]
    assert column("familiarity", *events, of=like, at=START + 240 * DAY)[0] == pytest.approx(0.5, rel=1e-9)


# -- standing


def test_tenure_runs_from_the_first_that_is_known_in_whole_days():
    assert column("tenure_days", at=datetime(2026, 1, 31, 12, tzinfo=UTC))[0] == 30.0
    assert column("ramp", at=datetime(2026, 1, 31, 12, tzinfo=UTC))[0] == pytest.approx(math.exp(-1))
    assert missing(column("tenure_days")) == [False, True, True]
    earlier = given("a1", datetime(2025, 12, 31, tzinfo=UTC)), given("b1", START, owner="bob")
    assert column("tenure_days", *earlier, at=START)[:2] == [61.0, 0.0]
    assert column("ramp", *earlier, at=START)[1] == 1.0
    entered_late = given("b2", START - 3 * DAY, owner="bob", known_at=START + DAY)
    assert column("tenure_days", *earlier, entered_late, at=START + DAY)[1] == 4.0
    assert column("ramp", at=START + 9000 * DAY)[0] < 1e-20


def test_days_since_the_last_assignment():
    events = (given("a1", START), given("a2", START - 5 * DAY, known_at=START + HOUR))
    assert column("days_since_last_assignment", *events, at=START + 36 * HOUR)[0] == 1.5
    assert missing(column("days_since_last_assignment", *events)) == [False, True, True]


def test_numeric_owner_columns_become_features_and_other_cells_are_missing():
    plan = FeaturePlan(objective="lead", owner_columns=("grade",))
    assert column("grade", plan=plan)[0] == 3.0
    assert missing(column("grade", plan=plan)) == [False, True, True]


def test_an_owner_in_no_directory_and_no_event_has_effects_of_nought_and_the_rest_missing():
    row = view(folded(given("a1", START), event("responded", "a1", START + HOUR)), directory=COMPANY,
               at=START + HOUR).matrix(item(language="de", account="x"), ["nobody"], PLAN)[0]
    found = {name: value for name, value in zip(feature_names(PLAN), row.tolist(), strict=True) if value == value}
    assert found == {"effect_owner": 0.0, "effect_owner_x_segment": 0.0, "effect_owner_x_industry": 0.0,
                     "effect_team_x_segment": 0.0, "effect_team_x_industry": 0.0, "effect_hier": 0.0, "n_matured": 0.0,
                     "reply_log_hours": pytest.approx(math.log1p(1.0)), "accept_rate": pytest.approx(1.0),
                     "prior_relationship": 0.0, "familiarity": 0.0}
