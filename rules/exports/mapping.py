"""A mapping: which columns of somebody's export make an item, its owner, its times and its outcome. Values only.

One format for every system. A column of ours is made by ways tried in order; the first that gives a value wins.
"""
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

#: What may be imported; a kind of record says for which of them it serves.
WHATS = ("history", "owners", "accounts", "items")
#: How a cell is read. `count` is a whole number, so that `1,200` can't be one and a bit; `salesforce_id` makes 18 letters
#: of 15, `owner` finds an owner by id, e-mail or full name, `slug` makes a team's id of a name, `language` takes `de` of
#: `de_DE`, `domain` the host of a web address, `zone` the IANA name in `(GMT+01:00) Central European Time (Europe/Berlin)`,
#: `first` the first of several parted by `;`.
READS = ("text", "time", "day", "number", "count", "money", "flag", "owner", "salesforce_id", "slug", "language", "domain",
         "zone", "first")
ORDERS = ("auto", "day-first", "month-first", "iso")
DECIMALS = ("auto", ".", ",")
OTHERWISE = ("keep", "missing", "refuse")
SHAPES = ("table", "audit-log")


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """One way to make a value: from the first filled of some columns, or a fixed `value`.

    `when`: only where columns of ours made before hold one of these; `values` translates words (any case), what they
    do not name is kept, missing or refused by `otherwise`; `spellings` mends misspellings, each one counted; `lookup`
    takes a column of the account or owner that the value names; `day` says which end of a plain day is meant;
    `not_before` lifts a time to that of another column of ours; `currency_from` are columns that
    name the currency of an amount; `join` takes all of the columns, parted by spaces.
    """

    columns: tuple[str, ...] = ()
    value: str | None = None
    read: str | None = None
    when: Map[str, tuple[str, ...]] = field(default_factory=dict)
    values: Map[str, str] = field(default_factory=dict)
    otherwise: str = "keep"
    spellings: Map[str, str] = field(default_factory=dict)
    lookup: tuple[str, str] | None = None
    day: str = "start"
    not_before: str | None = None
    currency_from: tuple[str, ...] = ()
    join: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class MappedColumn:
    """A column of ours and the ways that make it; a `required` one must be filled in every row."""

    name: str
    ways: tuple[Way, ...]
    required: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of the export that it reads."""
        return tuple(dict.fromkeys(name for way in self.ways for name in (*way.columns, *way.currency_from)))


@dataclass(frozen=True, kw_only=True, slots=True)
class LeaveOut:
    """Rows that are no record of the kind, by a column of ours, and why; they are counted."""

    column: str
    values: tuple[str, ...]
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Joins:
    """A team that an owner's row names: the way to its id, and the role."""

    team: Way
    role: str = "member"


@dataclass(frozen=True, kw_only=True, slots=True)
class Superior:
    """Another owner that an owner's row names, such as its manager: the way to the id, and to the teams it leads."""

    owner: Way
    kind: str = "person"


@dataclass(frozen=True, kw_only=True)
class Record:
    """One kind of record: by which columns an export is known to hold it, and what they make.

    `late`: columns known only after arrival, never a property of an item, whatever the rule book calls its attributes;
    `changes`: a row is a change of an item's owner; `_owner_before` had it before, `_created` is filled where it came in.
    """

    name: str
    serves: tuple[str, ...]
    known_by: tuple[str, ...] = ()
    columns: Map[str, MappedColumn] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    leave_out: tuple[LeaveOut, ...] = ()
    memberships: tuple[Joins, ...] = ()
    superiors: tuple[Superior, ...] = ()
    changes: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        """Every column of the export that is read or known to be late."""
        ways = (*(member.team for member in self.memberships), *(superior.owner for superior in self.superiors))
        named = (*(name for column in self.columns.values() for name in column.sources),
                 *(name for way in ways for name in way.columns), *self.late)
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """How one system writes its exports.

    `time_zone`: of times without an offset, `day_zone`: of plain days (else the same); None refuses them. `missing`:
    cells that say nothing. `footer`, `sums`: how rows begin that are no records. `fill_down`: columns that stand only in
    the first row of a group. `by_name`: other columns count under the attribute of the same name.
    """

    name: str
    shape: str = "table"
    time_zone: ZoneInfo | None = None
    day_zone: ZoneInfo | None = None
    dates: str = "auto"
    decimal: str = "auto"
    currency: str | None = None
    encoding: str | None = None
    missing: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    by_name: bool = True
    records: Map[str, Record] = field(default_factory=dict)
