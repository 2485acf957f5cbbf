"""Which mapping reads a file: a shipped profile, the user's own, or a profile with a few columns under other names."""
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from pathlib import Path

from rules.errors import HistoryError, Problem, nearest_name
from rules.intake.profiles.mapping import Column, Mapping, Record, Way
from rules.intake.profiles.mapping_file import TIMES, default_read, is_flat, read_mapping_file
from rules.intake.profiles.sheet import read_sheet
from rules.intake.profiles.shipped import PROFILES, shipped
from serving.imports.whole_files import read_text


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The mapping to read by; `renames`: their column to ours, of a mapping in its short form."""

    mapping: Mapping
    renames: Map[str, str]
    own: bool


def chosen(profile: str, path: Path | None) -> Chosen:
    """The mapping of a profile, or of a mapping file; HistoryError with every fault of the file."""
    base = shipped(profile)
    if path is None:
        return Chosen(mapping=base, renames={}, own=False)
    text = read_text(path)
    if is_flat(text):
        from serving.imports.files import read_mapping

        return Chosen(mapping=base, renames=read_mapping(path), own=False)
    return Chosen(mapping=read_mapping_file(text, file=path.name, shipped=shipped, names=PROFILES), renames={}, own=True)


def header_of(text: str, mapping: Mapping, *, file: str) -> tuple[str, ...]:
    """The names of an export's columns."""
    return read_sheet(text, mapping, file=file, known={name for record in mapping.records.values()
                                                       for name in record.sources}).columns


def renamed_in(mapping: Mapping, renames: Map[str, str], header: tuple[str, ...], *, file: str) -> Mapping:
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
        columns[ours] = Column(name=ours, ways=(way,), required=bool(before and before.required))
    return replace(record, columns=columns)
