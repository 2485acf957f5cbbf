"""The fold: order, what is known when, settling, capacity."""
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from features.clock import micros
from features.effects import N
from features.matrix import feature_names
from features.plan import FoldPlan, Objective
from features.view import view
from rules.errors import Refused
from tests.features.histories import (
    DAY,
    FOLD,
    HOUR,
    PLAN,
    START,
    directory,
    event,
    folded,
    given,
    item,
    random_history,
    tables_of,
)

COMPANY = directory(3)
HORIZON = 10 * DAY


def reading(state, at, *, owner="ann", of=None, plan=PLAN):
    """One owner's features by name."""
    row = view(state, directory=COMPANY, at=at).matrix(of or item(segment="big"), [owner], plan)[0]
    return dict(zip(feature_names(plan), row.tolist(), strict=True))


def matured(state, at, owner="ann", objective="lead"):
    return view(state, directory=COMPANY, at=at).matured(objective, [owner])[0]


def test_an_event_known_before_the_last_one_is_refused_and_changes_nothing():
    state = folded(given("a1", START), given("a2", START + HOUR))
    before = tables_of(state)
    with pytest.raises(Refused, match="order in which they became known"):
        state.apply(given("a3", START))
    assert tables_of(state) == before and state.seq == 2


def test_the_order_is_that_of_becoming_known_and_not_of_happening():
    state = folded(given("a1", START - 9 * DAY, known_at=START), given("a2", START - 20 * DAY, known_at=START))
    with pytest.raises(Refused, match="order in which they became known"):
        state.apply(given("a3", START - DAY))


def test_a_reader_never_stands_before_what_is_known():
    state = folded(given("a1", START), event("outcome", "a1", START + DAY, outcome="won"),
                   given("b1", START + 30 * DAY, owner="bob"))
    now, past = (reading(state, at) for at in (START + 30 * DAY, START + DAY))
    now.pop("minutes_until_working"), past.pop("minutes_until_working")
    assert repr(past) == repr(now) and now["n_matured"] == 1


def test_events_of_one_moment_are_taken_in_their_own_order():
    state = folded(given("a1", START), event("accepted", "a1", START), event("closed", "a1", START))
    assert view(state, directory=COMPANY, at=START).of("ann").open_items == 0


def test_an_event_is_folded_once_by_its_number():
    state = folded(given("a1", START, seq=7))
    assert state.seq == 7
    with pytest.raises(Refused, match="seq `7`"):
        state.apply(given("a2", START, seq=7))


@pytest.mark.parametrize("wrong, match", [
    (given("a1", START), "twice"),
    (event("assigned", "a9", START), "no item"),
    (event("closed", "a9", START), "unknown assignment"),
    (event("respnded", "a1", START), "did you mean `responded`"),
    (given("a2", START, respond_by=datetime(2026, 3, 2)), "naive"),  # noqa: DTZ001
])
def test_an_event_that_makes_no_sense_is_refused_and_changes_nothing(wrong, match):
    state = folded(given("a1", START))
    before = tables_of(state)
    with pytest.raises(Refused, match=match):
        state.apply(wrong)
    assert tables_of(state) == before and state.seq == 1


def test_a_naive_time_is_refused():
    with pytest.raises(Refused, match="naive"):
        folded(given("a1", datetime(2026, 3, 2)))  # noqa: DTZ001
    with pytest.raises(Refused, match="naive"):
        folded(given("a1", START)).advance_to(datetime(2026, 3, 2))  # noqa: DTZ001


# -- what is known when


def test_a_back_dated_event_is_invisible_before_it_was_known():
    late = given("a2", START - 20 * DAY, known_at=START + 5 * DAY, of=item(account="acme", segment="big"))
    before = folded(given("a1", START, owner="bob"))
    after = folded(given("a1", START, owner="bob"), late)
    at = START + 5 * DAY - timedelta(microseconds=1)
    unseen = reading(before, at, of=item(account="acme", segment="big"))
    assert unseen["prior_relationship"] == 0.0 and unseen["load_ratio"] == 0.0 and matured(before, at) == 0
    seen = reading(after, START + 5 * DAY + HOUR, of=item(account="acme", segment="big"))
    assert seen["prior_relationship"] == 1.0 and seen["load_ratio"] == 0.1
    assert matured(after, START + 5 * DAY + HOUR) == 1


def test_a_late_entered_outcome_counts_only_from_when_it_was_known():
    won = event("outcome", "a1", START + DAY, known_at=START + 12 * DAY, outcome="won")
    state = folded(given("a1", START), won)
    assert state.label("a1").success is False


