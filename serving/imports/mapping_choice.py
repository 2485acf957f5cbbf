"""Which mapping reads a file: a shipped profile, the user's own, or a profile with a few columns under other names."""
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from rules.errors import HistoryError, Problem, nearest_name
from rules.exports.mapping import ColumnMapping, MappedColumn, Record, Way
from rules.exports.mapping_file import TIMES, default_read, is_flat, read_mapping_file
from rules.exports.sheet import read_sheet
from rules.exports.shipped import PROFILES, shipped
from rules.files import read_text


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The mapping to read by; `renames`: their column to ours, of a mapping in its short form."""

    mapping: ColumnMapping
    renames: Map[str, str]
    own: bool


def chosen(profile: str, path: Path | None) -> Chosen:
    """The mapping of a profile, or of a mapping file; HistoryError with every fault of the file."""
    base = shipped(profile)
    if path is None:
        return Chosen(mapping=base, renames={}, own=False)
    text = read_text(path)
    if is_flat(text):


        return Chosen(mapping=base, renames=read_mapping(path), own=False)
    return Chosen(mapping=read_mapping_file(text, file=path.name, shipped=shipped, names=PROFILES), renames={}, own=True)


def header_of(text: str, mapping: ColumnMapping, *, file: str) -> tuple[str, ...]:
    """The names of an export's columns."""
    return read_sheet(text, mapping, file=file, known={name for record in mapping.records.values()
                                                       for name in record.sources}).columns


def renamed_in(mapping: ColumnMapping, renames: Map[str, str], header: tuple[str, ...], *, file: str) -> ColumnMapping:
    """A mapping that takes some of our columns from other columns of the export; what else it says of them stays."""
    absent = [name for name in renames if name not in header]
    if absent:
        raise HistoryError([Problem(message=f"the mapping names a column `{name}` that the table lacks", file=file,
                                    expected=f"one of {', '.join(header)}", nearest=nearest_name(name, header))
                            for name in absent])
    return replace(mapping, records={name: _renamed(record, renames) for name, record in mapping.records.items()})


def _renamed(record: Record, renames: Map[str, str]) -> Record:
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
