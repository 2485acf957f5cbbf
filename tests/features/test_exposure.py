"""Exposure over 90 days and rotation credits, as a view tells them."""
import pytest

from features.view import view
from tests.features.histories import DAY, HOUR, START, directory, folded, given

COMPANY = directory(3)


def exposure(*events, at, owners=("ann", "bob", "cyd")):
    """By owner the deficit and the slates."""
    deficits, slates = view(folded(*events), directory=COMPANY, at=at).exposure(owners)
    return dict(zip(owners, zip(deficits.tolist(), slates.tolist(), strict=True), strict=True))


def test_deficits_and_slates_add_up_per_owner():
    found = exposure(given("a1", START, exposure={"ann": -0.5, "bob": 0.5}), at=START + HOUR)
    assert found == {"ann": (-0.5, 1), "bob": (0.5, 1), "cyd": (0.0, 0)}
    twice = exposure(given("a1", START, exposure={"ann": -0.5}), given("a2", START + DAY, exposure={"ann": 0.25}),
                     at=START + DAY)
    assert twice["ann"] == (-0.25, 2)


def test_what_lies_90_days_back_is_forgotten():
    events = given("a1", START, exposure={"ann": 1.0}), given("a2", START + 30 * DAY, exposure={"ann": 2.0})
    seen = [exposure(*events, at=START + days * DAY)["ann"][0] for days in (30, 89, 90, 119, 120, 500)]
    assert seen == [3.0, 3.0, 2.0, 2.0, 0.0, 0.0]


def test_days_come_round_without_leftovers():
    events = [given(f"a{day}", START + day * DAY, exposure={"ann": 1.0}) for day in range(0, 400, 10)]
    assert exposure(*events, at=START + 399 * DAY)["ann"] == (9.0, 9)


@pytest.mark.parametrize("gap", [89, 90, 127, 128, 129, 1000])
def test_a_long_silence_leaves_nothing_behind(gap):
    events = given("a1", START, exposure={"ann": 1.0}), given("a2", START + gap * DAY, exposure={"ann": 2.0})
    assert exposure(*events, at=START + gap * DAY)["ann"][0] == (3.0 if gap < 90 else 2.0)


def test_a_late_entry_counts_on_its_own_day():
    late = given("a2", START, known_at=START + 40 * DAY, exposure={"ann": 1.0})
    assert exposure(given("a1", START), late, at=START + 40 * DAY)["ann"][1] == 1
    assert exposure(given("a1", START), late, at=START + 90 * DAY)["ann"][1] == 0


@pytest.mark.parametrize("back", [90, 127, 128, 129, 400])
def test_an_entry_too_late_to_matter_is_left_out(back):
    late = given("a2", START - back * DAY, known_at=START, exposure={"ann": 1.0})
    assert exposure(given("a1", START, exposure={"ann": 2.0}), late, at=START)["ann"] == (2.0, 1)


def test_nothing_is_owed_where_nothing_was_logged():
    assert exposure(given("a1", START), at=START) == dict.fromkeys(("ann", "bob", "cyd"), (0.0, 0))


def test_rotation_credits_are_those_after_the_teams_last_pick():
    state = folded(given("a1", START, team="sales", rotation={"ann": -1.0, "bob": 1.0}),
                   given("a2", START, team="north", rotation={"bob": 7.0}),
                   given("a3", START + HOUR, team="sales", rotation={"ann": 0.5}))
    now = view(state, directory=COMPANY, at=START + HOUR)
    assert now.rotation("sales", ["cyd", "ann", "bob"]) == {"cyd": 0.0, "ann": 0.5, "bob": 1.0}
    assert now.rotation("north", ["bob"]) == {"bob": 7.0}
    assert now.rotation("nowhere", ["ann"]) == {"ann": 0.0}
