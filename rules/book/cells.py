"""Cells: what one attribute must be. Reading them from text or lists, and matching them against an item.

A cell is a value, a list, a group, a range (`100-499`), a comparison (`>=100`), a postal area (`941*`, `US:941*`), days
(`within 30d`, `before 2027-01-01`), a table, `missing`, or blank for any. Cells of one rule are joined by AND, values of
one cell by OR.
"""
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from rules.book.cell_types import MISSING, Attribute, Cell, Members, Range, SourcePosition, named_for
from rules.book.csv_tables import Tables
from rules.book.findings import Findings
from rules.book.groups import ValueGroup, read_set_table
from rules.book.keys import Keys
from rules.book.typed_nodes import as_map, number_of, shown
from rules.book.values import ALL, ANY, LIST_CELL, NONE, SEPARATOR, as_written, expected_of, nearest_of, value_of, ways_named
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.model import Value, WorkItem
from rules.refdata.countries import country_codes
from rules.refdata.days import Days, days_of
from rules.refdata.languages import cells_meaning
from rules.refdata.postal import PostalArea, postal_area, readings, unmistakable, within_countries

_NUMBERS = re.compile(r"(?P<low>-?[\d.]+)(?:(?P<plus>\+)|\s*-\s*(?P<open><)?\s*(?P<high>-?[\d.]+))", re.ASCII)
_COMPARISON = re.compile(r"(?P<sign>>=|<=|>|<)\s*(?P<bound>\S.*)")

CELL_TABLE = Keys(
    title="A cell from a table", where="`when`", required=("table",),
    known={"table": "A table with one column: any of its values."})


def in_range(span: Range, value: Value) -> bool:
    """Whether a value is a number that lies in the range."""
    if isinstance(value, bool | str):
        return False
    if span.low is not None and (value < span.low or (span.low_open and value == span.low)):
        return False
    return span.high is None or value < span.high or (value == span.high and not span.high_open)


def holds(cell: Cell, value: Value | None, country: str | None = None) -> bool:
    """Whether the cell admits a value, None standing for missing; an area of a country needs the code's `country` known."""
    if value is None:
        return cell.missing
    if cell.members is not None:
        return isinstance(value, str) and cell.members.holds(value)
    if value in cell.values:
        return True
    return any(in_range(span, value) for span in cell.ranges) or (isinstance(value, str) and any(
        area.country in (None, country) and area.covers(value, country) for area in cell.areas))


def matches(cell: Cell, item: WorkItem, today: date) -> bool:
    """Whether an item has what the cell asks, on the day of the decision where it is; absent it matches only `missing`."""
    if cell.days and isinstance(value := item.value(cell.attribute), str):
        return any(span.hold(date.fromisoformat(value), today) for span in cell.days)
    country = item.value(cell.country) if cell.country else None
    return holds(cell, item.value(cell.attribute), country if isinstance(country, str) else None)


@dataclass(slots=True)
class _Parts:
    """A cell being gathered."""

    values: set[Value] = field(default_factory=set)
    ranges: list[Range] = field(default_factory=list)
    areas: list[PostalArea] = field(default_factory=list)
    days: list[Days] = field(default_factory=list)
    missing: bool = False
    names: list[str] = field(default_factory=list)
    faulty: bool = False


