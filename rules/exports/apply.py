"""A mapping put to a sheet: a table under our own column names, every repair counted, every row accounted for.

Cells come out in our spelling (times in UTC, plain numbers, `true` and `false`), so that what reads a table need not know
whose export it was. A cell that cannot be read is a problem with its line and the export's own column name.
"""
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.accounts.index import MERGED_IDS, merged_into
from rules.book.schema import RuleBook
from rules.errors import HistoryError, Problem, nearest_name
from rules.exports.built_columns import MadeColumns
from rules.exports.built_rows import RowMaker
from rules.exports.cell_readers import ColumnReader
from rules.exports.mapping import ColumnMapping, Record
from rules.exports.numbers import decimal_mark_of
from rules.exports.owner_changes import CHANGE_COLUMNS, assignments_of
from rules.exports.repairs import Repair, without_idle
from rules.exports.sheet import Sheet, SheetLine, read_sheet
from rules.exports.timestamps import TimestampReader, evidence_of
from rules.model import EMPTY, Directory
from rules.progress import Progress, counting, silent
from rules.refdata.record_ids import record_key
from rules.refdata.times import impossible, parse_instant
from rules.tabular import Row, Table

#: Our columns that name a record.
_NAMES_RECORDS = frozenset(("account", "parent_id"))
#: Words of stages told one by one; the rest is counted together.
_TOLD = 12
_WORDS = {
    "empty": "`{0}` is empty", "spelling": "misspelt: {0}", "times": "times read {0}", "backdated": "{0}",
    "clock_change": "times that a change of clocks makes double or impossible, read by the earlier offset",
    "figures": "numbers written otherwise, such as {0}", "ids": "Salesforce ids of 15 letters given their last three",
    "owner_found": "owners found by {0}", "no_lookup": "{0}", "other_currency": "amounts in {0} taken as missing",
    "first_of_several": "`{0}` names several, the first is taken",
    "made_ids": "records without an id, named by what the mapping joins",
    "team_names": "teams whose names differ in marks or punctuation alone kept apart: {0}",
    "no_number": "`{0}` says about how many or no number, taken as missing",
    "merged": "records named by the one that they were merged into: `{0}`",
    "not_an_address": "web addresses that are none taken as missing",
}


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What a mapping made of a sheet.

    `told`: rows that are no records or stand twice, by line; `unmapped`: columns of the export that nothing uses;
    `undeclared`: columns of ours that the mapping makes and the rule book does not know; `gone`: ids of rows left out.
    """

    table: Table
    record: Record
    repairs: tuple[Repair, ...] = ()
    problems: tuple[Problem, ...] = ()
    unmapped: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()
    row_count: int = 0
    memberships: tuple[tuple[str, str, str], ...] = ()
    superiors: tuple[tuple[str, str], ...] = ()
    header: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()


def apply_mapping(mapping: ColumnMapping, text: str, *, what: str, file: str, book: RuleBook | None,
                  directory: Directory | None, now: datetime, progress: Progress = silent) -> Applied:
    """Read an export by a mapping for `what`; HistoryError where no kind of record of the mapping fits it."""
    known = {name for record in mapping.records.values() if what in record.serves for name in record.sources}
    sheet = read_sheet(text, mapping, file=file, known=known | set(book.attributes if book else ()))
    if not sheet.columns:
        raise HistoryError(sheet.problems)
    record = record_of(mapping, sheet, what=what, file=file)
    columns = MadeColumns(mapping, record, sheet, what=what, book=book)
    clock, problems = _clock(mapping, sheet, columns, file)
    counts: Counter[tuple[str, str]] = Counter()
    cells = ColumnReader(mapping=mapping, clock=clock, decimal=_decimal(mapping, sheet, columns), directory=directory,
                       counts=counts, for_owners=what in ("owners", "accounts"),
                       survivors=merged_into(directory) if directory else EMPTY)
    maker = RowMaker(sheet=sheet, record=record, columns=columns, cells=cells, file=file, what=what, counts=counts,
                     missing=frozenset(word.casefold() for word in mapping.missing))
    problems = [*sheet.problems, *problems, *columns.problems(file)]
    made = [] if problems[len(sheet.problems):] else _rows(
        maker, sheet, progress, count_once=mapping.name != "generic")
    made = _survived(maker, made, counts)
    if what == "owners":
        maker.name_teams(line for _row, line in made)
    rows, changed = [row for row, _line in made], tuple[Repair, ...]()
    if record.changes:
        rows = _possible(rows, maker, now)
        rows, changed = assignments_of(rows, directory.owners if directory else (), cells.owner_called)
    joined = [one for row, line in made for one in maker.memberships(row, line)] if what == "owners" else ()
    leading = [one for row, line in made for one in maker.superiors(row, line)] if what == "owners" else ()
    names = tuple(column.name for column in columns.columns if not column.name.startswith("_"))
    names += CHANGE_COLUMNS if record.changes else ()
    names += (MERGED_IDS,) if what == "accounts" and maker.merged else ()
    table = Table(file=file, columns=names, rows=tuple(rows), short_rows=sheet.short_rows,
                  unwrapped=sheet.unwrapped)
    return Applied(table=table, record=record,
                   repairs=without_idle((*sheet.told, *_repairs(record, columns, maker), *changed)),
                   problems=(*problems, *maker.problems), unmapped=columns.unmapped, undeclared=columns.undeclared,
                   row_count=sheet.row_count, memberships=tuple(dict.fromkeys(joined)), superiors=tuple(dict.fromkeys(leading)),
                   header=sheet.columns, gone=frozenset(maker.gone))


def record_of(mapping: ColumnMapping, sheet: Sheet, *, what: str, file: str) -> Record:
    """The kind of record that a sheet holds: of those that serve, the one most of whose telling columns are there."""
    here = {name.casefold() for name in sheet.columns}
    serving = [record for record in mapping.records.values() if what in record.serves]
    if not serving:
        raise HistoryError([Problem(message=f"the mapping `{mapping.name}` reads no {what}", file=file, expected="one of "
                                    + ", ".join(sorted({one for record in mapping.records.values() for one in record.serves})))])

    def fits(record: Record) -> tuple[int, int]:
        return (sum(name.casefold() in here for name in record.known_by),
                sum(name.casefold() in here for name in record.sources))

    best = max(serving, key=fits)
    if fits(best)[0 if len(serving) > 1 or best.known_by else 1] == 0:
        told = "; ".join(f"{record.name}: {', '.join(record.known_by or record.sources[:6])}" for record in serving)
        wanted = [name for record in serving for name in record.sources]
        same = {name.casefold() for name in wanted}
        near = next(filter(None, (nearest_name(name, wanted) for name in sheet.columns if name.casefold() not in same)), None)
        raise HistoryError([Problem(message=f"no kind of record of the mapping `{mapping.name}` has these columns", file=file,
                                    line=1, given=", ".join(sheet.columns[:12]), expected=f"columns that tell the kind: {told}",
                                    nearest=near)])
    return best


def _rows(maker: RowMaker, sheet: Sheet, progress: Progress, *, count_once: bool) -> list[tuple[Row, SheetLine]]:
    """Every row that can be used, with its line; one that stands twice in all its cells, ids in either spelling, counts once."""
    made, seen = [], set()
    for line in counting(sheet.lines, "reading rows", progress):
        cells = tuple(record_key(cell) if len(cell) in (15, 18) else cell for cell in line.cells)
        whole = (cells, tuple(sheet.groups.get(line.number, {}).values()))
        if count_once and whole in seen:
            maker.left_out.setdefault("", []).append(line.number)
            continue
        seen.add(whole)
        row = maker.row(line)
        if row is not None:
            made.append((row, line))
    return made


def _possible(rows: Sequence[Row], maker: RowMaker, now: datetime) -> list[Row]:
    """The changes without those told for a time that cannot be, which would end or begin what others tell."""
    kept = []
    for row in rows:
        wrong = impossible("assigned_at", parse_instant(row.cells["assigned_at"]), now=now, file=maker.file, line=row.line)
        maker.rows_problems += wrong
        kept += [] if wrong else [row]
    return kept


def _survived(maker: RowMaker, made: list[tuple[Row, SheetLine]],
              counts: Counter[tuple[str, str]]) -> list[tuple[Row, SheetLine]]:
    """The rows without those merged into another; what names a merged record names its survivor instead."""
    lasting = {**maker.cells.survivors, **maker.merged}
    if not lasting:
        return made
    kept = []
    for row, line in made:
        own = next((row.cells[name] for name in ("item_id", "account_id") if name in row.cells), "")
        if own in maker.merged:
            maker.left_out.setdefault("merged into another record", []).append(line.number)
            continue
        cells = dict(row.cells)
        for name in _NAMES_RECORDS & cells.keys():
            survivor = _last(cells[name], lasting)
            if survivor != cells[name]:
                counts["merged", name] += 1
                cells[name] = survivor
        gone = sorted(merged for merged in maker.merged if _last(merged, maker.merged) == own)
        if gone and maker.what == "accounts":
            cells[MERGED_IDS] = ";".join(gone)
        kept.append((replace(row, cells=cells), line))
    return kept


def _last(record_id: str, survivors: Mapping[str, str]) -> str:
    """The record that another one lives on in, through every merge."""
    seen = {record_id}
    while (following := survivors.get(record_id)) is not None and following not in seen:
        record_id = following
        seen.add(following)
    return record_id


def _cells_read_as(sheet: Sheet, columns: MadeColumns, *reads: str) -> list[str]:
    every = (*columns.columns, *columns.record.columns.values())    # also those that are not made: the file has one writing
    names = {name.casefold() for column in every for way in column.ways if columns.read_of(column, way) in reads
             for name in way.columns}
    places = [place for name, place in columns.places.items() if name in names]
    return [cell for line in sheet.lines for place in places if (cell := line.cells[place])]


def _clock(mapping: ColumnMapping, sheet: Sheet, columns: MadeColumns, file: str) -> tuple[TimestampReader, list[Problem]]:
    """How the file's times are read, and what speaks against reading them at all."""
    order: str | None = mapping.dates
    problems: list[Problem] = []
    if order == "auto":
        evidence = evidence_of(_cells_read_as(sheet, columns, "time", "day", "day?"))
        order = evidence.order
        if evidence.day_first and evidence.month_first:
            problems.append(Problem(
                message="days stand before months and months before days", file=file,
                given=f"{evidence.day_first}` and `{evidence.month_first}",
                expected="one order; with `dates: day-first` or `dates: month-first` in the mapping the others are told by row"))
    return TimestampReader(order=order, time_zone=mapping.time_zone, day_zone=mapping.day_zone), problems


