"""What comes in: leads, quote requests and churn warnings as raw records, each with its hidden truth and its time."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from training.worlds.accounts import SEGMENT_SHARES, Customer
from training.worlds.places import FAR_PLACES, US_PLACES, Place, draw_places
from training.worlds.spec import WorldSpec
from training.worlds.truth import INDUSTRIES, PRODUCTS, SEGMENTS, ItemTruth

#: Item attributes of history.csv and items.csv, in the order of the columns.
ITEM_COLUMNS = ("source", "channel", "country", "state", "postal_code", "language", "employees", "industry", "product",
                "job_level", "engagement", "consent", "required_certification", "churn_score", "account", "company")
EMPLOYEES = {"SMB": (3, 100), "MID": (100, 1000), "ENT": (1000, 5000), "GLOBAL": (5000, 60000)}
VALUES = {"SMB": 3_000.0, "MID": 12_000.0, "ENT": 40_000.0, "GLOBAL": 90_000.0}
SOURCES = {"webinar": (0.42, 0.1), "website": (0.24, 0.0), "referral": (0.08, 0.7), "trade_fair": (0.10, 0.2),
           "partner": (0.06, 0.4), "purchased_list": (0.10, -0.7)}
JOB_LEVELS = {"staff": (0.3, -0.4), "manager": (0.4, 0.0), "director": (0.2, 0.3), "executive": (0.1, 0.35)}
SPELLINGS = {"US": ("US", "US", "USA", "United States"), "DE": ("DE", "DE", "Germany", "Deutschland"),
             "GB": ("GB", "United Kingdom"), "FR": ("FR", "France"), "CA": ("CA", "Canada")}
CERTIFIED_PRODUCTS = {"gas": "boiler", "refrigerant": "heat_pump", "electrical": "solar"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """One record as the company receives it, and the truth behind it."""

    item_id: str
    kind: str
    received_at: datetime
    attributes: Mapping[str, str]
    truth: ItemTruth
    time_zone: str

    def raw_item(self) -> dict[str, object]:
        """The `item` object of a request."""
        return {"item_id": self.item_id, "kind": self.kind, "received_at": self.received_at.isoformat(), **self.attributes}


class _Draws:
    """Draws one record after the other; the item effects that are the same for all stay fixed per world."""

    def __init__(self, rng: np.random.Generator, spec: WorldSpec, customers: Sequence[Customer], count: int):
        self.rng, self.spec, self.customers = rng, spec, customers
        self.places = iter(draw_places(rng, count))
        self.industry_part = dict(zip(INDUSTRIES, 0.25 * rng.standard_normal(len(INDUSTRIES)), strict=True))
        self.product_part = dict(zip(PRODUCTS, 0.25 * rng.standard_normal(len(PRODUCTS)), strict=True))
        self.segment_part = dict(zip(SEGMENTS, (-0.1, 0.1, 0.1, -0.1), strict=True))

    def pick(self, shares: Mapping[str, tuple[float, float]]) -> str:
        weights = [share for share, _ in shares.values()]
        return list(shares)[self.rng.choice(len(weights), p=weights)]

    def sometimes(self, text: object, missing: float) -> str:
        return "" if self.rng.random() < missing else str(text)

    def money(self, middle: float) -> str:
        return f"{middle * float(np.exp(0.5 * self.rng.standard_normal())):.2f}"

    def country(self, place: Place) -> str:
        return str(self.rng.choice(SPELLINGS.get(place.country, (place.country,))))

    def lead(self, item_id: str) -> Arrival:
        rng = self.rng
        place = next(self.places)
        customer = self.customers[int(rng.integers(len(self.customers)))] if rng.random() < 0.25 else None
        if customer is not None:
            place, segment, industry = customer.place, customer.segment, customer.industry
        else:
            segment = SEGMENTS[rng.choice(len(SEGMENTS), p=SEGMENT_SHARES)]
            industry = INDUSTRIES[rng.integers(len(INDUSTRIES))]
        product = PRODUCTS[rng.integers(len(PRODUCTS))]
        source, level = self.pick(SOURCES), self.pick(JOB_LEVELS)
        engagement = round(100 * float(rng.beta(2.0, 2.5)), 1)
        low, high = EMPLOYEES[segment]
        seen = (SOURCES[source][1] + JOB_LEVELS[level][1] + 1.6 * np.tanh((engagement - 45) / 40) + self.segment_part[segment]
                + self.industry_part[industry] + self.product_part[product]
                + 0.4 * (source == "webinar" and level in ("director", "executive")))
        agreed = str(rng.choice(("granted", "denied", ""), p=(0.945, 0.035, 0.02)))
        consent = "granted" if source in ("referral", "partner") else agreed
        attributes = {
            "source": source, "channel": "outbound" if source == "purchased_list" else "inbound", "country": self.country(place),
            "state": self.sometimes(place.state, 0.02), "language": self.sometimes(place.language, 0.03),
            "employees": self.sometimes(int(low * (high / low) ** rng.random()), 0.02),
            "industry": self.sometimes(industry, 0.03), "product": self.sometimes(product, 0.03),
            "job_level": self.sometimes(level, 0.06), "engagement": self.sometimes(engagement, 0.05), "consent": consent,
            "account": customer.account_id if customer else "", "company": customer.name if customer else "",
            "value": self.sometimes(self.money(VALUES[segment]), 0.02),
        }
        return self._arrival(item_id, "lead", place, attributes, float(seen), segment, industry, product, customer)

    def quote_request(self, item_id: str) -> Arrival:
        rng = self.rng
        place = FAR_PLACES[rng.integers(2)] if rng.random() < 0.1 else US_PLACES[rng.integers(len(US_PLACES))]
        needs = str(rng.choice(tuple(CERTIFIED_PRODUCTS)))
        attributes = {"source": "website", "channel": "inbound", "country": self.country(place), "state": place.state,
                      "postal_code": place.postal_code, "language": "en", "product": CERTIFIED_PRODUCTS[needs],
                      "consent": "granted", "required_certification": needs, "value": self.money(9_000.0)}
        return self._arrival(item_id, "quote_request", place, attributes, 1.0, None, None, CERTIFIED_PRODUCTS[needs], None)

    def churn_risk(self, item_id: str) -> Arrival:
        rng = self.rng
        customer = self.customers[int(rng.integers(7, len(self.customers)))]
        score = round(float(rng.beta(1.6, 1.6)), 3)
        attributes = {"source": "website", "channel": "inbound", "country": customer.place.country, "state": customer.place.state,
                      "language": customer.place.language, "industry": customer.industry, "product": "monitoring",
                      "churn_score": str(score), "account": customer.account_id, "company": customer.name,
                      "value": self.money(6_000.0)}
        return self._arrival(item_id, "churn_risk", customer.place, attributes, 3.0 * (0.8 - score), customer.segment,
                             customer.industry, "monitoring", customer)

    def _arrival(self, item_id, kind, place, attributes, seen, segment, industry, product, customer) -> Arrival:
        truth = ItemTruth(base=seen, quality=float(self.rng.standard_normal()), segment=segment, industry=industry,
                          product=product, language=place.language, account_id=customer.account_id if customer else None)
        kept = {name: text for name, text in attributes.items() if text != ""}
        return Arrival(item_id=item_id, kind=kind, received_at=datetime.min.replace(tzinfo=UTC), attributes=kept, truth=truth,
                       time_zone=place.time_zone)


KINDS = {"lead": ("L", 0.86), "quote_request": ("Q", 0.07), "churn_risk": ("C", 0.07)}


def draw_items(rng: np.random.Generator, spec: WorldSpec, customers: Sequence[Customer], count: int) -> list[Arrival]:
    """`count` records without their time; the seen part scaled to the world's spread over all leads drawn here."""
    draws = _Draws(rng, spec, customers, count)
    kinds = rng.choice(len(KINDS), size=count, p=[share for _, share in KINDS.values()])
    drawn = []
    for number, position in enumerate(kinds, start=1):
        kind = list(KINDS)[position]
        drawn.append(getattr(draws, kind)(f"{KINDS[kind][0]}-{number:05d}"))
    seen = np.array([arrival.truth.base for arrival in drawn if arrival.kind == "lead"])
    centre, spread = float(seen.mean()), float(seen.std())
    return [_scaled(arrival, spec, centre, spread) for arrival in drawn]


