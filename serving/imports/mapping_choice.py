"""Which mapping reads a file: a shipped profile, the user's own, or a profile with a few columns under other names."""
import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from rules.errors import HistoryError, Problem, nearest_name
from rules.exports.mapping import ColumnMapping, MappedColumn, Record, Way
from rules.exports.mapping_file import TIMES, default_read, is_flat, read_mapping_file, shipped
from rules.exports.sheet import read_sheet
from rules.exports.shipped import GENERIC
from rules.files import read_text
from rules.records import TableRecord, delimiter_in, delimiter_said, lines_of
from rules.tabular import read_table, sound_records


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The mapping to read by; `renames`: their column to ours, of a mapping in its short form."""

    mapping: ColumnMapping
    renames: Mapping[str, str]
    own: bool


def chosen(profile: str, path: Path | None) -> Chosen:
    """The mapping of a profile, or of a mapping file; HistoryError with every fault of the file."""
    base = shipped(profile)
    if path is None:
        return Chosen(mapping=base, renames={}, own=False)
    text = read_text(path)
    if is_flat(text):
        return Chosen(mapping=base, renames=read_mapping(path), own=False)
    return Chosen(mapping=read_mapping_file(text, file=path.name), renames={}, own=True)


def log_in(text: str, how: Chosen, *, file: str) -> str | None:
    """The audit log in a text, under its reader's own column names; None where it is a table with one row per item."""
    if how.mapping.shape != "audit-log":
        return None
    log = renamed(text, how.renames, file=file)
    return log if is_audit_log(log) else None


def plain_table_in(text: str, how: Chosen, *, file: str) -> str | None:
    """The table in our own columns that can be read as it stands; None where a mapping has to read it."""
    return renamed(text, how.renames, file=file) if how.mapping is shipped(GENERIC) and has_commas(text) else None


def fitted(how: Chosen, text: str, *, file: str) -> ColumnMapping:
    """The mapping of an export, put on the columns that the short form names."""
    if not how.renames:
        return how.mapping
    known = {name for record in how.mapping.records.values() for name in record.sources}
    return _renamed_in(how.mapping, how.renames, read_sheet(text, how.mapping, file=file, known=known).columns, file=file)


def is_audit_log(text: str) -> bool:
    """Whether a ServiceNow table has a row per change of an incident rather than one per incident."""
    header = set(read_table(text[:20_000], file="").columns)
    return bool(header & {"sys_mod_count", "sys_updated_at", "sys_created_at"}) or "opened_at" not in header and not (
        header & {"Number", "Opened", "number"})


def has_commas(text: str) -> bool:
    """Whether the header of a table in our own columns is parted by commas, so that it can be read as it stands."""
    return delimiter_said(text) is None and delimiter_in(text) == ","


def renamed(text: str, mapping: Mapping[str, str], *, file: str) -> str:
    """The table with its columns under our names."""
    if not mapping:
        return text
    faults: list[Problem] = []
    header = next(sound_records(text, file, faults), TableRecord(1, ""))
    if faults:
        raise HistoryError(faults)
    _require_columns(mapping, header.texts, file)
    out = io.StringIO()
    csv.writer(out, delimiter=header.delimiter, lineterminator="\n").writerow([mapping.get(name, name) for name in header.texts])
    written, lines = out.getvalue().removesuffix("\n"), lines_of(text)
    above, breaks = header.line - 1, header.source.count("\n")
    lines[above:above + breaks + 1] = [written + "\n" * (breaks - written.count("\n"))]                 # rows keep their lines
    return "\n".join(lines)


def _renamed_in(mapping: ColumnMapping, renames: Mapping[str, str], header: tuple[str, ...], *, file: str) -> ColumnMapping:
    """A mapping that takes some of our columns from other columns of the export; what else it says of them stays."""
    _require_columns(renames, header, file)
    return replace(mapping, records={name: _renamed(record, renames) for name, record in mapping.records.items()})


def _require_columns(renames: Mapping[str, str], header: Sequence[str], file: str) -> None:
    if absent := [name for name in renames if name not in header]:
        raise HistoryError([Problem(message=f"the mapping names a column `{name}` that the table lacks", file=file,
                                    expected=f"one of {', '.join(header)}", nearest=nearest_name(name, header))
                            for name in absent])


def _renamed(record: Record, renames: Mapping[str, str]) -> Record:
    columns = dict(record.columns)
    for theirs, ours in renames.items():
        before = columns.get(ours)
        way = next((way for way in before.ways if way.value is None), None) if before else None
        way = replace(way, columns=(theirs,)) if way else Way(columns=(theirs,), read=default_read(ours),
                                                              day=TIMES.get(ours, "start"))
        columns[ours] = MappedColumn(name=ours, ways=(way,), required=bool(before and before.required))
    return replace(record, columns=columns)


def read_mapping(path: Path | None) -> dict[str, str]:
    """A mapping file: the file's column name, a colon, our column name, one a line."""
    if path is None:
        return {}
    try:
        tree = yaml.load(read_text(path), Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        raise HistoryError([Problem(message=f"is not YAML: {error}", file=path.name)]) from None
    if not isinstance(tree, dict) or not all(isinstance(ours, str) and ours for ours in tree.values()):
        raise HistoryError([Problem(message="is no mapping", file=path.name,
                                    expected="lines such as `Lead ID: item_id`: the file's column, then ours")])
    return tree