def _decimal(mapping: ColumnMapping, sheet: Sheet, columns: MadeColumns) -> str | None:
    if mapping.decimal != "auto":
        return mapping.decimal
    return decimal_mark_of(_cells_read_as(sheet, columns, "number", "money", "number?"))


def _repairs(record: Record, columns: MadeColumns, maker: RowMaker) -> list[Repair]:
    """What was put right or left out, each counted."""
    names = {name.casefold(): name for name in columns.header}
    late = [names[name] for name in dict.fromkeys(map(str.casefold, record.late)) if name in names]
    renamed = {theirs: ours for theirs, ours in columns.by_name.items() if theirs != ours}
    twice = tuple(maker.left_out.get("", ()))
    told = [Repair(code="late_columns", count=len(late),
                   message="columns not known on arrival, never part of an item: " + ", ".join(late)),
            Repair(code="by_name", count=len(renamed), message="columns taken by their name: "
                   + ", ".join(f"{theirs} as {ours}" for theirs, ours in renamed.items())),
            Repair(code="repeated_rows", count=len(twice), lines=twice, message="rows that stand twice counted once")]
    told += [Repair(code="left_out", count=len(lines), lines=tuple(lines), message=f"rows left out: {because}")
             for because, lines in maker.left_out.items() if because]
    told += _open_words(maker.open_words)
    shown = {name: ", such as " + ", ".join(f"`{raw}`" for raw in list(cells)[:5]) for name, cells in maker.examples.items()}
    return told + [Repair(code=code, count=count, message=_WORDS[code].format(what) + shown.get(what, "") * (code == "no_number"))
                   for (code, what), count in maker.counts.items()]


def _open_words(words: Counter[tuple[str, str]]) -> list[Repair]:
    """Words of a stage or status that no value covers, each with how many items it leaves open."""
    listed = words.most_common()
    told = [Repair(code="open_words", count=count, message=f"`{name}` `{word}` is no outcome that the mapping knows: these count "
                   "as open; name it under `values` in a mapping") for (name, word), count in listed[:_TOLD]]
    rest = listed[_TOLD:]
    return told + ([Repair(code="open_words", count=sum(count for _word, count in rest),
                           message=f"{len(rest)} more such words count as open")] if rest else [])
