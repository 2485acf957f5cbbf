"""Streams of items for people of limited capacity: how near each way of spreading them comes to the best in hindsight.

Each world has 12 people, three streams of 500 items with 6 eligible each, and ceilings that leave the load asked for. True
chances are known; rankers see them with an error that they know. Share of the hindsight gap = (V - V_random) / (V_best -
V_random), V the expected successes of the third stream, V_best those of its assignment programme (HiGHS). `duals + descent`
starts from the prices of the second stream's programme and moves each by what its owner has had against their pace: measured
here, not carried out by the product. Concentration: of the items in which the first cannot be told from others (`told_apart`),
the largest part that one person has of those that they were nearly equal for.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from features.exposure import Had
from serving.ranking.exploration import draw, mixture, unsure_set
from serving.ranking.prices import ahead
from serving.ranking.shares import stand

PEOPLE, ELIGIBLE, ITEMS, PER_DAY = 12, 6, 500, 50
BAR, PACE = 0.6, 0.6
LOADS = (0.70, 0.85, 0.95)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stream:
    """Items x people: who is eligible, true chances, what a ranker believes and how unsure it is, in log-odds; the ceilings."""

    eligible: np.ndarray
    chances: np.ndarray
    believed: np.ndarray
    errors: np.ndarray
    most: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One way at one load: the share of the hindsight gap, its standard error over worlds, and the concentration."""

    load: float
    way: str
    share: float
    error: float
    concentration: float

    def as_json(self) -> dict[str, object]:
        """The same as data."""
        return asdict(self)


@dataclass(kw_only=True, eq=False)
class Desk:
    """What each has had so far, in all, of what they could have had, and today."""

    had: np.ndarray
    could: np.ndarray
    today: np.ndarray


