"""Joint effects: a dense solve written another way, any slate, any reading, copies; and plans without a prior as before."""
import random
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from features.clock import DAY as DAY_US
from features.clock import REFERENCE, micros
from features.effects import prior_variance
from features.joint import GRID
from features.matrix import feature_names, pair_matrix
from features.plan import EffectSettings, FeaturePlan, OwnerPrior
from features.state import State
from features.view import view
from tests.features.histories import DAY, FOLD, HOUR, START, directory, event, folded, given, item, random_history, tables_of

VALUES = (("big", "mid"), ("a", "b", "c", "d"))                   # e and f of the histories share the last column
COMPANY = directory(9)
COLUMNS = 1 + 3 + 5


def prior(seed=0, scale=0.3):
    drawn = np.random.default_rng(seed).normal(0, scale, (COLUMNS, 2 * COLUMNS))
    return OwnerPrior(values=VALUES, covariance=tuple(map(tuple, (drawn @ drawn.T / COLUMNS + 0.02 * np.eye(COLUMNS)).tolist())))


JOINT = FeaturePlan(objective="lead", dimensions=("segment", "industry"), effects=EffectSettings(prior=prior()))


def effects(state, of, owners, at, plan=JOINT):
    matrix = view(state, directory=COMPANY, at=at).matrix(of, owners, plan)
    names = ("effect_owner", "effect_owner_x_segment", "effect_owner_x_industry", "effect_hier")
    return matrix[:, [feature_names(plan).index(name) for name in names]]


def indicators(of):
    """z as an outsider would write it."""
    z = np.zeros(COLUMNS)
    z[0] = 1
    for name, values, start in (("segment", VALUES[0], 1), ("industry", VALUES[1], 4)):
        value = of.value(name)
        if value is not None:
            z[start + (values.index(value) if value in values else len(values))] = 1
    return z


def settled_rows(events, at):
    """What has settled by a moment, read from the events alone: (owner, team, z, y, expected, settled at)."""
    due = timedelta(days=10)
    for one in events:
        if one.kind != "assigned" or one.item.kind != "lead" or one.expected is None:
            continue
        settles, mine = one.occurred_at + due, [e for e in events if e.assignment_id == one.assignment_id]
        known = [e for e in mine if e.known_at <= max(settles, one.known_at)]
        if max(settles, one.known_at) < at and not any(e.kind in ("rejected", "reassigned", "closed")
                                                      for e in known if e.kind != "assigned"):
            told = [e for e in known if e.kind == "outcome" and e.outcome is not None and e.occurred_at <= settles]
            yield one, bool(told) and max(told, key=lambda e: e.occurred_at).outcome == "won", settles


def by_hand(events, of, owner, at, plan=JOINT):
    """The posterior mean by weighted least squares with the prior as rows of its own, one row per assignment."""
    day = micros(at) // DAY_US * DAY_US
    sigma = np.array(plan.effects.prior.covariance)
    root = np.linalg.inv(np.linalg.cholesky(sigma))
    left, right = [root], [np.zeros(COLUMNS)]
    for one, won, settles in settled_rows(events, at):
        if one.owner_id == owner:
            weight = 0.5 ** ((day - micros(settles)) / (240 * DAY_US)) * one.expected * (1 - one.expected)
            left.append(np.sqrt(weight) * indicators(one.item)[np.newaxis])
            right.append([np.sqrt(weight) * (won - one.expected) / (one.expected * (1 - one.expected))])
    b = np.linalg.lstsq(np.vstack(left), np.concatenate(right), rcond=None)[0]
    parts = b * indicators(of)
    return np.array([parts[0], parts[1:4].sum(), parts[4:].sum(), parts.sum()])


