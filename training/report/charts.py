"""Charts as geometry: points with their intervals along a line of values, or over an axis; a template draws them as SVG."""
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT, ROW, TOP, AXIS = 760, 268, 96, 22, 14, 40
#: The frame of a chart with two axes.
HEIGHT, MARGIN = 330, 62
TICKS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """From one point to another; `kind` is how it looks."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """A point, and what it says when it is pointed at."""

    x: float
    y: float
    kind: str
    told: str = ""
    r: float = 4.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A text at a place; `anchor` as in SVG."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    kind: str = "word"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """All that is drawn, in its own units."""

    height: float
    label: str
    lines: Sequence[Line] = ()
    dots: Sequence[Dot] = ()
    words: Sequence[Word] = ()
    width: int = WIDTH


@dataclass(frozen=True, kw_only=True, slots=True)
class Whisker:
    """A named value with its interval (None = none), a note at the right, and further values beside it; no value = a heading.

    `faint`: drawn as what does not count.
    """

    name: str
    note: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    others: Sequence[float] = ()
    faint: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PointOnCurve:
    """A point over the axis, with the interval of its value."""

    x: float
    value: float
    low: float
    high: float
    told: str


def whiskers(rows: Sequence[Whisker], *, label: str, axis: str, scale: float = 1.0) -> Chart:
    """Values with their intervals, one row each, on one scale that holds 0; `scale`: what a value counts as on the axis."""
    ends = [0.0] + [scale * end for row in rows for end in (row.value, row.low, row.high, *row.others) if end is not None]
    ticks = ticks_of(min(ends), max(ends))
    low, high = ticks[0], ticks[-1]
    bottom = TOP + ROW * len(rows) + 4

    def x(value: float) -> float:
        return round(LEFT + (scale * value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    lines = [Line(x1=x(tick / scale), x2=x(tick / scale), y1=TOP - 4, y2=bottom, kind="zero" if tick == 0 else "grid")
             for tick in ticks]
    words = [Word(x=x(tick / scale), y=bottom + 15, text=f"{tick:g}", anchor="middle", kind="tick") for tick in ticks]
    words.append(Word(x=round((LEFT + WIDTH - RIGHT) / 2, 1), y=bottom + 33, text=axis, anchor="middle", kind="tick"))
    dots = []
    for place, row in enumerate(rows):
        y = TOP + ROW * place + ROW / 2
        heading = row.value is None
        words.append(Word(x=0 if heading else 10, y=y + 4, text=_short(row.name), kind="head" if heading else "word"))
        words.append(Word(x=WIDTH, y=y + 4, text=row.note, anchor="end", kind="tick"))
        dots += [Dot(x=x(other), y=y, kind="other", r=3.0) for other in row.others]
        if row.value is None:
            continue
        kind = "open" if row.faint else _sure(row.low, row.high)
        if row.low is not None and row.high is not None:
            lines.append(Line(x1=x(row.low), x2=x(row.high), y1=y, y2=y, kind=kind))
        dots.append(Dot(x=x(row.value), y=y, kind=kind, told=f"{row.name}: {told(scale * row.value, row.low, row.high, scale)}"))
    return Chart(height=bottom + AXIS, label=label, lines=lines, dots=dots, words=words)


def curve(places: Sequence[PointOnCurve], *, label: str, across: str, up: str, scale: float = 1.0, diagonal: bool = False,
          across_scale: float = 1.0, joined: bool = True, r: float = 4.5) -> Chart:
    """Values with their intervals over an axis; `diagonal`: both axes are the same and x = y is drawn."""
    xs, ends = [across_scale * one.x for one in places], [scale * end for one in places for end in (one.low, one.high)]
    if diagonal:
        xs = ends = xs + ends
    up_ticks, across_ticks = ticks_of(min(0.0, *ends), max(0.0, *ends)), ticks_of(min(xs), max(xs))
    left, right, top, bottom = MARGIN, WIDTH - 30, TOP + 18, HEIGHT - 46

    def x(value: float) -> float:
        return round(left + (value - across_ticks[0]) / (across_ticks[-1] - across_ticks[0]) * (right - left), 1)

    def y(value: float) -> float:
        return round(bottom - (value - up_ticks[0]) / (up_ticks[-1] - up_ticks[0]) * (bottom - top), 1)

    lines = [Line(x1=left, x2=right, y1=y(tick), y2=y(tick), kind="zero" if tick == 0 else "grid") for tick in up_ticks]
    words = [Word(x=left - 8, y=y(tick) + 4, text=f"{tick:g}", anchor="end", kind="tick") for tick in up_ticks]
    words += [Word(x=x(tick), y=bottom + 17, text=f"{tick:,g}", anchor="middle", kind="tick") for tick in across_ticks]
    words += [Word(x=(left + right) / 2, y=bottom + 37, text=across, anchor="middle", kind="tick"),
              Word(x=0, y=TOP - 3, text=up, kind="tick")]
    if diagonal:
        first, last = max(across_ticks[0], up_ticks[0]), min(across_ticks[-1], up_ticks[-1])
        lines.append(Line(x1=x(first), y1=y(first), x2=x(last), y2=y(last), kind="diagonal"))
    points = [(x(across_scale * one.x), y(scale * one.value)) for one in places]
    if joined:
        lines += [Line(x1=x1, y1=y1, x2=x2, y2=y2, kind="join") for (x1, y1), (x2, y2) in zip(points, points[1:], strict=False)]
    sure = [("sure" if diagonal else _sure(one.low, one.high)) for one in places]
    lines += [Line(x1=at, x2=at, y1=y(scale * one.low), y2=y(scale * one.high), kind=kind)
              for one, (at, _), kind in zip(places, points, sure, strict=True)]
    return Chart(height=HEIGHT, label=label, lines=lines, words=words, dots=[
        Dot(x=at, y=level, kind=kind, told=one.told, r=r) for one, (at, level), kind in zip(places, points, sure, strict=True)])


def ticks_of(low: float, high: float) -> list[float]:
    """Round figures that span a range."""
    width = max(high - low, 1e-9) / (TICKS - 1)
    power = 10.0 ** int(f"{width:e}".split("e")[1])
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= width * 0.999)
    first, last = int(low // step), -int(-high // step)
    return [round(step * number, 12) for number in range(first, max(last, first + 1) + 1)]


def told(value: float, low: float | None, high: float | None, scale: float = 1.0) -> str:
    """A figure with its interval."""
    return f"{value:.3g}" if low is None or high is None else f"{value:.3g} [{scale * low:.3g}, {scale * high:.3g}]"


def _sure(low: float | None, high: float | None) -> str:
    """How an interval looks: above 0, below it, or neither."""
    if low is None or high is None:
        return "sure"
    return "sure" if low > 0 else "against" if high < 0 else "open"


def _short(text: str, most: int = 42) -> str:
    return text if len(text) <= most else text[:most - 1] + "…"
