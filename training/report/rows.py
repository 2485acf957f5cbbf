"""The judged rows with what they fall into: team, tenure, how the owner was found, and the item's attributes."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.clock import DAY
from features.effects import BAND_ENDS
from rules.model import WorkItem
from serving.ranking.layers import sigmoid
from training.judge.clustered import Sized, estimate
from training.learn.backtest import Backtest, losses_of, team_of
from training.learn.dataset import LabelledAssignment
from training.learn.metrics import Interval
from training.learn.planning import candidate_dimensions
from training.learn.preparing import PreparedRows

TEAM, TENURE, FOUND_BY = "team", "tenure", "assigned by"
UNKNOWN = "not known"


@dataclass(frozen=True, kw_only=True)
class JudgedRows:
    """n later rows: what was said with and without the owner, what came, and by heading the label of each row.

    `saved`: the log loss that the owner's part saves in each row over the item alone, at the level of its origin's rows.
    """

    assignments: Sequence[LabelledAssignment]
    y: np.ndarray
    said: np.ndarray
    item_said: np.ndarray
    saved: np.ndarray
    moved: np.ndarray
    clusters: Mapping[str, np.ndarray]
    labels: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.y)

    def mean(self, values: np.ndarray, rows: np.ndarray | slice = slice(None)) -> Interval:
        """A mean over some rows with its 95 % interval; rows of one day, and of one owner, hang together."""
        found = values[rows]
        sized = Sized(value=float(found.mean()), influence=found - found.mean())
        told = estimate(sized, {name: codes[rows] for name, codes in self.clusters.items()})
        return Interval(value=told.value, low=told.value if told.low is None else told.low,
                        high=told.value if told.high is None else told.high)


def judged_rows(backtest: Backtest, source: PreparedRows) -> JudgedRows:
    """The rows of a backtest beside the log that it was run on."""
    assignments = [source.table.assignments[row] for row in backtest.rows.tolist()]
    day, owner = backtest.clusters
    names = candidate_dimensions(source.book, source.table)
    labels = {TEAM: [team_of(source, one) or UNKNOWN for one in assignments],
              TENURE: _tenure(backtest), FOUND_BY: [one.assigned_by or UNKNOWN for one in assignments]}
    labels |= {name: [_value(one.item, name) for one in assignments] for name in names}
    return JudgedRows(
        assignments=assignments, y=backtest.y, said=sigmoid(backtest.full), item_said=sigmoid(backtest.item),
        saved=losses_of(backtest.by_origin, "item") - losses_of(backtest.by_origin, "full"), moved=backtest.full - backtest.item,
        clusters={"day": day, "owner": owner}, labels={name: np.array(each, dtype=object) for name, each in labels.items()})


def _value(item: WorkItem, name: str) -> str:
    value = item.value(name)
    return UNKNOWN if value is None else str(value)


def _tenure(backtest: Backtest) -> list[str]:
    """In which band of time in the job the owner was, by row."""
    ends = (BAND_ENDS // DAY).tolist()
    words = (f"under {ends[0]} days", *(f"{low} to {high} days" for low, high in zip(ends, ends[1:], strict=False)),
             f"over {ends[-1]} days")
    found: list[str] = []
    for part in backtest.by_origin:
        prepared = part.learned.prepared
        tenure = prepared.later_matrix[:, prepared.pairs.features.index("tenure_days")]
        bands = np.searchsorted(ends, tenure, side="right")
        found += [UNKNOWN if unknown else words[band] for unknown, band in zip(np.isnan(tenure), bands.tolist(), strict=True)]
    return found