def plain_history(seed, assignments=60):
    """Leads without a team, so that nobody inherits from newcomers; some won, some never settled."""
    rng = random.Random(seed)
    events = []
    for number in range(assignments):
        at = START + timedelta(minutes=rng.randrange(60 * 24 * 60))
        of = item(f"a{number}", segment=rng.choice(("big", "mid", "tiny", None)), industry=rng.choice((*"abcdef", None)))
        events.append(given(f"a{number}", at, owner=rng.choice(("ann", "bob", "cyd")), of=of, team=None,
                            expected=rng.choice((None, rng.uniform(0.05, 0.95)))))
        for kind in ("outcome", "rejected"):
            if rng.random() < (0.6 if kind == "outcome" else 0.1):
                told = rng.choice(("won", "lost")) if kind == "outcome" else None
                events.append(event(kind, f"a{number}", at + timedelta(minutes=rng.randrange(1, 60 * 24 * 14)), outcome=told))
    return sorted(events, key=lambda one: (one.known_at, one.kind != "assigned"))


@pytest.mark.parametrize("seed", range(12))
def test_effects_are_the_posterior_mean_of_a_dense_least_squares(seed):
    events = plain_history(seed)
    state, at = folded(*events), events[-1].known_at + 3 * DAY
    of = item(segment=random.Random(seed).choice(("big", "tiny", None)), industry=random.Random(seed).choice("abf"))
    for owner in ("ann", "bob", "cyd"):
        assert effects(state, of, [owner], at)[0] == pytest.approx(by_hand(events, of, owner, at), abs=4 * GRID)


def test_a_value_never_had_borrows_from_one_that_varies_with_it():
    sigma = np.eye(COLUMNS) * 0.2
    sigma[4, 5] = sigma[5, 4] = 0.15                              # industry a and b
    plan = FeaturePlan(objective="lead", dimensions=("segment", "industry"), effects=EffectSettings(
        prior=OwnerPrior(values=VALUES, covariance=tuple(map(tuple, sigma.tolist())))))
    events = [given("a1", START, of=item(industry="a"), team=None), event("outcome", "a1", START + DAY, outcome="won")]
    a, b, c = (effects(folded(*events), item(industry=value), ["ann"], START + 20 * DAY, plan)[0, 2] for value in "abc")
    assert a > b > 0.5 * a and c == 0.0


def test_a_newcomer_has_the_mean_of_the_teams_newcomers_and_an_own_record_outweighs_it():
    events = [given(f"a{number}", START, owner="ann", expected=0.2) for number in range(30)]
    events += [event("outcome", f"a{number}", START + DAY, outcome="won") for number in range(30)]
    events += [given(f"b{number}", START + DAY, owner="cyd", expected=0.5) for number in range(200)]
    state, at = folded(*events), START + 20 * DAY
    ann, cyd, new = effects(state, item(), ["ann", "cyd", "o6"], at)[:, 0]
    assert ann > new > cyd and new == effects(state, item(), ["o8"], at)[0, 0], "nothing is known of either"


@pytest.mark.parametrize("seed", range(8))
def test_an_owners_numbers_are_the_same_bytes_in_any_slate_and_order_of_reading(seed):
    rng = random.Random(seed)
    company = directory(140)
    events = random_history(rng, 140, 400)
    of, at = item(segment="big", industry="a"), events[-1].known_at + 5 * DAY
    fresh = {owner: pair_matrix(of, [owner], state=folded(*events), directory=company, at=at, plan=JOINT)[0].tobytes()
             for owner in rng.sample(list(company.owners), 12)}
    state = folded(*events)
    for size in (1, 2, 3, 7, 8, 33, 140):
        slate = rng.sample(list(company.owners), size)
        pair_matrix(item(segment="mid"), slate[:2], state=state, directory=company, at=at + size * DAY, plan=JOINT)
        matrix = pair_matrix(of, slate, state=state, directory=company, at=at, plan=JOINT)
        assert all(row.tobytes() == fresh[owner] for owner, row in zip(slate, matrix, strict=True) if owner in fresh)