Score = Callable[[Stream, int, np.ndarray, Desk], np.ndarray]


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Log-odds as probabilities."""
    return 1.0 / (1.0 + np.exp(-z))


def world(seed: int, load: float) -> list[Stream]:
    """Three streams of one company; the same people, other items."""
    random = np.random.default_rng([seed, int(load * 100)])
    skill, fit, error = random.normal(0, 0.4, PEOPLE), random.normal(0, 0.5, (PEOPLE, 8)), random.uniform(0.1, 0.4, PEOPLE)
    mistaken = random.normal(0, 1, PEOPLE) * error
    weights = random.uniform(0.5, 1.5, PEOPLE)
    most = np.floor(ITEMS / load * weights / weights.sum()) + 1
    streams = []
    for _ in range(3):
        kind, quality = random.integers(8, size=ITEMS), random.normal(-1.5, 0.8, ITEMS)
        eligible = random.random((ITEMS, PEOPLE)).argsort(axis=1) < ELIGIBLE
        z = quality[:, np.newaxis] + skill + fit[:, kind].T
        streams.append(Stream(eligible=eligible, chances=sigmoid(z), believed=z + mistaken, errors=error, most=most))
    return streams


def programme(values: np.ndarray, stream: Stream) -> tuple[float, np.ndarray]:
    """The best assignment in hindsight: its worth and the price of one more place with each."""
    items, people = np.nonzero(stream.eligible)
    columns = np.arange(len(items))
    ones = np.ones(len(items))
    places = (np.concatenate((items, ITEMS + people)), np.concatenate((columns, columns)))
    rows = csr_array((np.concatenate((ones, ones)), places))
    found = linprog(-values[items, people], A_ub=rows, b_ub=np.concatenate((np.ones(ITEMS), stream.most)), method="highs")
    return -float(found.fun), -found.ineqlin.marginals[ITEMS:]


def run(stream: Stream, score: Score, random: np.random.Generator, *, lottery: bool = False,
        shares: float | None = None) -> tuple[float, float]:
    """The expected successes of a way and its concentration."""
    desk = Desk(had=np.zeros(PEOPLE), could=np.zeros(PEOPLE, dtype=int), today=np.zeros(PEOPLE))
    won, level, taken = 0.0, np.zeros(PEOPLE), np.zeros(PEOPLE)
    for item in range(ITEMS):
        if item % PER_DAY == 0:
            desk.today[:] = 0
        free = np.flatnonzero(stream.eligible[item] & (desk.had < stream.most))
        if not len(free):
            continue
        scores = score(stream, item, free, desk)
        may = np.ones(len(free), dtype=bool)
        if shares is not None and len(free) > 1:
            most = np.full(len(free), shares)
            may = stand(Had(desk.could[free], desk.had[free].astype(int)), np.zeros(len(free)), most, most).open_to
        order = np.flatnonzero(may)[np.argsort(-scores[may], kind="stable")]
        p = sigmoid(stream.believed[item, free])
        near = unsure_set(scores[order], (p * (1 - p) * stream.errors[free])[order], BAR)
        rank = 0
        if lottery:
            z = stream.believed[item, free][order]
            rank = draw(mixture(z, share=1e-9, tied=near, deficits=np.zeros(len(z))), float(random.random()))
        owner = free[order[rank]]
        if near.sum() > 1:
            level[free[order[near]]] += 1
            taken[owner] += bool(near[rank])
        won += stream.chances[item, owner]
        desk.had[owner] += 1
        desk.today[owner] += 1
        desk.could[free] += len(free) > 1
    often = level >= 20
    return won, float((taken[often] / level[often]).max()) if often.any() else float("nan")


def ways(streams: Sequence[Stream]) -> Iterator[tuple[str, Score, dict[str, object]]]:
    """What is compared, by name."""
    def believed(stream: Stream, item: int, free: np.ndarray) -> np.ndarray:
        return sigmoid(stream.believed[item, free])

    def log_odds(strength: float) -> Score:
        return lambda stream, item, free, desk: sigmoid(stream.believed[item, free] - strength * (desk.had / stream.most)[free])

    _, duals = programme(sigmoid(streams[1].believed), streams[1])

    def priced(stream: Stream, item: int, free: np.ndarray, desk: Desk) -> np.ndarray:
        step = 0.15 / np.sqrt(stream.most)
        moved = np.maximum(duals + step * (desk.had - stream.most * item / ITEMS), 0.0)
        return believed(stream, item, free) - moved[free]

    yield "random eligible", lambda stream, item, free, desk: np.random.default_rng(item).random(len(free)), {}
    yield "greedy", lambda stream, item, free, desk: believed(stream, item, free), {}
    yield "greedy, nearly equal by lot", lambda stream, item, free, desk: believed(stream, item, free), {"lottery": True}
    yield "pace", lambda stream, item, free, desk: sigmoid(stream.believed[item, free] - PACE * ahead(desk.today[free])), {}
    yield "shares: max .25", lambda stream, item, free, desk: believed(stream, item, free), {"shares": 0.25}
    for strength in (0.5, 1.0, 2.0):
        yield f"log-odds penalty {strength:g} x load", log_odds(strength), {}
    yield "duals + descent", priced, {}


def measure(seeds: int = 8, loads: Sequence[float] = LOADS) -> Iterator[Measured]:
    """Every way at every load, over so many worlds."""
    for load in loads:
        shares: dict[str, list[float]] = {}
        held: dict[str, list[float]] = {}
        for seed in range(seeds):
            streams = world(seed, load)
            best, _ = programme(streams[2].chances, streams[2])
            floor = float("nan")
            for name, score, how in ways(streams):
                won, concentration = run(streams[2], score, np.random.default_rng(seed), **how)   # type: ignore[arg-type]
                floor = won if name == "random eligible" else floor
                shares.setdefault(name, []).append((won - floor) / (best - floor))
                held.setdefault(name, []).append(concentration)
        for name, found in shares.items():
            yield Measured(load=load, way=name, share=float(np.mean(found)), error=float(np.std(found, ddof=1) / np.sqrt(seeds)),
                           concentration=_mean(held[name]))


def _mean(numbers: Sequence[float]) -> float:
    """The mean of those worlds that had any; NaN where none had."""
    known = [each for each in numbers if not np.isnan(each)]
    return float(np.mean(known)) if known else float("nan")


def lines(found: Sequence[Measured]) -> list[str]:
    """The table as text."""
    head = f"{'load':>5}  {'way':<30}{'share of the gap':>18}  {'largest among nearly equal':>27}"
    return [head, *(f"{each.load:>5.0%}  {each.way:<30}{each.share:>10.3f} +- {each.error:.3f}  {each.concentration:>27.2f}"
                    for each in found)]
