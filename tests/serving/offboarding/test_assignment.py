"""The optimiser against every possible placing of small cases, drawn by a seed."""
from itertools import product
from random import Random

import pytest

from serving.offboarding.assignment import NEW_FACE, Parcel, Taker, cost_of, place

OWNERS = ("ann", "bob", "cleo")


def drawn(seed):
    """Up to five parcels and three takers, some without room, some parcels that nobody may have."""
    draw = Random(seed)
    takers = {name: Taker(owner_id=name, room=draw.choice((None, 0, 1, 2, 3)), load=draw.choice((None, None, 0.5, 2.0, 3.5)),
                          knows=frozenset(draw.sample(("x", "y", "z"), draw.randint(0, 2)))) for name in OWNERS}
    parcels = [Parcel(assignment_id=f"a{number}", account=draw.choice((None, "x", "y", "z")),
                      value=draw.choice((0.0, 1.0, 5.0, 40.0)), weight=draw.choice((0.5, 1.0, 2.0)),
                      may={name: draw.random() < 0.7 for name in draw.sample(OWNERS, draw.randint(0, 3))})
               for number in range(draw.randint(1, 5))]
    return parcels, takers


def fits(parcels, takers, taken):
    counts = {name: sum(owner == name for owner in taken.values()) for name in OWNERS}
    loads = {name: sum(parcel.weight for parcel in parcels if taken[parcel.assignment_id] == name) for name in OWNERS}
    return (all(owner is None or owner in parcel.may for parcel in parcels for owner in [taken[parcel.assignment_id]])
            and all(takers[name].room is None or counts[name] <= takers[name].room for name in OWNERS)
            and all(takers[name].load is None or loads[name] <= takers[name].load for name in OWNERS))


def every_placing(parcels, takers):
    for owners in product(*((None, *parcel.may) for parcel in parcels)):
        taken = {parcel.assignment_id: owner for parcel, owner in zip(parcels, owners, strict=True)}
        if fits(parcels, takers, taken):
            yield taken


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_no_placing_is_cheaper_and_none_breaks_a_rule(start):
    for seed in range(start, start + 20):
        parcels, takers = drawn(seed)
        found = place(parcels, takers)
        assert found.proved and fits(parcels, takers, found.taken)
        cheapest = min(cost_of(parcels, takers, taken) for taken in every_placing(parcels, takers))
        assert found.cost == pytest.approx(cheapest, abs=1e-6), seed


def test_an_account_stays_with_one_face_and_goes_to_one_it_knows():
    takers = {name: Taker(owner_id=name, knows=frozenset({"x"}) if name == "bob" else frozenset()) for name in OWNERS}
    parcels = [Parcel(assignment_id=f"x{number}", account="x", may=dict.fromkeys(OWNERS, True)) for number in range(3)]
    assert set(place(parcels, takers).taken.values()) == {"bob"}
    strangers = [Parcel(assignment_id=f"y{number}", account="y", may=dict.fromkeys(OWNERS, True)) for number in range(3)]
    together = place(strangers, takers)
    assert len(set(together.taken.values())) == 1 and NEW_FACE <= together.cost < 2 * NEW_FACE


def test_value_is_spread_where_nothing_else_differs():
    takers = {name: Taker(owner_id=name) for name in OWNERS}
    parcels = [Parcel(assignment_id=f"a{number}", value=value, may=dict.fromkeys(OWNERS, True))
               for number, value in enumerate((30.0, 20.0, 10.0, 30.0))]
    worth, taken = {}, place(parcels, takers).taken
    for parcel in parcels:
        owner = taken[parcel.assignment_id]
        worth[owner] = worth.get(owner, 0) + parcel.value
    assert sorted(worth.values()) == [30.0, 30.0, 30.0]


def test_the_scarce_owner_is_kept_for_who_has_nobody_else():
    takers = {"ann": Taker(owner_id="ann", room=1), "bob": Taker(owner_id="bob", room=1)}
    parcels = [Parcel(assignment_id="either", may={"ann": True, "bob": False}), Parcel(assignment_id="only", may={"ann": True})]
    assert place(parcels, takers).taken == {"either": "bob", "only": "ann"}


def test_a_plan_that_could_not_be_proved_in_time_still_leaves_as_few_over_as_possible():
    draw = Random(7)
    takers = {f"o{number}": Taker(owner_id=f"o{number}", room=draw.randint(1, 8), load=30.0) for number in range(30)}
    parcels = [Parcel(assignment_id=f"a{number}", account=f"c{number % 40}", value=draw.randint(1, 90),
                      may={name: draw.random() < 0.8 for name in draw.sample(sorted(takers), 12)}) for number in range(100)]
    found = place(parcels, takers, seconds=0.05)
    assert not found.proved and None not in found.taken.values()
    assert all(sum(owner == name for owner in found.taken.values()) <= takers[name].room for name in takers)


def test_where_nobody_may_have_anything_nothing_is_placed():
    parcels = [Parcel(assignment_id="a", may={})]
    assert place(parcels, {}).taken == {"a": None}
