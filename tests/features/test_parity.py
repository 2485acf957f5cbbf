"""A row emitted while streaming equals the row rebuilt from the events known before, bit for bit."""
import random
from datetime import datetime, timedelta

import numpy as np
import pytest

from features.events import Event
from features.matrix import feature_names, pair_matrix
from features.state import State
from tests.features.histories import FOLD, PLAN, START, directory, folded, item, random_history, tables_of
from tests.strength import slice_of, sliced

COMPANIES = {count: directory(count) for count in (3, 9, 140)}
SLICES = 20


def rows(state: State, at: datetime, one: Event, owners: int) -> bytes:
    company = COMPANIES[owners]
    slate = [one.owner_id, *list(company.owners)[:7], "nobody"]
    return pair_matrix(one.item, slate, state=state, directory=company, at=at, plan=PLAN).tobytes()


def disturb(rng: random.Random, state: State, owners: int) -> None:
    """Read at some moment, long past or far ahead."""
    at = START + timedelta(minutes=rng.randrange(-60 * 24, 60 * 24 * 120))
    pair_matrix(item(segment="big"), ["ann", "cyd"], state=state, directory=COMPANIES[owners], at=at, plan=PLAN)


@sliced
@pytest.mark.parametrize("part", range(slice_of(SLICES, 5)))
def test_rows_streamed_with_reads_in_between_equal_rows_rebuilt_from_what_was_known(part):
    for seed in range(part, 200, SLICES):
        rng = random.Random(seed)
        owners = rng.choice(list(COMPANIES))
        events = random_history(rng, owners)
        state = State(FOLD)
        for number, one in enumerate(events):
            if rng.random() < 0.3:
                disturb(rng, state, owners)
            if one.kind == "assigned":
                streamed = rows(state, one.known_at, one, owners)
                if rng.random() < 0.25:
                    assert rows(folded(*events[:number]), one.known_at, one, owners) == streamed, f"seed {seed}"
            state.apply(one)


@pytest.mark.parametrize("seed", range(20))
def test_reading_at_any_moment_changes_nothing_of_what_the_fold_becomes(seed):
    rng = random.Random(seed)
    events = random_history(rng, 9)
    undisturbed, disturbed = State(FOLD), State(FOLD)
    end = START + timedelta(days=90)
    for one in events:
        undisturbed.apply(one)
        disturb(rng, disturbed, 9)
        disturbed.apply(one)
        disturb(rng, disturbed, 9)
    for state in (undisturbed, disturbed):
        state.advance_to(end)
    assert tables_of(disturbed) == tables_of(undisturbed)
    labels = [[state.label(one.assignment_id) for one in events] for state in (undisturbed, disturbed)]
    assert labels[0] == labels[1]
    assert any(label is not None for label in labels[0])


def test_reading_ahead_and_then_now_gives_what_reading_now_gives():
    rng = random.Random(5)
    events = random_history(rng, 9)
    state, fresh = folded(*events), folded(*events)
    now = state.clock
    rows(state, now + timedelta(days=30), events[0], 9)
    assert rows(state, now, events[0], 9) == rows(fresh, now, events[0], 9)
    assert rows(state, now + timedelta(days=30), events[0], 9) != rows(fresh, now, events[0], 9)


@pytest.mark.parametrize("seed", range(12))
def test_a_row_does_not_depend_on_who_else_is_in_the_slate(seed):
    rng = random.Random(seed)
    state, company = folded(*random_history(rng, 140, 150)), COMPANIES[140]
    of = item(account="acme", segment="big", industry="a", language="de", latitude=48.2, longitude=11.5, required_skill="gas")
    at = state.clock + timedelta(hours=rng.random() * 100)
    alone = {owner_id: pair_matrix(of, [owner_id], state=state, directory=company, at=at, plan=PLAN)[0].tobytes()
             for owner_id in company.owners}
    for size in (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33, 140):
        slate = rng.sample(list(company.owners), size)
        matrix = pair_matrix(of, slate, state=state, directory=company, at=at, plan=PLAN)
        assert [row.tobytes() for row in matrix] == [alone[owner_id] for owner_id in slate]


def test_the_random_histories_reach_every_feature():
    matrices = []
    for seed in range(8):
        state = folded(*random_history(random.Random(seed), 9, 300)[:350])
        for skill in ("gas", "gas;roof"):
            of = item(account="acme", segment="big", industry="a", language="de", latitude=48.2, longitude=11.5,
                      required_skill=skill)
            matrices.append(pair_matrix(of, list(COMPANIES[9].owners), state=state, directory=COMPANIES[9], plan=PLAN,
                                        at=state.clock + timedelta(hours=seed * 5)))
    values = np.concatenate(matrices)
    constant = [name for name, column in zip(feature_names(PLAN), values.T, strict=True)
                if len(np.unique(column[~np.isnan(column)])) < 2]
    assert not constant
