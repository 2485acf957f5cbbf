"""READ FIRST: the offline pipeline on one screen, from the log to a written bundle and a tracked run.

log -> the same learning as of four moments of the past, judged on what came later -> owner signal or not
    -> learnt once more from all of it: labels, m as known then, what owners differ by, one row per assignment as of then,
       layers chosen on later rows, last fit -> bundle -> expectations and report into the store -> MLflow
"""
from dataclasses import replace

from rules.progress import Progress, ProgressClock, one_thread, silent
from serving.ranking.bundle import BundleParts, write_bundle
from serving.runtime.workspace import Workspace
from training.learn import backtest
from training.learn.agreement import learn_agreement
from training.learn.backtest import Backtest
from training.learn.data_checks import at_bounds, keep_card
from training.learn.fit import Learned, learn
from training.learn.hours import hours_of, require_promise, with_hours
from training.learn.preparing import prepare
from training.learn.signal import SignalVerdict, judge_signal, owners_differ
from training.learn.source import Source, read_source
from training.recording import load_libraries, record
from training.report.figures import figures_of
from training.report.page import keep
from training.report.trained import TrainReport

READING, TRYING, LEARNING = "reading the log", "trying it at moments of the past", "learning from all of it"


@one_thread()
def train(workspace: Workspace, objective: str | None = None, progress: Progress = silent, *, track: bool = True,
          because: str | None = None, source: Source | None = None) -> TrainReport:
    """Learn one objective from the workspace's log and write a bundle; tracked in MLflow unless told otherwise.

    `because`: the reason why marks on the log may be passed. `source`: the log, where it has been read already.
    """
    clock = ProgressClock(progress)
    clock.start(READING)
    source = source or read_source(workspace, objective, because)
    judged = agreement = None
    clock.start(LEARNING)
    if source.objective.learn == "agreement":
        learned, agreement, verdict = learn_agreement(source, lambda words: clock.start(f"{LEARNING}: {words}"))
        parts = learned.parts
    else:
        learned, judged, verdict, parts = _learn_outcome(source, clock)
    clock.start("writing the bundle")
    bundle_hash = write_bundle(workspace.bundles, parts)
    workspace.store.write_expectations(bundle_hash, learned.prepared.expected)
    card = source.card.with_findings(at_bounds(parts.plan.effects, learned.choice) if agreement is None else (), because)
    keep_card(workspace, card, bundle_hash, because)
    report = TrainReport(bundle_hash=bundle_hash, parts=parts, prepared=learned.prepared, card=card, layers=learned.layers,
                         choice=learned.choice, backtest=judged, agreement=agreement, verdict=verdict, seconds=clock.seconds)
    clock.start("writing the report")
    figures = figures_of(report)
    keep(workspace, bundle_hash, figures)
    if track:
        clock.start("loading MLflow")
        load_libraries()
        clock.start("recording the run in MLflow")
        report = replace(report, version=record(workspace, report, figures))
    clock.start("")
    return report


def _learn_outcome(source: Source, clock: ProgressClock) -> tuple[Learned, Backtest | None, SignalVerdict, BundleParts]:
    """Outcomes, or times as the outcome of a promise: learnt from all of it, and judged at moments of the past."""
    require_promise(source)
    learned = learn(prepare(source, lambda words: clock.start(f"{LEARNING}: {words}")))
    clock.start(TRYING)
    judged = backtest.run(source, lambda words: clock.start(f"{TRYING}: {words}"), folded=learned.prepared.folded)
    verdict = judge_signal(owners_differ(learned.prepared), judged)
    hours, gains = hours_of(source, judged)
    judged = judged and with_hours(judged, gains)
    return learned, judged, verdict, replace(learned.parts, signal=verdict.signal, signal_reason=verdict.reason, hours=hours,
                                             judged=judged.as_json() if judged else None)
