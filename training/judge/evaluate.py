"""Does knowing the owner help? Four models side by side on later rows, with the honest verdict and every warning.

`item` knows the item alone; `item+shuffled_owner` adds another owner's pair features (the placebo); `item+owner_id`
adds the owner's identity, which memorises; `item+owner_statistics` is what Rightful ranks by. Each is fitted on what
was settled before the split and judged on what was assigned after it. AUC is reported and decides nothing.
"""
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from scipy import sparse

from rules.errors import Refused
from rules.progress import Progress, one_thread, silent
from rules.refdata.times import format_instant
from serving.imports.report import LogWarning
from serving.runtime.workspace import Workspace
from training.judge.agreement import measure
from training.judge.baselines import logistic
from training.learn.backtest import MIN_FIT, MIN_JUDGED, LayerChoice, Origin, PairTable, origins, run
from training.learn.dataset import moment_of
from training.learn.metrics import Interval, auc, brier, constant_logloss, logloss, losses, paired_gain
from training.learn.preparing import PreparedRows, prepare
from training.learn.signal import SignalVerdict, judge_signal

#: The default split: the first moment after which this share of the settled rows was assigned.
LAST_SHARE = 0.3
OWNER_SCALE = 0.5
RANKING = "ranking who was eligible for later items"


@dataclass(frozen=True, kw_only=True)
class ModelFigures:
    """How one model does on the later rows; `gain` is the log loss it saves per row against `item`."""

    name: str
    auc: float | None
    logloss: float
    brier: float
    gain: Interval


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The whole report; `fitted` and `judged` are row counts; the constant is the rate of what was settled before the split."""

    objective: str
    split: datetime
    fitted: int
    judged: int
    models: tuple[ModelFigures, ...]
    constant_logloss: float
    verdict: SignalVerdict
    warnings: tuple[LogWarning, ...]
    agreement: Mapping[str, object] | None = None

    def as_json(self) -> dict[str, object]:
        """The contract's `evaluate --json`."""
        return {"objective": self.objective, "split": self.split.isoformat(), "fitted": self.fitted,
                "judged": self.judged, "models": [asdict(model) for model in self.models],
                "constant_logloss": self.constant_logloss, "agreement": self.agreement, "signal": self.verdict.signal,
                "signal_reason": self.verdict.reason, "warnings": [warning.as_json() for warning in self.warnings]}


def evaluate(workspace: Workspace, objective: str | None = None, *, split: datetime | None = None,
             progress: Progress = silent) -> Evaluation:
    """Judge the four models on rows assigned after `split` (default: the last 30 % of settled assignments)."""
    prepared = prepare(workspace, objective, progress, split=LAST_SHARE if split is None else split)
    return judge(prepared, progress)


@one_thread()
def judge(prepared: PreparedRows, progress: Progress = silent) -> Evaluation:
    """The evaluation of rows that were prepared with a split; what is chosen is chosen on rows settled before it."""
    progress("judging four models on later rows")
    pairs = prepared.pairs
    cut = _cut(prepared)
    before = pairs.at(cut.fit)
    inner = origins(before)
    backtest = run(pairs, (cut,), choice=run(before, inner).choice if inner else LayerChoice())
    y, item = backtest.y, backtest.item
    by_name = {"item": item, "item+shuffled_owner": backtest.shuffled,
               "item+owner_id": _with_owner_id(pairs, prepared.table.owner[prepared.places], cut),
               "item+owner_statistics": backtest.full}
    clusters = np.floor(pairs.day[cut.judge])
    before_split = prepared.table.y[prepared.table.settled_day < prepared.split_day]
    models = tuple(ModelFigures(name=name, auc=auc(z, y), logloss=logloss(z, y), brier=brier(z, y),
                                gain=paired_gain(losses(item, y), losses(z, y), clusters))
                   for name, z in by_name.items())
    progress(RANKING)
    agreement = measure(prepared, cut, backtest, lambda done, of: progress(f"{RANKING}: {done} of {of}"))
    return Evaluation(agreement=agreement, objective=prepared.objective.kind, split=moment_of(prepared.split_day),
                      fitted=len(cut.fit), judged=len(cut.judge), models=models,
                      constant_logloss=constant_logloss(y, float(before_split.mean())),
                      verdict=judge_signal(pairs, backtest), warnings=prepared.warnings)


def _cut(prepared: PreparedRows) -> Origin:
    pairs = prepared.pairs
    if not len(pairs):
        raise Refused("no assignment has both a settled outcome and an item model of its time; import more history")
    at = prepared.split_day
    fit, judged = np.flatnonzero(pairs.settled_day < at), np.flatnonzero(pairs.day >= at)
    if len(fit) < MIN_FIT or len(judged) < MIN_JUDGED or not 0 < pairs.y[fit].sum() < len(fit):
        first, last = moment_of(float(pairs.day.min())), moment_of(float(pairs.day.max()))
        raise Refused(f"given the split `{format_instant(moment_of(at), 'seconds')}`, {len(fit)} rows are settled before it and "
                      f"{len(judged)} assigned after it; expected at least {MIN_FIT} and {MIN_JUDGED}: choose --split "
                      f"between {first.date()} and {last.date()}")
    return Origin(fit=fit, judge=judged)


def _with_owner_id(pairs: PairTable, owner: np.ndarray, cut: Origin) -> np.ndarray:
    """Log-odds of the item's part and the owner's identity, by ridge."""
    design = sparse.csr_matrix((np.full(len(owner), OWNER_SCALE), (np.arange(len(owner)), owner)))
    model = logistic(design[cut.fit], pairs.m[cut.fit], pairs.y[cut.fit])
    return model.log_odds(design[cut.judge], pairs.m[cut.judge])
