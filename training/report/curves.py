"""What was said beside what came, what each layer adds at each origin, what more history brings, and what silence would."""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.matrix import item_vector
from serving.ranking.bundle import assemble
from training.learn.backtest import Backtest, gains_of, level
from training.learn.metrics import Interval, losses, paired_gain
from training.learn.preparing import PreparedRows, later_expectations
from training.learn.refolding import Folded
from training.report.rows import JudgedRows

BINS, FIFTHS = 10, 5
#: A bin has so many rows at least.
LEAST_IN_BIN = 50
COVERAGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
#: The rows after the last origin that the learning curve is drawn on, at most, evenly over time.
MOST_CURVE_ROWS = 3000


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Rows of about the same probability: what was said of them with and without the owner, and what came."""

    rows: int
    said: float
    item_said: float
    happened: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A gain on some rows: at an origin, of a share of the rows, or learnt from so many."""

    at: float
    rows: int
    gain: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerAtOrigin:
    """What one layer saved on the rows after one origin."""

    layer: str
    origin: str
    rows: int
    gain: Interval


def bins_by(judged: JudgedRows, order_by: np.ndarray, most: int) -> tuple[Bin, ...]:
    """Rows in bins of equal size by a figure, lowest first."""
    count = max(1, min(most, len(judged) // LEAST_IN_BIN))
    parts = np.array_split(np.argsort(order_by, kind="stable"), count)
    return tuple(Bin(rows=len(part), said=float(judged.said[part].mean()), item_said=float(judged.item_said[part].mean()),
                     happened=judged.mean(judged.y, part)) for part in parts)


def layers_over_time(backtest: Backtest, layers: Sequence[str]) -> tuple[LayerAtOrigin, ...]:
    """Each layer's gain at each origin."""
    found = [(part, gains_of((part,))) for part in backtest.by_origin]
    return tuple(LayerAtOrigin(layer=layer, origin=part.origin.isoformat(), rows=len(part), gain=gains[layer])
                 for layer in layers for part, gains in found)


def selective(judged: JudgedRows) -> tuple[Point, ...]:
    """What is saved per row where only the rows that the owner moves most are spoken of, by share of all rows."""
    order = np.argsort(-np.abs(judged.moved), kind="stable")
    kept = [(share, order[:round(share * len(order))]) for share in COVERAGES]
    return tuple(Point(at=share, rows=len(rows), gain=paired_gain(
        judged.saved[rows], np.zeros(len(rows)), *(codes[rows] for codes in judged.clusters.values())))
                 for share, rows in kept if len(rows) >= LEAST_IN_BIN)


def learning_curve(backtest: Backtest, source: PreparedRows) -> tuple[Point, ...]:
    """What was learnt at each origin, judged on the same rows: those after the last origin; `at` = settled rows known then.

    The gain is over the item alone as the last origin knew it, at the level that the rows turned out to have. Owners' results
    up to each row are known to all, as serving knows them. Empty for a log of which no fold is kept.
    """
    last, folded = backtest.by_origin[-1], source.folded
    told = [part for part in backtest.by_origin if part.learned.prepared.plan.effects.prior is not None]
    if folded is None or len(told) < 2:
        return ()
    places = np.unique(np.linspace(0, len(last) - 1, MOST_CURVE_ROWS).astype(int))
    y, clusters = last.y[places], [each[places] for each in last.clusters]
    without = losses(level(last.item[places], y), y)
    found = []
    for part in told:
        prepared = part.learned.prepared
        z = log_odds_of_later(part.learned, source, last.rows[places], folded)
        found.append(Point(at=float(prepared.table.settled.sum()), rows=len(places),
                           gain=paired_gain(without, losses(level(z, y), y), *clusters)))
    return tuple(found)


def log_odds_of_later(learned, source: PreparedRows, rows: np.ndarray, folded: Folded) -> np.ndarray:
    """What serving by what was learnt at an origin would have said of some later rows of the whole log, in log-odds."""
    prepared, table = learned.prepared, source.table
    chosen = [table.assignments[row] for row in rows.tolist()]
    matrix = folded.rows_of([one.assignment_id for one in chosen], later_expectations(prepared, source), prepared.plan)
    bundle = assemble(learned.parts)
    m = prepared.quality.log_odds(np.array([item_vector(one.item, prepared.fields) for one in chosen]))
    return bundle.a + bundle.b * bundle.log_odds(matrix, m)
