"""Which groups of owners would get more or fewer items by a changed rule book, if those eligible took turns.

It tells a difference and judges nothing: teams differ in what they are for, and a ranking chooses among those eligible.
Groups with too few owners are left unnumbered, as on the page of selections.
"""
from collections.abc import Mapping
from dataclasses import dataclass

from serving.fairness.limits import LEAST_OWNERS
from serving.fairness.selection_rates import NOT_STATED


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupShare:
    """One group: its owners, and its share of all turns under either book; None where it is too small to be shown."""

    name: str
    owners: int
    before: float | None
    after: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupOfOwners:
    """One column of the groups file, the largest group first."""

    name: str
    groups: tuple[GroupShare, ...]

    def as_json(self) -> dict[str, object]:
        """The column as data."""
        return {"column": self.name, "groups": [{"group": each.name, "owners": each.owners, "before": each.before,
                                                 "after": each.after} for each in self.groups]}


def group_shares(turns: Mapping[str, tuple[float, float]], columns: Mapping[str, Mapping[str, str]]) -> tuple[GroupOfOwners, ...]:
    """The shares per column of groups, over the owners that are eligible for anything under either book."""
    totals = [sum(each[side] for each in turns.values()) for side in (0, 1)]
    return tuple(GroupOfOwners(name=name, groups=_groups(turns, totals, group_of)) for name, group_of in columns.items())


def _groups(turns: Mapping[str, tuple[float, float]], totals: list[float], group_of: Mapping[str, str]) -> tuple[GroupShare, ...]:
    members: dict[str, list[tuple[float, float]]] = {}
    for owner, each in turns.items():
        members.setdefault(group_of.get(owner, NOT_STATED), []).append(each)
    found = []
    for name, turned in members.items():
        shares = [sum(one[side] for one in turned) / totals[side] if totals[side] else 0.0 for side in (0, 1)]
        shown = shares if len(turned) >= LEAST_OWNERS else (None, None)
        found.append(GroupShare(name=name, owners=len(turned), before=shown[0], after=shown[1]))
    return tuple(sorted(found, key=lambda group: (-group.owners, group.name)))
