"""Does knowing the owner help? What `train` says of the same log, as a report: models side by side on later rows.

`item` knows the item alone; `item+shuffled_owner` learns from the log with its owners permuted (the placebo);
`item+owner_id` adds the owner's identity, which memorises; `item+owner_statistics` is what Rightful ranks by. All are learnt
anew at moments of the past and judged on what was assigned after them: the very rows, and figures, of `train`. AUC is
reported and decides nothing.
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
from training.learn import backtest
from training.learn.agreement import learn_agreement
from training.learn.backtest import Backtest
from training.learn.dataset import moment_of
from training.learn.fit import Learned
from training.learn.metrics import Interval, auc, brier, logloss, losses, paired_gain
from training.learn.pairs import MIN_FIT, MIN_JUDGED
from training.learn.preparing import prepare
from training.learn.signal import SignalVerdict, judge_signal, owners_differ
from training.learn.source import Source, read_source

OWNER_ID, OWNER_SCALE = "owner id", 0.5
#: Agreement is measured on what was assigned after the origin of this place.
AGREEMENT_AT = 2
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
    """The whole report; `fitted` (at the first origin) and `judged` are row counts; `split` is the first of the `origins`.

    The constant is the rate of what was settled before each origin. Where agreement is learnt there are no models but that one.
    """

    objective: str
    split: datetime
    origins: tuple[datetime, ...]
    fitted: int
    judged: int
    models: tuple[ModelFigures, ...]
    constant_logloss: float | None
    verdict: SignalVerdict
    warnings: tuple[LogWarning, ...]
    agreement: Mapping[str, object] | None = None

    def as_json(self) -> dict[str, object]:
        """The contract's `evaluate --json`."""
        return {"objective": self.objective, "split": self.split.isoformat(),
                "origins": [origin.isoformat() for origin in self.origins], "fitted": self.fitted,
                "judged": self.judged, "models": [asdict(model) for model in self.models],
                "constant_logloss": self.constant_logloss, "agreement": self.agreement, "signal": self.verdict.signal,
                "signal_reason": self.verdict.reason, "signal_answer": self.verdict.answer,
                "warnings": [warning.as_json() for warning in self.warnings]}


@one_thread()
def evaluate(workspace: Workspace, objective: str | None = None, *, split: datetime | None = None,
             progress: Progress = silent) -> Evaluation:
    """Judge the models at the moments that `train` judges at, or at one `split` alone; Refused where rows are too few."""
    source = read_source(workspace, objective, as_trained=True)
    if source.objective.learn == "agreement":
        return _agreement(source, split, progress)
    prepared = prepare(source, progress)
    judged = backtest.run(source, progress, folded=prepared.folded, split=split, rivals={OWNER_ID: _with_owner_id})
    if judged is None:
        raise _too_few(source, split)
    progress(RANKING)
    at = judged.by_origin[min(AGREEMENT_AT, len(judged.by_origin) - 1)]
    agreement = measure(source, at, lambda done, of: progress(f"{RANKING}: {done} of {of}"))
    return Evaluation(agreement=agreement, objective=source.objective.kind, split=judged.origin, origins=judged.origins,
                      fitted=judged.fitted, judged=len(judged), models=_models(judged),
                      constant_logloss=logloss(judged.constant, judged.y), verdict=judge_signal(owners_differ(prepared), judged),
                      warnings=source.warnings)


def _agreement(source: Source, split: datetime | None, progress: Progress) -> Evaluation:
    """What `train` says of a ranking by who owned such items; Refused where no moment leaves enough on both sides."""
    _, found, verdict = learn_agreement(source, progress, split)
    if found is None:
        raise _too_few(source, split)
    return Evaluation(objective=source.objective.kind, split=found.origins[0], origins=found.origins, fitted=found.fitted,
                      judged=len(found), models=(), constant_logloss=None, verdict=verdict, warnings=source.warnings,
                      agreement=found.as_json())


def _models(judged: Backtest) -> tuple[ModelFigures, ...]:
    by_name = {"item": judged.item, "item+shuffled_owner": judged.shuffled, "item+owner_id": judged.rivals[OWNER_ID],
               "item+owner_statistics": judged.full}
    return tuple(ModelFigures(name=name, auc=auc(z, judged.y), logloss=logloss(z, judged.y), brier=brier(z, judged.y),
                              gain=paired_gain(losses(judged.item, judged.y), losses(z, judged.y), *judged.clusters))
                 for name, z in by_name.items())


def _with_owner_id(learned: Learned, source: Source, rows: np.ndarray) -> np.ndarray:
    """Log-odds of the item's part and the owner's identity, by ridge."""
    pairs, names = learned.prepared.pairs, learned.prepared.table.owners
    codes = {name: code for code, name in enumerate(names)}
    later = np.array([codes.get(source.table.owners[owner], -1) for owner in source.table.owner[rows].tolist()], dtype=np.int64)
    model = logistic(_one_hot(pairs.owner, len(names)), pairs.m, pairs.y)
    return model.log_odds(_one_hot(later, len(names)), learned.prepared.later_m)


def _one_hot(codes: np.ndarray, width: int) -> sparse.csr_matrix:
    known = np.flatnonzero(codes >= 0)
    return sparse.csr_matrix((np.full(len(known), OWNER_SCALE), (known, codes[known])), shape=(len(codes), width))


def _too_few(source: Source, split: datetime | None) -> Refused:
    table = source.table
    at = split or (moment_of(float(np.median(table.day))) if len(table) else source.as_of)
    day, settled = at.timestamp() / 86400, table.settled
    before, after = int((table.settled_day < day).sum()), int((settled & (table.day >= day)).sum())
    between = f"{moment_of(float(table.day.min())).date()} and {moment_of(float(table.day.max())).date()}" if len(table) else ""
    return Refused(f"given the split `{format_instant(at, 'seconds')}`, {before} rows are settled before it and {after} assigned "
                   f"after it and settled; expected at least {MIN_FIT} after the item model's first {MIN_FIT} and {MIN_JUDGED}"
                   + (f": choose --split between {between}" if between else ""))
