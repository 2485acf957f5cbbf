"""The people of the example company: seats, turnover, absences, and files that the directory reads."""
from datetime import date, timedelta

import numpy as np
import pytest

from training.worlds.people import TEAMS, draw_absences, draw_people
from training.worlds.spec import WorldSpec

LAST = date(2026, 11, 20)
FIRST = LAST - timedelta(days=600)


def people_of(seed: int):
    return draw_people(np.random.default_rng(seed), WorldSpec(), first_day=FIRST, last_day=LAST)


def test_about_ninety_people_work_in_ten_teams_today_and_every_sdr_team_has_9_to_14():
    for seed in range(4):
        present = [person for person in people_of(seed) if person.left is None]
        by_team = {plan.team: sum(person.stints[-1][0] == plan.team for person in present) for plan in TEAMS}
        assert 85 <= len(present) <= 95
        assert len(by_team) == 10
        sdr = ("ent-sdr-east", "ent-sdr-central", "ent-sdr-west", "smb-pool", "mid-market-na", "emea-ent", "emea-commercial")
        assert all(9 <= by_team[team] <= 14 for team in sdr)


def test_people_come_and_go_and_no_id_is_used_twice():
    people = people_of(7)
    ids = [person.owner_id for person in people]
    assert len(set(ids)) == len(ids)
    assert sum(person.left is not None for person in people) >= 10
    assert sum(person.started > FIRST for person in people) >= 10


def test_somebody_moves_from_the_small_business_pool_to_the_mid_market_without_a_day_in_both():
    movers = [person for seed in range(4) for person in people_of(seed) if len(person.stints) == 2]
    assert movers
    for person in movers:
        (_, _, left), (team, joined, _) = person.stints
        assert team == "mid-market-na"
        assert left < joined


def test_the_owners_whom_the_named_account_table_names_stay():
    for seed in range(4):
        stays = {person.owner_id for person in people_of(seed) if person.left is None and person.started < FIRST}
        assert {"o-strat-01", "o-strat-02"} <= stays


def test_a_tenth_of_working_days_is_absence():
    people = people_of(7)
    rows = draw_absences(np.random.default_rng(1), people, first_day=FIRST, last_day=LAST)
    away = sum((date.fromisoformat(row["to"]) - date.fromisoformat(row["from"])).days + 1 for row in rows)
    there = sum(((person.left or LAST) - max(person.started, FIRST)).days for person in people)
    assert 0.04 < away / there < 0.15


def test_half_the_ceiling_leaves_half_the_places():
    places = [sum(int(person.row["max_open"]) for person in draw_people(
        np.random.default_rng(3), WorldSpec(ceilings=ceilings), first_day=FIRST, last_day=LAST)) for ceilings in (0.5, 1.0)]
    assert places[0] == pytest.approx(places[1] / 2, rel=0.05)
