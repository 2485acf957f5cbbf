"""Customers of the simulated company: named groups with subsidiaries, and some hundred ordinary accounts."""
from dataclasses import dataclass

import numpy as np

from training.worlds.people import Row
from training.worlds.places import Place, draw_places
from training.worlds.truth import INDUSTRIES, SEGMENTS

ACCOUNT_COLUMNS = ("account_id", "name", "domain", "parent_id", "country", "city", "tier")
SEGMENT_SHARES = (0.33, 0.25, 0.29, 0.13)
_HEAD = ("Alder", "Amber", "Anchor", "Birch", "Bright", "Cedar", "Clear", "Copper", "Delta", "Ember", "Field", "Flint",
         "Grand", "Harbor", "Hazel", "Iron", "Juniper", "Kestrel", "Lark", "Lumen", "Maple", "Meadow", "North", "Oak",
         "Onyx", "Pine", "Quartz", "River", "Sable", "Silver", "Stone", "Tall", "Umber", "Vale", "West", "Willow")
_TAIL = ("brook", "craft", "dale", "forge", "gate", "haven", "line", "mark", "point", "port", "ridge", "side", "stead",
         "ton", "view", "ward", "works", "yard")
_FORM = {"DE": "GmbH", "AT": "GmbH", "FR": "SA", "ES": "SL", "IT": "SpA", "NL": "BV", "GB": "Ltd", "US": "Inc", "CA": "Inc"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """An account with what its leads have in common."""

    account_id: str
    name: str
    place: Place
    segment: str
    industry: str
    parent_id: str = ""
    tier: str = "standard"

    def row(self) -> Row:
        """The row of accounts.csv."""
        return {"account_id": self.account_id, "name": self.name, "parent_id": self.parent_id,
                "country": self.place.country, "city": self.place.city, "tier": self.tier}


def _named(place_of) -> list[Customer]:
    def customer(account_id, name, country, segment, industry, parent=""):
        return Customer(account_id=account_id, name=name, place=place_of(country), segment=segment, industry=industry,
                        parent_id=parent, tier="strategic")
    return [
        customer("acc-aurora", "Aurora Hotels Group", "US", "GLOBAL", "hospitality"),
        customer("acc-aurora-de", "Aurora Hotels Deutschland GmbH", "DE", "MID", "hospitality", "acc-aurora"),
        customer("acc-borealis", "Borealis Logistics Inc", "US", "GLOBAL", "logistics"),
        customer("acc-borealis-ca", "Borealis Logistics Canada Inc", "CA", "ENT", "logistics", "acc-borealis"),
        customer("acc-cascade", "Cascade Retail Inc", "US", "GLOBAL", "retail"),
        customer("acc-drumlin", "Drumlin Foods GmbH", "DE", "GLOBAL", "manufacturing"),
        customer("acc-drumlin-fr", "Drumlin Foods France SA", "FR", "ENT", "manufacturing", "acc-drumlin"),
    ]


def draw_customers(rng: np.random.Generator, count: int) -> tuple[Customer, ...]:
    """The named groups and `count` ordinary accounts in the served markets."""
    def place_of(country: str) -> Place:
        return draw_places(rng, 1, only=country)[0]

    customers = _named(place_of)
    for number, place in enumerate(draw_places(rng, count, served=True), start=1):
        name = f"{_HEAD[rng.integers(len(_HEAD))]}{_TAIL[rng.integers(len(_TAIL))]} {_FORM.get(place.country, 'Group')}"
        customers.append(Customer(
            account_id=f"acc-{number:04d}", name=name, place=place,
            segment=SEGMENTS[rng.choice(len(SEGMENTS), p=SEGMENT_SHARES)], industry=INDUSTRIES[rng.integers(len(INDUSTRIES))],
        ))
    return tuple(customers)