def test_a_late_entered_reply_counts_from_when_it_was_known_with_the_time_it_took():
    asked = given("a1", START)
    reply = event("responded", "a1", START + HOUR, known_at=START + 2 * DAY)
    assert reading(folded(asked), START + DAY)["reply_log_hours"] != reading(folded(asked), START + DAY)["reply_log_hours"]
    prompt = folded(asked, event("responded", "a1", START + HOUR), given("a2", START + 2 * DAY))
    assert reading(folded(asked, reply), START + 3 * DAY)["reply_log_hours"] == pytest.approx(
        reading(prompt, START + 3 * DAY)["reply_log_hours"], abs=0)


def test_a_time_in_the_future_counts_as_the_moment_it_became_known():
    state = folded(given("a1", START + 900 * DAY, known_at=START))
    assert state.newest_event_at == START
    assert matured(state, START + HORIZON + HOUR) == 1


# -- settling


def test_an_assignment_enters_once_at_its_settle_time_and_not_before():
    state = folded(given("a1", START))
    assert matured(state, START + HORIZON) == 0
    assert matured(state, START + HORIZON + timedelta(microseconds=1)) == 1
    assert matured(state, START + HORIZON + 50 * DAY) == 1
    state.apply(given("a2", START + HORIZON + 60 * DAY, owner="bob"))
    assert matured(state, START + HORIZON + 60 * DAY) == 1


def test_a_success_seen_early_does_not_enter_early():
    state = folded(given("a1", START), event("outcome", "a1", START + DAY, outcome="won"),
                   event("closed", "a1", START + 2 * DAY))
    assert matured(state, START + 9 * DAY) == 0 and state.label("a1") is None
    assert reading(state, START + 9 * DAY)["effect_owner"] == 0.0
    assert reading(state, START + 11 * DAY)["effect_owner"] > 0.0
    assert state.label("a1").success is True


def test_an_outcome_known_at_the_very_settle_time_counts_and_one_known_later_does_not():
    at = START + HORIZON
    in_time = folded(given("a1", START), event("outcome", "a1", at, outcome="won"), given("a2", at + DAY))
    too_late = folded(given("a1", START), event("outcome", "a1", at + timedelta(microseconds=1), outcome="won"))
    assert in_time.label("a1").success is True
    assert too_late.label("a1").success is False


def test_an_assignment_entered_long_after_settles_with_the_outcome_entered_with_it():
    at = START + 100 * DAY
    state = folded(given("a1", START, known_at=at), event("outcome", "a1", START + DAY, known_at=at, outcome="won"),
                   given("a2", START, known_at=at),
                   event("outcome", "a2", START + 50 * DAY, known_at=at, outcome="won"))
    assert matured(state, at) == 0
    assert matured(state, at + HOUR) == 2
    assert state.label("a1").success is True
    assert state.label("a2").success is False, "it came after the horizon"


@pytest.mark.parametrize("kind", ["rejected", "reassigned"])
def test_what_was_given_away_before_it_settled_never_settles(kind):
    state = folded(given("a1", START), event(kind, "a1", START + HORIZON))
    assert matured(state, START + 90 * DAY) == 0
    kept = folded(given("a1", START), event(kind, "a1", START + HORIZON + HOUR))
    assert matured(kept, START + 90 * DAY) == 1


def test_looking_ahead_does_not_settle_what_a_later_event_still_decides():
    looked, plain = folded(given("a1", START)), folded(given("a1", START))
    assert matured(looked, START + 30 * DAY) == 1
    won = event("outcome", "a1", START + DAY, outcome="won")
    looked.apply(won)
    plain.apply(won)
    for state in (looked, plain):
        state.advance_to(START + 30 * DAY)
        assert state.label("a1").success is True
    assert tables_of(looked) == tables_of(plain)


def test_a_closed_objective_settles_when_the_closing_is_known():
    of = item(kind="case", segment="big")
    state = folded(given("c1", START, of=of), event("outcome", "c1", START + DAY, outcome="solved"))
    assert matured(state, START + 80 * DAY, objective="case") == 0
    state.apply(event("closed", "c1", START + 2 * DAY, known_at=START + 3 * DAY))
    assert matured(state, START + 3 * DAY, objective="case") == 0
    assert matured(state, START + 3 * DAY + HOUR, objective="case") == 1
    assert state.label("c1").success is True


