"""The judged figures of the public sets: the shipped model beside a constant, counts and logistic regressions, out of time.

All are fitted on what was settled before the split and judged on the same later rows. Intervals resample days. The figures
are kept in judged.json, and a later model must not fall below their intervals unseen (tests/public_data/test_judged.py).
"""
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from bench.learning.public_sets import SETS
from bench.learning.replayed import Replay, Row, replay
from bench.open_bandit import campaigns
from training.learn.counts import fit_counts
from training.learn.metrics import Interval, auc, losses, paired_gain
from training.worlds.calibration import slope_of

KEPT = Path(__file__).parent / "judged.json"
MODEL, CONSTANT, COUNTS, LOGISTIC, MEMORY = "model", "constant", "counts", "logistic", "logistic with owner"
RIVALS = (CONSTANT, COUNTS, LOGISTIC, MEMORY)
#: Outcomes that a chance counts as much as, in counts by attributes and in the rate of an owner.
EDGE = 1e-4
#: How strongly the regressions are held near 0: scikit-learn's C.
STRENGTH = 0.3


def judge(data: Path, say: Callable[[str], None] = lambda words: None) -> dict[str, Any]:
    """Every public set, judged."""
    found: dict[str, Any] = {}
    for name, one in SETS.items():
        say(f"importing `{name}`, learning what was known at {one.split:%Y-%m-%d %H:%M}, replaying what came after")
        with tempfile.TemporaryDirectory() as place:
            workspace = one.make(Path(place) / "ws", data)
            try:
                found[name] = figures(replay(workspace, one.split))
            finally:
                workspace.close()
    say("estimating the clicks of the Open Bandit policy")
    found["open_bandit"] = {one.name: {"observed": one.observed, **{
        how: {"value": value.value, "low": value.low, "high": value.high, "covers": one.covers(how)}
        for how, value in one.found.value.items()}} for one in campaigns(data / "open_bandit")}
    return found


def figures(past: Replay) -> dict[str, Any]:
    """The model and its rivals on the later rows."""
    y = np.array([row.success for row in past.later], dtype=float)
    day = np.array([row.at.toordinal() for row in past.later])
    z = {name: np.log(chance / (1 - chance)) for name, chance in ((name, np.clip(one, EDGE, 1 - EDGE)) for name, one in {
        MODEL: past.chance, CONSTANT: np.full(len(y), np.mean([row.success for row in past.before])),
        COUNTS: counted(past), LOGISTIC: regressed(past, with_owner=False), MEMORY: regressed(past, with_owner=True)}.items())}
    chance = past.chance
    return {
        "fitted": len(past.before), "judged": len(y), "unknown_owner": past.unknown_owner, "signal": past.signal,
        "models": {name: {"logloss": float(losses(one, y).mean()), "auc": auc(one, y)} for name, one in z.items()},
        "model_ahead_of": {name: _interval(paired_gain(losses(z[name], y), losses(z[MODEL], y), day)) for name in RIVALS},
        "slope": slope_of(chance, y), "mean": float(chance.mean() / y.mean()),
    }


def _interval(found: Interval) -> dict[str, float]:
    return {"value": found.value, "low": found.low, "high": found.high}


def counted(past: Replay) -> np.ndarray:
    """Rates of success by the item attributes that tell most, each combination shrunk to the coarser one behind it."""
    counts = fit_counts([row.item for row in past.before], np.array([int(row.success) for row in past.before]), past.book)
    return np.array([counts.shares(row.item)[1] for row in past.later])


def regressed(past: Replay, *, with_owner: bool) -> np.ndarray:
    """A logistic regression of what the item says about itself, and of who had it, by scikit-learn."""
    from sklearn.linear_model import LogisticRegression

    words: dict[tuple[str, object], int] = {}

    def design(rows: Sequence[Row], *, learn: bool) -> sparse.csr_matrix:
        at, column = [], []
        for place, row in enumerate(rows):
            for word in _words(row, past, with_owner=with_owner):
                code = words.setdefault(word, len(words)) if learn else words.get(word)
                if code is not None:
                    at.append(place)
                    column.append(code)
        return sparse.csr_matrix((np.ones(len(at)), (at, column)), shape=(len(rows), len(words)))

    fitted = design(past.before, learn=True)
    model = LogisticRegression(C=STRENGTH, max_iter=500).fit(fitted, [row.success for row in past.before])
    return model.predict_proba(design(past.later, learn=False))[:, 1]


def _words(row: Row, past: Replay, *, with_owner: bool) -> list[tuple[str, object]]:
    """Each attribute with its value, and hour and weekday of the assignment."""
    said: list[tuple[str, object]] = [(name, row.item.value(name)) for name in past.book.attributes if name != "kind"]
    said += [("hour", row.at.hour), ("weekday", row.at.weekday())]
    return [*said, ("owner", row.owner_id)] if with_owner else said


def regressions(kept: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Where the model of now falls short of the kept figures by more than their intervals allow; in words."""
    short = []
    for name in SETS:
        was, found = kept[name], now[name]
        if was["judged"] != found["judged"]:
            short.append(f"{name}: {found['judged']} rows are judged, it was {was['judged']}")
        if was["signal"] != found["signal"]:
            short.append(f"{name}: the verdict is `{found['signal']}`, it was `{was['signal']}`")
        for rival, gain in was["model_ahead_of"].items():
            value = found["model_ahead_of"][rival]["value"]
            if value < gain["low"]:
                short.append(f"{name}: the model is ahead of `{rival}` by {value:+.4f}; it was {gain['value']:+.4f}, at least "
                             f"{gain['low']:+.4f}")
    for name, estimates in kept["open_bandit"].items():
        short += [f"open_bandit: the interval of {how} no longer covers what `{name}` got" for how, one in estimates.items()
                  if how != "observed" and one["covers"] and not now["open_bandit"][name][how]["covers"]]
    return short


def lines(found: dict[str, Any]) -> list[str]:
    """The figures as tables."""
    told = []
    for name in SETS:
        one = found[name]
        told += [f"{name}: {one['fitted']:,} rows settled before the split, {one['judged']:,} judged after it; {one['signal']}; "
                 f"slope {one['slope']:.2f}, mean said over true {one['mean']:.3f}",
                 f"  {'':<20} {'log loss':>9} {'AUC':>6}  model ahead by, log loss a row [95 %]"]
        for rival, figure in one["models"].items():
            gain = one["model_ahead_of"].get(rival)
            ahead = f"{gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]" if gain else ""
            told.append(f"  {rival:<20} {figure['logloss']:>9.4f} {figure['auc'] or 0.5:>6.3f}  {ahead}")
    for name, estimates in found["open_bandit"].items():
        said = (f"{how} {one['value']:.5f} [{one['low']:.5f}, {one['high']:.5f}]" for how, one in estimates.items()
                if how != "observed")
        told.append(f"open_bandit {name}: observed {estimates['observed']:.5f}; {', '.join(said)}")
    return told


def read_kept() -> dict[str, Any]:
    """The committed figures."""
    return json.loads(KEPT.read_text(encoding="utf-8"))


def keep(found: dict[str, Any]) -> None:
    """Write the figures where they are committed."""
    KEPT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
