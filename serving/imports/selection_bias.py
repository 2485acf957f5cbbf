"""What a history hides by how it was chosen: owners missing on failures, failures left out, and what its dataset card tells.

Named at import, before anything is learnt: of rows that cannot become assignments here, of the others by the dataset card.
"""
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from features.plan import Objective
from rules.exports.history import UNKNOWN_OWNER, Ending, HistoryRow, ReadHistory
from rules.exports.selection_bias import ALL_SUCCEED, often_ownerless, ownerless_failures
from rules.model import Directory
from serving.admission.assignment_log import observed_rows
from serving.admission.card import DatasetCard, dataset_card
from serving.admission.marks import LogWarning

#: A share of rows whose owners nobody knows, from which on the rest is a selection.
MANY_UNKNOWN = 0.1
#: Outcomes that mean success where no objective says which do.
USUAL_SUCCESSES = ("won", "converted", "met", "closed won", "closedwon", "success")
_FEW = 20


def warnings_of(read: ReadHistory, rows: Sequence[HistoryRow], objectives: Mapping[str, Objective]) -> tuple[LogWarning, ...]:
    """Every warning about a history, by kind of item; a blocking one first."""
    kinds = dict.fromkeys(kind for kind, _end, _outcome in (*read.with_owner, *read.without_owner) if kind)
    found = _owners_unknown(read)
    for kind in kinds:
        objective = objectives.get(kind)
        positive = frozenset(objective.positive if objective and objective.positive else
                             (word for word in _outcomes(read, kind) if word.casefold() in USUAL_SUCCESSES))
        if positive:
            own = [row for row in rows if row.item.kind == kind]
            found += _owners(read, kind, positive) or _left_out(read, own, kind, positive)
    return tuple(sorted(found, key=lambda warning: not warning.blocking))


def _owners_unknown(read: ReadHistory) -> list[LogWarning]:
    """Whether the owners of a history are not those of owners.csv: ids of another system."""
    unknown = [str(one.given) for one in read.problems if one.message == UNKNOWN_OWNER]
    if len(unknown) < max(_FEW, MANY_UNKNOWN * read.row_count):
        return []
    named = ", ".join(f"`{name}`" for name in list(dict.fromkeys(unknown))[:3])
    return [LogWarning(code="owners_do_not_join", figure=len(unknown) / read.row_count, message=(
        f"{len(unknown):,} of {read.row_count:,} rows name {len(set(unknown)):,} owners that owners.csv does not know, such as "
        f"{named}: ids of another system, or people who left; what is left of the file is chosen by that"))]


def accounts_unknown(rows: Sequence[HistoryRow], directory: Directory) -> tuple[LogWarning, ...]:
    """Whether the accounts that items name are not those of accounts.csv."""
    named = [str(account) for row in rows if (account := row.item.value("account")) is not None]
    unknown = [account for account in named if account not in directory.accounts]
    if not directory.accounts or len(unknown) < max(_FEW, 0.5 * len(named)):
        return ()
    shown = ", ".join(f"`{name}`" for name in list(dict.fromkeys(unknown))[:3])
    return (LogWarning(code="accounts_do_not_join", figure=len(unknown) / len(named), message=(
        f"{len(unknown):,} of the {len(named):,} rows that name an account name one that accounts.csv does not know, such as "
        f"{shown}: ids of another system; nothing is learnt of who knows an account")),)


def cards_of(rows: Sequence[HistoryRow], objectives: Mapping[str, Objective]) -> tuple[DatasetCard, ...]:
    """What each kind of item would be learnt from, were these rows the whole log."""
    cards = []
    for kind in dict.fromkeys(row.item.kind for row in rows):
        own = [row for row in rows if row.item.kind == kind]
        objective = objectives.get(kind, Objective(kind=kind))
        if not objective.positive:
            words = {row.outcome for row in own if row.outcome and row.outcome.casefold() in USUAL_SUCCESSES}
            objective = replace(objective, positive=tuple(sorted(words)))
        if objective.positive or objective.done_by is not None:
            until = max(at for row in own for at in (row.assigned_at, row.ended_at, row.outcome_at) if at is not None)
            cards.append(dataset_card(observed_rows(own, objective), objective, until, ends="file"))
    return tuple(cards)


def with_cards(warnings: Sequence[LogWarning], cards: Sequence[DatasetCard]) -> tuple[LogWarning, ...]:
    """The warnings and what cards found, with the kind where there are several; nothing is told twice.

    How owners were picked matters for learning alone. Where failures name no owner, that only successes do goes without saying.
    """
    told = {"hand_picked"}
    if any(one.code == "owner_missing_on_failures" for one in warnings):
        told.add("only_successes")
    return (*warnings, *(one if len(cards) == 1 else replace(one, message=f"{card.objective}: {one.message}")
                         for card in cards for one in card.findings if one.code not in told))


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
