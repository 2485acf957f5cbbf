"""A large company to measure on: 10,000 owners in 48 teams, 1,000 territory rules, a past of some 50,000 events.

Everything is drawn from one seed. Four wide teams of 208 get the items; 8 of each can never have one (4 are away, 4 lack
a certificate), so that each item finds 200 eligible owners. Owners truly differ, so that a model has something to learn.
"""
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import numpy as np

COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PL", "CZ", "PT", "IE", "GR", "HU", "RO",
             "GB", "US", "CA", "MX", "AU", "JP")
INDUSTRIES = ("manufacturing", "software", "health", "finance", "retail", "logistics", "education", "hospitality", "energy",
              "media")
BANDS = {"SMB": 20, "MID": 400, "ENT": 2500, "GLOBAL": 9000}
WIDE_TEAMS, TEAM_SIZE = 4, 208
AWAY, UNCERTIFIED = 4, 4
SETTINGS = """\
[objectives.lead]
positive = ["converted"]
horizon = "30d"
"""
_HEAD = """\
rulebook: 1
version: bench
owner: revops@example.com
attributes:
  kind: {enum: [lead]}
  country: {type: country}
  industry: {enum: [%s]}
  employees: {bands: {SMB: 1-99, MID: 100-999, ENT: 1000-4999, GLOBAL: 5000+}}
  language: {type: language}
  consent: {enum: [granted, denied]}
teams:
%s
  suppressed: {kind: queue}
  manual-review: {kind: queue}
compliance:
  - {id: no-consent, forbid: contact, when: {kind: lead, consent: [denied, missing]}, send_to: suppressed}
  - {id: privacy-training, require: {owner.certifications: [privacy]}, when: {kind: lead}}
  - {id: eu-residency, require: {owner.data_region: [EU]}, when: {country: [DE, FR, IT, ES, NL]}}
stages:
  - stage: territory
    rules:
%s
  - stage: fallback
    rules: [{id: catch-all, to: manual-review, reason: no_territory}]
availability: {working_hours: prefer, absence: require, capacity: require, none_free: {then: queue}}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How large a company is; the figures of docs/benchmarks.md are those of the defaults.

    `quiet_days`: how long before now the past stops; with 26 nothing of it is still open.
    """

    owners: int = 10_000
    teams: int = 48
    assignments: int = 10_000
    max_open: int = 5_000
    quiet_days: float = 1 / 24


def build(folder: Path, *, now: datetime, size: Size | None = None, seed: int = 5) -> None:
    """Write the workspace's files, with history.csv beside them."""
    size = size or Size()
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    owners = [f"o{number:05d}" for number in range(size.owners)]
    _write(folder, "rulebook.yaml", _rulebook(size))
    _write(folder, "rightful.toml", SETTINGS)
    _write(folder, "owners.csv", _table("owner_id,kind,email,time_zone,working_hours,languages,certifications,data_region,"
                                        "max_open,active_from,grade", map(_owner, owners, [size] * len(owners))))
    _write(folder, "memberships.csv", _table("owner_id,team,role,from,to", (
        (name, _team(number, size), "", "", "") for number, name in enumerate(owners))))
    away = [owners[team * TEAM_SIZE + place] for team in range(WIDE_TEAMS) for place in range(AWAY)]
    _write(folder, "absences.csv", _table("owner_id,from,to,reason", (
        (name, now.date() - timedelta(days=1), now.date() + timedelta(days=30), "leave") for name in away)))
    _write(folder, "history.csv", _table(
        "item_id,kind,received_at,owner_id,assigned_at,accepted_at,first_response_at,ended_at,end,outcome,outcome_at,value,"
        "assigned_by,country,industry,employees,language,consent", _past(random, owners, now, size)))