@pytest.mark.parametrize("seed", range(12))
def test_what_was_read_before_changes_no_byte_and_a_copy_reads_the_same(seed):
    rng = random.Random(seed)
    events, ids = random_history(rng, 9), list(COMPANY.owners)
    read, copied = State(FOLD), None
    of = item(segment="big", industry="a")
    for number, one in enumerate(events):
        at = START + timedelta(minutes=rng.randrange(-60 * 24, 60 * 24 * 120))
        effects(read, of, rng.sample(ids, 4), at)
        if number == len(events) // 2:
            copied = read.copy()
        read.apply(one)
        if copied is not None:
            copied.apply(one)
        if rng.random() < 0.3:
            plain = folded(*events[:number + 1])
            for state in (read, copied) if copied else (read,):
                assert effects(state, of, ids, one.known_at).tobytes() == effects(plain, of, ids, one.known_at).tobytes()
    whole = folded(*events)
    for state in (read, whole):
        state.advance_to(START + 200 * DAY)
    assert tables_of(read) == tables_of(whole)


def test_a_correction_is_read_at_once():
    state = folded(given("a1", START, team=None), event("outcome", "a1", START + DAY, outcome="lost"),
                   given("a2", START + 15 * DAY, owner="bob"))
    at, of = START + 20 * DAY, item(segment="big")
    before = effects(state, of, ["ann"], at)[0, 0]
    state.apply(event("corrected", "a1", at, outcome="won"))
    assert before < 0.0 < effects(state, of, ["ann"], at)[0, 0]


def test_effects_hold_through_a_day_of_the_clock_and_fade_from_one_to_the_next():
    state = folded(given("a1", START, team=None), event("outcome", "a1", START + DAY, outcome="won"))
    midnight = (START + 20 * DAY).replace(hour=0)
    of = item(segment="big")
    morning, evening, later = (effects(state, of, ["ann"], midnight + gone)[0, 0] for gone in (0 * DAY, 23 * HOUR, 240 * DAY))
    assert morning == evening > later > 0.0
    assert micros(midnight) > REFERENCE


# -- how unsure the effects are


def spread_by_hand(events, owner, at, plan=JOINT):
    """The posterior covariance as the inverse of prior precision plus what each settled assignment tells."""
    day = micros(at) // DAY_US * DAY_US
    precision = np.linalg.inv(plan.effects.prior.covariance)
    for one, _, settles in settled_rows(events, at):
        if one.owner_id == owner:
            weight = 0.5 ** ((day - micros(settles)) / (240 * DAY_US)) * one.expected * (1 - one.expected)
            precision += weight * np.outer(indicators(one.item), indicators(one.item))
    return np.linalg.inv(precision)


@pytest.mark.parametrize("seed", range(6))
def test_the_variance_is_that_of_the_posterior_in_all_and_by_part(seed):
    events = plain_history(seed)
    at, weights = events[-1].known_at + 3 * DAY, np.array([0.7, 1.2, 0.4])
    of = item(segment=random.Random(seed).choice(("big", "tiny", None)), industry=random.Random(seed).choice("abf"))
    found = view(folded(*events), directory=COMPANY, at=at).effect_variance(of, ("ann", "bob", "nobody"), JOINT, weights)
    shares = indicators(of) * np.repeat(weights, (1, 3, 5))
    for row, owner in zip(found, ("ann", "bob", "nobody"), strict=True):
        spread = spread_by_hand(events, owner, at)
        parts = [shares[part] @ spread[part, part] @ shares[part] for part in (slice(1), slice(1, 4), slice(4, 9))]
        assert row == pytest.approx([shares @ spread @ shares, *parts], abs=40 * GRID)
    before = prior_variance(of, dimensions=JOINT.dimensions, settings=JOINT.effects, weights=weights)
    assert found[2] == pytest.approx(before, abs=40 * GRID), "of somebody nobody knows, that of the prior"
    assert (found[:2, 0] < before[0]).all()


