"""Selection by group: how often owners of each group were chosen when they could have been.

A slot is one eligible owner in one decision that had a choice; a selection is a slot whose owner was chosen. The unit is
the OWNER: 40 people seen 100,000 times are 40. Groups stand in `fairness_groups.csv`, which nothing else reads. Nothing
here is a verdict: too few owners is INSUFFICIENT, enough only means that a ratio can be computed.
"""
import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.errors import InputError, Problem
from serving.console.bars import Bar, length

FILE = "fairness_groups.csv"
#: Under so many owners a group's numbers are not shown at all.
LEAST_OWNERS = 5
#: Under so many selections expected at the rate of all, a ratio says nothing.
LEAST_EXPECTED = 5.0
INSUFFICIENT = "INSUFFICIENT"
NOT_STATED = "not stated"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slots:
    """One owner's slots and selections."""

    slots: int = 0
    selections: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """How many decisions were read, and what each owner had in them."""

    decisions: int
    owners: Mapping[str, Slots]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """One group of owners. `ratio` is to the highest rate of a group with enough owners, None where there is none.

    `insufficient` says in words why no ratio is given; `suppressed` that the group is too small for any number.
    """

    name: str
    owners: int
    slots: int
    selections: int
    rate: float
    ratio: float | None
    insufficient: str | None
    suppressed: bool
    bar: Bar


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One group column with its groups, the largest first."""

    name: str
    groups: tuple[Group, ...]


def read_groups(path: Path) -> dict[str, dict[str, str]]:
    """Column -> owner -> group. InputError where the file cannot be read as `owner_id` and group columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (UnicodeDecodeError, csv.Error) as fault:
        raise InputError([Problem(message=f"the file cannot be read: {fault}", file=FILE,
                                  expected="a CSV table in UTF-8")]) from None
    names = [name for name in (rows[0] if rows else {}) if name]
    if "owner_id" not in names or len(names) < 2:
        raise InputError([Problem(message="the header does not fit", file=FILE, line=1, given=", ".join(names),
                                  expected="`owner_id` and at least one group column")])
    owners = Counter(row["owner_id"] for row in rows)
    if twice := [owner for owner, count in owners.items() if count > 1]:
        raise InputError([Problem(message="an owner stands there twice", file=FILE, given=twice[0],
                                  expected="one row per owner")])
    return {name: {row["owner_id"]: (row[name] or "").strip() or NOT_STATED for row in rows}
            for name in names if name != "owner_id"}


def count_slots(documents: Iterable[Mapping[str, object]]) -> Counted:
    """Slots and selections of every owner, over the decisions that a person did not make and that had a choice."""
    slots: Counter[str] = Counter()
    selections: Counter[str] = Counter()
    read = 0
    for document in documents:
        read += 1
        owner, slate = document["owner"], [row["owner_id"] for row in document["candidates"]]
        if document["decided_by"] == "person" or owner is None or len(slate) < 2 or owner["owner_id"] not in slate:
            continue
        slots.update(slate)
        selections[owner["owner_id"]] += 1
    return Counted(decisions=read, owners={owner: Slots(slots=count, selections=selections[owner])
                                           for owner, count in slots.items()})


def by_group(name: str, group_of: Mapping[str, str], counted: Mapping[str, Slots]) -> Column:
    """The groups of one column; owners who were never eligible are not counted."""
    members: dict[str, list[Slots]] = {}
    for owner, slots in counted.items():
        members.setdefault(group_of.get(owner, NOT_STATED), []).append(slots)
    sums = {group: (len(each), sum(one.slots for one in each), sum(one.selections for one in each))
            for group, each in members.items()}
    everyone = sum(slots for _, slots, _ in sums.values())
    overall = sum(selections for _, _, selections in sums.values()) / everyone if everyone else 0.0
    short = {group: _too_few(owners, slots * overall) for group, (owners, slots, _) in sums.items()}
    rates = {group: selections / slots for group, (_, slots, selections) in sums.items() if not short[group]}
    longest = max((selections / slots for owners, slots, selections in sums.values() if owners >= LEAST_OWNERS), default=0.0)
    groups = [_group(group, sums[group], short[group], rates, longest) for group in sums]
    return Column(name=name, groups=tuple(sorted(groups, key=lambda group: (-group.owners, group.name))))


def _too_few(owners: int, expected: float) -> str | None:
    if owners < LEAST_OWNERS:
        return f"fewer than {LEAST_OWNERS} owners; their numbers are not shown"
    if expected < LEAST_EXPECTED:
        return f"{expected:.1f} selections expected at the rate of all, at least {LEAST_EXPECTED:g} needed"
    return None


def _group(name: str, sums: tuple[int, int, int], short: str | None, rates: Mapping[str, float],
           longest: float) -> Group:
    owners, slots, selections = sums
    rate, highest = selections / slots, max(rates.values(), default=0.0)
    alone = short is None and (len(rates) < 2 or highest == 0.0)
    insufficient = "no other group with enough owners to compare with" if alone else short
    return Group(name=name, owners=owners, slots=slots, selections=selections, rate=rate,
                 ratio=None if insufficient else rate / highest, insufficient=insufficient,
                 suppressed=owners < LEAST_OWNERS, bar=length(rate, longest))