def test_the_outcome_may_stand_on_the_closing_or_be_entered_in_the_same_moment():
    of, at = item(kind="case", segment="big"), START + DAY
    on_closing = folded(given("c1", START, of=of), event("closed", "c1", at, outcome="solved"), given("a", at + DAY))
    after = folded(given("c1", START, of=of), event("closed", "c1", at), event("outcome", "c1", at, outcome="solved"),
                   given("a", at + DAY))
    assert on_closing.label("c1").success is True
    assert after.label("c1").success is True


def test_without_an_expectation_an_assignment_counts_but_moves_no_effect():
    state = folded(given("a1", START, expected=None), event("outcome", "a1", START + DAY, outcome="won"))
    assert matured(state, START + 11 * DAY) == 1
    assert view(state, directory=COMPANY, at=START + 11 * DAY).evidence("lead", ["ann"])[0] == 0.0
    assert reading(state, START + 11 * DAY)["effect_owner"] == 0.0


def test_a_bundles_own_expectations_replace_those_of_the_events():
    won = event("outcome", "a1", START + DAY, outcome="won")
    carried, stated = folded(given("a1", START, expected=0.9), won), folded(given("a1", START, expected=0.1), won)
    own = folded(given("a1", START, expected=0.9), won, expectations={"a1": 0.1})
    effects = [reading(state, START + 11 * DAY)["effect_owner"] for state in (carried, stated, own)]
    assert effects[2] == effects[1] > effects[0] > 0.0


def test_learning_from_agreement_takes_the_owner_who_kept_the_item():
    plan = FoldPlan(objectives=(Objective(kind="lead", learn="agreement", horizon=None),))
    state = folded(given("a1", START), event("reassigned", "a1", START + HOUR), given("a2", START + HOUR, owner="bob"),
                   event("closed", "a2", START + DAY), plan=plan)
    state.advance_to(START + 2 * DAY)
    assert state.label("a1") is None and state.label("a2").success is True


def test_kinds_of_item_do_not_mix():
    state = folded(given("a1", START), given("c1", START, of=item(kind="case")),
                   event("closed", "c1", START + HOUR, outcome="missed"))
    assert [matured(state, START + 20 * DAY, objective=kind) for kind in ("lead", "case")] == [1, 1]
    assert state.effects["lead"].owner.array[N].sum() == 1.0


# -- capacity


@pytest.mark.parametrize("kind", ["closed", "rejected", "reassigned"])
def test_capacity_is_freed_once_by_the_end_of_an_assignment(kind):
    state = folded(given("a1", START), given("a2", START))
    assert view(state, directory=COMPANY, at=START).of("ann").open_items == 2
    state.apply(event(kind, "a1", START + HOUR))
    state.apply(event("closed", "a1", START + HOUR))
    assert view(state, directory=COMPANY, at=START + HOUR).of("ann").open_items == 1


@pytest.mark.parametrize("kind", ["accepted", "responded", "outcome"])
def test_capacity_is_not_freed_by_anything_else(kind):
    state = folded(given("a1", START), event(kind, "a1", START + HOUR))
    assert view(state, directory=COMPANY, at=START + HOUR).of("ann").open_items == 1


def test_today_is_the_owners_own_calendar_day():
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)        # 00:30 on the 3rd in Berlin, 18:30 on the 2nd in New York
    state = folded(given("a1", late, owner="ann"), given("b1", late, owner="bob"))
    morning = view(state, directory=COMPANY, at=late + 9 * HOUR)
    assert morning.of("ann").assigned_today == 1
    assert morning.of("bob").assigned_today == 0
    assert view(state, directory=COMPANY, at=late + 5 * HOUR).of("bob").assigned_today == 1
    assert view(state, directory=COMPANY, at=late + 24 * HOUR).of("ann").assigned_today == 0


def test_a_day_of_the_clock_change_has_its_own_length():
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)         # midnight in Berlin, the day has 25 hours
    state = folded(given("a1", first, owner="ann"), given("a2", first + 24 * HOUR, owner="ann"))
    assert view(state, directory=COMPANY, at=first + 24 * HOUR + HOUR / 2).of("ann").assigned_today == 2
    assert view(state, directory=COMPANY, at=first + 25 * HOUR).of("ann").assigned_today == 0


def test_an_owner_nobody_heard_of_carries_nothing():
    workload = view(folded(given("a1", START)), directory=COMPANY, at=START).of("zoe")
    assert (workload.open_items, workload.assigned_today) == (0, 0)


def test_tables_grow_with_owners_teams_and_values():
    events = [given(f"a{number}", START + number * HOUR, owner=f"o{number}", team=f"t{number}",
                    of=item(segment=f"s{number}", industry=f"i{number}")) for number in range(300)]
    state = folded(*events)
    at = START + 300 * HOUR + HORIZON
    assert [matured(state, at, owner=f"o{number}") for number in (0, 63, 64, 127, 128, 299)] == [1] * 6
    assert state.plan is FOLD


