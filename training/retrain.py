"""READ FIRST: the offline pipeline on one screen, from the log to a written bundle and a tracked run.

log -> labels -> m as known then -> which effects -> one row per assignment as of then -> backtest of the layers
    -> owner signal or not -> last fit -> bundle -> expectations into the store -> MLflow
"""
from dataclasses import replace

import numpy as np

from rules.progress import Progress, ProgressClock, one_thread, silent
from serving.ranking.bundle import BundleParts, write_bundle
from serving.runtime.workspace import Workspace
from training.learn.backtest import Backtest, origins, run
from training.learn.dataset import days
from training.learn.fit import PairLayers, compose, fit_layers
from training.learn.preparing import PreparedRows, categorical, prepare
from training.learn.quality import quality_as_of
from training.learn.report import TrainReport
from training.learn.signal import SignalVerdict, judge_signal


@one_thread()
def train(workspace: Workspace, objective: str | None = None, progress: Progress = silent, *,
          track: bool = True) -> TrainReport:
    """Learn one objective from the workspace's log and write a bundle; tracked in MLflow unless told otherwise."""
    clock = ProgressClock(progress)
    prepared = prepare(workspace, objective, clock.start)
    clock.start("trying the layers on later rows")
    cuts = origins(prepared.pairs)
    backtest = run(prepared.pairs, cuts) if cuts else None
    verdict = judge_signal(prepared.pairs, backtest)
    clock.start("fitting the last model on everything settled")
    layers = fit_layers(prepared.pairs, backtest)
    parts = _parts(prepared, layers, backtest, verdict)
    clock.start("writing the bundle")
    bundle_hash = write_bundle(workspace.bundles, parts)
    workspace.store.write_expectations(bundle_hash, prepared.expected)
    report = TrainReport(bundle_hash=bundle_hash, parts=parts, prepared=prepared, layers=layers, backtest=backtest,
                         verdict=verdict, seconds=clock.seconds)
    if track:
        from training.registry import record  # mlflow takes seconds to import: only when it is used

        clock.start("recording the run in MLflow")
        report = replace(report, version=record(workspace, report))
    clock.start("")
    return report


def _parts(prepared: PreparedRows, layers: PairLayers, backtest: Backtest | None, verdict: SignalVerdict) -> BundleParts:
    table = prepared.table
    quality, _ = quality_as_of(prepared.items, table, table.settled, days(prepared.as_of),
                               categorical=categorical(prepared.fields))
    return compose(objective=prepared.objective.kind, plan=prepared.plan, item_fields=prepared.fields, quality=quality,
                   table=prepared.pairs, items=prepared.items[prepared.places], layers=layers, backtest=backtest,
                   verdict=verdict, value_median=_value_median(prepared))


def _value_median(prepared: PreparedRows) -> float:
    """What a missing value counts as: the median of the known ones, 1 where none is known."""
    name = prepared.objective.value
    known = [number for one in prepared.table.assignments if (number := one.item.number(name)) is not None]
    return float(np.median(known)) if known else 1.0
