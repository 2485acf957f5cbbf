"""The directory as arrays: one row per owner, row 0 for those it does not know; built once per directory snapshot."""
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import NamedTuple

import numpy as np

from features.capacity import DayBounds
from features.clock import NEVER, micros, moment
from features.tables import Slots
from rules.caching import cached_per_instance
from rules.model import Directory, Owner, Span, zone
from rules.refdata.languages import macro_of
from rules.refdata.working_time import minutes_until_working

#: So many slates are kept numbered for the next time.
KEPT_SLATES = 256


def words(text: str) -> list[str]:
    """The parts of a `;`-separated list, case folded."""
    return [part.strip().casefold() for part in text.split(";") if part.strip()]


def unit_vector(latitude: float, longitude: float) -> tuple[float, float, float]:
    """A place as a point on the unit sphere."""
    north, east = math.radians(latitude), math.radians(longitude)
    return math.cos(north) * math.cos(east), math.cos(north) * math.sin(east), math.sin(north)


def as_number(text: str | None) -> float:
    """A cell as a finite number, NaN where it is none."""
    try:
        number = float(text) if text else math.nan
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _midnight(day: date, zone_name: str) -> int:
    return micros(datetime.combine(day, time_of_day(), zone(zone_name)))


def _bounds(span: Span, zone_name: str) -> tuple[int, int]:
    """First microsecond inside a span and first after it; plain days are inclusive and in the zone named."""
    starts, ends = span.starts, span.ends
    first = -NEVER if starts is None else micros(starts) if isinstance(starts, datetime) else _midnight(starts, zone_name)
    if ends is None:
        return first, NEVER
    return first, micros(ends) if isinstance(ends, datetime) else _midnight(ends + timedelta(days=1), zone_name)


class Numbered(NamedTuple):
    """Owners as the tables know them: their columns in a state and their rows in a directory (intp), 0 = unknown."""

    columns: np.ndarray
    rows: np.ndarray