def items(count: int, *, now: datetime, name: str = "B", seed: int = 6) -> Iterator[dict[str, object]]:
    """Raw leads for the wide teams, each another one."""
    random = np.random.default_rng(seed)
    rules = _wide_rules()
    for number in range(count):
        country, industry, band = rules[int(random.integers(len(rules)))][1]
        yield {"item_id": f"{name}-{number}", "kind": "lead", "received_at": now.isoformat(), "country": country,
               "industry": industry, "employees": BANDS[band] + int(random.integers(50)), "language": "de",
               "consent": "granted", "value": round(float(random.lognormal(9, 0.6)), 2)}


def _cells() -> list[tuple[str, str, str]]:
    return list(product(COUNTRIES, INDUSTRIES, BANDS))


def _wide_rules(teams: int = 48) -> list[tuple[int, tuple[str, str, str]]]:
    """(team, cell) of every rule that leads to a wide team."""
    return [(number % teams, cell) for number, cell in enumerate(_cells()) if number % teams < WIDE_TEAMS]


def _rulebook(size: Size) -> str:
    teams = "\n".join(f"  team-{number:02d}: {{kind: team}}" for number in range(size.teams))
    rules = "\n".join(f"      - {{id: t-{number}, when: {{country: {country}, industry: {industry}, employees: {band}}}, "
                      f"to: team-{number % size.teams:02d}}}" for number, (country, industry, band) in enumerate(_cells()))
    return _HEAD % (", ".join(INDUSTRIES), teams, rules)


def _team(number: int, size: Size) -> str:
    return f"team-{min(number // TEAM_SIZE, size.teams - 1):02d}"


def _owner(name: str, size: Size) -> tuple[object, ...]:
    number = int(name[1:])
    uncertified = number // TEAM_SIZE < WIDE_TEAMS and AWAY <= number % TEAM_SIZE < AWAY + UNCERTIFIED
    return (name, "person", f"{name}@example.com", "Europe/Berlin", "Mon-Fri 08:00-18:00", "de;en" if number % 2 else "en",
            "" if uncertified else "privacy", "EU", size.max_open, date(2024, 1, 1) + timedelta(days=number % 400), number % 5)


def _past(random: np.random.Generator, owners: list[str], now: datetime, size: Size) -> Iterator[tuple[object, ...]]:
    """Assignments by lot among those who may, over 300 days; each one won or lost by a known chance."""
    rules = _wide_rules(size.teams)
    wide = min(WIDE_TEAMS * TEAM_SIZE, len(owners))
    skill, fit = random.normal(0, 0.9, wide), random.normal(0, 0.6, (wide, len(INDUSTRIES)))
    reply = random.normal(0, 0.5, wide)
    start, span = now - timedelta(days=300), timedelta(days=300 - size.quiet_days)
    for number in range(size.assignments):
        team, (country, industry, band) = rules[int(random.integers(len(rules)))]
        place = team * TEAM_SIZE + int(random.integers(AWAY + UNCERTIFIED, TEAM_SIZE))
        at = start + span * (number / size.assignments)
        chance = 1 / (1 + np.exp(1.2 - skill[place] - fit[place, INDUSTRIES.index(industry)]))
        replied = at + timedelta(hours=float(random.lognormal(1 + reply[place], 0.7)))
        ended = at + timedelta(days=float(random.uniform(2, 25)))
        row = [f"H-{number}", "lead", at.isoformat(), owners[place], at.isoformat(), *("",) * 6,
               round(float(random.lognormal(9, 0.6)), 2), "rotation", country, industry, BANDS[band], "de", "granted"]
        if replied < now:
            row[5] = row[6] = replied.isoformat()
        won = random.random() < chance
        if ended < now:
            row[7:11] = [ended.isoformat(), "resolved", "converted" if won else "lost", ended.isoformat()]
        else:
            row[8] = "open"
        yield tuple(row)


def _table(header: str, rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    text.write(header + "\n")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def whole_second(at: datetime) -> datetime:
    """A moment without its fractions, in UTC."""
    return at.astimezone(UTC).replace(microsecond=0)
