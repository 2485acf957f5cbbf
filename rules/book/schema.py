"""The rule book as typed, frozen values: what a book may say, after strict loading.

What its attributes and cells are stands in cell_types.py. Everything here is immutable and hashable by identity, so that a
book can be compiled once and shared between threads.
"""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from rules.book.cell_types import Attribute, Cell, SourcePosition, named_for
from rules.model import ALWAYS, EMPTY, Span, Value
from rules.routing_result import Treatment

#: How an item that several may have finds its owner, and how often shares are counted anew.
Choose = Literal["turns", "model", "shares"]
Per = Literal["day", "week"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shares:
    """At least and at most so much of what an owner could have been given, counted anew every day or week."""

    least: float = 0.0
    most: float = 1.0
    per: Per = "week"
    ramp: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spread:
    """What a team or a rule says: `shares` where `choose` is `shares`."""

    choose: Choose = "model"
    shares: Shares | None = None
    place: SourcePosition | None = field(default=None, compare=False)


AS_RANKED = Spread()


@dataclass(frozen=True, kw_only=True, slots=True)
class Team:
    """A destination: kind team, pool, branches, partner or queue."""

    id: str
    kind: str
    name: str = ""
    balance: str = "weighted"                             # weighted | equal: what turns and shares are measured by
    automation: str | None = None
    spread: Spread | None = None
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
    spread: Spread | None = None                          # of its own items, in place of what the team says
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


def attribute_of_type(book: RuleBook, kind: str) -> str | None:
    """The attribute that says an item's country, subdivision, postal code, account, language or time zone."""
    return named_for(book.attributes, kind)