# -- outcomes that give way to others


def told(word, day, *, name="a1", known=None, kind="outcome"):
    return event(kind, name, START + day * DAY, outcome=word, known_at=None if known is None else START + known * DAY)


@pytest.mark.parametrize("events, success", [
    ([told("won", 1), told("lost", 3)], False),
    ([told("lost", 1), told("won", 3), told("lost", 2, known=4)], True),
    ([told("won", 3), told("lost", 1, known=4)], True),
    ([told("lost", 3), told("won", 1, known=4)], False),
    ([told("won", 1), told("lost", 4, kind="closed")], False),
    ([told("won", 2), told(None, 4, kind="closed")], True),
    ([told("won", 1), told("lost", 12)], True),
    ([told("won", 1), told("lost", 2, kind="corrected"), told("won", 1, known=5)], False),
], ids=["corrected", "older lost comes last", "older lost", "older won", "closing says otherwise", "closing without a word",
        "after the horizon", "the same again after a correction"])
def test_the_outcome_that_occurred_last_inside_the_horizon_stands(events, success):
    state = folded(given("a1", START), *events, given("a2", START + 30 * DAY, owner="bob"))
    assert state.label("a1").success is success


@pytest.mark.parametrize("first, then", [("won", "lost"), ("lost", "won")])
def test_a_correction_after_settling_turns_the_label_round_from_then_on(first, then):
    before, at = [given("a1", START), told(first, 1), given("b1", START + 15 * DAY, owner="bob")], START + 20 * DAY
    state, always = folded(*before), folded(given("a1", START), told(then, 1), given("b1", START + 15 * DAY, owner="bob"))
    assert state.label("a1").success is (first == "won")
    state.apply(told(then, 20, kind="corrected"))
    assert state.label("a1").success is (then == "won") and state.label("a1").settled_us == micros(at)
    now, never_wrong = reading(state, at), reading(always, at)
    assert now["effect_owner"] == pytest.approx(never_wrong["effect_owner"], abs=1e-12) and now["n_matured"] == 1


def test_a_fold_of_before_keeps_a_success_and_says_that_nothing_gave_way():
    events = [given("a1", START), told("won", 1), told("lost", 3), given("a2", START + 30 * DAY)]
    then, now = folded(*events, plan=replace(FOLD, wins_stay=True)), folded(*events)
    assert (then.label("a1").success, then.was_corrected) == (True, False)
    assert (now.label("a1").success, now.was_corrected) == (False, True)
    assert not folded(given("a1", START), told("lost", 1), told("won", 3)).was_corrected


@pytest.mark.parametrize("seed", range(12))
def test_a_copy_and_its_original_go_on_by_themselves(seed):
    events = random_history(random.Random(seed), 6)
    half = len(events) // 2
    state = folded(*events[:half])
    state.advance_to(events[half].known_at + 9 * DAY)
    one, two = state.copy(), state.copy()
    before = tables_of(folded(*events[:half]))
    assert tables_of(one) == tables_of(two) == before
    for event_ in events[half:]:
        one.apply(event_)
    deeper = one.copy()
    assert tables_of(two) == before
    for state_ in (state, two):
        for event_ in events[half:]:
            state_.apply(event_)
            state_.advance_to(event_.known_at + DAY)
    whole, end = folded(*events), events[-1].known_at + 40 * DAY
    for state_ in (whole, state, one, two, deeper):
        state_.advance_to(end)
        assert tables_of(state_) == tables_of(whole) and state_.earlier._by == whole.earlier._by
        assert [state_.label(each.assignment_id) for each in events] == [whole.label(each.assignment_id) for each in events]


def test_what_an_owner_has_who_is_set_aside_has_no_label_and_moves_no_effect_but_still_fills_their_desk():
    plan = replace(FOLD, set_aside=(("lead", ("bob",)),))
    events = (given("a1", START), given("b1", START, owner="bob"), event("outcome", "a1", START + DAY, outcome="won"),
              event("outcome", "b1", START + DAY, outcome="won"))
    state, all_of_them = folded(*events, plan=plan), folded(*events)
    for one in (state, all_of_them):
        one.advance_to(START + 200 * DAY)
    assert [state.label(name) is None for name in ("a1", "b1")] == [False, True]
    assert all_of_them.label("b1").success
    assert state.effects["lead"].owner.array[N].sum() == 1.0
    assert state.load.open_items[state.owners.numbers(("bob",))].tolist() == [1]
