"""Owners to filter: one team of 100, 1,000 or 10,000 with regions, dated certificates, absences and loads, drawn from a seed."""
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rules.book.schema import RuleBook
from rules.directory.files import load_directory
from rules.loading import require_book
from rules.model import Directory, Fact, WorkItem
from rules.workload import Loads, Workload, Workloads

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
COUNTRIES = ("DE", "FR", "US", "BR")
EUROPE = ("DE", "FR")
CERTIFICATES = ("gas", "hvac", "solar")
MOST_OPEN = 40
_BOOK = """\
rulebook: 1
version: bench
attributes:
  kind: {enum: [case]}
  country: {type: country}
  required_certification: {enum: [gas, hvac, solar]}
groups: {EUROPE: [DE, FR]}
teams:
  field: {kind: team}
  rest: {kind: queue}
compliance:
  - {id: eu-residency, require: {owner.data_region: [EU]}, when: {country: EUROPE}}
  - {id: licence, require: {owner.certifications: {contains: item.required_certification}}, when: {kind: case}}
stages:
  - stage: territory
    rules: [{id: field, to: field}]
  - stage: fallback
    rules: [{id: catch-all, to: rest}]
availability: {working_hours: ignore, absence: require, capacity: require, none_free: {then: queue}}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Colleague:
    """An owner in plain words: what a program without a rule engine would keep."""

    owner_id: str
    region: str
    certified_until: dict[str, date | None]
    away: tuple[date, date] | None
    open_items: int


@dataclass(frozen=True, kw_only=True)
class Team:
    """One team as the project keeps it and in plain words, with items that ask for different owners."""

    book: RuleBook
    directory: Directory
    people: tuple[Colleague, ...]
    items: tuple[WorkItem, ...]

    @property
    def workload(self) -> "OpenItems":
        """What everybody carries, asked one by one or of many at once."""
        return OpenItems({one.owner_id: one.open_items for one in self.people})


class OpenItems(Workloads):
    """A workload source that answers at once for many owners, as the service's own does."""

    def __init__(self, open_items: dict[str, int]):
        self._open = open_items

    def of(self, owner_id: str) -> Workload:
        """Open items of one owner."""
        return Workload(open_items=self._open[owner_id])

    def many(self, owner_ids: tuple[str, ...]) -> Loads:
        """Open items of some owners in their order; nobody was given anything today."""
        return Loads(list(map(self._open.__getitem__, owner_ids)), [0] * len(owner_ids))


def draw_team(owners: int, *, items: int = 200, seed: int = 12) -> Team:
    """A team of as many owners: a tenth lacks any one thing, so that about half may have an item."""
    draw = random.Random(seed)
    people = tuple(_colleague(draw, number) for number in range(owners))
    files = {"owners.csv": _owners(people), "memberships.csv": _lines("owner_id,team,role,from,to", (
                 f"{one.owner_id},field,,," for one in people)),
             "absences.csv": _lines("owner_id,from,to,reason", (
                 f"{one.owner_id},{one.away[0]},{one.away[1]},leave" for one in people if one.away))}
    return Team(book=require_book({"rulebook.yaml": _BOOK}), directory=load_directory(files), people=people,
                items=tuple(_item(draw, number) for number in range(items)))


def _colleague(draw: random.Random, number: int) -> Colleague:
    start = AT.date() + timedelta(days=draw.randint(-20, 15))
    return Colleague(
        owner_id=f"o{number:05d}", region=draw.choice(("EU",) * 9 + ("US",)),
        certified_until={name: draw.choice((None, None, AT.date() + timedelta(days=draw.randint(-3, 400))))
                         for name in CERTIFICATES if draw.random() < 0.9},
        away=(start, start + timedelta(days=draw.randint(0, 14))) if draw.random() < 0.2 else None,
        open_items=draw.randint(0, MOST_OPEN + 4))


def _item(draw: random.Random, number: int) -> WorkItem:
    facts = {"country": Fact(value=draw.choice(COUNTRIES)), "required_certification": Fact(value=draw.choice(CERTIFICATES))}
    return WorkItem(item_id=f"i-{number}", kind="case", received_at=AT, facts=facts)


def _owners(people: tuple[Colleague, ...]) -> str:
    return _lines("owner_id,kind,time_zone,certifications,data_region,max_open", (
        f"{one.owner_id},person,UTC,"
        + ";".join(name if last is None else f"{name}:{last}" for name, last in one.certified_until.items())
        + f",{one.region},{MOST_OPEN}" for one in people))


def _lines(header: str, rows) -> str:
    return "\n".join((header, *rows)) + "\n"
