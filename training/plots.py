"""The pictures of a training run: what moves a score (shap beeswarm, dependence), what each layer adds, calibration."""
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue import catalogue
from serving.ranking.bundle import assemble
from serving.ranking.layers import sigmoid
from training.learn.backtest import Backtest
from training.report.figures import LAYERS

if TYPE_CHECKING:
    from training.report.trained import TrainReport

ROWS, DEPENDENCE, BINS, SIZE = 1500, 4, 10, (7.0, 4.5)
STEPS = ("effects", "linear", "trees", "calibration")


def draw(folder: Path, report: "TrainReport") -> None:
    """Write every picture as PNG into a folder."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    import matplotlib

    matplotlib.use("Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")                      # fonts and colours, nothing about the figures
        _contributions(folder, report)
        if report.backtest is not None:
            _layer_gains(folder / "layer_gains.png", report.backtest)
            _calibration(folder / "calibration.png", report.backtest)


def _contributions(folder: Path, report: "TrainReport") -> None:
    """Beeswarm of all layers' contributions per feature, and dependence of the strongest features."""
    import shap
    from matplotlib import pyplot

    pairs = report.prepared.pairs
    rows = np.unique(np.linspace(0, len(pairs) - 1, ROWS).astype(int)) if len(pairs) else np.zeros(0, int)
    if not len(rows):
        return
    base, values = assemble(report.parts).explain(pairs.matrix[rows])
    labels = [feature.label for feature in catalogue(report.parts.plan)]
    explanation = shap.Explanation(values=values, base_values=np.full(len(rows), base), data=pairs.matrix[rows],
                                   feature_names=labels)
    shap.plots.beeswarm(explanation, max_display=15, show=False)
    _save(folder / "beeswarm.png")
    strongest = np.argsort(-np.abs(values).mean(axis=0), kind="stable")[:DEPENDENCE]
    for index in strongest:
        if not np.abs(values[:, index]).any():
            continue
        shap.plots.scatter(explanation[:, int(index)], show=False)
        _save(folder / f"dependence_{pairs.features[index]}.png")
    pyplot.close("all")


def _layer_gains(path: Path, backtest: Backtest) -> None:
    from matplotlib import pyplot

    gains = [backtest.gains[name] for name in STEPS]
    values = np.array([gain.value for gain in gains])
    spread = np.array([[gain.value - gain.low for gain in gains], [gain.high - gain.value for gain in gains]])
    pyplot.figure(figsize=SIZE)
    pyplot.barh([LAYERS[name] for name in STEPS], values, xerr=np.maximum(spread, 0.0), capsize=3)
    pyplot.axvline(0.0, linewidth=0.8, color="black")
    pyplot.gca().invert_yaxis()
    pyplot.xlabel("log loss saved per row on later rows, with 95 % interval")
    _save(path)


def _calibration(path: Path, backtest: Backtest) -> None:
    from matplotlib import pyplot

    chance = sigmoid(backtest.full)
    order = np.argsort(chance, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    pyplot.figure(figsize=SIZE)
    pyplot.plot([0, 1], [0, 1], linewidth=0.8, color="grey")
    pyplot.plot([chance[part].mean() for part in parts], [backtest.y[part].mean() for part in parts], marker="o")
    top = max(max(chance[part].mean() for part in parts), max(backtest.y[part].mean() for part in parts)) * 1.1
    pyplot.xlim(0, top)
    pyplot.ylim(0, top)
    pyplot.xlabel("probability said")
    pyplot.ylabel("share that succeeded")
    _save(path)


def _save(path: Path) -> None:
    from matplotlib import pyplot

    pyplot.tight_layout()
    pyplot.savefig(path, dpi=90)
    pyplot.close("all")
