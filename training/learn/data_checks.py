"""Whether a log may be learnt from at all: what is missing from it, or cut off, is named before anything is fitted."""
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from features.events import Event
from features.plan import Objective
from rules.errors import Refused
from rules.exports.selection_bias import ALL_SUCCEED, ENOUGH, silence, survivors
from serving.imports.report import LogWarning
from training.learn.dataset import TrainingTable


def admit(table: TrainingTable, events: Sequence[Event], objective: Objective, as_of: datetime) -> tuple[LogWarning, ...]:
    """Every warning about the log; Refused when failures have no owner, since a naive rate would then be 100 %."""
    settled = table.settled
    if not settled.any():
        return ()
    _refuse_ownerless_failures(table, settled)
    found = [_truncated_outcomes(events, objective, as_of), _left_truncation(table, settled), _coin_share(table, settled)]
    return tuple(warning for warning in found if warning is not None)


def _refuse_ownerless_failures(table: TrainingTable, settled: np.ndarray) -> None:
    named = np.array([bool(name.strip()) for name in table.owners])[table.owner] & settled
    failures = settled & (table.y == 0)
    if int(named.sum()) >= ENOUGH and float(table.y[named].mean()) >= ALL_SUCCEED:
        missing = f", {int((failures & ~named).sum())} failures name none" if failures.any() else ""
        raise Refused(f"of {int(named.sum())} settled assignments with an owner {table.y[named].mean():.1%} succeeded"
                      f"{missing}: the owner is missing on negatives and a naive rate would be 100 %; "
                      "export the history with the owner of lost and open items too")


def _truncated_outcomes(events: Sequence[Event], objective: Objective, as_of: datetime) -> LogWarning | None:
    seen = [event.known_at for event in events if event.outcome in objective.positive]
    quiet = silence(max(seen, default=None), as_of, objective.horizon)
    if quiet is None:
        return None
    return LogWarning(code="truncated_outcomes", message=f"the last success became known {quiet / timedelta(days=1):.0f} days "
                   "before the log ends; assignments that settled since look like failures: export outcomes up to the same day")


def _left_truncation(table: TrainingTable, settled: np.ndarray) -> LogWarning | None:
    """Whether the rows first assigned, or first settled, succeed far more often than the rest: survivors alone."""
    rows = np.flatnonzero(settled)
    for words, order in (("assigned", rows), ("settled", rows[np.argsort(table.settled_day[rows], kind="stable")])):
        found = survivors(table.y[order].tolist())
        if found is not None:
            return LogWarning(code="left_truncation", message=f"of the assignments {words} first, {found[0]:.1%} succeeded, of "
                           f"the rest {found[1]:.1%}: the log seems to begin with survivors; export from a day on which "
                           "nothing was filtered")
    return None


def _coin_share(table: TrainingTable, settled: np.ndarray) -> LogWarning | None:
    share = float(table.quasi_random[settled].mean())
    known = any(one.assigned_by for one in table.assignments)
    if share >= 0.02:
        return None
    words = "no assignment says how it came about" if not known else f"{share:.1%} of assignments were rotated or explored"
    return LogWarning(code="hand_picked", message=f"{words}; owner effects may partly be the choice of easy items, which no "
                   "figure computed from this log can rule out")
