"""Today's counts: right for whatever day is asked about, and never part of the state."""
import numpy as np

from features.capacity import DayBounds, LoadTables, TodayCounts


def counts(today, owners, *days):
    starts, ends = zip(*days, strict=True)
    return today.of(np.array(owners), DayBounds(np.array(starts), np.array(ends))).tolist()


def test_each_owner_is_counted_on_their_own_day_and_that_may_become_another_one():
    load = LoadTables(owners=4)
    today = TodayCounts(load)
    for owner, at in ((1, 5), (1, 12), (1, 25), (2, 12)):
        load.assigned(owner, "lead", assigned_us=at, known_us=30)
    assert counts(today, [1, 2, 3], (0, 10), (10, 20), (10, 20)) == [1, 1, 0]
    assert counts(today, [1, 2, 3], (10, 20), (10, 20), (0, 10)) == [1, 1, 0]
    assert counts(today, [1], (10, 30)) == [2], "a day of the same start and another length"
    assert counts(today, [1], (0, 30)) == [3]


def test_a_new_assignment_counts_on_the_day_on_which_it_falls():
    load = LoadTables(owners=2)
    today = TodayCounts(load)
    assert counts(today, [1], (10, 20)) == [0]
    for at, expected in ((9, 0), (10, 1), (19, 2), (20, 2)):
        load.assigned(1, "lead", assigned_us=at, known_us=30)
        today.assigned(1, assigned_us=at)
        assert counts(today, [1], (10, 20)) == [expected]


def test_owners_met_after_the_first_question_are_counted_too():
    load = LoadTables(owners=2)
    today = TodayCounts(load)
    assert counts(today, [1], (10, 20)) == [0]
    load.widen(owners=8)
    load.assigned(7, "lead", assigned_us=12, known_us=30)
    today.assigned(7, assigned_us=12)
    assert counts(today, [7, 1, 0], (10, 20), (10, 20), (10, 20)) == [1, 0, 0]
