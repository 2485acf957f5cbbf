"""The forward run: nobody is given work the rules would refuse, nothing is known early, the same seed is the same past."""
import csv
from collections import Counter
from datetime import datetime

import numpy as np
import pytest

from rules.model import zone
from tests.training.worlds.conftest import REFERENCE_DAY
from training.worlds.company import CUTOFF, build


@pytest.fixture(scope="module")
def rows(small_world, small_folder):
    with (small_folder / "history.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_past_item_was_assigned_unless_nobody_was_free(small_world):
    assigned = {row.item.item_id for row in small_world.past.assignments}
    assert len(assigned) >= 1500 - small_world.past.unassigned - 20
    assert small_world.past.unassigned < 15


def test_nobody_is_assigned_anything_before_joining_after_leaving_or_while_away(small_world):
    for row in small_world.past.assignments:
        owner = small_world.directory.owners[row.owner_id]
        assert owner.active.covers(row.assigned_at, owner.time_zone)
        assert not any(absence.span.covers(row.assigned_at, owner.time_zone)
                       for absence in small_world.directory.absences.get(row.owner_id, ()))


def test_nobody_carries_more_than_the_ceiling(small_world):
    changes = [(row.assigned_at, 1, row.owner_id) for row in small_world.past.assignments]
    changes += [(row.ended_at, -1, row.owner_id) for row in small_world.past.assignments if row.ended_at]
    open_items: Counter = Counter()
    for _, change, owner_id in sorted(changes, key=lambda entry: (entry[0], entry[1])):
        open_items[owner_id] += change
        ceiling = small_world.directory.owners[owner_id].max_open
        assert ceiling is None or open_items[owner_id] <= ceiling


def test_european_items_stay_with_owners_in_the_european_union(small_world):
    eea = set(small_world.book.groups["EEA"])
    european = [row for row in small_world.past.assignments if row.item.value("country") in eea]
    people = [row for row in european if small_world.directory.owners[row.owner_id].kind == "person"]
    assert len(people) > 100
    assert all(small_world.directory.owners[row.owner_id].data_region == "EU" for row in people)


def test_times_follow_each_other_and_nothing_is_later_than_the_cutoff(rows):
    cutoff = datetime.combine(REFERENCE_DAY, CUTOFF)
    for row in rows:
        moments = [datetime.fromisoformat(row[name]) for name in
                   ("received_at", "assigned_at", "accepted_at", "first_response_at", "ended_at") if row[name]]
        assert moments == sorted(moments)
        assert moments[-1] < cutoff
        assert (row["end"] == "open") == (not row["ended_at"])
        assert bool(row["outcome"]) == (row["end"] == "resolved")


def test_only_exploration_states_a_propensity(rows):
    assert {row["assigned_by"] for row in rows} == {"rule", "rotation", "manual", "exploration"}
    assert all(bool(row["propensity"]) == (row["assigned_by"] == "exploration") for row in rows)


def test_outcomes_come_true_as_often_as_the_truth_says(small_world):
    settled = [row for row in small_world.past.assignments if row.outcome and row.item.kind == "lead"]
    wins = np.array([row.outcome == "converted" for row in settled])
    chances = np.array([row.chance for row in settled])
    assert abs(wins.mean() - chances.mean()) < 4 * np.sqrt(chances.mean() / len(settled))


def test_some_items_are_rejected_or_handed_on_and_come_to_somebody_else(small_world):
    ends = Counter(row.end for row in small_world.past.assignments)
    assert ends["rejected"] > 0
    by_item: dict[str, list] = {}
    for row in small_world.past.assignments:
        by_item.setdefault(row.item.item_id, []).append(row)
    for again in by_item.values():
        for before, after in zip(again, again[1:], strict=False):
            assert before.end in ("rejected", "reassigned")
            assert after.owner_id != before.owner_id
            assert after.assigned_at > before.ended_at


def test_the_same_seed_and_day_write_the_same_files(small_world, small_folder, tmp_path):
    build(tmp_path / "again", reference_day=REFERENCE_DAY, seed=3, items=1500, held_out=150, period_days=120)
    names = sorted(path.relative_to(small_folder) for path in small_folder.rglob("*") if path.is_file())
    assert names
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (small_folder / name).read_bytes(), name


def test_people_work_in_their_own_hours_when_anybody_in_the_team_is_at_work(small_world):
    daytime = [row for row in small_world.past.assignments if row.team == "ent-sdr-west" and row.assigned_by != "rule"
               and row.assigned_at.astimezone(zone("America/Los_Angeles")).hour in range(10, 15)
               and row.assigned_at.astimezone(zone("America/Los_Angeles")).weekday() < 4]
    assert daytime
    assert all(9 <= row.assigned_at.astimezone(zone(small_world.directory.owners[row.owner_id].time_zone)).hour < 18
               for row in daytime)
