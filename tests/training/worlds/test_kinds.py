"""The kinds of world: frozen by digest, each really what it says."""
from datetime import timedelta

import numpy as np
import pytest

from rules.errors import Refused
from training.worlds.kinds import KINDS, log_digest, make_world, spec_digest

SEED, DECISIONS = 1, 400
#: kind -> the digest of its figures, and of the log of its first seed. Change a kind only with its new figures in bench/.
FROZEN = {
    "standard": ("8c14634d90ab8868", "75388840e4193423"),
    "skill only": ("853e1e099a5070be", "30e0aed34e7459c9"),
    "fit only": ("96a922c3b0ac9660", "4e9dd384edddfb2b"),
    "no signal": ("91fdecf0ad95700c", "485d6c906a48254d"),
    "new hires": ("60dbe1ae918241da", "33c7b8b0f8460edd"),
    "biased logging": ("08ee68b748807611", "a0621e63945d974d"),
    "delayed": ("c4aa192b7173a276", "746cd973340fba00"),
    "drift": ("0088fb46152a6309", "7a5ed0c12fa41621"),
    "group bias 0.6": ("cf3210d89ec46aaa", "5bfc50f957c4200c"),
    "group bias 0.8": ("4459b93f3ded24b3", "4fa40843f9980885"),
    "group bias 1.0": ("4d9c0b2d94c60365", "3af70c3d0505e1d6"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """kind -> the digest of the log, and the world."""
    found = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp("world") / "ws"
        world = make_world(folder, kind, seed=SEED, decisions=DECISIONS, held_out=10)
        found[kind] = (log_digest(folder), world)
    return found


def test_no_kind_and_no_log_changed_unseen(made):
    now = {kind: (spec_digest(kind)[7:23], made[kind][0][7:23]) for kind in KINDS}
    assert now == FROZEN


def test_no_two_kinds_share_a_world(made):
    seeds = [kind.first_seed for kind in KINDS.values()]
    assert len(set(seeds)) == len(seeds)
    assert min(np.diff(sorted(seeds))) >= 100
    assert len({digest for digest, _ in made.values()}) == len(KINDS)


def chances(world, owner_ids):
    at = world.past.assignments[-1].assigned_at
    return world.truth.probability(world.held_out[0].truth, owner_ids, at=at, load=np.linspace(0, 1, len(owner_ids)),
                                   related=np.arange(len(owner_ids)) % 2 == 0)


def test_in_the_world_without_signal_everybody_is_alike_and_elsewhere_nobody(made):
    for kind, (_, world) in made.items():
        people = tuple(one for one, row in world.truth.owners.index.items() if world.truth.owners.person[row] > 0)
        spread = np.ptp(chances(world, people))
        assert (spread > 0.05) == KINDS[kind].ranks, kind


def test_where_only_skill_or_only_fit_counts_the_other_is_nil(made):
    skilled, fitting = made["skill only"][1].truth.owners, made["fit only"][1].truth.owners
    assert not skilled.segment.any() and not skilled.industry.any() and not skilled.product.any()
    assert skilled.skill.std() > 0.3
    assert not fitting.skill.any() and not fitting.team.any()
    assert fitting.segment.std() > 0.3


def test_new_hires_are_many_and_all_of_the_biased_log_is_picked_by_hand(made):
    def beginners(kind: str) -> float:
        world = made[kind][1]
        return float(np.mean(world.truth.owners.started > 0))

    assert beginners("new hires") > 2 * beginners("standard")
    by = {row.assigned_by for row in made["biased logging"][1].past.assignments
          if row.item.kind == "lead" and row.eligible > 1 and row.team}
    assert by == {"manual"}


def test_delays_differ_by_owner_and_none_is_cut_off_at_the_limit(made):
    closed = [(row.owner_id, row.ended_at - row.assigned_at) for row in made["delayed"][1].past.assignments if row.outcome]
    limit = timedelta(days=KINDS["delayed"].spec.outcome_within_days)
    assert max(delay for _, delay in closed) < limit
    assert made["delayed"][1].truth.owners.delay.std() > 0.5


def test_the_market_moves_in_the_drifting_world_only(made):
    moved = {kind: bool(world.truth.owners.market.any()) for kind, (_, world) in made.items()}
    assert [kind for kind, moves in moved.items() if moves] == ["drift"]


def test_an_unknown_kind_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(Refused, match="did you mean `no signal`"):
        make_world(tmp_path, "no signals", seed=1, decisions=400)