def _scaled(arrival: Arrival, spec: WorldSpec, centre: float, spread: float) -> Arrival:
    hidden = spec.hidden_sd * arrival.truth.quality
    if arrival.kind == "lead":
        seen = spec.seen_sd * (arrival.truth.base - centre) / spread
        base = spec.intercept + seen + hidden
    else:
        seen = arrival.truth.base - 0.5
        base = seen + hidden
    quality = (seen + hidden) / float(np.hypot(spec.seen_sd, spec.hidden_sd))
    return replace(arrival, truth=replace(arrival.truth, base=base, quality=quality))


def spread_over(rng: np.random.Generator, items: Sequence[Arrival], first_day: date, cutoff: datetime) -> list[Arrival]:
    """Give each item a time before the cutoff: mostly working hours where it comes from, few at weekends; sorted."""
    days = (cutoff.date() - first_day).days + 1
    calendar = [first_day + timedelta(days=offset) for offset in range(days)]
    weights = np.array([0.12 if day.weekday() >= 5 else 1.0 for day in calendar])
    chosen = rng.choice(days, size=len(items), p=weights / weights.sum())
    timed = []
    for item, offset in zip(items, chosen, strict=True):
        hour = 8.0 + 10.0 * rng.random() if rng.random() < 0.88 else 24.0 * rng.random()
        day = calendar[offset]
        local = datetime.combine(day, time(0), Place(country="", time_zone=item.time_zone, language="").zone)
        at = (local.astimezone(UTC) + timedelta(seconds=int(hour * 3600)))
        while at >= cutoff:
            at -= timedelta(days=7)
        timed.append(replace(item, received_at=at))
    return sorted(timed, key=lambda item: (item.received_at, item.item_id))


def spread_between(rng: np.random.Generator, items: Sequence[Arrival], starts: datetime, ends: datetime) -> list[Arrival]:
    """Give each item a time between two moments of one day, evenly; sorted."""
    seconds = (ends - starts).total_seconds()
    timed = [replace(item, received_at=starts + timedelta(seconds=int(seconds * rng.random()))) for item in items]
    return sorted(timed, key=lambda item: (item.received_at, item.item_id))
