"""What a history hides by how it was chosen: owners missing on failures, outcomes that stop, a start with survivors only.

Named at import, before anything is learnt; `train` and `evaluate` name the last two again from what was kept.
"""
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from features.plan import Objective
from rules.exports.history import Ending, HistoryRow, ReadHistory
from rules.exports.selection_bias import ALL_SUCCEED, often_ownerless, ownerless_failures, silence, survivors
from serving.imports.report import LogWarning

#: Outcomes that mean success where no objective says which do.
USUAL_SUCCESSES = ("won", "converted", "met", "closed won", "closedwon", "success")
_FEW = 20


def warnings_of(read: ReadHistory, rows: Sequence[HistoryRow], objectives: Mapping[str, Objective]) -> tuple[LogWarning, ...]:
    """Every warning about a history, by kind of item; a blocking one first."""
    kinds = dict.fromkeys(kind for kind, _end, _outcome in (*read.with_owner, *read.without_owner) if kind)
    found: list[LogWarning] = []
    for kind in kinds:
        objective = objectives.get(kind)
        positive = frozenset(objective.positive if objective and objective.positive else
                             (word for word in _outcomes(read, kind) if word.casefold() in USUAL_SUCCESSES))
        if positive:
            own = [row for row in rows if row.item.kind == kind]
            found += _owners(read, kind, positive) or _left_out(read, own, kind, positive)
            found += [*_outcomes_alone(own, positive), *_silent(own, positive, objective), *_survivors(own, positive),
                      *_telling_value(own, positive)]
    return tuple(sorted(found, key=lambda warning: not warning.blocking))


def _outcomes(read: ReadHistory, kind: str) -> set[str]:
    return {outcome for own, _end, outcome in (*read.with_owner, *read.without_owner) if own == kind and outcome}


def _failed(ending: Ending, positive: frozenset[str]) -> bool:
    _kind, end, outcome = ending
    return outcome not in positive if outcome else end not in ("", "open")


def _owners(read: ReadHistory, kind: str, positive: frozenset[str]) -> list[LogWarning]:
    counts: Counter[tuple[bool, bool]] = Counter()
    for has_owner, endings in ((True, read.with_owner), (False, read.without_owner)):
        for ending, count in endings.items():
            if ending[0] == kind and (ending[2] in positive or _failed(ending, positive)):
                counts[has_owner, ending[2] in positive] += count
    unsettled = counts.copy()                             # where failures are not told from open ones, all that did not succeed
    for has_owner, endings in ((True, read.with_owner), (False, read.without_owner)):
        unsettled[has_owner, False] = sum(count for ending, count in endings.items()
                                          if ending[0] == kind and ending[2] not in positive)
    told = (f"{kind}: of the failures {counts[False, False]:,} name no owner and {counts[True, False]:,} do, of the successes "
            f"{counts[False, True]:,} and {counts[True, True]:,}")
    if ownerless_failures(counts, enough=_FEW) or ownerless_failures(unsettled, enough=_FEW):
        return [LogWarning(code="owner_missing_on_failures", blocking=True, message=f"{told}: the owner is missing on negatives "
                           "and a naive rate would be 100 %; export the history with the owner of lost items too")]
    if often_ownerless(counts):
        return [LogWarning(code="owner_missing_more_on_failures", message=f"{told}: rates of success are too high by what is "
                           "left out; export the owner of lost items too")]
    return []


def _left_out(read: ReadHistory, rows: Sequence[HistoryRow], kind: str, positive: frozenset[str]) -> list[LogWarning]:
    """Whether the rows that cannot be used are failures, mostly; without an owner or not."""
    every: Counter[bool] = Counter()
    for endings in (read.with_owner, read.without_owner):
        for ending, count in endings.items():
            if ending[0] == kind and (ending[2] in positive or _failed(ending, positive)):
                every[ending[2] in positive] += count
    kept = Counter(row.outcome in positive for row in rows if row.outcome in positive or _failed(
        (kind, row.end or "", row.outcome or ""), positive))
    if min(every[True], every[False]) < _FEW or kept[False] / every[False] > 0.8 * kept[True] / every[True]:
        return []
    alone = kept[True] >= ALL_SUCCEED * kept.total()
    return [LogWarning(code="failures_left_out", blocking=alone, message=f"{kind}: of {every[False]:,} failures "
                       f"{kept[False]:,} can be used, of {every[True]:,} successes {kept[True]:,}: rates of success from these "
                       "rows are too high; mend what keeps the others from being read")]


def _outcomes_alone(rows: Sequence[HistoryRow], positive: frozenset[str]) -> list[LogWarning]:
    known = [row for row in rows if row.outcome is not None]
    unknown = sum(row.outcome is None and row.end not in (None, "open") for row in rows)
    if len(known) < _FEW or any(row.outcome not in positive for row in known) or not unknown:
        return []
    return [LogWarning(code="only_successes", message=f"all {len(known):,} outcomes recorded are successes and {unknown:,} "
                       "assignments ended without one: failures seem not to be recorded, and only their absence counts")]


def _silent(rows: Sequence[HistoryRow], positive: frozenset[str], objective: Objective | None) -> list[LogWarning]:
    seen = [row.outcome_at or row.ended_at for row in rows if row.outcome in positive]
    heard = [at for row in rows for at in (row.assigned_at, row.ended_at, row.outcome_at) if at is not None]
    objective = objective or Objective(kind="")
    quiet = silence(max(filter(None, seen), default=None), max(heard), objective.horizon) if heard else None
    if quiet is None:
        return []
    return [LogWarning(code="truncated_outcomes", message=f"the last success became known {quiet.days} days before the file "
                       "ends; assignments since then look like failures: export outcomes up to the same day")]


def _survivors(rows: Sequence[HistoryRow], positive: frozenset[str]) -> list[LogWarning]:
    settled = [row for row in rows if row.outcome is not None or row.end not in (None, "open")]
    orders: dict[str, Callable[[HistoryRow], datetime]] = {
        "assigned": lambda row: row.assigned_at, "settled": lambda row: row.outcome_at or row.ended_at or row.assigned_at}
    for words, when in orders.items():
        found = survivors([float(row.outcome in positive) for row in sorted(settled, key=when)])
        if found is not None:
            return [LogWarning(code="left_truncation", message=f"of the assignments {words} first, {found[0]:.1%} succeeded, of "
                               f"the rest {found[1]:.1%}: the file seems to begin with survivors; export from a day on which "
                               "nothing was filtered")]
    return []


def _telling_value(rows: Sequence[HistoryRow], positive: frozenset[str]) -> list[LogWarning]:
    """Whether a value is there exactly where it went well: then it tells the outcome and was not known before."""
    shares = {}
    for succeeded in (True, False):
        own = [row for row in rows if row.outcome is not None and (row.outcome in positive) == succeeded]
        if len(own) < _FEW:
            return []
        shares[succeeded] = sum(not row.value for row in own) / len(own)
    if shares[False] - shares[True] < 0.9:
        return []
    return [LogWarning(code="value_tells_outcome", message=f"`value` is empty or 0 on {shares[False]:.1%} of the failures and on "
                       f"{shares[True]:.1%} of the successes: it was filled in when the outcome was known; leave it out or "
                       "take the worth that was known on arrival")]