def test_the_variance_falls_with_what_is_known_and_is_the_same_in_any_slate():
    events = [given(f"a{number}", START, of=item(segment="big"), team=None) for number in range(40)]
    few, many = (view(folded(*events[:count]), directory=COMPANY, at=START + 20 * DAY) for count in (4, 40))
    asked, weights = ("cyd", "ann", "bob"), np.ones(3)
    for reading in (few, many):
        whole = reading.effect_variance(item(segment="big"), asked, JOINT, weights)
        alone = reading.effect_variance(item(segment="big"), asked[1:2], JOINT, weights)
        assert whole[1].tobytes() == alone[0].tobytes() and whole[1, 0] < whole[0, 0] == whole[2, 0]
    assert many.effect_variance(item(segment="big"), asked, JOINT, weights)[1, 0] < whole[0, 0] / 3
    of_other = many.effect_variance(item(segment="mid"), asked, JOINT, weights)[1, 0]
    assert of_other > many.effect_variance(item(segment="big"), asked, JOINT, weights)[1, 0]


def test_without_a_prior_the_variance_is_one_over_what_is_known():
    plan = FeaturePlan(objective="lead", dimensions=("segment",))
    state = folded(given("a1", START, of=item(segment="big"), expected=0.5))
    v = 0.25 * 0.5 ** ((START + 20 * DAY - (START + 10 * DAY)) / (240 * DAY))
    found = view(state, directory=COMPANY, at=START + 20 * DAY).effect_variance(item(segment="big"), ("ann",), plan, np.ones(2))
    assert found[0] == pytest.approx([2 / (v + 10), 1 / (v + 10), 1 / (v + 10)])
    before = prior_variance(item(segment="big"), dimensions=("segment",), settings=plan.effects, weights=np.ones(2))
    assert before == pytest.approx([0.2, 0.1, 0.1])


def test_an_owners_effect_in_general_is_over_the_mix_of_items_that_all_had():
    events = plain_history(3, 120)
    at = events[-1].known_at + 3 * DAY
    settled = [one for one, _, _ in settled_rows([replace(e, expected=e.expected or 0.5) for e in events], at)]
    mix = np.mean([indicators(one.item) for one in settled], axis=0)
    found = view(folded(*events), directory=COMPANY, at=at).owner_effects(("ann", "nobody"), JOINT)

    assert found[0].owner_id == "ann" and found[0].n == sum(one.owner_id == "ann" for one in settled)
    assert found[0].error == pytest.approx(np.sqrt(mix @ spread_by_hand(events, "ann", at) @ mix), abs=1e-4)
    assert found[1].effect == 0.0 and found[1].n == 0
    assert found[1].error == pytest.approx(np.sqrt(mix @ np.array(JOINT.effects.prior.covariance) @ mix), abs=1e-6)


def test_two_priors_asked_in_turn_of_one_state_each_get_their_own_numbers():
    events, of = plain_history(5), item(segment="big", industry="a")
    at, other = events[-1].known_at + 3 * DAY, replace(JOINT, effects=EffectSettings(prior=prior(seed=8)))
    wide = replace(JOINT, dimensions=("industry",), effects=EffectSettings(prior=OwnerPrior(
        values=(("a", "c"),), covariance=tuple(map(tuple, (np.eye(4) * 0.1 + 0.02).tolist())))))
    state = folded(*events)

    def read(of_state, plan):
        reading = view(of_state, directory=COMPANY, at=at)
        return (reading.matrix(of, ("ann", "bob"), plan).tobytes(), reading.owner_effects(("ann", "bob"), plan),
                reading.effect_variance(of, ("ann", "bob"), plan, np.ones(1 + len(plan.dimensions))).tobytes())

    alone = {plan: read(folded(*events), plan) for plan in (JOINT, other, wide)}
    for plan in (JOINT, wide, other, JOINT, other, wide):
        assert read(state, plan) == alone[plan]
    assert len({found[0] for found in alone.values()}) == 3
