"""The words a book has declared by the time its rules are read: attributes, groups, teams, service levels, tables."""
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rules.book.cell_types import Attribute, SourcePosition
from rules.book.cells import CellReader
from rules.book.csv_tables import Tables
from rules.book.findings import Findings
from rules.book.groups import ValueGroup
from rules.book.schema import SlaPolicy, Team
from rules.book.typed_nodes import as_text
from rules.book.yaml_nodes import Node


@dataclass(frozen=True, kw_only=True)
class SymbolTable:
    """What rules may name; `rule_places` remembers each rule id so that a second one is reported."""

    attributes: Mapping[str, Attribute]
    groups: Mapping[str, ValueGroup]
    teams: Mapping[str, Team]
    slas: Mapping[str, SlaPolicy]
    declared_slas: Collection[str]
    faulty: frozenset[str]                                # attributes and groups that are declared, but not usable
    tables: Tables
    cells: CellReader
    rule_places: dict[str, SourcePosition] = field(default_factory=dict)

    def named(self, node: Node | None, what: str, findings: Findings) -> tuple[str | None, Findings]:
        """A rule's id, taken for good, and the findings of that rule; a second rule of the id is reported."""
        rule_id = as_text(node, what, findings)
        if node is None or rule_id is None:
            return None, findings
        here = findings.within(rule=rule_id)
        first = self.rule_places.setdefault(rule_id, node.place)
        if first is not node.place:
            here.add("duplicate_rule", f"rule `{rule_id}` stands twice, first in {first.file} line {first.line}", node.place,
                     given=rule_id, expected="each rule id once in the book", rules=(rule_id,))
        return rule_id, here
