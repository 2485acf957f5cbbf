"""A rival's choices under the same judge: who would have got each item, beside ours and the company's, on the very same items.

A row names an item and an owner; where it has a score, an item may have a row for each owner and the highest counts. What cannot
be judged is told by row, and the rows of a file are those judged and those told.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from rules.errors import HistoryError, Problem, nearest_name, of_whole_file
from rules.model import Directory
from rules.refdata.record_ids import record_key
from rules.tabular import Row, read_table
from training.judge.clustered import Estimate
from training.judge.routed import RoutedItem, RoutedPast, Told, mean_of, value_of

KNOWN = ("item_id", "owner_id", "score")


@dataclass(frozen=True, kw_only=True)
class RivalChoices:
    """Whom the rival chose by item id; how many rows were read, how many of them are judged, what is wrong with the others."""

    choices: Mapping[str, str]
    rows: int
    judged: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class RivalFigures:
    """How a side does: `eligible` by the rule book, `agrees` with the company, `promised` by our model, `benefit` off-policy."""

    name: str
    eligible: Estimate
    agrees: Estimate
    promised: Estimate
    benefit: Told | None

    def as_json(self) -> dict[str, object]:
        """As data."""
        return {"name": self.name, "eligible": self.eligible.as_json(), "agrees": self.agrees.as_json(),
                "promised": self.promised.as_json(), "benefit": None if self.benefit is None else self.benefit.as_json()}


def read_rival(text: str, *, file: str, past: RoutedPast, directory: Directory) -> RivalChoices:
    """The choices of a file on the items of the routed past; HistoryError where it is no such table."""
    table = read_table(text, file=file, required=KNOWN[:2], known=KNOWN)
    if unusable := of_whole_file(table.problems):
        raise HistoryError(unusable)
    items = {record_key(one.item_id): one for one in past.items}
    problems, judged, scored = list(table.problems), 0, "score" in table.columns
    best: dict[str, tuple[float, str]] = {}
    seen: set[tuple[str, str]] = set()
    for row in table.rows:
        fault = _fault(row, items, directory, seen, past, scored=scored)
        if fault is not None:
            message, column, expected, nearest = fault
            problems.append(Problem(message=message, file=file, line=row.line, column=table.columns.index(column) + 1,
                                    column_name=column, given=row.cells.get(column, ""), expected=expected, nearest=nearest))
            continue
        judged += 1
        key, owner = record_key(row.cells["item_id"]), row.cells["owner_id"]
        score = float(row.cells["score"]) if scored else 0.0
        seen.add((key, owner))
        if key not in best or (-score, owner) < best[key]:
            best[key] = -score, owner
    return RivalChoices(choices={items[key].item_id: owner for key, (_, owner) in best.items()}, judged=judged,
                        rows=len(table.rows) + len(table.broken_lines), problems=tuple(problems))


def _fault(row: Row, items: Mapping[str, RoutedItem], directory: Directory, seen: set[tuple[str, str]], past: RoutedPast, *,
           scored: bool) -> tuple[str, str, str, str | None] | None:
    """Why a row cannot be judged: the message, the column, what was expected and what is near; None where it can."""
    item_id, owner = row.cells.get("item_id"), row.cells.get("owner_id")
    if item_id is None or record_key(item_id) not in items:
        words = "the row names no item" if item_id is None else "the item was not routed"
        return words, "item_id", (f"an item of `{past.objective}` that was first assigned from {past.starts:%Y-%m-%d} to "
                                  f"{past.ends:%Y-%m-%d}"), None
    if owner is None or owner not in directory.owners:
        return ("the row names no owner" if owner is None else "nobody has this id"), "owner_id", "an owner of owners.csv", (
            None if owner is None else nearest_name(owner, directory.owners))
    key = record_key(item_id)
    if (key, owner) in seen:
        return "the item and owner stand in an earlier row", "owner_id", "each owner once per item", None
    if not scored and any(earlier == key for earlier, _ in seen):
        return "the item stands in an earlier row", "item_id", "one owner per item, or a column `score`", None
    if scored and not _is_number(row.cells.get("score")):
        return "the score is no number", "score", "a finite number such as 0.31, higher = better", None
    return None


def _is_number(text: str | None) -> bool:
    try:
        return text is not None and isfinite(float(text))
    except ValueError:
        return False


def verdicts(past: RoutedPast, choices: Mapping[str, str]) -> tuple[RivalFigures, ...]:
    """The rival, ours and the company on the items that the rival chose for."""
    items = [one for one in past.items if one.item_id in choices]
    company = {one.item_id: one.company for one in items}
    ours = {one.item_id: one.ours or "" for one in items}
    return (_verdict("rival", items, choices, value_of(items, "the rival", choices)),
            _verdict("ours", items, ours, value_of(items, "ours")), _verdict("company", items, company, None))


def _verdict(name: str, items: Sequence[RoutedItem], choices: Mapping[str, str], benefit: Told | None) -> RivalFigures:
    def mean(of: Sequence[RoutedItem], values: list[float]) -> Estimate:
        return mean_of(np.array(values, dtype=float), of)

    told = [one for one in items if choices[one.item_id] in one.expected]
    return RivalFigures(name=name, benefit=benefit,
                   eligible=mean(items, [float(choices[one.item_id] in one.chances) for one in items]),
                   agrees=mean(items, [float(choices[one.item_id] == one.company) for one in items]),
                   promised=mean(told, [one.expected[choices[one.item_id]] for one in told]))
