"""Drift: what moved since a model was trained: its features, its scores, its calibration and the rate of success, with alarms.

Compared are the assignments that came after a model's training with the last third of those it was trained on. Distributions
by the population stability index over tenths of the training's values (codes: each by itself; missing is a cell of its own):

    PSI = sum (r - t) ln(r / t), t and r the shares of training and of recent rows        Siddiqi 2006

with a basic bootstrap interval that resamples days on either side, which takes out the PSI that chance alone makes. Of outcomes,
on days of which nearly everything has settled: the rate of success over that of training, successes over what the model
promised, and the slope of outcomes on its log-odds; intervals by day and by owner, the wider one. An alarm is an interval that
lies wholly beyond its bar; steady, wholly within; else nobody can tell. A feature of an owner moves by nature (days of tenure
pass): it alarms only where its mean contribution to the log-odds moved too.
"""
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np

from features.catalogue import catalogue
from features.matrix import item_vector
from rules.errors import Refused
from rules.progress import Progress, one_thread, silent
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.ranking.layers import sigmoid
from serving.runtime.fold import fold_plan
from serving.runtime.workspace import Workspace
from training.judge.clustered import Estimate, Sized, estimate
from training.learn.drift import NEARLY_ALL
from training.learn.rows import emit_rows
from training.learn.source import Source, read_source

