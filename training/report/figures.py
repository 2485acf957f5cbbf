"""All figures of a training's report, as one value: what the page, the cards, the screen and MLflow say."""
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version

import numpy as np

from features.catalogue import counts_items
from serving.runtime.version import VERSION
from training.learn.backtest import Backtest
from training.learn.choosing import EFFECTS, LayerChoice
from training.learn.metrics import CANNOT_TELL, NO, YES, Interval, brier, logloss
from training.learn.signal import last_slope
from training.report.curves import BINS, FIFTHS, Bin, LayerAtOrigin, Point, bins_by, layers_over_time, learning_curve, selective
from training.report.groups import GroupFigures, group_figures
from training.report.owners import DimensionSpread, OwnerFigures, differences, owner_figures
from training.report.rows import TEAM, JudgedRows, judged_rows
from training.report.trained import TrainReport

#: The layers in the order in which they come, and what each is measured against.
LAYERS = {"item": "item alone, over the rate known then", "effects": "owner effects, over the item",
          "linear": "straight line, over the effects", "trees": "trees, over the straight line", "calibration": "calibration",
          "pair": "the owner's part in all, over the item", "pair over placebo": "the same, over permuted owners"}
ANSWERS = {YES: "Owners can be told apart, and what was learnt of them holds on later rows: the model may rank.",
           NO: "What was learnt of owners is worth nothing on later rows: they take turns.",
           CANNOT_TELL: "It cannot be told whether it matters who gets an item: owners take turns."}
#: The same where it is learnt who owned such items, and what ranks then.
AGREEMENT = {YES: "Who owned such items can be foretold better than by counting: the model may rank. That is agreement with the "
                  "past, not benefit.",
             NO: "Who owned such items is foretold no better than by counting: owners take turns.",
             CANNOT_TELL: "It cannot be told whether who owned such items is foretold better than by counting: they take turns."}
RANKED = "A straight line (conditional logit) ranks, with trees by lambdarank on top where they help on later items."
PACKAGES = ("lightgbm", "numpy", "scipy")
ERRORS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """A row that the model was most wrong about."""

    assignment: str
    item: str
    owner: str
    team: str
    assigned: str
    said: float
    item_said: float
    succeeded: bool


@dataclass(frozen=True, kw_only=True)
class JudgedFigures:
    """What the judged rows show; every figure is of rows that chose nothing."""

    rows: int
    owners: int
    days: int
    origins: Sequence[str]
    happened: float
    said: Interval
    slope: Interval
    logloss: Mapping[str, float]
    brier: float
    gains: Mapping[str, Interval]
    over_time: Sequence[LayerAtOrigin]
    reliability: Sequence[Bin]
    fifths: Sequence[Bin]
    groups: Sequence[GroupFigures]
    selective: Sequence[Point]
    learning: Sequence[Point]
    missed: Sequence[Missed]
    over_promised: Sequence[Missed]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The whole report. `judged` is None where no origin left enough rows on both sides."""

    objective: str
    signal: str
    answer: str
    sentence: str
    reason: str
    as_of: str
    assignments: int
    settled: int
    fitted: int
    differences: Sequence[DimensionSpread]
    owners: Sequence[OwnerFigures]
    judged: JudgedFigures | None
    card: Mapping[str, object]
    layers: str
    versions: Mapping[str, str]
    agreement: Mapping[str, object] | None = None

    def as_json(self) -> dict[str, object]:
        """As data."""
        return asdict(self)


def figures_of(report: TrainReport) -> Figures:
    """Every figure of a training."""
    prepared, parts, verdict = report.prepared, report.parts, report.verdict
    return Figures(
        objective=parts.objective, signal=verdict.signal, answer=verdict.answer,
        sentence=(AGREEMENT if counts_items(parts.plan) else ANSWERS)[verdict.answer],
        reason=verdict.reason, as_of=prepared.as_of.isoformat(timespec="seconds"), assignments=len(prepared.table),
        settled=int(prepared.table.settled.sum()), fitted=len(prepared.pairs),
        differences=differences(prepared, report.backtest), owners=owner_figures(prepared),
        judged=None if report.backtest is None else _judgement(report.backtest, report), card=report.card.as_json(),
        layers=RANKED if counts_items(parts.plan) else told_of_layers(report.choice), versions=versions_of(report),
        agreement=None if report.agreement is None else report.agreement.as_json())


def told_of_layers(choice: LayerChoice) -> str:
    """Which layers have weight, and why the others have none."""
    if not choice.tried:
        return "Too few rows to choose layers by: the straight line ranks, the trees have weight 0."
    if choice.pair == EFFECTS:
        return "The owner effects rank alone: on later rows the straight line lost to them, so that trees were not asked."
    if choice.s:
        return f"The straight line ranks with trees of weight {choice.s:g}: they saved {choice.trees} log loss per row."
    return (f"The straight line ranks, the trees have weight 0: at their best they saved {choice.trees} log loss per row where "
            "layers are chosen, less than the standard error of that.")


def versions_of(report: TrainReport) -> dict[str, str]:
    """By what data, book and code the model was made."""
    prepared, parts = report.prepared, report.parts
    return {"bundle": report.bundle_hash, "training data": parts.training_digest, "rule book": prepared.book.digest,
            "directory": prepared.directory.digest, "features": parts.catalogue_digest, "rightful": VERSION,
            **{name: version(name) for name in PACKAGES}}


def _judgement(backtest: Backtest, report: TrainReport) -> JudgedFigures:
    judged = judged_rows(backtest, report.prepared)
    y = judged.y
    return JudgedFigures(
        rows=len(y), owners=len(np.unique(backtest.owner)), days=len(np.unique(np.floor(backtest.day))),
        origins=[origin.isoformat(timespec="seconds") for origin in backtest.origins], happened=float(y.mean()),
        said=judged.mean(judged.said), slope=last_slope(np.column_stack([np.ones(len(y)), backtest.full]), y, *backtest.clusters),
        logloss={"full": logloss(backtest.full, y), "item": logloss(backtest.item, y), "constant": logloss(backtest.constant, y)},
        brier=brier(backtest.full, y), gains=backtest.gains,
        over_time=layers_over_time(backtest, tuple(LAYERS)), reliability=bins_by(judged, judged.said, BINS),
        fifths=bins_by(judged, judged.moved, FIFTHS), groups=group_figures(judged), selective=selective(judged),
        learning=learning_curve(backtest, report.prepared), missed=_missed(judged, succeeded=True),
        over_promised=_missed(judged, succeeded=False))


def _missed(judged: JudgedRows, *, succeeded: bool) -> tuple[Missed, ...]:
    """The rows of one outcome that were said to be least likely, worst first."""
    chance = np.where(judged.y == succeeded, judged.said if succeeded else 1.0 - judged.said, np.inf)
    found = []
    for row in np.argsort(chance, kind="stable")[:min(ERRORS, int((judged.y == succeeded).sum()))].tolist():
        one = judged.assignments[row]
        found.append(Missed(assignment=one.assignment_id, item=one.item.item_id, owner=one.owner_id,
                            team=str(judged.labels[TEAM][row]), assigned=one.assigned_at.isoformat(timespec="minutes"),
                            said=float(judged.said[row]), item_said=float(judged.item_said[row]), succeeded=succeeded))
    return tuple(found)
