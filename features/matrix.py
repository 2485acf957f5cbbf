"""Candidates x features as one float64 array, and items as vectors: the only path, live and offline."""
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from features.affinity import fill_affinity
from features.capacity import fill_capacity
from features.catalogue import catalogue
from features.effects import fill_effects, tenure_band
from features.plan import FeaturePlan
from features.responsiveness import fill_responsiveness
from features.roster import Numbered, roster_of
from features.standing import fill_standing
from features.state import State
from rules.book.cell_types import Attribute, members_in
from rules.errors import Refused
from rules.model import Directory, WorkItem

#: Facts about a person, not about the work.
HIDDEN = ("email", "phone")


def pair_matrix(item: WorkItem, owners: Sequence[str], *, state: State, directory: Directory, at: datetime,
                plan: FeaturePlan, numbers: Numbered | None = None) -> np.ndarray:
    """What was known of each owner with regard to the item at a moment: float64 (owners x catalogue), NaN = missing.

    A row depends on its own owner alone, never on who else is in the slate; of the item nothing is read but `seen_of`.
    `numbers`: what the directory's roster gave for these owners, where that is at hand.
    """
    names = checked_names(plan, state)
    item = seen_of(item, plan, state)
    state.advance_to(at)
    us = state.reading_us(at)
    roster = roster_of(directory)
    columns, rows = numbers or roster.numbered(owners, state.owners)
    filled = np.empty((len(names), len(columns)))
    filled.fill(np.nan)
    cells = dict(zip(names, filled, strict=True))
    read = effect_cells(state, directory, plan, us=us, numbers=Numbered(columns, rows))
    fill_effects(cells, state.effects[plan.objective], item, dimensions=plan.dimensions, settings=plan.effects,
                 owners=read.owners, teams=read.teams, bands=read.bands, us=us)
    fill_responsiveness(cells, state.responses, owners=columns, us=us)
    fill_capacity(cells, state.load, owners=columns, max_open=roster.max_open.take(rows),
                  max_per_day=roster.max_per_day.take(rows),
                  today=state.today.of(columns, roster.days_of(rows, us)),
                  minutes_until_working=roster.minutes_until_working(rows, at))
    fill_affinity(cells, state.affinity, item, roster, owners=columns, rows=rows, us=us,
                  first_dimension=next(iter(state.plan.dimensions_of(item.kind)), None))
    fill_standing(cells, state.standing, owners=columns, started_us=roster.started_us.take(rows), us=us)
    for column in plan.owner_columns:
        cells[column][:] = roster.numbers_of(column).take(rows)
    return np.ascontiguousarray(filled.T)


class EffectCells(NamedTuple):
    """Where the effects of a slate are read: by owner the columns of the owner and their team, and the tenure band."""

    owners: np.ndarray
    teams: np.ndarray
    bands: np.ndarray


def effect_cells(state: State, directory: Directory, plan: FeaturePlan, *, us: int, numbers: Numbered) -> EffectCells:
    """Where a slate's effects are read at a moment."""
    columns, rows = numbers
    last = state.effects[plan.objective].last_team.take(columns)
    return EffectCells(owners=columns, teams=roster_of(directory).team_columns(rows, us, state.teams, last),
                       bands=tenure_band(us - state.standing.first_us.take(columns)))


def seen_of(item: WorkItem, plan: FeaturePlan, state: State) -> WorkItem:
    """The item without the facts that no feature reads, who somebody is, unless a dimension names them."""
    hidden = [name for name in HIDDEN if name in item.facts and name not in plan.dimensions
              and name not in state.plan.dimensions_of(item.kind)]
    if not hidden:
        return item
    return replace(item, facts={name: fact for name, fact in item.facts.items() if name not in hidden})


def checked_names(plan: FeaturePlan, state: State) -> tuple[str, ...]:
    """The columns of a plan that the state was folded for; Refused where it was not."""
    effects = state.effects.get(plan.objective)
    if effects is None:
        raise Refused(f"given the objective `{plan.objective}`, expected one that the state was folded for: "
                      + ", ".join(f"`{kind}`" for kind in state.effects))
    missing = [name for name in plan.dimensions if name not in effects.dimensions]
    half_life = state.plan.half_life_of(plan.objective)
    if missing or plan.effects.half_life_days != half_life:
        raise Refused(f"given dimensions {plan.dimensions} and half-life `{plan.effects.half_life_days}`, expected those "
                      f"the state was folded for, {effects.dimensions} and `{half_life}`; fold anew")
    return feature_names(plan)


@lru_cache(maxsize=64)
def feature_names(plan: FeaturePlan) -> tuple[str, ...]:
    """The matrix's columns in order."""
    return tuple(feature.name for feature in catalogue(plan))


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemField:
    """One entry of an item vector, for the model of the item's own quality.

    `read` is `number`, or `code`: the place of the attribute's value in `values` (ordered for bands), or `has`: whether a
    list holds the one value. An unknown or absent value is NaN.
    """

    name: str
    attribute: str
    read: str
    values: tuple[str, ...] = ()
    ordered: bool = False


def item_fields(attributes: Mapping[str, Attribute], items: Iterable[WorkItem] = ()) -> tuple[ItemField, ...]:
    """The fields of a book's attributes in order: codes for closed and seen values, numbers, and the item's worth.

    Attributes whose values the book does not list (country, language, subdivision) take the values seen in `items`.
    Text, postal codes and account references are left out.
    """
    seen: dict[str, set[str]] = {name: set() for name, a in attributes.items() if a.type in _SEEN}
    for item in items:
        for name, met in seen.items():
            value = item.value(name)
            if value is not None:
                met.add(str(value))
    fields: list[ItemField] = []
    for name, attribute in attributes.items():
        if name == "kind":
            continue
        if attribute.type == "number":
            fields.append(ItemField(name=name, attribute=name, read="number"))
        elif attribute.type == "flag":
            fields.append(ItemField(name=name, attribute=name, read="code", values=("False", "True"), ordered=True))
        elif attribute.type == "bands" and attribute.source is None:
            fields.append(ItemField(name=f"{name}_number", attribute=name, read="number"))
        values = tuple(sorted(seen[name])) if name in seen else attribute.values or ()
        if attribute.type == "list":
            fields += [ItemField(name=f"{name}_{member}", attribute=name, read="has", values=(member,)) for member in values]
        elif values and attribute.type not in ("number", "flag"):
            fields.append(ItemField(name=name, attribute=name, read="code", values=tuple(map(str, values)),
                                    ordered=attribute.type == "bands"))
    if "value" not in attributes:
        fields.append(ItemField(name="value", attribute="value", read="number"))
    return tuple(fields)


_SEEN = ("country", "language", "subdivision")


def item_vector(item: WorkItem, fields: Sequence[ItemField]) -> np.ndarray:
    """An item as float64 (fields), NaN where it does not say or says something unknown."""
    return np.array([_read(item, field) for field in fields], dtype=np.float64)


def _read(item: WorkItem, field: ItemField) -> float:
    if field.read == "number":
        number = item.number(field.attribute)
        value = item.value(field.attribute) if number is None else number
        return float(value) if isinstance(value, int | float) else np.nan
    value = item.value(field.attribute)
    text = str(value)
    if field.read == "has":
        return np.nan if value is None else float(field.values[0] in members_in(text))
    return float(field.values.index(text)) if value is not None and text in field.values else np.nan