DriftAnswer = Literal["alarm", "moved", "steady", "cannot tell"]
#: Bars: a PSI of .25 is a great change (Siddiqi 2006); rates within a tenth; slopes of a usable calibration.
PSI_BAR, RATE_BAR, SLOPE_BAR = 0.25, 0.1, (0.8, 1.2)
#: A feature of an owner must have moved the mean log-odds by so much.
WEIGHT_BAR = 0.2
#: Fewer recent rows, or fewer days of them, tell nothing.
LEAST_ROWS, LEAST_DAYS = 200, 7
#: The part of the training's rows, its last, that recent ones are compared with.
LAST_PART = 1.0 / 3.0
CELLS, RESAMPLES, SEED, ROUNDS = 10, 400, 5, 25


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One thing that may have moved: `by` is psi, ratio, slope; `low` and `high` its 95 % interval, `rows` the recent ones.

    `bar`: beyond which it alarms. `note`: why nothing can be told, or what else is known.
    """

    of: Literal["item", "owner", "score", "calibration", "outcome"]
    name: str
    by: Literal["psi", "ratio", "slope"]
    value: float | None
    low: float | None
    high: float | None
    bar: tuple[float, float]
    rows: int
    verdict: DriftAnswer
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """Everything that was compared for one model; `since` is the end of its training."""

    objective: str
    bundle: str
    since: datetime
    until: datetime
    trained_rows: int
    recent_rows: int
    measures: tuple[Measure, ...]

    @property
    def alarms(self) -> tuple[Measure, ...]:
        """What lies wholly beyond its bar."""
        return tuple(one for one in self.measures if one.verdict == "alarm")

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"objective": self.objective, "bundle": self.bundle, "since": self.since.isoformat(),
                "until": self.until.isoformat(), "trained_rows": self.trained_rows, "recent_rows": self.recent_rows,
                "alarms": [f"{one.of} {one.name}" for one in self.alarms], "measures": [asdict(one) for one in self.measures]}


@one_thread()
def drift_since(workspace: Workspace, objective: str | None = None, bundle_hash: str | None = None,
                progress: Progress = silent) -> DriftReport:
    """What moved since the champion, or another bundle, was trained; Refused where there is none of the kind."""
    source = read_source(workspace, objective, as_trained=True)
    kind = source.objective.kind
    wanted = bundle_hash or workspace.store.champion(kind)
    if wanted is None:
        raise Refused(f"no model ranks `{kind}` yet, so nothing was trained that could have moved since; promote one with "
                      "`rightful promote`, or name one with --version")
    bundle = load_bundle(bundle_path(workspace.bundles, wanted))
    progress("reading what was known at each assignment")
    return compared(source, bundle, workspace.store.expectations(wanted))


def compared(source: Source, bundle: Bundle, expected: Mapping[str, float]) -> DriftReport:
    """The report on a log; `expected`: of every assignment the bundle was trained on what its item promised."""
    if source.objective.learn == "agreement":
        raise Refused(f"objective `{source.objective.kind}` learns agreement, which has no outcome to compare")
    rows = _rows(source, bundle, expected)
    trained = np.array([one.assignment_id in expected for one in source.table.assignments])
    if not trained.any():
        raise Refused(f"the log holds none of the assignments that bundle `{bundle.hash}` was trained on: it is another log's")
    days = source.table.day
    began, ended = float(days[trained].min()), float(days[trained].max())
    scored = ~np.isnan(rows.matrix).all(axis=1)
    before = trained & scored & (days >= ended - LAST_PART * (ended - began))
    after = ~trained & scored & (days >= ended)
    measures = [*_features(rows, bundle, before, after, days), *_outcomes(source, rows, before, after)]
    at = [one.assigned_at for one in source.table.assignments]
    return DriftReport(objective=bundle.objective, bundle=bundle.hash, until=max(at),
                       since=max(one for one, known in zip(at, trained.tolist(), strict=True) if known),
                       trained_rows=int(before.sum()), recent_rows=int(after.sum()), measures=tuple(measures))


@dataclass(frozen=True, kw_only=True)
class _Rows:
    """Item vectors, pair features as of then, and log-odds by the bundle, of every assignment."""

    items: np.ndarray
    matrix: np.ndarray
    z: np.ndarray


def _rows(source: Source, bundle: Bundle, expected: Mapping[str, float]) -> _Rows:
    assignments = source.table.assignments
    items = np.array([item_vector(one.item, bundle.item_fields) for one in assignments]).reshape(-1, len(bundle.item_fields))
    m = bundle.quality_log_odds(items)
    chances = {one.assignment_id: chance for one, chance in zip(assignments, sigmoid(m).tolist(), strict=True)} | dict(expected)
    matrix, _ = emit_rows(source.events, directory=source.directory, plan=bundle.plan, expectations=chances,
                          fold=fold_plan(source.settings.objectives.values(), [bundle]),
                          wanted={one.assignment_id: row for row, one in enumerate(assignments)})
    known = ~np.isnan(matrix).all(axis=1)
    z = np.full(len(matrix), np.nan)
    if known.any():
        z[known] = bundle.a + bundle.b * bundle.log_odds(matrix[known], m[known])
    return _Rows(items=items, matrix=matrix, z=z)


def _features(rows: _Rows, bundle: Bundle, before: np.ndarray, after: np.ndarray, days: np.ndarray) -> list[Measure]:
    enough = int(after.sum()) >= LEAST_ROWS and len(np.unique(np.floor(days[after]))) >= LEAST_DAYS and before.any()

    def measured(of: Literal["item", "owner", "score"], name: str, column: np.ndarray, *, coded: bool = False,
                 weight: float | None = None) -> Measure:
        about: dict[str, Any] = {"of": of, "name": name, "by": "psi", "bar": (0.0, PSI_BAR), "rows": int(after.sum())}
        if not enough:
            return Measure(**about, value=None, low=None, high=None, verdict="cannot tell",
                           note=f"expected at least {LEAST_ROWS} recent assignments on {LEAST_DAYS} days")
        value, low, high = psi(column[before], column[after], days[before], days[after], coded=coded)
        verdict = verdict_of(low, high, (0.0, PSI_BAR))
        note = "" if weight is None else f"moves the log-odds by {weight:+.2f}"
        if verdict == "alarm" and weight is not None and abs(weight) < WEIGHT_BAR:
            verdict = "moved"
        return Measure(**about, value=value, low=low, high=high, verdict=verdict, note=note)

    weights = _weights(rows.matrix, bundle, before, after) if enough else np.zeros(rows.matrix.shape[1])
    return [*(measured("item", one.name, rows.items[:, place], coded=one.read != "number")
              for place, one in enumerate(bundle.item_fields)),
            *(measured("owner", one.name, rows.matrix[:, place], weight=float(weights[place]))
              for place, one in enumerate(catalogue(bundle.plan))),
            measured("score", "log-odds of success", rows.z)]


def _weights(matrix: np.ndarray, bundle: Bundle, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """By feature how far its mean contribution to the log-odds moved."""
    return bundle.b * (bundle.explain(matrix[after])[1].mean(axis=0) - bundle.explain(matrix[before])[1].mean(axis=0))


def psi(before: np.ndarray, after: np.ndarray, days_before: np.ndarray, days_after: np.ndarray, *,
        coded: bool = False) -> tuple[float, float, float]:
    """The index of two samples, chance taken out, with its 95 % interval by resampling days; at least 0."""
    cells = _cells(np.concatenate([before, after]), before, coded=coded)
    width = int(cells.max()) + 1
    first, second = (_by_day(codes, days, width) for codes, days in ((cells[:len(before)], days_before),
                                                                      (cells[len(before):], days_after)))
    random = np.random.default_rng(SEED)
    drawn = _index(*(random.multinomial(len(one), np.full(len(one), 1.0 / len(one)), size=RESAMPLES) @ one
                     for one in (first, second)))
    value = float(_index(first.sum(axis=0), second.sum(axis=0)))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return max(0.0, 2.0 * value - float(drawn.mean())), max(0.0, 2.0 * value - float(high)), max(0.0, 2.0 * value - float(low))


def _cells(values: np.ndarray, reference: np.ndarray, *, coded: bool) -> np.ndarray:
    """The cell of each value: 0 = missing, else its tenth of the reference, or its code."""
    known, told = np.isnan(values), reference[~np.isnan(reference)]
    if coded or not len(told):
        return np.where(known, 0, np.unique(np.where(known, np.inf, values), return_inverse=True)[1] + 1)
    edges = np.unique(np.quantile(told, np.linspace(0.0, 1.0, CELLS + 1)[1:-1]))
    return np.where(known, 0, np.searchsorted(edges, values, side="right") + 1)


def _by_day(cells: np.ndarray, days: np.ndarray, width: int) -> np.ndarray:
    day = np.unique(np.floor(days), return_inverse=True)[1]
    return np.bincount(day * width + cells, minlength=(int(day.max()) + 1) * width).reshape(-1, width).astype(float)


def _index(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """PSI of counts by cell (last axis), half a row added to each cell."""
    t, r = (counts + 0.5 for counts in (first, second))
    t, r = (each / each.sum(axis=-1, keepdims=True) for each in (t, r))
    return np.sum((r - t) * np.log(r / t), axis=-1)


def verdict_of(low: float | None, high: float | None, bar: tuple[float, float]) -> DriftAnswer:
    """Alarm wholly beyond the bar, steady wholly within it, else cannot tell."""
    if low is None or high is None or not np.isfinite([low, high]).all():
        return "cannot tell"
    return "alarm" if low > bar[1] or high < bar[0] else "steady" if low >= bar[0] and high <= bar[1] else "cannot tell"


def _outcomes(source: Source, rows: _Rows, before: np.ndarray, after: np.ndarray) -> Sequence[Measure]:
    """Rate of success against training, successes against the promise, and the slope, on days that have settled."""
    table = source.table
    waits = table.settled_day[before & table.settled] - table.day[before & table.settled]
    end = source.as_of.timestamp() / 86400.0 - (float(np.quantile(waits, NEARLY_ALL)) if len(waits) else 0.0)
    ripe = table.settled & (table.day < end)
    then, now = np.flatnonzero(before & ripe), np.flatnonzero(after & ripe)
    few = None if min(len(now), len(then)) >= LEAST_ROWS else (
        f"{len(now)} recent assignments have had the time for an outcome, expected at least {LEAST_ROWS}")
    y, z = table.y, rows.z
    clusters = {"day": np.floor(table.day), "owner": table.owner}
    both, of_now = np.concatenate([now, then]), {name: codes[now] for name, codes in clusters.items()}
    rate = estimate(_ratio(y[now], y[then]), {name: codes[both] for name, codes in clusters.items()}, refused=few)
    level = estimate(_over(y[now], sigmoid(z[now])), of_now, refused=few)
    slope = estimate(_slope(y[now], z[now]), of_now, refused=few)
    within = (1.0 - RATE_BAR, 1.0 + RATE_BAR)
    return [_told("outcome", "rate of success over training's", "ratio", rate, within, len(now)),
            _told("calibration", "successes over what was promised", "ratio", level, within, len(now)),
            _told("calibration", "slope of outcomes on log-odds", "slope", slope, SLOPE_BAR, len(now))]


def _told(of: Literal["outcome", "calibration"], name: str, by: Literal["ratio", "slope"], found: Estimate,
          bar: tuple[float, float], rows: int) -> Measure:
    value = found.value if np.isfinite(found.value) else None
    return Measure(of=of, name=name, by=by, value=value, low=found.low, high=found.high, bar=bar, rows=rows,
                   verdict=verdict_of(found.low, found.high, bar), note=found.refused or "")


def _ratio(now: np.ndarray, then: np.ndarray) -> Sized:
    """Mean of now over mean of then, with its influence by row, those of now first."""
    if not len(now) or not len(then) or not then.any():
        return Sized(value=float("nan"), influence=np.zeros(0))
    value, total = float(now.mean() / then.mean()), len(now) + len(then)
    return Sized(value=value, influence=np.concatenate([
        (now - now.mean()) / then.mean() * total / len(now), (then.mean() - then) * value / then.mean() * total / len(then)]))


def _over(y: np.ndarray, promised: np.ndarray) -> Sized:
    if not len(y):
        return Sized(value=float("nan"), influence=np.zeros(0))
    value = float(y.sum() / promised.sum())
    return Sized(value=value, influence=(y - value * promised) / promised.mean())


def _slope(y: np.ndarray, z: np.ndarray) -> Sized:
    """The slope of a logistic regression of outcomes on log-odds; nothing where only one outcome came or z is one number."""
    if not len(y) or not 0.0 < y.mean() < 1.0 or not np.ptp(z):
        return Sized(value=float("nan"), influence=np.zeros(0))
    columns, theta = np.column_stack([np.ones(len(z)), z]), np.array([0.0, 1.0])
    for _ in range(ROUNDS):
        q = sigmoid(columns @ theta)
        bread = np.linalg.pinv(columns.T @ (columns * (q * (1.0 - q))[:, np.newaxis]))
        theta = theta + np.clip(bread @ columns.T @ (y - q), -1.0, 1.0)
    q = sigmoid(columns @ theta)
    return Sized(value=float(theta[1]), influence=len(y) * ((columns * (y - q)[:, np.newaxis]) @ bread)[:, 1])
