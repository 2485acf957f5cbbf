"""The words everyone shares: items, owners, teams, accounts, moments. Frozen values, no behaviour beyond lookup."""
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, reset_tzpath

from rules.errors import Problem

Value = str | float | bool

# The pinned tzdata package and never the machine's own tables: a decision must be the same everywhere.
reset_tzpath(to=())


class Empty(Mapping):
    """The mapping without entries; hashable, as a default of a frozen dataclass must be (mappingproxy is not on 3.11)."""

    __slots__ = ()

    def __getitem__(self, name):
        raise KeyError(name)

    def __iter__(self):
        return iter(())

    def __len__(self):
        return 0

    def __hash__(self):
        return hash(())

    def __repr__(self):
        return "EMPTY"


EMPTY: Mapping = Empty()

#: Item attributes that exist in every rule book without being declared.
STANDARD_ATTRIBUTES = ("value", "account", "company", "domain", "email", "phone", "city", "latitude", "longitude",
                       "time_zone", "ip_country", "ip_state")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name; raises ZoneInfoNotFoundError for an unknown one."""
    return ZoneInfo(name)


@lru_cache(maxsize=4096)
def local_day(at: datetime, zone_name: str) -> date:
    """The calendar day of a moment in a zone; kept, since one decision asks it of many owners."""
    return at.astimezone(zone(zone_name)).date()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One attribute of an item as decided upon, with where it came from.

    `value` is the normalised value (for a band attribute the band's name), None when missing; `number` the number
    behind it, where there is one; `raw` what the record said; `source` record, derived, account, company, email or phone;
    `trust` stated, derived or low.
    """

    value: Value | None
    number: float | None = None
    raw: object = None
    source: str = "record"
    trust: str = "stated"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountMatch:
    """Which account an item belongs to, or may, and by what evidence (`id`, `domain`, `name`; see rules/accounts/matching.py)."""

    account_id: str
    evidence: tuple[str, ...]
    score: float
    runner_up: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItem:
    """A lead, account, renewal, churn task or case, normalised; `facts` by attribute name in the book's order."""

    item_id: str
    kind: str
    received_at: datetime
    facts: Mapping[str, Fact] = EMPTY
    account: AccountMatch | None = None
    account_review: tuple[AccountMatch, ...] = ()         # candidates among which a person must choose
    warnings: tuple[str, ...] = ()

    def value(self, attribute: str) -> Value | None:
        """The normalised value of an attribute, None when missing."""
        if attribute == "kind":
            return self.kind
        fact = self.facts.get(attribute)
        return None if fact is None else fact.value

    def number(self, attribute: str) -> float | None:
        """The number behind an attribute (also behind a band), None when there is none."""
        fact = self.facts.get(attribute)
        return None if fact is None else fact.number


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A stretch of time with inclusive plain days and an instant that is exclusive at its end.

    The calendar's first year is no start and its last no end: `9999-12-31` is how files of people write an open one.
    """

    starts: date | datetime | None = None
    ends: date | datetime | None = None

    def __post_init__(self):
        if self.starts is not None and self.starts.year == date.min.year:
            object.__setattr__(self, "starts", None)
        if self.ends is not None and self.ends.year == date.max.year:
            object.__setattr__(self, "ends", None)

    def covers(self, at: datetime, zone_name: str = "UTC") -> bool:
        """Whether the moment lies inside, plain days read in the zone named."""
        if self.starts is not None:
            if isinstance(self.starts, datetime):
                if at < self.starts:
                    return False
            elif local_day(at, zone_name) < self.starts:
                return False
        if self.ends is not None:
            if isinstance(self.ends, datetime):
                return at < self.ends
            return local_day(at, zone_name) <= self.ends
        return True


ALWAYS = Span()


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """The moment a decision is made, always in UTC, and the calendar days it falls on."""

    at: datetime

    def __post_init__(self):
        if self.at.tzinfo is None:
            raise ValueError(f"a moment needs an offset, given `{self.at}`")
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    def day_in(self, zone_name: str) -> date:
        """The calendar day in a zone."""
        return local_day(self.at, zone_name)

    def day_for(self, owner: "Owner") -> date:
        """The calendar day where the owner is."""
        return self.day_in(owner.time_zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkingBlock:
    """A block of working time: weekdays (Monday = 0) and minutes after local midnight, end exclusive."""

    weekdays: frozenset[int]
    from_minute: int
    to_minute: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Everyone and everything that can own an item; `kind` is person, queue, branch or partner."""

    owner_id: str
    kind: str
    name: str = ""
    email: str = ""
    manager_id: str | None = None
    time_zone: str = "UTC"
    working_hours: tuple[WorkingBlock, ...] = ()          # empty = always
    holidays: str | None = None                           # a calendar code such as `DE-BY`
    languages: tuple[str, ...] = ()                       # the first is the native one
    skills: frozenset[str] = frozenset()
    certifications: Mapping[str, date | None] = EMPTY     # name -> last valid day, None = no end
    data_region: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    service_postals: tuple[str, ...] = ()
    radius_km: float | None = None
    max_open: int | None = None
    max_per_day: int | None = None
    max_load: float | None = None                         # what its open items may weigh together
    weight: float = 1.0
    active: Span = ALWAYS
    attributes: Mapping[str, str] = EMPTY                 # any further column of owners.csv
    closed: frozenset[date] = frozenset()                 # the closing days of closing_days.csv that are theirs


@dataclass(frozen=True, kw_only=True, slots=True)
class Membership:
    """Who is on which team, when; the days are the owner's."""

    owner_id: str
    team: str
    role: str = ""
    span: Span = ALWAYS
    line: int | None = field(default=None, compare=False)  # of memberships.csv


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """When an owner is away; the days are the owner's."""

    owner_id: str
    span: Span
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A customer account; `parent_id` makes a tree."""

    account_id: str
    name: str = ""
    domain: str | None = None
    parent_id: str | None = None
    country: str | None = None
    city: str | None = None
    tier: str | None = None
    attributes: Mapping[str, str] = EMPTY
    further_domains: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """Every domain of the account, the main one first."""
        return () if self.domain is None else (self.domain, *self.further_domains)


@dataclass(frozen=True, kw_only=True)
class Directory:
    """Everyone who can own something, their teams, absences and the accounts: one dated snapshot.

    `members` holds every membership of a team whatever its dates, in file order; `digest` identifies the content;
    `doubts`: rows of its files with fewer cells than their header, and cells that a spreadsheet wrapped or spoilt;
    `shared_hosts`: hosts that are nobody's own, beside those that every workspace knows.
    """

    owners: Mapping[str, Owner]
    members: Mapping[str, tuple[Membership, ...]] = field(default_factory=dict)
    absences: Mapping[str, tuple[Absence, ...]] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    owner_columns: tuple[str, ...] = ()                   # further columns of owners.csv, in file order
    shared_hosts: frozenset[str] = frozenset()
    digest: str = ""
    doubts: tuple[Problem, ...] = field(default=(), compare=False)

    def ancestors(self, account_id: str) -> tuple[str, ...]:
        """The account and its parents, nearest first; stops at a cycle."""
        chain: list[str] = []
        current: str | None = account_id
        while current is not None and current not in chain:
            chain.append(current)
            account = self.accounts.get(current)
            current = account.parent_id if account else None
        return tuple(chain)
