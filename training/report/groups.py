"""Is what was said what came, group by group; and where the model is worse than the item alone."""
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.learn.metrics import Interval
from training.report.rows import JudgedRows

#: Smaller groups are not told one by one; of a heading with many values so many are, the largest.
LEAST_ROWS, MOST_VALUES = 50, 15


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupFigures:
    """One group: its rows and owners, the share that succeeded and the share that was said, and their difference.

    `gain`: log loss saved per row over the item alone.
    """

    heading: str
    label: str
    rows: int
    owners: int
    happened: float
    said: float
    off: Interval
    gain: Interval


def group_figures(judged: JudgedRows) -> tuple[GroupFigures, ...]:
    """Every group of every heading that has enough rows, the largest first."""
    found: list[GroupFigures] = []
    for heading, labels in judged.labels.items():
        values, counts = np.unique(labels.astype(str), return_counts=True)
        order = np.argsort(-counts, kind="stable")
        largest = [values[at] for at in order if counts[at] >= LEAST_ROWS][:MOST_VALUES]
        if len(values) > 1:
            found += [_figures(judged, heading, str(value), np.flatnonzero(labels == value)) for value in largest]
    return tuple(found)


def _figures(judged: JudgedRows, heading: str, label: str, rows: np.ndarray) -> GroupFigures:
    return GroupFigures(heading=heading, label=label, rows=len(rows), owners=len(np.unique(judged.clusters["owner"][rows])),
                        happened=float(judged.y[rows].mean()), said=float(judged.said[rows].mean()),
                        off=judged.mean(judged.y - judged.said, rows), gain=judged.mean(judged.saved, rows))


def worse_slices(groups: Sequence[GroupFigures]) -> tuple[GroupFigures, ...]:
    """The groups in which knowing the owner loses against the item alone, the worst first."""
    return tuple(sorted((one for one in groups if one.gain.value < 0), key=lambda one: one.gain.value))
