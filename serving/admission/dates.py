"""Time as a source of false learning: a level of success that jumps, rows from another age, outcomes cut off, survivors first."""
from datetime import UTC, datetime, timedelta

import numpy as np

from features.plan import Objective
from rules.exports.selection_bias import silence, survivors
from serving.admission.assignment_log import AssignmentLog
from serving.admission.marks import LogWarning

#: Weeks compared on either side of a break, labels a week needs, and by how much the level jumps at least.
WEEKS, ENOUGH, JUMP = 4, 20, 0.15
#: How many standard errors, widened by what weeks differ anyhow.
SURE = 6.0
#: Few rows past an empty stretch so long are of another age: as long as the log, within these bounds.
APART, FEW_APART = (timedelta(days=365), timedelta(days=730)), 0.03
_THURSDAY = 3                                            # 1 January 1970 was one; weeks begin on Mondays
_MOST_NAMED = 3


def judged_dates(log: AssignmentLog, objective: Objective, until: float, *, ends: str = "log") -> tuple[LogWarning, ...]:
    """Every mark about time; `until`: the last day anything is known of."""
    first = _survivors(log, ends)
    found = (_silent(log, objective, until, ends), first, _breaks(log, 0 if first is None else WEEKS), _of_another_age(log))
    return tuple(one for one in found if one is not None)


def _silent(log: AssignmentLog, objective: Objective, until: float, ends: str) -> LogWarning | None:
    seen = log.won_day[~np.isnan(log.won_day)]
    last = None if not len(seen) else datetime.fromtimestamp(float(seen.max()) * 86400, UTC)
    quiet = silence(last, datetime.fromtimestamp(until * 86400, UTC), objective.horizon)
    longest = float(np.diff(np.sort(seen)).max(initial=0.0))          # successes may be rare anyhow
    if quiet is None or quiet <= timedelta(days=longest):
        return None
    return LogWarning(code="truncated_outcomes", figure=quiet / timedelta(days=1), message=(
        f"the last success became known {quiet / timedelta(days=1):.0f} days before the {ends} ends; assignments that settled "
        "since look like failures: export outcomes up to the same day"))


def _survivors(log: AssignmentLog, ends: str) -> LogWarning | None:
    rows = np.flatnonzero(log.settled)
    heard = np.where(np.isnan(log.over_day), log.day, log.over_day)
    for words, order in (("assigned", rows), ("settled", rows[np.argsort(heard[rows], kind="stable")])):
        found = survivors(log.y[order].tolist())
        if found is not None:
            return LogWarning(code="left_truncation", figure=found[0] - found[1], message=(
                f"of the assignments {words} first, {found[0]:.1%} succeeded, of the rest {found[1]:.1%}: the {ends} seems to "
                "begin with survivors; export from a day on which nothing was filtered"))
    return None


def _breaks(log: AssignmentLog, passed_over: int) -> LogWarning | None:
    """The weeks at which the level of success jumps, further than weeks differ anyhow; not in the first, if survivors."""
    settled = log.due
    week = np.floor((log.day[settled] + _THURSDAY) / 7.0).astype(int)
    if not len(week):
        return None
    total, won = np.bincount(week - week.min()), np.bincount(week - week.min(), weights=log.y[settled])
    full = np.flatnonzero(total >= ENOUGH)
    if len(full) < 2 * WEEKS:
        return None
    rate, count = won[full] / total[full], total[full]
    noise = _noise(rate, count)
    jumps: list[tuple[float, int, str]] = []
    for at in range(2 + passed_over, len(full) - 1):
        before = slice(max(at - WEEKS, 0), at)
        for after in (slice(at, at + WEEKS), slice(at, at + 1)):
            jumps += _jump(rate, count, noise, before, after, week.min() + full[at])
    chosen: list[tuple[float, int, str]] = []
    for one in sorted(jumps, reverse=True):
        if all(abs(one[1] - other[1]) >= WEEKS for other in chosen):
            chosen.append(one)
    if not chosen:
        return None
    told = "; ".join(words for *_, words in sorted(chosen[:_MOST_NAMED], key=lambda one: one[1]))
    return LogWarning(code="regime_break", figure=chosen[0][0], message=f"the level of success jumps: {told}; what was "
                      "learnt before a break may not hold after it, and owners who came or left then are judged by it")


def _noise(rate: np.ndarray, count: np.ndarray) -> float:
    """By how many times binomial chance neighbouring weeks differ, in the middle: 1 or more."""
    level = np.clip((rate[1:] + rate[:-1]) / 2, 0.02, 0.98)
    error = np.sqrt(level * (1 - level) * (1 / count[1:] + 1 / count[:-1]))
    return max(float(np.median(np.abs(np.diff(rate)) / error)) / 0.6745, 1.0)


def _jump(rate: np.ndarray, count: np.ndarray, noise: float, before: slice, after: slice,
          week: int) -> list[tuple[float, int, str]]:
    was, now = (float(np.average(rate[part], weights=count[part])) for part in (before, after))
    level = min(max(float(np.average(rate[before.start:after.stop], weights=count[before.start:after.stop])), 0.02), 0.98)
    weeks = (len(rate[before]), len(rate[after]))
    own = level * (1 - level) * (1 / count[before].sum() + 1 / count[after].sum())
    between = (noise ** 2 - 1) * level * (1 - level) / float(np.median(count)) * (1 / weeks[0] + 1 / weeks[1])
    if abs(now - was) < JUMP or abs(now - was) < SURE * np.sqrt(own + between):
        return []
    day = datetime.fromtimestamp((int(week) * 7 - _THURSDAY) * 86400, UTC).date()
    return [(abs(now - was), int(week), f"from {was:.1%} to {now:.1%} in the week of {day}")]


def _of_another_age(log: AssignmentLog) -> LogWarning | None:
    early, late = far_apart(log.day)
    if not (early | late).any():
        return None
    first, last = (datetime.fromtimestamp(float(day) * 86400, UTC).date() for day in (log.day[early | late].min(),
                                                                                   log.day[early | late].max()))
    return LogWarning(code="rows_of_another_age", figure=float((early | late).sum()), message=f"{int((early | late).sum()):,} of "
                      f"{len(log):,} assignments lie apart from the others by more than a year, from {first} to {last}: mistyped "
                      "years, or what another system left over; the owners' time in the company counts from them")


def far_apart(day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows lie before, and after, an empty stretch that parts them from nearly all others; nobody where rows are few."""
    early, late = np.zeros(len(day), bool), np.zeros(len(day), bool)
    if len(day) < ENOUGH:
        return early, late
    order = np.sort(day)
    low, high = np.quantile(order, (FEW_APART, 1 - FEW_APART))
    least, most = (bound / timedelta(days=1) for bound in APART)
    empty = np.flatnonzero(np.diff(order) > min(max(high - low, least), most))
    before, after = empty[empty < FEW_APART * len(day)], empty[empty >= (1 - FEW_APART) * len(day) - 1]
    return (day <= order[before[-1]] if len(before) else early), (day > order[after[0]] if len(after) else late)
