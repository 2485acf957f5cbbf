"""Decision tables: each row of a CSV file is the rule that its cells spell.

A table may hold a million rows, and most of its words stand in many of them. So each word of a column is read strictly
once and remembered, and a row of words that are all known to be sound becomes a rule at once; any other row is read
strictly as a whole, which is what reports its faults.
"""
from collections.abc import Callable, Iterator

from rules.book.cell_types import Cell, SourcePosition
from rules.book.csv_tables import BookTable, BookTableRow
from rules.book.findings import Findings
from rules.book.schema import Rule, Target
from rules.book.symbols import SymbolTable
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode, compose
from rules.routing_result import HOW

TABLE_COLUMNS = ("id", "to", "else", "sla", "says", "playbook", "reason", "because", "decided_by", "disputed_with", "expires")
#: Further keys of rules, each unless the book has an attribute of that name, whose column it then is.
_LATER = tuple(key for key in HOW if key not in TABLE_COLUMNS)
#: Columns whose words need no more than a look.
_TEXTS = {"says", "reason", *HOW}

Strict = Callable[[Node, SymbolTable, Findings], Rule | None]


def table_rules(table: BookTable, words: SymbolTable, strict: Strict, findings: Findings) -> Iterator[Rule | None]:
    """The rows as rules, None for one that cannot be used; `strict` reads a rule from nodes and reports every fault."""
    columns = table.columns
    known = (*TABLE_COLUMNS, *_LATER, *words.attributes, *words.faulty)
    if columns[0] != "id":
        findings.add("wrong_type", "the first column must be `id`, or `account_id` for named accounts", table.header[0].place,
                     given=columns[0], expected="id")
        return
    for cell in table.header:
        if cell.text not in known:
            findings.unknown("unknown_attribute", f"there is no attribute `{cell.text}`", cell.place, given=cell.text,
                             known=known, expected="a declared attribute or a column of rules")
    reader = _SoundRows(columns, words)
    for row in table.rows:
        yield reader.read(row) or strict(_as_node(row, columns, words, findings), words, findings)


class _SoundRows:
    """Reads the rows of one table that are sound beyond doubt, and remembers the words that were met."""

    def __init__(self, columns: tuple[str, ...], words: SymbolTable):
        self._words = words
        self._columns: tuple[tuple[str, dict[str, Cell] | None], ...] = tuple(
            (name, None if name in TABLE_COLUMNS or name not in words.attributes else {}) for name in columns)
        self._targets = {team: Target(team=team) for team in words.teams}

    def read(self, row: BookTableRow) -> Rule | None:
        """The rule, None for a row that has to be read strictly."""
        when: list[Cell] = []
        own: dict[str, str] = {}
        for (name, known), (text, _quoted, column) in zip(self._columns, row.record.cells, strict=True):
            if not text:
                continue
            if known is None:
                own[name] = text
                continue
            place = SourcePosition(file=row.file, line=row.record.line, column=column)
            cell = known.get(text)
            if cell is not None:
                when.append(cell.at(place))
                continue
            cell = self._learn(name, text, place)
            if cell is None:
                return None
            known[text] = cell
            when.append(cell)
        return self._rule(own, self._words.cells.together(when), row.place)

    def _rule(self, own: dict[str, str], when: tuple[Cell, ...], place: SourcePosition) -> Rule | None:
        rule_id, target, sla = own.pop("id", None), self._targets.get(own.pop("to", "")), own.pop("sla", None)
        if (rule_id is None or target is None or not own.keys() <= _TEXTS or rule_id in self._words.rule_places
                or (sla is not None and sla not in self._words.slas)):
            return None
        self._words.rule_places[rule_id] = place
        return Rule(id=rule_id, when=when, target=target, sla=sla, expires=None, spread=None, place=place, **own)

    def _learn(self, name: str, text: str, place: SourcePosition) -> Cell | None:
        """The cell of a word met for the first time, None unless it is sound."""
        found = Findings()
        cell = self._words.cells.read_cell(name, place, _cell_node(TextNode(text=text, place=place)), found)
        return None if found.in_order() else cell


def _as_node(row: BookTableRow, columns: tuple[str, ...], words: SymbolTable, findings: Findings) -> MapNode:
    """The row as the mapping that would stand in the book."""
    fields: dict[str, Node] = {}
    keys: dict[str, SourcePosition] = {}
    when: dict[str, Node] = {}
    cells = row.cells
    for name, cell in zip(columns, cells, strict=True):
        if not cell.text:
            continue
        keys[name] = cell.place
        if name not in TABLE_COLUMNS:
            if name in words.attributes:
                when[name] = _cell_node(cell)
            elif name in _LATER and name not in words.faulty:
                fields[name] = cell
        elif name in ("to", "sla") and cell.text.startswith("{"):
            spelt = compose(cell.text, cell.place.file, findings, at=cell.place)
            if spelt is not None:
                fields[name] = spelt
        else:
            fields[name] = cell
    if when:
        fields["when"] = MapNode(fields=when, keys=keys, place=cells[0].place)
        keys["when"] = cells[0].place
    return MapNode(fields=fields, keys={key: keys[key] for key in fields}, place=cells[0].place)


def _cell_node(cell: TextNode) -> Node:
    """`a;b` as a list of texts, each with its own column."""
    if ";" not in cell.text:
        return cell
    items, column = [], cell.place.column
    for part in cell.text.split(";"):
        place = SourcePosition(file=cell.place.file, line=cell.place.line, column=column + len(part) - len(part.lstrip()))
        column += len(part) + 1
        if part.strip():
            items.append(TextNode(text=part.strip(), place=place))
    return ListNode(items=tuple(items), place=cell.place)
