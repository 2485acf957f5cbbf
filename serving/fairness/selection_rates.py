"""Selection by group: how often owners of each group were chosen when they could have been.

A slot is one eligible owner in one decision that had a choice; a selection is a slot whose owner was chosen. The unit is
the OWNER: 40 people seen 100,000 times are 40. Groups stand in `fairness_groups.csv`, which nothing else reads. Nothing
here is a verdict: too few owners is INSUFFICIENT, enough only means that a ratio can be computed.
"""
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from rules.errors import InputError, Problem
from rules.exports.repairs import short_rows
from rules.tabular import read_table
from serving.fairness.limits import FOUR_FIFTHS, LEAST_EXPECTED, LEAST_OWNERS
from serving.fairness.permutation import lowest_by_chance

FILE = "fairness_groups.csv"
NOT_STATED = "not stated"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class SlotCount:
    """One owner's slots and selections."""

    slots: int = 0
    selections: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """What a group's owners had together."""

    owners: int
    slots: int
    selections: int

    @property
    def rate(self) -> float:
        """Selections per slot."""
        return self.selections / self.slots


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """How many decisions were read, and what each owner had in them."""

    decisions: int
    owners: Mapping[str, SlotCount]


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRate(Sum):
    """One group of owners. `ratio` is to the highest rate of a group with enough owners, None where there is none.

    `lowest`: the ratio that chance alone seldom stays below. `insufficient` says in words why no ratio is given;
    `suppressed` that the group is too small for any number.
    """

    name: str
    ratio: float | None
    lowest: float | None
    insufficient: str | None
    suppressed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupColumn:
    """One group column with its groups, the largest first."""

    name: str
    groups: tuple[GroupRate, ...]

    @property
    def highest_rate(self) -> float:
        """The highest rate of a group that is shown; 0 where none is."""
        return max((group.rate for group in self.groups if not group.suppressed), default=0.0)


def read_groups(path: Path) -> dict[str, dict[str, str]]:
    """Column -> owner -> group. InputError where the file cannot be read as `owner_id` and group columns."""
    try:
        table = read_table(path.read_text(encoding="utf-8"), file=FILE)
    except UnicodeDecodeError as fault:
        raise InputError([Problem(message=f"the file cannot be read: {fault}", file=FILE,
                                  expected="a CSV table in UTF-8")]) from None
    names, rows = table.columns, [row.cells for row in table.rows]
    if "owner_id" not in names or len(names) < 2:
        raise InputError([Problem(message="the header does not fit", file=FILE, line=1, given=", ".join(names),
                                  expected="`owner_id` and at least one group column")])
    if table.problems:
        raise InputError([replace(one, message=f"the file cannot be read: {one.message}") for one in table.problems])
    if table.short_rows:
        _log.warning("%s: %s", FILE, short_rows(table.short_rows).message)
    owners = Counter(row.get("owner_id", "") for row in rows)
    if twice := [owner for owner, count in owners.items() if count > 1]:
        raise InputError([Problem(message="an owner stands there twice", file=FILE, given=twice[0],
                                  expected="one row per owner")])
    return {name: {row.get("owner_id", ""): row.get(name, NOT_STATED) for row in rows}
            for name in names if name != "owner_id"}


class ChoiceMade(Protocol):
    """What is read of a decision document: who was chosen by whom, and from whom."""

    @property
    def decided_by(self) -> str:
        """The model, a rule, the rotation or a person."""

    @property
    def owner_id(self) -> str | None:
        """Who was chosen."""

    @property
    def candidate_ids(self) -> Sequence[str]:
        """Who could have been."""


def count_slots(documents: Iterable[ChoiceMade]) -> Counted:
    """Slots and selections of every owner, over the decisions that a person did not make and that had a choice."""
    slots: Counter[str] = Counter()
    selections: Counter[str] = Counter()
    read = 0
    for document in documents:
        read += 1
        owner_id, slate = document.owner_id, document.candidate_ids
        if document.decided_by == "person" or owner_id is None or len(slate) < 2 or owner_id not in slate:
            continue
        slots.update(slate)
        selections[owner_id] += 1
    return Counted(decisions=read, owners={owner: SlotCount(slots=count, selections=selections[owner])
                                           for owner, count in slots.items()})


def by_group(name: str, group_of: Mapping[str, str], counted: Mapping[str, SlotCount]) -> GroupColumn:
    """The groups of one column; owners who were never eligible are not counted."""
    labels = {owner: group_of.get(owner, NOT_STATED) for owner in counted}
    members: dict[str, list[SlotCount]] = {}
    for owner, slots in counted.items():
        members.setdefault(labels[owner], []).append(slots)
    sums = {group: Sum(owners=len(each), slots=sum(one.slots for one in each),
                       selections=sum(one.selections for one in each)) for group, each in members.items()}
    short = _too_few(sums)
    compared = [group for group in sums if group not in short]
    lowest = {} if len(compared) < 2 else lowest_by_chance(
        [one.slots for one in counted.values()], [one.selections for one in counted.values()], list(labels.values()), compared)
    highest = max((sums[group].rate for group in compared), default=0.0)
    short |= _not_told_apart({group: sums[group].rate / highest for group in lowest} if highest else {}, lowest, compared)
    groups = [GroupRate(name=group, **asdict(each), ratio=None if group in short else each.rate / highest,
                    lowest=lowest.get(group), insufficient=short.get(group), suppressed=each.owners < LEAST_OWNERS)
              for group, each in sums.items()]
    return GroupColumn(name=name, groups=tuple(sorted(groups, key=lambda group: (-group.owners, group.name))))


def _too_few(sums: Mapping[str, Sum]) -> dict[str, str]:
    """Groups with too little in them, and why."""
    slots = sum(each.slots for each in sums.values())
    overall = sum(each.selections for each in sums.values()) / slots if slots else 0.0
    found = {}
    for group, each in sums.items():
        if each.owners < LEAST_OWNERS:
            found[group] = f"fewer than {LEAST_OWNERS} owners; their numbers are not shown"
        elif (expected := each.slots * overall) < LEAST_EXPECTED:
            found[group] = f"{expected:.1f} selections expected at the rate of all, at least {LEAST_EXPECTED:g} needed"
    return found


def _not_told_apart(ratios: Mapping[str, float], lowest: Mapping[str, float], compared: Sequence[str]) -> dict[str, str]:
    """Groups whose ratio chance explains while chance reaches below four fifths; the highest group, if no other is left."""
    if not ratios:
        return dict.fromkeys(compared, "no other group with enough owners to compare with")
    found = {group: f"by chance alone ratios down to {lowest[group]:.2f} arise, so {FOUR_FIFTHS:.2f} cannot be told from it"
             for group, ratio in ratios.items() if ratio < 1.0 and lowest[group] <= min(ratio, FOUR_FIFTHS)}
    if all(ratio == 1.0 or group in found for group, ratio in ratios.items()) and found:
        found |= {group: "no other group is told apart from it" for group, ratio in ratios.items() if ratio == 1.0}
    return found
