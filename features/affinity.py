"""Fit: what item and owner have in common: language, skills, an account known before, distance, like items handled."""
import math
from collections.abc import Mapping

import numpy as np

from features.clock import Decay
from features.roster import OwnerColumns, unit_vector, words
from features.tables import Slots, widened
from rules.model import STANDARD_ATTRIBUTES, WorkItem
from rules.refdata.languages import macro_of
from rules.routing.nearest import EARTH_RADIUS_KM

REQUIRED_SKILL = "required_skill"


class AffinityTables:
    """Who owned items of which account, and decayed counts (codes x owner columns) of like items handled.

    Like items are of one kind and share the value of its first dimension; code 0 is what nobody handled yet.
    """

    def __init__(self, decay: Decay, *, owners: int):
        self.decay = decay
        self.relations: dict[str, dict[int, int]] = {}
        self.like = Slots()
        self.handled = np.zeros((2, owners))

    def widen(self, *, owners: int) -> None:
        """Make room for owner columns."""
        self.handled = widened(self.handled, (1, owners))

    def relate(self, owner: int, account: str) -> None:
        """The owner was given an item of the account."""
        of_account = self.relations.setdefault(account, {})
        of_account[owner] = of_account.get(owner, 0) + 1

    def unrelate(self, owner: int, account: str) -> None:
        """The owner refused an item of the account: that one made no relationship."""
        of_account = self.relations[account]
        of_account[owner] -= 1
        if not of_account[owner]:
            del of_account[owner]

    def enter_like(self, kind: str, first_value: object) -> int:
        """The code of items like this, given out now if it is new."""
        code = self.like.enter((kind, first_value))
        if code >= len(self.handled):
            self.handled = widened(self.handled, (2 * code, 1))
        return code

    def handle(self, owner: int, code: int, us: int) -> None:
        """The owner took on one more item of a code."""
        self.handled[code, owner] += self.decay.weight(us)


def account_of(item: WorkItem) -> str | None:
    """The account an item belongs to, by match or by its own word."""
    if item.account is not None:
        return item.account.account_id
    account = item.value("account")
    return None if account is None else str(account)


def _number(item: WorkItem, attribute: str) -> float | None:
    number, value = item.number(attribute), item.value(attribute)
    return value if number is None and isinstance(value, float) else number


def _fill_native_language(cell: np.ndarray, item: WorkItem, roster: OwnerColumns, rows: np.ndarray) -> None:
    language = item.value("language")
    if language is not None:
        native = roster.native.take(rows)
        np.copyto(cell, native == roster.languages.number(macro_of(str(language).casefold())), where=native != 0)


def _skill_match(item: WorkItem, roster: OwnerColumns, rows: np.ndarray) -> np.ndarray | float:
    if not len(roster.skills):
        return math.nan
    required = item.value(REQUIRED_SKILL)
    if required is not None:
        asked = [roster.skills.number(word) for word in words(str(required))]
    else:
        values = (fact.value for name, fact in item.facts.items() if name not in STANDARD_ATTRIBUTES)
        asked = [number for value in values if isinstance(value, str)
                 if (number := roster.skills.number(value.casefold()))]
    if not asked:
        return math.nan
    held = np.zeros(len(rows))
    for number in asked:
        held += roster.has_skill[number].take(rows)
    return held / len(asked)


def _distance_km(item: WorkItem, roster: OwnerColumns, rows: np.ndarray) -> np.ndarray | float:
    latitude, longitude = _number(item, "latitude"), _number(item, "longitude")
    if latitude is None or longitude is None or not roster.has_places:
        return math.nan
    x, y, z = unit_vector(latitude, longitude)
    there_x, there_y, there_z = roster.place[0].take(rows), roster.place[1].take(rows), roster.place[2].take(rows)
    chord = np.sqrt((there_x - x) * (there_x - x) + (there_y - y) * (there_y - y) + (there_z - z) * (there_z - z))
    return (2.0 * EARTH_RADIUS_KM) * np.arcsin(np.minimum(chord * 0.5, 1.0))


def _among(owners: Mapping[int, int], columns: int) -> np.ndarray:
    """1.0 in the columns of some owners, 0.0 in all others."""
    found = np.zeros(columns)
    found[list(owners)] = 1.0
    return found


def fill_affinity(cells: Mapping[str, np.ndarray], tables: AffinityTables, item: WorkItem, roster: OwnerColumns, *,
                  first_dimension: str | None, owners: np.ndarray, rows: np.ndarray, us: int) -> None:
    """Write the fit of a slate; what item or owner does not state stays NaN."""
    _fill_native_language(cells["native_language"], item, roster, rows)
    cells["skill_match"][:] = _skill_match(item, roster, rows)
    cells["distance_km"][:] = _distance_km(item, roster, rows)
    account = account_of(item)
    if account is not None:
        known = tables.relations.get(account)
        cells["prior_relationship"][:] = _among(known, tables.handled.shape[1]).take(owners) if known else 0.0
    first_value = None if first_dimension is None else item.value(first_dimension)
    code = tables.like.number((item.kind, first_value))
    np.multiply(tables.handled[code].take(owners), tables.decay.factor(us), out=cells["familiarity"])
