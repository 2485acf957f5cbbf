"""Urgency: a rule's service level, one for all its items or one by an attribute's value; and what may set nothing else.

An outside score says how soon and never who: an attribute declared `use: urgency`, and all that is derived from it, may
stand in `sla: {by: ...}` and in no cell that chooses a team or takes an item.
"""
from collections.abc import Iterator, Mapping
from dataclasses import replace

from rules.book.cell_types import MISSING, Attribute, Cell
from rules.book.findings import Findings
from rules.book.keys import ClosedWords
from rules.book.policies import sla_id
from rules.book.schema import RuleBook, SlaBy
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_choice, as_text
from rules.book.values import value_of
from rules.book.yaml_nodes import MapNode, Node
from rules.errors import nearest_name
from rules.model import Value

#: What an attribute may be kept for.
USES = ClosedWords(where="use of an attribute", words=("urgency",))
_CHOOSING = ("by", "else")


def with_uses(attributes: Mapping[str, Attribute], declared: MapNode, findings: Findings) -> dict[str, Attribute]:
    """The attributes with what each is kept for; one that is derived is kept for what its source is."""
    own: dict[str, str | None] = {}
    for name in attributes:
        spec = declared.fields[name]
        node = spec.fields.get("use") if isinstance(spec, MapNode) else None
        own[name] = as_choice(node, f"the use of `{name}`", USES, findings)
    return {name: replace(attribute, use=_inherited(attribute, attributes, own)) if any(own.values()) else attribute
            for name, attribute in attributes.items()}


def _inherited(attribute: Attribute | None, attributes: Mapping[str, Attribute], own: Mapping[str, str | None]) -> str | None:
    while attribute is not None:
        if own[attribute.name]:
            return own[attribute.name]
        attribute = attributes.get(attribute.source) if attribute.source else None
    return None


def read_sla(node: Node | None, words: SymbolTable, findings: Findings) -> str | SlaBy | None:
    """`sla: hot`, or `sla: {by: score_band, high: hot, else: warm}` with an `else` that is required."""
    if not isinstance(node, MapNode):
        return sla_id(node, words.slas, words.declared_slas, findings)
    own = node.fields
    for key in _CHOOSING:
        if key not in own:
            findings.add("missing_else" if key == "else" else "wrong_type", f"a service level by value needs `{key}`", node.place,
                         expected="`sla: {by: ATTRIBUTE, VALUE: SLA, else: SLA}`")
    name = as_text(own.get("by"), "`by`", findings, "an attribute")
    otherwise = sla_id(own.get("else"), words.slas, words.declared_slas, findings)
    attribute = words.attributes.get(name) if name else None
    if name and attribute is None and name not in words.faulty:
        findings.unknown("unknown_attribute", f"there is no attribute `{name}`", own["by"].place, given=name,
                         known=words.attributes, expected="a declared attribute")
    if attribute is None or otherwise is None:
        return None
    if (attribute.values is None and attribute.type != "flag") or attribute.type == "list":
        findings.add("wrong_type", f"`{name}` has no single value out of a list to choose by", own["by"].place,
                     given=attribute.type, expected="an attribute of enum, bands, map or type flag")
        return None
    return SlaBy(attribute=attribute.name, otherwise=otherwise, choices=tuple(_choices(node, attribute, words, findings)))


def _choices(
    node: MapNode, attribute: Attribute, words: SymbolTable, findings: Findings
) -> Iterator[tuple[Value | None, str]]:
    for text, level in node.fields.items():
        if text in _CHOOSING:
            continue
        value = None if text == MISSING else value_of(attribute, text)
        if value is None and text != MISSING:
            known = attribute.values or ("true", "false")
            findings.add("unknown_value", f"`{attribute.name}` has no value `{text}`", node.keys[text], given=text,
                         expected=", ".join((*known, MISSING)), nearest=nearest_name(text, known))
            continue
        sla = sla_id(level, words.slas, words.declared_slas, findings)
        if sla is not None:
            yield value, sla


def check_urgency(book: RuleBook, findings: Findings) -> None:
    """Report every cell that would let a score choose a team, take an item or stand in for a person's stage."""
    scores = {name for name, attribute in book.attributes.items() if attribute.use == "urgency"}
    if not scores:
        return
    for rule_id, stage, cells in _choosing_cells(book):
        for cell in cells:
            if cell.attribute in scores:
                findings.within(rule=rule_id, stage=stage).add(
                    "wrong_type", f"`{cell.attribute}` says how soon and not who: it may choose a service level and no team",
                    cell.place, given=cell.attribute, expected=f"`sla: {{by: {cell.attribute}, ...}}` in place of the cell")


def _choosing_cells(book: RuleBook) -> Iterator[tuple[str, str | None, tuple[Cell, ...]]]:
    for stage, rule in book.placed_rules:
        yield rule.id, stage.name, rule.when
    for compliance in book.compliance:
        yield compliance.id, None, compliance.when
    for expected in book.lifecycle:
        yield expected.id, None, (*expected.when, *expected.must)
