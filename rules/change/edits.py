"""Edits: what two books say differently, rule by rule and word by word, also where no item changes hands by it."""
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from rules.book.cell_types import Cell, SourcePosition
from rules.book.schema import NamedAccount, Nearest, RuleBook, Target
from rules.model import Span
from rules.refdata.times import format_instant

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: Parts of a book that are lists of things with a name, in the order told.
PARTS = ("attributes", "groups", "teams", "compliance", "rules", "named accounts", "slas", "availability", "lifecycle",
         "tests", "book")
#: What is told otherwise, or follows from the rest.
_LEFT_OUT = {"place", "names", "text", "digest", "files", "attributes", "groups", "group_parts", "group_names", "group_places",
             "teams", "compliance", "stages", "slas", "availability", "tests", "lifecycle"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One thing of a book: added, removed or changed; `fields` are (name, before, after) in words, "" = not there."""

    part: str
    name: str
    what: str
    fields: tuple[tuple[str, str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The edit as data."""
        return {"part": self.part, "name": self.name, "what": self.what,
                "fields": [{"field": name, "before": before or None, "after": after or None}
                           for name, before, after in self.fields]}


def edits(before: RuleBook, after: RuleBook) -> tuple[Edit, ...]:
    """Everything that is said differently, by part."""
    sides = [_things(before), _things(after)]
    return tuple(edit for part in PARTS for edit in _edits(part, sides[0][part], sides[1][part]))


def _things(book: RuleBook) -> dict[str, dict[str, Mapping[str, str]]]:
    """Per part, every thing by name with its fields in words."""
    return {
        "attributes": _worded(book.attributes), "teams": _worded(book.teams), "slas": _worded(book.slas),
        "groups": {name: {"values": "; ".join(sorted(map(str, values)))} for name, values in book.groups.items()},
        "compliance": _worded({rule.id: rule for rule in book.compliance}),
        "rules": {rule.id: {"stage": stage.name, **_fields(rule)} for stage, rule in book.placed_rules},
        "named accounts": {_row_name(stage.name, row): _fields(row) for stage in book.stages for row in stage.named},
        "availability": {"availability": _fields(book.availability)},
        "lifecycle": _worded({rule.id: rule for rule in book.lifecycle}),
        "tests": _worded({test.name: test for test in book.tests}),
        "book": {"book": {**_fields(book), "stages": ", ".join(stage.name for stage in book.stages)}},
    }


def _edits(part: str, before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]) -> Iterator[Edit]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            only = old or new or {}
            told = tuple((field, (old or {}).get(field, ""), (new or {}).get(field, "")) for field in only if only[field])
            yield Edit(part=part, name=name, what="added" if old is None else "removed", fields=told)
            continue
        changed = tuple((field, old.get(field, ""), new.get(field, "")) for field in dict.fromkeys([*old, *new])
                        if old.get(field, "") != new.get(field, ""))
        if changed:
            yield Edit(part=part, name=name, what="changed", fields=changed)


def _worded(things: Mapping[str, "DataclassInstance"]) -> dict[str, Mapping[str, str]]:
    return {name: _fields(thing) for name, thing in things.items()}


def _fields(thing: "DataclassInstance") -> dict[str, str]:
    """A thing's fields in words; cells stand one by one under `when`."""
    told: dict[str, str] = {}
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.name == "when":
            told |= {f"when {cell.attribute}": words(cell) for cell in value}
        elif field.name not in _LEFT_OUT and field.name != "id":
            told[_FIELD_NAMES.get(field.name, field.name)] = words(value)
    return told


_FIELD_NAMES = {"target": "to", "span": "from and to"}


def words(value: object) -> str:
    """A value as the book would say it; "" for nothing."""
    match value:
        case None | () | frozenset() if not value:
            return ""
        case bool():
            return "true" if value else ""
        case Cell():
            return _cell_words(value)
        case Target():
            return _target_words(value)
        case Span():
            return _span_words(value)
        case datetime():
            return format_instant(value)
        case date() | int():
            return str(value)
        case timedelta():
            return _duration(value)
        case float():
            return f"{value:g}"
        case Mapping():
            return "; ".join(f"{key}: {words(inner)}" for key, inner in value.items())
        case tuple() | list():
            return "; ".join(map(words, value))
        case frozenset():
            return "; ".join(sorted(map(words, value)))
    if is_dataclass(value):
        return ", ".join(
            f"{field.name} {told}"
            for field in fields(value)
            if not isinstance(getattr(value, field.name), SourcePosition)
            and field.name not in ("names", "place", "several")
            and (told := words(getattr(value, field.name)))
        )
    return str(value)


def _cell_words(cell: Cell) -> str:
    """A cell by the names it uses, in one order however it was written, with what they stand for where that may change."""
    told = cell.text if cell.members else "; ".join(sorted(set(cell.names))) or cell.text
    return told if told else "; ".join(map(str, cell.asked[1:]))


def _target_words(target: Target) -> str:
    if target.nearest is None:
        roles = f", role {' or '.join(sorted(target.roles))}" if target.roles else ""
        return target.team + roles + (f", else {target.otherwise}" if target.otherwise else "")
    options = _nearest_words(target.nearest)
    otherwise = f", else {target.otherwise}" if target.otherwise else ""
    return f"nearest {target.team}" + (f" ({options})" if options else "") + otherwise


def _nearest_words(how: Nearest) -> str:
    said = [(how.max_km is not None, f"within {how.max_km or 0:g} km"), (how.open_now, "open now"),
            (how.service_area, "in its service area")]
    return ", ".join(text for holds, text in said if holds)


def _span_words(span: Span) -> str:
    ends = [("from", span.starts), ("to", span.ends)]
    return ", ".join(f"{name} {words(end)}" for name, end in ends if end is not None)


def _duration(length: timedelta) -> str:
    minutes, seconds = divmod(length.total_seconds(), 60)
    if seconds:
        return f"{length.total_seconds():g} s"
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    return " ".join(f"{count:g} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count) or "0 min"


def _row_name(stage: str, row: NamedAccount) -> str:
    begins = f" from {words(row.span.starts)}" if row.span.starts else ""
    return f"{stage}/{row.account_id}{begins}"

