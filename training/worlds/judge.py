"""How much of what could be won a ranker wins: the share of the oracle gap, on held-out items of a world with known truth.

SOG = (V(policy) - V(random eligible)) / (V(oracle) - V(random eligible)), where V is the mean true probability of success
of the first-ranked owner before exploration, over items with two or more eligible owners.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.view import View
from rules.intake.item import read_item
from rules.model import WorkItem
from rules.routing.eligibility import route_and_filter
from training.learn.metrics import Interval
from training.worlds.arrivals import Arrival
from training.worlds.company import World
from training.worlds.forward import load_ratio

RESAMPLES = 2_000
LEVEL = 0.95
#: A mean gap smaller than this is rounding.
NO_GAP = 1e-9


@dataclass(frozen=True, kw_only=True)
class JudgedSlate:
    """One held-out item, the owners who may have it now, and each one's true chance of success."""

    item: WorkItem
    at: datetime
    team: str | None
    owners: tuple[str, ...]
    chances: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The share of the oracle gap by ranker, and how far each stands from the first one named, item by item."""

    items: int
    random_value: float
    oracle_value: float
    shares: Mapping[str, Interval]
    ahead_of: Mapping[str, Interval]          # the first ranker's share minus this one's


def lay_out(world: World, view_at: Callable[[datetime], View], *, kind: str = "lead") -> tuple[JudgedSlate, ...]:
    """The held-out items of a kind with two or more eligible owners, as the rules and the load of the moment leave them."""
    slates = []
    for arrival in world.held_out:
        if arrival.kind != kind:
            continue
        at, now = arrival.received_at, view_at(arrival.received_at)
        item = read_item(arrival.raw_item(), book=world.book, directory=world.directory, at=at)
        found = route_and_filter(item, book=world.book, directory=world.directory, at=at, workload=now)
        owners = found.eligibility.eligible
        if found.queue is None and len(owners) >= 2:
            slates.append(JudgedSlate(item=item, at=at, team=found.route.team, owners=owners,
                                chances=true_chances(world, arrival, owners, now)))
    return tuple(slates)


def true_chances(world: World, arrival: Arrival, owners: Sequence[str], now: View) -> np.ndarray:
    """The true probability of success of each owner with this item at the moment it came in."""
    account = arrival.truth.account_id
    related = np.array([account is not None and (owner_id, account) in world.past.known for owner_id in owners])
    load = load_ratio(owners, world.directory, now)
    return world.truth.probability(arrival.truth, owners, at=arrival.received_at, load=load, related=related)


def share_of_oracle_gap(slates: Sequence[JudgedSlate], picks: Mapping[str, Sequence[str]], *, seed: int = 0) -> Judgement:
    """Judge each ranker by the owner it puts first per slate; the first ranker is compared with every other.

    Where all owners are alike there is no gap, and every share is NaN.
    """
    floor = np.array([slate.chances.mean() for slate in slates])
    best = np.array([slate.chances.max() for slate in slates])
    won = {
        name: np.array([slate.chances[slate.owners.index(owner)] for slate, owner in zip(slates, first, strict=True)]) - floor
        for name, first in picks.items()
    }
    weights = np.random.default_rng(seed).multinomial(len(slates), np.full(len(slates), 1 / len(slates)), size=RESAMPLES)
    gap, gaps = (best - floor).sum(), weights @ (best - floor)
    first = next(iter(picks))

    def judged(gains: np.ndarray) -> Interval:
        if gap < NO_GAP * len(slates):
            return Interval(value=np.nan, low=np.nan, high=np.nan)
        low, high = np.quantile(weights @ gains / gaps, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
        return Interval(value=float(gains.sum() / gap), low=float(low), high=float(high))

    return Judgement(
        items=len(slates), random_value=float(floor.mean()), oracle_value=float(best.mean()),
        shares={name: judged(gains) for name, gains in won.items()},
        ahead_of={name: judged(won[first] - gains) for name, gains in won.items() if name != first},
    )