class CellReader:
    """Reads cells in the words of one book: its attributes, groups and tables."""

    def __init__(
        self, attributes: Mapping[str, Attribute], groups: Mapping[str, ValueGroup], tables: Tables, faulty: Collection[str] = (),
    ):
        """`faulty` attributes and groups are declared but unusable and reported already; they pass without a word."""
        self.attributes, self.groups, self.tables, self.faulty = attributes, groups, tables, faulty
        self._country = named_for(attributes, "country")
        self._expanded: dict[tuple[str, str], tuple[_Parts, tuple[str, ...]]] = {}

    def read_when(self, node: Node | None, findings: Findings) -> tuple[Cell, ...]:
        """The cells of a `when`; blank ones are left out, faulty ones reported and left out."""
        fields = as_map(node, "`when`", findings)
        if fields is None:
            return ()
        cells = (self.read_cell(name, fields.keys[name], value, findings) for name, value in fields.fields.items())
        return self.together([cell for cell in cells if cell is not None])

    def together(self, cells: Sequence[Cell]) -> tuple[Cell, ...]:
        """The cells of one rule: a postal code is read as those of the countries that stand beside it are written."""
        if self._country is None or not any(self.attributes[cell.attribute].type == "postal" for cell in cells):
            return tuple(cells)
        beside = next((cell for cell in cells if cell.attribute == self._country and cell.values), None)
        return tuple(self._within(cell, beside) if self.attributes[cell.attribute].type == "postal" else cell for cell in cells)

    def _within(self, cell: Cell, beside: Cell | None) -> Cell:
        """The cell with each area that a country writes in another way than it stands here said in that country's way."""
        countries = tuple(sorted(map(str, beside.values))) if beside else ()
        plain = {PostalArea(low=str(value), high=str(value)): value for value in cell.values}
        said = {area: own for area in (*plain, *cell.areas)
                if (own := within_countries(area, countries) if beside else unmistakable(area))}
        if not said:
            return cell
        stays = () if beside and not beside.missing else said     # the code of an item of unknown country is as it was given
        return replace(cell, country=self._country,
                       values=frozenset(value for area, value in plain.items() if area not in said or area in stays),
                       areas=(*(area for area in cell.areas if area not in said or area in stays),
                              *(part for own in said.values() for part in own)))

    def read_cell(self, name: str, place: SourcePosition, node: Node, findings: Findings) -> Cell | None:
        """One cell, None when it is blank or faulty."""
        attribute = self.attributes.get(name)
        if attribute is None and name in self.faulty:
            return None
        if attribute is None:
            findings.unknown("unknown_attribute", f"there is no attribute `{name}`", place, given=name, known=self.attributes,
                             expected="a declared attribute")
            return None
        if isinstance(node, TextNode) and (node.refused or not node.text.strip()):
            return None
        if isinstance(node, ListNode) and not node.items:
            findings.add("wrong_type", f"`{name}` lists nothing, so nothing could match", node.place, given="[]",
                         expected="one value or more, or the cell left out for any")
            return None
        if attribute.type == "list":
            return self._read_members(attribute, place, node, findings)
        parts = _Parts()
        if isinstance(node, ListNode):
            for item in node.items:
                self._take(attribute, item, parts, findings)
        else:
            self._take(attribute, node, parts, findings)
        if parts.faulty:
            return None
        return Cell(
            attribute=name, values=frozenset(parts.values), ranges=tuple(parts.ranges), areas=tuple(parts.areas),
            country=self._country if any(area.country for area in parts.areas) else None,
            missing=parts.missing, days=tuple(parts.days), text=_written(node), names=tuple(parts.names), place=place,
        )

    def _read_members(self, attribute: Attribute, place: SourcePosition, node: Node, findings: Findings) -> Cell | None:
        """A cell of a list: which members must be in it, and how."""
        ways = {way: _Parts() for way in LIST_CELL}
        for way, word in _ways_of(node, attribute, findings):
            self._take(attribute, word, ways[way], findings)
        if any(parts.faulty for parts in ways.values()):
            return None
        members = Members(**{way.replace(" ", "_"): frozenset(map(str, parts.values)) for way, parts in ways.items()})
        named = [(way, name) for way, parts in ways.items() for name in parts.names]
        if not named:
            findings.add("wrong_type", f"`{attribute.name}` names nothing, so nothing could match", node.place, given=shown(node),
                         expected="one value or more, or the cell left out for any")
            return None
        if members.contradicts or ways[ALL].missing or ways[NONE].missing:
            findings.add("wrong_type", f"no `{attribute.name}` can be `{as_written(named)}`", node.place, given=as_written(named),
                         expected=f"words asked for in one way, and `{MISSING}` before `{ALL}` and `{NONE}`")
            return None
        return Cell(attribute=attribute.name, members=members if members != Members() else None, missing=ways[ANY].missing,
                    text=as_written(named), names=tuple(dict.fromkeys(name for _, name in named)), place=place)

    def _take(self, attribute: Attribute, node: Node, parts: _Parts, findings: Findings) -> None:
        """Add what one word, group or table names to the cell."""
        if isinstance(node, MapNode):
            self._take_table(attribute, node, parts, findings)
            return
        text = node.text.strip() if isinstance(node, TextNode) else ""
        if not text:
            if not (isinstance(node, TextNode) and node.refused):
                findings.add("wrong_type", f"`{attribute.name}` lists something that is no word", node.place, given=shown(node),
                             expected=expected_of(attribute))
            parts.faulty = True
            return
        parts.names.append(text)
        if text == MISSING:
            parts.missing = True
        elif text in self.groups:
            self._take_group(attribute, text, node.place, parts, findings)
        elif not self._take_word(attribute, text, parts):
            parts.faulty = True
            if text in self.faulty:
                return
            kind = "wrong_type" if attribute.type in ("number", "flag", "postal", "date") else "unknown_value"
            findings.add(kind, f"`{attribute.name}` cannot be `{text}`", node.place, given=text,
                         expected=f"{expected_of(attribute)}, a group, or `missing`",
                         nearest=nearest_of(attribute, text, tuple(self.groups)))

    def _take_word(self, attribute: Attribute, text: str, parts: _Parts) -> bool:
        """A value, range, comparison or postal area; False when the attribute does not admit it."""
        if attribute.type == "number" and (span := _number_range(text)) is not None:
            parts.ranges.append(span)
            return True
        if attribute.type == "date":
            days = days_of(text)
            parts.days += [days] if days else []
            return days is not None
        if attribute.type == "postal":
            area = postal_area(text, compares=True)
            if area is None or not self._has_country(area):
                return False
            if area.country:
                parts.areas += readings(area, area.country) or (area,)
            elif not area.is_code:
                parts.areas.append(area)
            else:
                parts.values.add(area.low)
            return True
        value = value_of(attribute, text)
        if value is not None:
            parts.values |= cells_meaning(str(value)) if attribute.type == "language" else {value}
        return value is not None

    def _has_country(self, area: PostalArea) -> bool:
        """Whether there is the area's country, and an attribute that says an item's; of an area of none it is true."""
        return area.country is None or (self._country is not None and area.country in country_codes())

    def _take_table(self, attribute: Attribute, node: MapNode, parts: _Parts, findings: Findings) -> None:
        fields = as_map(node, f"the cell of `{attribute.name}`", findings, known=CELL_TABLE).fields
        cells = read_set_table(fields["table"], {attribute.name: attribute}, self.tables, findings) if "table" in fields else None
        if cells is None:
            parts.faulty = True
            return
        for cell in cells:
            self._take(attribute, cell, parts, findings)

    def _take_group(self, attribute: Attribute, name: str, place: SourcePosition, parts: _Parts, findings: Findings) -> None:
        key = (name, attribute.name)
        if key not in self._expanded:
            own = _Parts()
            strangers = tuple(
                member for member in self.groups[name].members
                if member != MISSING and not self._take_word(attribute, member, own)
            )
            own.missing = MISSING in self.groups[name].members
            self._expanded[key] = (own, strangers)
        own, strangers = self._expanded[key]
        if strangers:
            parts.faulty = True
            findings.add("unknown_value", f"group `{name}` holds `{strangers[0]}`, which `{attribute.name}` cannot be", place,
                         given=strangers[0], expected=expected_of(attribute), nearest=nearest_of(attribute, strangers[0]))
        parts.values |= own.values
        parts.ranges += own.ranges
        parts.areas += own.areas
        parts.days += own.days
        parts.missing = parts.missing or own.missing


