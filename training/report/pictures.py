"""The pictures of a training's report: which figures stand on which chart."""
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from training.learn.metrics import Interval
from training.report.charts import Chart, PointOnCurve, Whisker, curve, whiskers
from training.report.curves import Bin, Point
from training.report.figures import LAYERS, Figures, JudgedFigures
from training.report.groups import GroupFigures, worse_slices
from training.report.owners import DimensionSpread, OwnerFigures

SAVED = "log loss saved per row, in thousandths"
BETTER = f"{SAVED}; right of 0 is better"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The charts of a page, None or empty where there is nothing to draw."""

    owners: Chart | None
    differences: Chart | None
    over_time: Chart | None = None
    reliability: Chart | None = None
    fifths: Chart | None = None
    selective: Chart | None = None
    learning: Chart | None = None
    groups: Sequence[tuple[str, Chart]] = ()
    worse: Chart | None = None


def draw(figures: Figures) -> Drawn:
    """Every chart of the page."""
    owners, differ = _owners(figures.owners), _differences(figures.differences) if figures.differences else None
    if (judged := figures.judged) is None:
        return Drawn(owners=owners, differences=differ)
    headings = groupby(judged.groups, key=lambda one: one.heading)
    return Drawn(
        owners=owners, differences=differ, over_time=_over_time(judged), reliability=_reliability(judged.reliability),
        fifths=_fifths(judged.fifths), groups=[(heading, _groups(list(found))) for heading, found in headings],
        selective=_points(judged.selective, across="share of the rows kept, most moved first, in percent", scale=100.0),
        learning=_points(judged.learning, across="settled assignments learnt from", scale=1.0),
        worse=_worse(worse_slices(judged.groups)))


def _over_time(judged: JudgedFigures) -> Chart:
    rows: list[Whisker] = []
    for layer, found in groupby(judged.over_time, key=lambda one: one.layer):
        rows.append(Whisker(name=LAYERS[layer]))
        rows += [_gain(f"as of {one.origin[:10]}", one.rows, one.gain) for one in found]
        rows.append(_gain("all of them", judged.rows, judged.gains[layer]))
    return whiskers(rows, label="What each layer adds at each origin", axis=BETTER, scale=1000.0)


def _gain(name: str, count: int, gain: Interval) -> Whisker:
    return Whisker(name=name, note=f"n = {count:,}", value=gain.value, low=gain.low, high=gain.high)


def _groups(found: Sequence[GroupFigures]) -> Chart:
    return whiskers([Whisker(name=one.label, note=f"n = {one.rows:,}", value=one.off.value, low=one.off.low, high=one.off.high)
                     for one in found], label=f"What came less what was said, by {found[0].heading}", scale=100.0,
                    axis="what came less what was said, in points; right of 0 = said too little")


def _worse(found: Sequence[GroupFigures]) -> Chart | None:
    rows = [_gain(f"{one.heading.replace('_', ' ')}: {one.label}", one.rows, one.gain) for one in found]
    return whiskers(rows, label="Where the model is worse than the item alone", axis=BETTER, scale=1000.0) if rows else None


def _reliability(bins: Sequence[Bin]) -> Chart:
    return curve([PointOnCurve(x=one.said, value=one.happened.value, low=one.happened.low, high=one.happened.high,
                        told=f"said {one.said:.1%}, came {one.happened.value:.1%}, n = {one.rows:,}") for one in bins],
                 label="What came beside what was said", across="probability said, in percent",
                 up="share that succeeded, in percent", scale=100.0, across_scale=100.0, diagonal=True, joined=False)


def _fifths(bins: Sequence[Bin]) -> Chart:
    rows: list[Whisker] = []
    for place, one in enumerate(bins, start=1):
        came, item = one.happened, one.item_said
        rows.append(Whisker(name=f"{place} of {len(bins)}" + (", owners lift least" if place == 1 else
                                                          ", owners lift most" if place == len(bins) else ""),
                        note=f"n = {one.rows:,}", value=came.value - item, low=came.low - item, high=came.high - item,
                        others=(one.said - item,)))
    return whiskers(rows, label="What the owner was said to add, and what came", scale=100.0,
                    axis="points over what the item alone promised; open dots = said, filled = came")


def _points(points: Sequence[Point], *, across: str, scale: float) -> Chart | None:
    if len(points) < 2:
        return None
    return curve([PointOnCurve(x=one.at, value=one.gain.value, low=one.gain.low, high=one.gain.high,
                        told=f"{1000 * one.gain.value:+.2f} [{1000 * one.gain.low:+.2f}, {1000 * one.gain.high:+.2f}], "
                             f"n = {one.rows:,}") for one in points],
                 label="Log loss saved", across=across, up=SAVED, scale=1000.0, across_scale=scale)


def _owners(found: Sequence[OwnerFigures]) -> Chart | None:
    places = [PointOnCurve(x=place, value=one.effect, low=one.low, high=one.high,
                    told=f"{one.owner}: {one.effect:+.2f} [{one.low:+.2f}, {one.high:+.2f}], {one.settled:,} results")
              for place, one in enumerate(found, start=1)]
    return curve(places, label="Effect of each owner with its interval", across="owners, the best first", up="log-odds",
                 joined=False, r=2.5) if places else None


def _differences(found: Sequence[DimensionSpread]) -> Chart:
    rows = [Whisker(name=one.name.replace("_", " "), value=one.deviation, note="" if one.taken else "left out",
                faint=not one.taken, others=[at for at in one.at_origins if at is not None]) for one in found]
    return whiskers(rows, label="How much owners differ", axis="standard deviation among owners, in log-odds")
