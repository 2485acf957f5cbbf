"""Learnt anew at each of several moments of the past, judged on what came later: rows that chose nothing.

At each origin everything that training does is done with the log as it stood then (labels, item model, attributes, effect
strengths, ridge, layers, weights, calibration); the assignments up to the next origin are then scored as serving would have
scored them, and their outcomes judge. `train`, `evaluate`, MLflow and the plots all read these rows and no others.

The placebo is the same log with its owners permuted among those of the same team at about the same time, folded and learnt
anew at one of the origins: what it gains is the team or the season, not the person.
"""
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from features.events import Event
from rules.errors import Refused
from rules.model import Moment
from rules.progress import Progress
from rules.routing.territory import find_route
from serving.ranking.bundle import assemble
from serving.ranking.layers import sigmoid
from training.learn.choosing import EFFECTS, effects_of
from training.learn.dataset import LabelledAssignment, days, moment_of, tabulate
from training.learn.fit import Learned, learn
from training.learn.metrics import Interval, logloss, losses, paired_gain
from training.learn.pairs import MIN_FIT, MIN_JUDGED
from training.learn.preparing import Later, prepare
from training.learn.quality import QualityFits
from training.learn.refolding import Folded
from training.learn.source import Source

#: The origins, as shares of the assignments whose outcome is settled.
ORIGINS = (0.4, 0.55, 0.7, 0.85)
PLACEBO_SEED, PLACEBO_SPAN = 11, 60
LEVEL_STEPS = 12
#: A rival's log-odds of what was assigned after an origin, from what was learnt then and the later rows of the whole table.
Rival = Callable[["Learned", Source, np.ndarray], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Later rows of one origin (n, in time order) with their log-odds after each step, each calibrated as chosen then.

    `rows`: where they stand in the whole log's table. `pair`: the part that ranks. `raw`: the shipped predictor before its
    calibration, `full` after it. `constant`: the level known at the origin. `shuffled`: the placebo, `rivals` by name.
    """

    origin: datetime
    fitted: int
    learned: Learned
    rows: np.ndarray
    y: np.ndarray
    day: np.ndarray
    owner: np.ndarray
    quasi_random: np.ndarray
    m: np.ndarray
    pair: np.ndarray
    constant: np.ndarray
    item: np.ndarray
    effects: np.ndarray
    linear: np.ndarray
    raw: np.ndarray
    full: np.ndarray
    shuffled: np.ndarray
    rivals: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def clusters(self) -> tuple[np.ndarray, np.ndarray]:
        """What rows share: the day, and the owner."""
        return np.floor(self.day), self.owner


@dataclass(frozen=True, kw_only=True)
class Backtest(Judged):
    """The judged rows of all origins, what each step gains on them, and what was learnt at each."""

    by_origin: tuple[Judged, ...]
    gains: Mapping[str, Interval]

    @property
    def origins(self) -> tuple[datetime, ...]:
        """The moments that were learnt at."""
        return tuple(each.origin for each in self.by_origin)

    def as_json(self) -> dict[str, object]:
        """What a bundle keeps of it."""
        return {"rows": len(self), "origins": [origin.isoformat() for origin in self.origins],
                "logloss": logloss(self.full, self.y),
                "gains": {name: [gain.value, gain.low, gain.high] for name, gain in self.gains.items()}}


def run(source: Source, progress: Progress, *, folded: Folded | None = None, split: datetime | None = None,
        rivals: Mapping[str, Rival] | None = None) -> Backtest | None:
    """Learn and judge at each origin, or at one `split` alone; None where no origin leaves enough rows on both sides.

    An origin with too few rows to choose layers by counts only where all are so: nobody would have ranked by it.
    `folded`: the fold that the last learning of the same log was made from, if it was.
    """
    fits: dict[tuple[int, ...], QualityFits] = {}
    drawn, origins = draw_owners(source), find_origins(source, split)
    true = _Log(source=source, folded=folded)
    placebo = _Log(source=permuted(source, drawn), folded=None if folded is None else folded.owned_as(drawn))
    parts = [judge_at(true, placebo, at, until, progress, fits, rivals or {})
             for at, until in zip(origins, (*origins[1:], None), strict=True)]
    judged_at = tuple(part for part in parts if part is not None)
    found = tuple(part for part in judged_at if part.learned.choice.tried) or judged_at
    if not found:
        return None
    first = found[0]
    whole = {name: np.concatenate([getattr(part, name) for part in found]) for name in Judged.__dataclass_fields__
             if isinstance(getattr(first, name), np.ndarray)}
    told = {name: np.concatenate([part.rivals[name] for part in found]) for name in first.rivals}
    judged = Judged(origin=first.origin, fitted=first.fitted, learned=first.learned, rivals=told, **whole)
    return Backtest(**judged.__dict__, by_origin=found, gains=gains_of(found))


def find_origins(source: Source, split: datetime | None) -> tuple[datetime, ...]:
    """The moments to learn at: a split alone, or those that leave shares of the settled assignments before them."""
    if split is not None:
        return (split,)
    settled = np.sort(source.table.day[source.table.settled])
    if not len(settled):
        return ()
    return tuple(moment_of(day) for day in dict.fromkeys(float(np.quantile(settled, share)) for share in ORIGINS))


@dataclass(frozen=True, kw_only=True)
class _Log:
    """A log and, if there is one, its fold."""

    source: Source
    folded: Folded | None


def judge_at(log: _Log, placebo: _Log, origin: datetime, until: datetime | None, progress: Progress,
             fits: dict[tuple[int, ...], QualityFits], rivals: Mapping[str, Rival]) -> Judged | None:
    """Learn as of one origin and score what was assigned from then on; None where rows are too few on either side."""
    then = log.source.as_it_stood(origin)
    found = learn_at(log.source, origin, until, progress, fits, log.folded, then)
    shuffled = learn_at(placebo.source, origin, until, progress, fits, placebo.folded, owned_as(then, placebo.source, origin))
    if found is None or shuffled is None:
        return None
    (learned, rows), source = found, log.source
    other = dict(zip(shuffled[1].tolist(), _full(shuffled[0]).tolist(), strict=True))
    return _judged(source, origin, learned, rows, np.array([other.get(row, np.nan) for row in rows.tolist()]),
                   {name: rival(learned, source, rows) for name, rival in rivals.items()})


def learn_at(source: Source, origin: datetime, until: datetime | None, progress: Progress,
             fits: dict[tuple[int, ...], QualityFits], folded: Folded | None = None,
             then: Source | None = None) -> tuple[Learned, np.ndarray] | None:
    """What is learnt of the log as it stood at the origin, with the later rows (of the whole table) that it has prepared.

    `then`: the log as it stood, where it is at hand.
    """
    def told(words: str) -> None:
        progress(f"trying it as of {origin:%Y-%m-%d}: {words}")

    table, end = source.table, np.inf if until is None else days(until)
    rows = np.flatnonzero(table.settled & (table.day >= days(origin)) & (table.day < end))
    then = then or source.as_it_stood(origin)
    if len(rows) < MIN_JUDGED or then.table.settled.sum() < MIN_FIT:
        return None
    known = {one.assignment_id for one in then.table.assignments}
    after = [one for one in table.assignments if one.assignment_id not in known and days(one.assigned_at) < end]
    later = Later(assignments=after, events=tuple(event for event in source.events if until is None or event.known_at < until))
    try:
        prepared = prepare(then, told, later=later, fits=fits, folded=folded)
    except Refused:
        return None
    if len(prepared.pairs) < MIN_FIT or not 0 < prepared.pairs.y.sum() < len(prepared.pairs):
        return None
    place = {one.assignment_id: number for number, one in enumerate(after)}
    there = np.array([place.get(table.assignments[row].assignment_id, -1) for row in rows.tolist()], dtype=np.intp)
    seen = (there >= 0) & ~np.isnan(prepared.later_matrix[there]).all(axis=1)
    rows, there = rows[seen], there[seen]
    prepared = replace(prepared, later_m=prepared.later_m[there], later_matrix=prepared.later_matrix[there])
    return (learn(prepared), rows) if len(rows) >= MIN_JUDGED else None


def _full(learned: Learned) -> np.ndarray:
    """What a decision would have said of the later rows, in log-odds."""
    bundle = assemble(learned.parts)
    return bundle.a + bundle.b * bundle.log_odds(learned.prepared.later_matrix, learned.prepared.later_m)


def _judged(source: Source, origin: datetime, learned: Learned, rows: np.ndarray, shuffled: np.ndarray,
            rivals: Mapping[str, np.ndarray]) -> Judged:
    prepared, choice, table, m = learned.prepared, learned.choice, source.table, learned.prepared.later_m
    effects = effects_of(replace(prepared.pairs, matrix=prepared.later_matrix))
    line = learned.layers.line.log_odds(learned.layers.line.expand(prepared.later_matrix))
    full = _full(learned)
    pair = (full - choice.full.b * m) / choice.full.g if choice.full.g else np.zeros(len(m))
    before = prepared.table.y[prepared.table.settled]
    rate = (before.sum() + 0.5) / (len(before) + 1.0)
    return Judged(origin=origin, fitted=len(prepared.pairs), learned=learned, rows=rows, y=table.y[rows], day=table.day[rows],
                  owner=table.owner[rows], quasi_random=table.quasi_random[rows], m=m, pair=pair,
                  constant=np.full(len(rows), np.log(rate / (1.0 - rate))), item=choice.item.log_odds(m),
                  effects=choice.effects.log_odds(m, effects), raw=m + pair, full=full, shuffled=shuffled, rivals=rivals,
                  linear=choice.effects.log_odds(m, effects) if choice.pair == EFFECTS else choice.line.log_odds(m, line))


def losses_of(parts: Sequence[Judged], name: str, *, as_said: bool = False) -> np.ndarray:
    """The log loss of each row after one step, at the level that each origin's rows turned out to have, or as it was said."""
    return np.concatenate([losses(getattr(part, name) if as_said else level(getattr(part, name), part.y), part.y)
                           for part in parts])


def gains_of(parts: Sequence[Judged]) -> dict[str, Interval]:
    """What each step saves per row, in log loss.

    What owners add is compared at the level that each origin's rows turned out to have, the same for both sides: who tells
    more of who should own an item, not whose level fits. Over the constant, and of the calibration, the levels count.
    """
    clusters = [np.concatenate(each) for each in zip(*(part.clusters for part in parts), strict=True)]
    as_said = {"item": ("constant", "item"), "calibration": ("raw", "full"), "pair over constant": ("constant", "full")}
    levelled = {"effects": ("item", "effects"), "linear": ("effects", "linear"), "trees": ("linear", "full"),
                "pair": ("item", "full"), "pair over effects": ("effects", "full"), "pair over placebo": ("shuffled", "full")}

    steps = [(name, pair, True) for name, pair in as_said.items()] + [(name, pair, False) for name, pair in levelled.items()]
    return {name: paired_gain(losses_of(parts, worse, as_said=plain), losses_of(parts, better, as_said=plain), *clusters)
            for name, (worse, better), plain in steps}


def level(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Log-odds moved so that their mean chance is the share of successes, a little short of all and none."""
    wanted, moved = np.clip(y.mean(), 0.5 / len(y), 1.0 - 0.5 / len(y)), z
    for _ in range(LEVEL_STEPS):
        q = sigmoid(moved)
        moved = moved + np.clip((wanted - q.mean()) / max(float(np.mean(q * (1.0 - q))), 1e-6), -1.0, 1.0)
    return moved


def draw_owners(source: Source, seed: int = PLACEBO_SEED) -> np.ndarray:
    """By assignment the row whose owner it gets: one of the same team at about the same time."""
    return shuffled_within(blocks_of(source), np.random.default_rng(seed))


def blocks_of(source: Source) -> np.ndarray:
    """A code by assignment of those of one team that follow each other, PLACEBO_SPAN together; teams as logged, or as routed."""
    table, teams = source.table, _teams(source)
    order = np.lexsort((np.arange(len(table)), table.day, teams))
    starts = np.searchsorted(teams[order], teams[order])
    blocks = np.empty(len(table), dtype=np.int64)
    blocks[order] = teams[order] * len(table) + (np.arange(len(table)) - starts) // PLACEBO_SPAN
    return blocks


def shuffled_within(blocks: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rows (n places) in a random order, each within its block."""
    drawn = np.empty(len(blocks), dtype=np.intp)
    drawn[np.argsort(blocks, kind="stable")] = np.lexsort((random.random(len(blocks)), blocks))
    return drawn


def permuted(source: Source, drawn: np.ndarray) -> Source:
    """The same log with each assignment's owner that of another row."""
    table, owner = source.table, source.table.owner[drawn]
    assignments = tuple(replace(one, owner_id=table.owners[code]) for one, code in zip(table.assignments, owner, strict=True))
    given = {one.assignment_id: one.owner_id for one in assignments}
    return replace(source, table=tabulate(assignments, table.columns),
                   events=tuple(_given_to(event, given.get(event.assignment_id)) for event in source.events))


def owned_as(then: Source, source: Source, origin: datetime) -> Source:
    """A log as it stood at an origin, with the owners that another reading of the same log gives its assignments."""
    given = {one.assignment_id: one.owner_id for one in source.table.assignments}
    assignments = tuple(replace(one, owner_id=given[one.assignment_id]) for one in then.table.assignments)
    return replace(then, table=tabulate(assignments, then.table.columns),
                   events=tuple(event for event in source.events if event.known_at < origin))


def _given_to(event: Event, owner_id: str | None) -> Event:
    return event if owner_id is None or owner_id == event.owner_id else replace(event, owner_id=owner_id)


def team_of(source: Source, one: LabelledAssignment) -> str | None:
    """The team of an assignment, as logged or as routed."""
    if one.team is not None:
        return one.team
    return find_route(source.book, one.item, source.directory, Moment(at=one.assigned_at)).route.team


def _teams(source: Source) -> np.ndarray:
    aside = frozenset(source.card.set_aside)

    def of(one: LabelledAssignment) -> str | None:
        if one.owner_id in aside or one.owner_id not in source.directory.owners:
            return f"set aside {one.owner_id}"            # what they had is nobody else's, and of who is gone no row is known
        return team_of(source, one)

    names = [of(one) for one in source.table.assignments]
    codes = {team: code for code, team in enumerate(dict.fromkeys(names))}
    return np.array([codes[team] for team in names], dtype=np.int64)
