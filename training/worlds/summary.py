"""What many worlds say together, as data: shares of the oracle gap, verdicts, how right the probabilities are, processor time."""
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

import numpy as np

from training.learn.metrics import Interval
from training.worlds.contest import COMPOSED, EFFECTS, MODEL, RIDGE
from training.worlds.figures import RANKERS, Key, key_of, mean_of, mean_over_kinds, paired, same_world
from training.worlds.kinds import KINDS
from training.worlds.trial import TrialRow

#: A learner must not be behind the best of these, nor of the earlier learner where all its worlds were run.
BEST_OF = (EFFECTS, COMPOSED, RIDGE)
JsonRow = dict[str, object]
#: Figures of a row that are told as the plain mean over the worlds that have them.
PLAIN = ("by_model", "oracle_gap", "slope", "mean", "mean_first", "group", "train_s")


def summary(rows: Sequence[TrialRow], earlier: Mapping[Key, TrialRow]) -> JsonRow:
    """Per size: every kind, then the model against each rival over the kinds that have something to find."""
    sizes = sorted({row.decisions for row in rows})
    return {"sizes": [_of_size(size, [row for row in rows if row.decisions == size], earlier) for size in sizes]}


def _of_size(size: int, rows: Sequence[TrialRow], earlier: Mapping[Key, TrialRow]) -> JsonRow:
    kinds = [kind for kind in KINDS if any(row.kind == kind for row in rows)]
    rivals = {name: _over(paired(rows, partial(_share, name))) for name in RANKERS if name != MODEL}
    before = {f"{name}, earlier": _over(paired(rows, same_world(earlier, name))) for name in (MODEL, EFFECTS, COMPOSED, RIDGE)}
    return {"decisions": size, "kinds": [_of_kind(kind, [row for row in rows if row.kind == kind], earlier) for kind in kinds],
            "verdicts": {name: _verdicts([row for row in rows if KINDS[row.kind].ranks == ranks])
                         for name, ranks in (("something to find", True), ("nothing to find", False))},
            "model_ahead_of": {name: found for name, found in {**rivals, **before}.items() if found is not None}}


def _verdicts(rows: Sequence[TrialRow]) -> JsonRow:
    """In how many worlds a signal was announced."""
    return {"worlds": len(rows), "with_signal": sum(row.signal for row in rows)}


def _share(name: str, row: TrialRow) -> float:
    return row.shares[name]


def _over(ahead: Mapping[str, Sequence[float]]) -> JsonRow | None:
    """The mean over kinds with its interval, and the kind where the model stands worst; None without a pair."""
    if not ahead:
        return None
    means = {kind: float(np.mean(values)) for kind, values in ahead.items()}
    worst = min(means, key=lambda kind: means[kind])
    return {"worlds": sum(map(len, ahead.values())), "kinds": len(ahead), **_figure(mean_over_kinds(ahead.values())),
            "worst_kind": worst, "in_worst_kind": means[worst]}


def _of_kind(kind: str, rows: Sequence[TrialRow], earlier: Mapping[Key, TrialRow]) -> JsonRow:
    shares = {name: _figure(mean_of([row.shares[name] for row in rows])) for name in RANKERS}
    before = [earlier[key_of(row)] for row in rows if key_of(row) in earlier]
    same = before if len(before) == len(rows) else []
    best = max(float(np.mean(one)) for one in (
        *([row.shares[name] for row in rows] for name in BEST_OF), *([[row.shares[MODEL] for row in same]] if same else [])))
    return {"kind": kind, "says": KINDS[kind].says, "worlds": len(rows), "with_signal": sum(row.signal for row in rows),
            "shares": shares if KINDS[kind].ranks else None,
            "over_the_best": float(np.mean([row.shares[MODEL] for row in rows])) - best if KINDS[kind].ranks else None,
            **{name: _known([getattr(row, name) for row in rows]) for name in PLAIN},
            "train_s_earlier": _known([row.train_s for row in same])}


def _known(values: Iterable[float]) -> float | None:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else None


def _figure(found: Interval) -> JsonRow:
    """The interval as data; an open end is null."""
    low, high = (end if np.isfinite(end) else None for end in (found.low, found.high))
    return {"value": found.value, "low": low, "high": high}

