"""Whether a log may be learnt from at all: what is missing from it, or cut off, is named before anything is fitted."""
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.events import Event
from features.plan import Objective
from rules.errors import Refused
from training.dataset import Table, days

#: Outcomes may fall silent for this share of the horizon before the log counts as cut off.
SILENCE = 0.25
#: Early rows count as a selection of survivors when the odds of success are this many times the rest's, and this sure.
TIMES, SURE = 1.5, 4.0
#: A success rate from which on nobody's failures can have been recorded.
ALL_SUCCEED = 0.995
ENOUGH = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Warning:
    """Something about the log that a reader of any figure must know."""

    code: str
    message: str

    def as_json(self) -> dict[str, str]:
        """The contract's spelling."""
        return {"code": self.code, "message": self.message}


def admit(table: Table, events: Sequence[Event], objective: Objective, as_of: datetime) -> tuple[Warning, ...]:
    """Every warning about the log; Refused when failures have no owner, since a naive rate would then be 100 %."""
    settled = table.settled
    if not settled.any():
        return ()
    _refuse_ownerless_failures(table, settled)
    found = [_truncated_outcomes(events, objective, as_of), _left_truncation(table, settled), _coin_share(table, settled)]
    return tuple(warning for warning in found if warning is not None)


def _refuse_ownerless_failures(table: Table, settled: np.ndarray) -> None:
    named = np.array([bool(name.strip()) for name in table.owners])[table.owner] & settled
    failures = settled & (table.y == 0)
    if int(named.sum()) >= ENOUGH and float(table.y[named].mean()) >= ALL_SUCCEED:
        missing = f", {int((failures & ~named).sum())} failures name none" if failures.any() else ""
        raise Refused(f"of {int(named.sum())} settled assignments with an owner {table.y[named].mean():.1%} succeeded"
                      f"{missing}: the owner is missing on negatives and a naive rate would be 100 %; "
                      "export the history with the owner of lost and open items too")


def _truncated_outcomes(events: Sequence[Event], objective: Objective, as_of: datetime) -> Warning | None:
    seen = [event.known_at for event in events if event.outcome in objective.positive]
    if objective.horizon is None or not seen:
        return None
    silence = days(as_of) - days(max(seen))
    allowed = SILENCE * objective.horizon.total_seconds() / 86400.0
    if silence <= allowed:
        return None
    return Warning(code="truncated_outcomes", message=f"the last success became known {silence:.0f} days before the log "
                   f"ends; assignments that settled since look like failures: export outcomes up to the same day")


def _left_truncation(table: Table, settled: np.ndarray) -> Warning | None:
    """Whether the rows first assigned, or first settled, succeed far more often than the rest: survivors alone."""
    rows = np.flatnonzero(settled)
    for words, order in (("assigned", rows), ("settled", rows[np.argsort(table.settled_day[rows], kind="stable")])):
        early, late = np.split(order, [max(len(order) // 20, 1)])
        if len(early) < ENOUGH // 2:
            continue
        first, rest = float(table.y[early].mean()), float(table.y[late].mean())
        error = np.sqrt(max(rest * (1 - rest), 1e-9) / len(early))
        if _odds(first) > TIMES * _odds(rest) and (first - rest) / error > SURE:
            return Warning(code="left_truncation", message=f"of the assignments {words} first, {first:.1%} succeeded, of "
                           f"the rest {rest:.1%}: the log seems to begin with survivors; export from a day on which "
                           "nothing was filtered")
    return None


def _odds(rate: float) -> float:
    return rate / max(1.0 - rate, 1e-9)


def _coin_share(table: Table, settled: np.ndarray) -> Warning | None:
    share = float(table.quasi_random[settled].mean())
    known = any(one.assigned_by for one in table.assignments)
    if share >= 0.02:
        return None
    words = "no assignment says how it came about" if not known else f"{share:.1%} of assignments were rotated or explored"
    return Warning(code="hand_picked", message=f"{words}; owner effects may partly be the choice of easy items, which no "
                   "figure computed from this log can rule out")
