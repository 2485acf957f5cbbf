"""The rule book as typed, frozen values: what a book may say, after strict loading.

Cells are already resolved: groups, tables and lists are sets of values, ranges are `Range`s. Everything here is
immutable and hashable by identity, so that a book can be compiled once and shared between threads.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from rules.model import ALWAYS, EMPTY, Span, Value
from rules.refdata.days import Days
from rules.refdata.postal import PostalArea
from rules.routing_result import Treatment

#: The cell word for an absent attribute.
MISSING = "missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePosition:
    """Where in the book's files something stands; line and column count from 1."""

    file: str
    line: int
    column: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """A named stretch of numbers; `low` is in, `high` is in unless `open_end`; None = without end."""

    name: str
    low: float
    high: float | None
    open_end: bool = False

    def holds(self, number: float) -> bool:
        """Whether the number lies in the band."""
        if number < self.low:
            return False
        return self.high is None or number < self.high or (number == self.high and not self.open_end)


@dataclass(frozen=True, kw_only=True, slots=True, weakref_slot=True)
class Attribute:
    """One declared item attribute.

    `type`: enum, list, bands, country, subdivision, postal, language, account_ref, number, date, time_zone, text, flag, map.
    `values`: the closed list of values, where the type has one (enum, list, bands, map), else None.
    `source`: the attribute a bands or map attribute is derived from, None where the raw value stands under its own name.
    `use`: `urgency` where it may set a service level and choose nobody, as a score from outside.
    """

    name: str
    type: str
    values: tuple[str, ...] | None = None
    bands: tuple[Band, ...] = ()
    source: str | None = None
    mapping: Mapping[Value, str] = EMPTY                  # of a map: a source's value -> the outcome, as written
    areas: tuple[tuple[PostalArea, str], ...] = ()        # of a map from postal codes: prefixes, ranges, codes of a country
    homes: frozenset[str] = frozenset()                   # of a map from subdivisions: the countries that have all of its keys
    folds: bool = False                                   # of a map from texts: capitals and blanks do not matter
    names: Mapping[str, str] = EMPTY                      # optional display names of values, for `says`
    use: str | None = None
    place: SourcePosition | None = None

    def band_of(self, number: float) -> str | None:
        """The band a number falls into, None in a hole."""
        return next((band.name for band in self.bands if band.holds(number)), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """Numbers from `low` to `high`; None = without end."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False


#: Between the members of a list that is kept as one text, `cloud; edge`: each once, in the declared order.
LIST_JOINT = "; "


@lru_cache(maxsize=8192)
def members_in(value: str) -> frozenset[str]:
    """The members of a list that is kept as a text."""
    return frozenset(value.split(LIST_JOINT))


@dataclass(frozen=True, kw_only=True, slots=True)
class Members:
    """What a cell asks of a list: one of `any_of` (where it names any), each of `all_of`, and none of `none_of`."""

    any_of: frozenset[str] = frozenset()
    all_of: frozenset[str] = frozenset()
    none_of: frozenset[str] = frozenset()

    def holds(self, value: str) -> bool:
        """Whether a list, as the text that it is kept as, is as asked."""
        own = members_in(value)
        return ((not self.any_of or not self.any_of.isdisjoint(own)) and self.all_of <= own
                and self.none_of.isdisjoint(own))

    @property
    def contradicts(self) -> bool:
        """Whether no list can be as asked."""
        return not self.all_of.isdisjoint(self.none_of) or bool(self.any_of) and self.any_of <= self.none_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What one attribute must be: any of `values`, `ranges`, postal `areas`, `days`, a list with `members`, or `missing`.

    `country`: the attribute that says which country's the postal code is, None where no area is of a country.
    `text` is the cell as the author wrote it; `names` the values and groups it names, for `says` and messages.
    """

    attribute: str
    values: frozenset[str | float | bool] = frozenset()
    ranges: tuple[Range, ...] = ()
    areas: tuple[PostalArea, ...] = ()
    country: str | None = None
    members: Members | None = None
    missing: bool = False
    days: tuple[Days, ...] = ()
    text: str = ""
    names: tuple[str, ...] = ()
    place: SourcePosition | None = None

    def at(self, place: SourcePosition) -> "Cell":
        """The same cell where it stands once more; what is shared is shared."""
        return Cell(attribute=self.attribute, values=self.values, ranges=self.ranges, areas=self.areas, country=self.country,
                    members=self.members, missing=self.missing, days=self.days, text=self.text, names=self.names, place=place)

    @property
    def asked(self) -> tuple:
        """What it asks for, whoever asks it and wherever it stands."""
        return self.attribute, self.values, self.ranges, self.areas, self.country, self.members, self.missing, self.days

    @property
    def only_values(self) -> bool:
        """Whether all that it admits are the values listed."""
        return not (self.ranges or self.areas or self.days or self.members or self.missing)

    @property
    def words(self) -> str:
        """It in the words of the book."""
        return self.text if self.members else "; ".join(self.names) or self.text

    @property
    def spans(self) -> tuple[Range | PostalArea, ...]:
        """Its ranges, of numbers or of postal codes."""
        return (*self.ranges, *(area for area in self.areas if area.is_range))


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """A destination: kind team, pool, branches, partner or queue."""

    id: str
    kind: str
    name: str = ""
    balance: str = "weighted"                             # weighted | equal: what rotation turns by
    automation: str | None = None
    place: SourcePosition | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Nearest:
    """The nearest branch: within `max_km`, in its service area, open at the moment when `open_now`."""

    max_km: float | None = None
    open_now: bool = False
    service_area: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a rule sends: a team id, or with `nearest` the nearest of a branch pool with a required `otherwise`.

    `roles`: only members of the team in one of these, where it names any.
    """

    team: str
    roles: frozenset[str] = frozenset()
    nearest: Nearest | None = None
    otherwise: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaBy:
    """A service level chosen by an attribute's value: the one of its choice (None = missing), else `otherwise`."""

    attribute: str
    choices: tuple[tuple[Value | None, str], ...]
    otherwise: str

    def __str__(self) -> str:
        return f"by {self.attribute}"

    def of(self, value: str | float | bool | None) -> str:
        """The service level of an item with this value."""
        return next((sla for named, sla in self.choices if named == value), self.otherwise)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule(Treatment):
    """One row of a stage; an exception has `because` and `expires` (a day is inclusive, in UTC).

    Of an exception: who decided it, and with whom it is disputed.
    """

    id: str
    when: tuple[Cell, ...]
    target: Target
    says: str | None = None
    sla: str | SlaBy | None = None
    reason: str | None = None
    because: str | None = None
    decided_by: str | None = None
    disputed_with: str | None = None
    expires: date | datetime | None = None
    place: SourcePosition | None = None

    @property
    def is_exception(self) -> bool:
        """Whether this row is a border case with a reason and an end."""
        return self.because is not None and self.expires is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedAccount:
    """One row of a named-account table: exactly one of `team` and `owner_id`."""

    account_id: str
    include_children: bool = False
    team: str | None = None
    owner_id: str | None = None
    sla: str | None = None
    span: Span = Span()
    place: SourcePosition | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """One layer of territories: `rules` (exceptions first, then file order) or `named` accounts."""

    name: str
    rules: tuple[Rule, ...] = ()
    named: tuple[NamedAccount, ...] = ()
    place: SourcePosition | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Requirement:
    """One key of a `require` or `forbid`.

    `subject`: `owner.data_region`, `owner.certifications`, `owner.ANY_COLUMN` or `item.local_time`.
    Exactly one of: `any_of` (the owner's value, or one of its list, is among these), `contains` (the owner's list
    holds the item attribute named), `window` (minutes after local midnight, end exclusive).
    """

    subject: str
    any_of: frozenset[str] = frozenset()
    contains: str | None = None
    several: bool = False                                 # `contains` names a list, each of whose members is asked for
    window: tuple[int, int] | None = None
    text: str = ""
    names: tuple[str, ...] = ()                           # the values and groups as written
    places: tuple[str | None, ...] = ()                   # of certifications: the item's attributes for country, subdivision


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplianceRule:
    """A hard rule on the item (`takes` item or contact, with `send_to`) or on the pair (`require` all, `forbid` any).

    `kind`: consent or do_not_contact where it takes the contact, sanctions or unsupported_country where it takes the item.
    """

    id: str
    kind: str = ""                                        # of a rule that takes: which module of rules/compliance judges it
    takes: str | None = None                              # "item" | "contact" | None for a pair rule
    send_to: str | None = None
    require: tuple[Requirement, ...] = ()
    forbid: tuple[Requirement, ...] = ()
    when: tuple[Cell, ...] = ()
    if_missing_skip: bool = False
    cites: str | None = None
    span: Span = ALWAYS                                   # when it is in force; plain days are days in UTC
    place: SourcePosition | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Availability:
    """How presence and load bind: each `require`, `prefer` or `ignore`; and what happens when nobody is free.

    `wait` then `then`: `queue` leaves the item unowned in its team, a queue's id sends it there. `weights`: what one item
    of a kind counts against an owner's `max_load`; one of a kind not named counts 1.
    """

    working_hours: str = "prefer"
    absence: str = "require"
    capacity: str = "require"
    wait: timedelta | None = None
    then: str = "queue"
    weights: Mapping[str, float] = EMPTY


@dataclass(frozen=True, kw_only=True, slots=True)
class Escalation:
    """After this long, do this: notify_manager, reoffer or queue."""

    after: timedelta
    do: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SlaPolicy:
    """How soon to respond, on the `business` or `elapsed` clock."""

    id: str
    respond_within: timedelta
    clock: Literal["business", "elapsed"] = "business"
    escalate: tuple[Escalation, ...] = ()
    escalate_place: SourcePosition | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class LifecycleRule:
    """What items say of their own stage where `when` holds and, if named, `to` is their team: `must`."""

    id: str
    when: tuple[Cell, ...] = ()
    to: str | None = None
    must: tuple[Cell, ...] = ()
    place: SourcePosition | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """An item that lacks any of `needs` waits `until` after it came in, in `send_to` or its route's team; where `when` holds."""

    needs: tuple[str, ...]
    until: timedelta
    send_to: str | None = None
    when: tuple[Cell, ...] = ()


#: What becomes of an item that is to be assigned and has an owner already.
Held = Literal["keep", "move", "refuse"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """What happens to an item before its route counts: which earlier items it is a duplicate of, who keeps it, the hold.

    `duplicates_by`: email, company (the same domain and company). `keep_owner`: duplicate, current, account; the first
    whose owner is still eligible keeps the item. `held`: what becomes of an item that is to be assigned and has an owner.
    """

    duplicates_within: timedelta | None = None
    duplicates_by: tuple[str, ...] = ()
    keep_owner: tuple[str, ...] = ()
    hold: Hold | None = None
    held: Held = "keep"


@dataclass(frozen=True, kw_only=True, slots=True)
class BookTest:
    """A test the book carries: an item and where it must go. `expect` holds team, rule, stage, owner_id, reason."""

    name: str
    item: Mapping[str, str]
    expect: Mapping[str, str]
    at: datetime | None = None
    place: SourcePosition | None = None


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """A whole book. `digest` (sha256:...) is the identity of book and tables; `files` their text, for the record."""

    digest: str
    files: Mapping[str, str]
    version: str = ""
    effective_from: datetime | None = None
    owner: str | None = None
    review_by: date | datetime | None = None              # when somebody is to look at the whole book again
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)       # resolved to values
    group_parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # as written, groups within groups
    group_names: Mapping[str, str] = field(default_factory=dict)              # display names, for `says`
    group_places: Mapping[str, SourcePosition] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    compliance: tuple[ComplianceRule, ...] = ()
    stages: tuple[Stage, ...] = ()
    intake: Intake = Intake()
    availability: Availability = Availability()
    slas: Mapping[str, SlaPolicy] = field(default_factory=dict)
    lifecycle: tuple[LifecycleRule, ...] = ()
    tests: tuple[BookTest, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of items that it knows."""
        return self.attributes["kind"].values or ()

    @property
    def placed_rules(self) -> Iterator[tuple[Stage, Rule]]:
        """Every territory rule with its stage, in the order of the stages."""
        return ((stage, rule) for stage in self.stages for rule in stage.rules)

    @property
    def rule_count(self) -> int:
        """How many territory rows the book has, named accounts included."""
        return sum(len(stage.rules) + len(stage.named) for stage in self.stages)


#: The name an attribute of a type usually has; it is preferred where a book declares several of the type.
_USUAL_NAMES = {"country": "country", "subdivision": "state", "postal": "postal_code", "account_ref": "account",
                "time_zone": "time_zone", "language": "language"}


def attribute_of_type(book: RuleBook, kind: str) -> str | None:
    """The attribute that says an item's country, subdivision, postal code, account, language or time zone."""
    return named_for(book.attributes, kind)


def named_for(attributes: Mapping[str, Attribute], kind: str) -> str | None:
    """Which of a book's attributes says an item's country, subdivision, postal code, account, language or time zone."""
    names = [name for name, attribute in attributes.items() if attribute.type == kind]
    usual = _USUAL_NAMES[kind]
    return usual if usual in names else names[0] if names else None
