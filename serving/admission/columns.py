"""What each column knows, and when: its AUC alone with interval, what is missing by outcome and by owner, what tells the outcome.

A column tells the outcome where it separates successes from failures as nothing known at arrival does, where it is filled in
on one of the two alone, where one of its values holds most of one of the two and nearly none of the other, or where it follows
how long the item took. A column is known later where items that are open lack it and those that are over have it.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from serving.admission.assignment_log import AssignmentLog
from serving.admission.marks import LogWarning

#: Rows looked at; enough for intervals of a percentage point, and as fast for a million.
MOST_ROWS = 50_000
#: Labels of either sort below which nothing is said of a column.
FEW = 30
#: AUC from whose lower bound on a single column tells the outcome; a good model of everything known at arrival reaches .8 or so.
TELLING = 0.92
#: Presence on one outcome at most, and on the other at least, for a column that is filled in with the outcome.
HARDLY, OFTEN = 0.005, 0.1
#: A value tells the outcome that holds this share of the successes (of the failures) with next to none of the others.
MOST_SUCCESSES, MOST_FAILURES, PURE = 0.2, 0.5, 20.0
#: Rank correlation with how long it took from which on a number is that time.
FOLLOWS = 0.95
#: Open items have a column known later at most this often, for each time that items over have it.
OPEN_HAVE = 0.2
_BINS, _WORDS, _FOLDS = 20, 200, 5


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnCard:
    """One column of items: when it is known, how well it alone tells successes, and where it is missing (shares, None = too few).

    `by_owner`: the least and the most that owners miss of it, between their tenth and their ninetieth hundredth.
    """

    name: str
    known: str
    missing: float
    missing_on_success: float | None = None
    missing_on_failure: float | None = None
    by_owner: tuple[float, float] | None = None
    auc: float | None = None
    auc_low: float | None = None
    auc_high: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Cells:
    """A column of a sample: codes (0 = missing), whether given, and its numbers where it has any."""

    code: np.ndarray
    given: np.ndarray
    number: np.ndarray | None


def judged_columns(log: AssignmentLog, *, sample: int = MOST_ROWS) -> tuple[tuple[ColumnCard, ...], tuple[LogWarning, ...]]:
    """A card per column that any item has, and a mark for each that must not be learnt from."""
    rows = np.unique(np.linspace(0, len(log) - 1, min(len(log), sample)).astype(int)) if len(log) else np.zeros(0, int)
    items = [log.items[row] for row in rows]
    names = dict.fromkeys(name for item in items for name, fact in item.facts.items() if fact.value is not None)
    cards, marks = [], []
    for name in names:
        cells = _cells([_read(item, name) for item in items])
        card, mark = _judged(name, cells, log, rows)
        cards.append(card)
        marks += [] if mark is None else [mark]
    return tuple(cards), tuple(marks)


def _read(item, name: str) -> object:
    number = item.number(name)
    return item.value(name) if number is None else number


def _cells(values: Sequence[object]) -> _Cells:
    given = np.array([value is not None for value in values], dtype=bool)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values if value is not None):
        number = np.array([np.nan if value is None else float(value) for value in values])  # type: ignore[arg-type]
        edges = np.unique(np.quantile(number[given], np.linspace(0, 1, _BINS + 1)[1:-1])) if given.any() else np.zeros(0)
        zero = (number == 0).astype(int)                     # nothing is often written as 0, and is a value of its own here
        code = 2 * np.searchsorted(edges, number, side="right") + 1 + zero
        return _Cells(code=np.where(given, code, 0), given=given, number=number)
    words = [str(value) for value in values]
    counted: dict[str, int] = {}
    for word, there in zip(words, given, strict=True):
        if there:
            counted[word] = counted.get(word, 0) + 1
    places = {word: place for place, word in enumerate(sorted(counted, key=lambda one: (-counted[one], one))[:_WORDS], 1)}
    return _Cells(code=np.array([places.get(word, _WORDS + 1) if there else 0 for word, there in zip(words, given, strict=True)]),
                  given=given, number=None)


def _judged(name: str, cells: _Cells, log: AssignmentLog, rows: np.ndarray) -> tuple[ColumnCard, LogWarning | None]:
    y, over = log.y[rows], log.over_day[rows]
    settled = ~np.isnan(y)
    won, lost = settled & (y == 1), settled & (y == 0)
    rates = _known_later(cells, log.day[rows], ~np.isnan(over))
    later = rates if rates is not None and rates[1] >= OFTEN and rates[0] <= OPEN_HAVE * rates[1] else None
    known = "cannot tell" if rates is None else "later" if later else "while open"
    missing = float(1 - cells.given.mean())
    if min(won.sum(), lost.sum()) < FEW:
        card = ColumnCard(name=name, known=known, missing=missing)
        return card, _late(name, later) if later else None
    area, low, high = area_between(_learnt_rates(cells.code[settled], y[settled]), y[settled])
    card = ColumnCard(name=name, known=known, missing=missing, missing_on_success=float(1 - cells.given[won].mean()),
                      missing_on_failure=float(1 - cells.given[lost].mean()), by_owner=_by_owner(cells.given, log.owner[rows]),
                      auc=area, auc_low=low, auc_high=high)
    told = _how_it_tells(card, cells, y, settled, log.day[rows], over)
    if told is not None:
        code = "value_tells_outcome" if name == "value" else "column_tells_outcome"
        return card, LogWarning(code=code, of=(name,), figure=area, message=f"`{name}` {told} (AUC {area:.3f}, {low:.3f} to "
                                f"{high:.3f}): it was filled in when the outcome was known, or tells it; left out of what is "
                                "learnt, unless --because says why it is known on arrival")
    return card, _late(name, later) if later else None


def _late(name: str, later: tuple[float, float]) -> LogWarning:
    return LogWarning(code="column_known_later", of=(name,), figure=later[0], message=f"`{name}` stands on {later[0]:.1%} of the "
                      f"items that are open and on {later[1]:.1%} of those of the same months that are over: it is not known on "
                      "arrival; left out of what is learnt, unless --because says why it is")


def _how_it_tells(card: ColumnCard, cells: _Cells, y: np.ndarray, settled: np.ndarray, day: np.ndarray,
                  over: np.ndarray) -> str | None:
    """In words how a column tells the outcome, None where it does not."""
    won, lost = settled & (y == 1), settled & (y == 0)
    on_won, on_lost = float(cells.given[won].mean()), float(cells.given[lost].mean())
    for most, least, words in ((on_won, on_lost, "successes"), (on_lost, on_won, "failures")):
        hardly = least <= HARDLY and most >= OFTEN and least * 20 <= most
        if hardly and cells.given[settled].sum() >= FEW:
            return f"stands on {most:.1%} of the {words} and on {least:.1%} of the others"
    if card.auc_low is not None and card.auc_low >= TELLING:
        return "alone tells successes from failures"
    for code in np.unique(cells.code[settled]):
        here = cells.code == code
        in_won, in_lost = int((here & won).sum()), int((here & lost).sum())
        for sort, other, most, words in ((in_won / won.sum(), (in_lost, lost.sum()), MOST_SUCCESSES, "successes"),
                                         (in_lost / lost.sum(), (in_won, won.sum()), MOST_FAILURES, "failures")):
            if sort >= most and in_won + in_lost >= FEW and _at_most(*other) * PURE < sort:
                return f"has one value that holds {sort:.1%} of the {words} and {other[0] / other[1]:.1%} of the others"
    if cells.number is not None:
        both = settled & cells.given & ~np.isnan(over)
        number, took = cells.number[both], (over - day)[both]
        by_date = len(number) >= FEW and abs(_rank_correlation(number, day[both])) >= FOLLOWS        # a running number, say
        if len(number) >= FEW and not by_date and abs(_rank_correlation(number, took)) >= FOLLOWS:
            return "follows how long the item took"
    return None


def _at_most(count: int, of: int) -> float:
    """The upper bound (95 %, Wilson) of a share."""
    z = 1.96
    share = count / of
    middle, spread = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return float((middle + spread) / (1 + z * z / of))


def _known_later(cells: _Cells, day: np.ndarray, over: np.ndarray) -> tuple[float, float] | None:
    """How often open items have it, and how often items over of the same months; None where too few of either are there."""
    month = np.floor(day / 30.0)
    have_open = expected = count = 0.0
    for one in np.unique(month[~over]):
        here = month == one
        open_here, over_here = here & ~over, here & over
        if open_here.sum() >= 5 and over_here.sum() >= 10:
            count += open_here.sum()
            have_open += cells.given[open_here].sum()
            expected += open_here.sum() * cells.given[over_here].mean()
    return (have_open / count, expected / count) if count >= FEW else None


def _by_owner(given: np.ndarray, owner: np.ndarray) -> tuple[float, float] | None:
    total = np.bincount(owner)
    enough = total >= FEW
    if enough.sum() < 2:
        return None
    missing = 1 - np.bincount(owner, weights=given)[enough] / total[enough]
    return float(np.quantile(missing, 0.1)), float(np.quantile(missing, 0.9))


def _learnt_rates(code: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The success rate of each row's value, learnt from the other rows: a value that stands once says nothing."""
    fold, base, found = np.arange(len(y)) % _FOLDS, float(y.mean()), np.zeros(len(y))
    for one in range(_FOLDS):
        others = fold != one
        total = np.bincount(code[others], minlength=code.max() + 1)
        wins = np.bincount(code[others], weights=y[others], minlength=code.max() + 1)
        found[~others] = ((wins + 5 * base) / (total + 5))[code[~others]]
    return found


def area_between(score: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    """AUC with its 95 % interval (Hanley & McNeil 1982); ties count half."""
    rank = _ranks(score)
    won, lost = float((y == 1).sum()), float((y == 0).sum())
    area = float((rank[y == 1].sum() - won * (won + 1) / 2) / (won * lost))
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    error = np.sqrt(max(area * (1 - area) + (won - 1) * (q1 - area ** 2) + (lost - 1) * (q2 - area ** 2), 0.0) / (won * lost))
    return area, max(area - 1.96 * error, 0.0), min(area + 1.96 * error, 1.0)


def _ranks(column: np.ndarray) -> np.ndarray:
    """From 1 on, ties in the middle."""
    _, place, count = np.unique(column, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count - 1) / 2)[place]


def _rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    if min(len(np.unique(one)), len(np.unique(other))) < FEW // 3:
        return 0.0
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def columns_left_out(found: Sequence[LogWarning]) -> Mapping[str, LogWarning]:
    """The columns that a mark keeps from being learnt from, unless it was passed."""
    kept_out = ("column_tells_outcome", "value_tells_outcome", "column_known_later")
    return {name: one for one in found if one.code in kept_out and one.verdict == "marked" for name in one.of}