class OwnerColumns:
    """Owner columns as arrays by row; `rows` numbers owner ids.

    `max_open`, `max_per_day`, `place`: NaN where not stated. `native`: code of the native language, 0 = not stated.
    `started_us`: when the owner became active, NEVER = not stated. `pattern`: owners with equal working time share one.
    """

    def __init__(self, directory: Directory):
        self.rows = Slots()
        for owner_id in directory.owners:
            self.rows.enter(owner_id)
        owners: list[Owner] = list(directory.owners.values())
        self._owners = owners
        self.max_open = _ceiling(owner.max_open for owner in owners)
        self.max_per_day = _ceiling(owner.max_per_day for owner in owners)
        self.languages, self.zones, self.skills, patterns = Slots(), Slots(), Slots(), Slots()
        self.native = _codes(self.languages.enter(macro_of(owner.languages[0].casefold())) if owner.languages else 0
                             for owner in owners)
        self.zone_of = _codes(self.zones.enter(owner.time_zone) for owner in owners)
        self.pattern = _codes(patterns.enter(_working_pattern(owner)) for owner in owners)
        self._pattern_owner: dict[int, Owner] = dict(zip(self.pattern[1:].tolist(), owners, strict=True))
        began = (NEVER if owner.active.starts is None else _bounds(owner.active, owner.time_zone)[0] for owner in owners)
        self.started_us = np.array([NEVER, *began], dtype=np.int64)
        self._read_skills(owners)
        self._read_places(owners)
        self._read_memberships(directory)
        self._columns: dict[str, np.ndarray] = {}
        self._zone_names = list(dict.fromkeys(owner.time_zone for owner in owners))
        no_day = np.zeros(len(self.zones) + 1, dtype=np.int64)
        self._days = 0, 0, DayBounds(no_day, no_day)           # from when until when these are the days in every zone
        self._numbered: dict[tuple[str, ...], tuple[Slots, int, Numbered]] = {}
        self._numbered_teams: tuple[Slots | None, int, np.ndarray] = None, 0, np.zeros(0, dtype=np.intp)

    def _read_skills(self, owners: list[Owner]) -> None:
        held = [[self.skills.enter(skill.casefold()) for skill in sorted(owner.skills)] for owner in owners]
        self.has_skill = np.zeros((len(self.skills) + 1, len(owners) + 1))
        for row, numbers in enumerate(held, start=1):
            self.has_skill[numbers, row] = 1.0

    def _read_places(self, owners: list[Owner]) -> None:
        self.place = np.full((3, len(owners) + 1), np.nan)
        for row, owner in enumerate(owners, start=1):
            if owner.latitude is not None and owner.longitude is not None:
                self.place[:, row] = unit_vector(owner.latitude, owner.longitude)
        self.has_places = not bool(np.isnan(self.place).all())

    def _read_memberships(self, directory: Directory) -> None:
        by_row: dict[int, list[tuple[int, int, int]]] = {}
        self.teams = Slots()
        for team, members in directory.members.items():
            number = self.teams.enter(team)
            for member in members:
                if row := self.rows.number(member.owner_id):
                    bounds = _bounds(member.span, directory.owners[member.owner_id].time_zone)
                    by_row.setdefault(row, []).append((*bounds, number))
        width = max((len(found) for found in by_row.values()), default=1)
        shape = (len(self.rows) + 1, width)
        self._from_us, self._to_us = np.full(shape, NEVER, dtype=np.int64), np.full(shape, -NEVER, dtype=np.int64)
        self._team = np.zeros(shape, dtype=np.intp)
        for row, found in by_row.items():
            for at, (from_us, to_us, number) in enumerate(found):
                self._from_us[row, at], self._to_us[row, at], self._team[row, at] = from_us, to_us, number
        self._only_team = self._team[:, 0].copy() if width == 1 else None
        self._team_names = list(directory.members)

    def numbered(self, owner_ids: Sequence[str], known: Slots) -> Numbered:
        """The owners' numbers in a state and here; the same slates come again and again, so those of tuples are kept."""
        if not isinstance(owner_ids, tuple):
            return Numbered(known.numbers(owner_ids), self.rows.numbers(owner_ids))
        kept = self._numbered.get(owner_ids)
        if kept is not None and kept[0] is known and kept[1] == len(known):
            return kept[2]
        numbers = Numbered(known.numbers(owner_ids), self.rows.numbers(owner_ids))
        for array in numbers:
            array.flags.writeable = False
        if len(self._numbered) >= KEPT_SLATES:
            self._numbered.clear()
        self._numbered[owner_ids] = known, len(known), numbers
        return numbers

    def team_columns(self, rows: np.ndarray, us: int, known_teams: Slots, last_team: np.ndarray) -> np.ndarray:
        """The state's number of each owner's team at a moment, 0 = none.

        Of several valid memberships that of `last_team`, else the first; of none valid the first of all.
        """
        numbers = self._numbers_of_teams(known_teams)
        if self._only_team is not None:
            return numbers.take(self._only_team.take(rows))
        teams = numbers.take(self._team[rows])
        valid = (self._from_us[rows] <= us) & (us < self._to_us[rows])
        preferred = valid.astype(np.int8) + (valid & (teams == last_team[:, np.newaxis]))
        return teams[np.arange(len(rows)), preferred.argmax(axis=1)]

    def _numbers_of_teams(self, known_teams: Slots) -> np.ndarray:
        """The state's numbers of this directory's teams; asked anew when the state has met another one."""
        known, count, numbers = self._numbered_teams
        if known is not known_teams or count != len(known_teams):
            numbers = np.concatenate(([0], known_teams.numbers(self._team_names)))
            self._numbered_teams = known_teams, len(known_teams), numbers
        return numbers

    def tells_the_same(self, other: "OwnerColumns") -> bool:
        """Whether a matrix reads the very same here as there, further columns of owners.csv aside."""
        return self._told() == other._told()

    def _told(self) -> tuple[object, ...]:
        arrays = (self.max_open, self.max_per_day, self.native, self.pattern, self.started_us, self.has_skill, self.place,
                  self._from_us, self._to_us, self._team)
        working = [_working_pattern(owner) for owner in self._pattern_owner.values()]
        named = (self.rows, self.languages, self.zones, self.skills, self.teams)
        return (*((array.shape, array.tobytes()) for array in arrays), working, self.zone_of.tolist(), self._zone_names,
                self._team_names, *(slots.as_dict() for slots in named))

    def numbers_of(self, column: str) -> np.ndarray:
        """A further column of owners.csv as numbers by row, NaN where it is none."""
        found = self._columns.get(column)
        if found is None:
            found = np.array([math.nan, *(as_number(owner.attributes.get(column)) for owner in self._owners)])
            self._columns[column] = found
        return found

    def day_of(self, row: int, us: int) -> tuple[int, int]:
        """The calendar day of an owner that holds a moment: its first microsecond and the next day's."""
        days, number = self._days_at(us), self.zone_of[row]
        return int(days.starts[number]), int(days.ends[number])

    def days_of(self, rows: np.ndarray, us: int) -> DayBounds:
        """The same for several owners."""
        days, numbers = self._days_at(us), self.zone_of.take(rows)
        return DayBounds(days.starts.take(numbers), days.ends.take(numbers))

    def _days_at(self, us: int) -> DayBounds:
        """By zone the day that holds a moment."""
        since, until, days = self._days
        if since <= us < until:
            return days
        starts, ends = (bounds.copy() for bounds in days)     # another thread may still read those of before
        for number in np.flatnonzero((us < starts) | (ends <= us)).tolist():
            name = self._zone_names[number - 1] if number else "UTC"
            today = moment(us).astimezone(zone(name)).date()
            starts[number], ends[number] = _midnight(today, name), _midnight(today + timedelta(days=1), name)
        self._days = int(starts.max()), int(ends.min()), DayBounds(starts, ends)
        return DayBounds(starts, ends)

    def minutes_until_working(self, rows: np.ndarray, at: datetime) -> np.ndarray:
        """Minutes until each owner's working time, 0 inside it; asked once per pattern."""
        patterns = self.pattern.take(rows)
        minutes = [math.nan] * (len(self._pattern_owner) + 1)
        for code in np.bincount(patterns).nonzero()[0].tolist():
            if code:
                minutes[code] = minutes_until_working(self._pattern_owner[code], at)
        return np.array(minutes).take(patterns)


def _ceiling(values: Iterable[int | None]) -> np.ndarray:
    return np.array([math.nan, *(math.nan if not value else float(value) for value in values)])


def _codes(numbers: Iterable[int]) -> np.ndarray:
    return np.array([0, *numbers], dtype=np.intp)


def _working_pattern(owner: Owner) -> tuple[object, ...]:
    return owner.working_hours, owner.time_zone, owner.holidays, owner.closed


@cached_per_instance
def roster_of(directory: Directory) -> OwnerColumns:
    """The arrays of a directory, built at first use and kept for as long as the directory lives."""
    return OwnerColumns(directory)


def has_numbers(directory: Directory, column: str) -> bool:
    """Whether a further column of owners.csv is numeric: it holds numbers and nothing else but blanks."""
    cells = [text for owner in directory.owners.values() if (text := owner.attributes.get(column, "").strip())]
    return bool(cells) and not any(math.isnan(as_number(text)) for text in cells)