def _ways_of(node: Node, attribute: Attribute, findings: Findings) -> Iterator[tuple[str, Node]]:
    """The words of a list's cell, each with the way in which it is asked for."""
    way = ANY
    for item in node.items if isinstance(node, ListNode) else (node,):
        if isinstance(item, TextNode):
            for asked, word in ways_named((part.strip() for part in item.text.split(SEPARATOR)), way):
                if word or SEPARATOR not in item.text:
                    yield asked, TextNode(text=word, place=item.place)
                way = asked
        elif isinstance(item, MapNode) and "table" not in item.fields:
            as_map(item, f"the cell of `{attribute.name}`", findings, known=LIST_CELL)
            for key, words in item.fields.items():
                for _, named in _ways_of(words, attribute, findings) if key in LIST_CELL else ():
                    yield key, named
        else:
            yield way, item


def _number_range(text: str) -> Range | None:
    if found := _COMPARISON.fullmatch(text):
        bound = number_of(found["bound"])
        return None if bound is None else _compared(found["sign"], bound)
    found = _NUMBERS.fullmatch(text)
    low = number_of(found["low"]) if found else None
    if found is None or low is None:
        return None
    if found["plus"]:
        return Range(low=low)
    high = number_of(found["high"])
    if high is None or high < low or (found["open"] and high == low):
        return None
    return Range(low=low, high=high, high_open=bool(found["open"]))


def _compared(sign: str, bound: float) -> Range:
    if sign in (">", ">="):
        return Range(low=bound, low_open=sign == ">")
    return Range(high=bound, high_open=sign == "<")


def _written(node: Node) -> str:
    """The cell as its author wrote it."""
    if isinstance(node, ListNode):
        return f"[{', '.join(_written(item) for item in node.items)}]"
    if isinstance(node, MapNode):
        return "{" + ", ".join(f"{key}: {_written(value)}" for key, value in node.fields.items()) + "}"
    return node.text.strip()
