"""The truth of a simulated company: what every owner and item is really like, and the true chance of success.

Nobody inside the company sees any of this. The learner never reads it; the judge does.
"""
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from serving.ranking.layers import sigmoid
from training.worlds.spec import WorldSpec

SEGMENTS = ("SMB", "MID", "ENT", "GLOBAL")
INDUSTRIES = ("manufacturing", "software", "health", "finance", "retail", "logistics", "education", "hospitality")
PRODUCTS = ("heat_pump", "solar", "battery", "ev_charger", "boiler", "monitoring")
KNOT_DAYS = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemTruth:
    """An item as it really is: `base` log-odds before any owner, and what owners may be better or worse at."""

    base: float
    quality: float                            # seen and hidden part together, in standard deviations
    segment: str | None = None
    industry: str | None = None
    product: str | None = None
    language: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OwnerTruth:
    """Everyone's true traits as arrays over `index`; units are log-odds, `reply` standard deviations of log hours."""

    index: Mapping[str, int]
    team: np.ndarray
    skill: np.ndarray
    segment: np.ndarray
    industry: np.ndarray
    product: np.ndarray
    drift: np.ndarray                         # owners x knots, one knot each KNOT_DAYS
    reply: np.ndarray
    reputation: np.ndarray                    # standard normal, correlated with skill
    claims: np.ndarray                        # owners x industries, standard normal, correlated with the truth
    person: np.ndarray                        # 1 for people and branches, 0 for queues
    started: np.ndarray                       # days from the epoch to the first day at work
    languages: tuple[str | None, ...]
    delay: np.ndarray                         # standard deviations of an owner's log delay
    market: np.ndarray                        # by knot, for everybody
    passed_over: np.ndarray                   # whether the past's habits may pass this owner over
    epoch: date


def _correlated(rng: np.random.Generator, truth: np.ndarray, correlation: float) -> np.ndarray:
    spread = truth.std(axis=0)
    standard = np.divide(truth - truth.mean(axis=0), spread, out=np.zeros_like(truth), where=spread > 0)
    return correlation * standard + np.sqrt(1 - correlation**2) * rng.standard_normal(truth.shape)


def _drift(rng: np.random.Generator, spec: WorldSpec, owners: int, knots: int) -> np.ndarray:
    """Standard normal walks that come back to 0, one row an owner."""
    steps = rng.standard_normal((owners, knots))
    for knot in range(1, knots):
        steps[:, knot] = spec.drift_memory * steps[:, knot - 1] + np.sqrt(1 - spec.drift_memory**2) * steps[:, knot]
    return steps


def draw_owners(
    rng: np.random.Generator, spec: WorldSpec, *, owner_ids: Sequence[str], home: Mapping[str, str],
    started: Mapping[str, date], native: Mapping[str, str], queues: frozenset[str], epoch: date, days: int,
    passed_over: Collection[str] = (),
) -> OwnerTruth:
    """Draw everyone's traits; `home` is the team an owner's results are coloured by."""
    count = len(owner_ids)
    teams = sorted(set(home.values()))
    team_effect = dict(zip(teams, spec.team_sd * rng.standard_normal(len(teams)), strict=True))
    skill = spec.owner_sd * rng.standard_normal(count)
    directions = rng.standard_normal((len(INDUSTRIES), spec.industry_rank))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    industry = spec.owner_industry_sd * rng.standard_normal((count, spec.industry_rank)) @ directions.T
    return OwnerTruth(
        index={owner_id: position for position, owner_id in enumerate(owner_ids)},
        team=np.array([team_effect[home[owner_id]] for owner_id in owner_ids]),
        skill=skill,
        segment=spec.owner_segment_sd * rng.standard_normal((count, len(SEGMENTS))),
        industry=industry,
        product=spec.owner_product_sd * rng.standard_normal((count, len(PRODUCTS))),
        drift=spec.drift_sd * _drift(rng, spec, count, days // KNOT_DAYS + 4),
        reply=rng.standard_normal(count),
        reputation=_correlated(rng, skill, spec.reputation_correlation),
        claims=_correlated(rng, industry, spec.claim_correlation),
        person=np.array([0.0 if owner_id in queues else 1.0 for owner_id in owner_ids]),
        started=np.array([(started[owner_id] - epoch).days for owner_id in owner_ids], dtype=float),
        languages=tuple(native.get(owner_id) for owner_id in owner_ids),
        delay=rng.standard_normal(count),
        market=spec.market_sd * _drift(rng, spec, 1, days // KNOT_DAYS + 4)[0],
        passed_over=np.array([owner_id in passed_over for owner_id in owner_ids]),
        epoch=epoch,
    )


@dataclass(frozen=True, kw_only=True)
class Truth:
    """The world's own answer to `how likely does this owner succeed with this item now`."""

    spec: WorldSpec
    owners: OwnerTruth

    def days_since_epoch(self, at: datetime) -> float:
        """Days, with their fraction, from the world's first day."""
        return (at.replace(tzinfo=None) - datetime.combine(self.owners.epoch, datetime.min.time())) / timedelta(days=1)

    def log_odds(
        self, item: ItemTruth, owner_ids: Sequence[str], *, at: datetime, load: np.ndarray, related: np.ndarray
    ) -> np.ndarray:
        """True log-odds per owner; `load` is open items / ceiling, `related` whether the owner knows the account."""
        spec, owners = self.spec, self.owners
        rows = np.array([owners.index[owner_id] for owner_id in owner_ids], dtype=np.intp)
        total = item.base + owners.team[rows] + owners.skill[rows]
        if item.segment is not None:
            total = total + owners.segment[rows, SEGMENTS.index(item.segment)]
        if item.industry is not None:
            total = total + owners.industry[rows, INDUSTRIES.index(item.industry)]
        if item.product is not None:
            total = total + owners.product[rows, PRODUCTS.index(item.product)]
        day = self.days_since_epoch(at)
        knot, part = divmod(max(day, 0.0) / KNOT_DAYS, 1.0)
        left = min(int(knot), owners.drift.shape[1] - 2)
        total = total + (1 - part) * owners.drift[rows, left] + part * owners.drift[rows, left + 1]
        market = (1 - part) * owners.market[left] + part * owners.market[left + 1]
        tenure = np.maximum(day - owners.started[rows], 0.0)
        total = total + spec.ramp * np.exp(-tenure / spec.ramp_days) + spec.response_weight * owners.reply[rows]
        overload = np.clip((load - spec.load_knee) / (1 - spec.load_knee), 0.0, 1.0)
        speaks = np.array([item.language is not None and owners.languages[row] == item.language for row in rows])
        total = total + spec.load_penalty * overload + spec.language * speaks + spec.relationship * related
        person = owners.person[rows]
        return np.where(person > 0, total, item.base + spec.queue) + market

    def probability(
        self, item: ItemTruth, owner_ids: Sequence[str], *, at: datetime, load: np.ndarray, related: np.ndarray
    ) -> np.ndarray:
        """True chance of success per owner, in (0, 1)."""
        return sigmoid(self.log_odds(item, owner_ids, at=at, load=load, related=related))
