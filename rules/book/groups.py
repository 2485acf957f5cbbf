"""Groups: names for sets of values, which may name other groups; resolved to values once, without cycles."""
from collections.abc import Mapping
from dataclasses import dataclass

from rules.book.cell_types import MISSING, Attribute, SourcePosition
from rules.book.csv_tables import Tables
from rules.book.findings import Findings
from rules.book.keys import Keys
from rules.book.typed_nodes import as_map, as_text, as_texts
from rules.book.yaml_nodes import MapNode, Node, TextNode
from rules.refdata.countries import country_codes

GROUP = Keys(
    title="A group", where="`groups`; a plain list of values does as well",
    known={
        "values": "Values and other groups.",
        "table": "A table with one column that holds the values.",
        "name": "What people call the group, for `says`.",
    })


@dataclass(frozen=True, kw_only=True, slots=True)
class ValueGroup:
    """A group as written (`parts`: values and groups) and resolved (`members`: values only, in order)."""

    name: str
    parts: tuple[str, ...]
    members: tuple[str, ...]
    label: str | None
    place: SourcePosition


def read_groups(
    node: Node, attributes: Mapping[str, Attribute], tables: Tables, findings: Findings,
) -> dict[str, ValueGroup]:
    """Every group that could be read, resolved."""
    fields = as_map(node, "groups", findings)
    if fields is None:
        return {}
    parts: dict[str, tuple[str, ...]] = {}
    labels: dict[str, str | None] = {}
    for name, spec in fields.fields.items():
        if not _may_be_group(name, fields.keys[name], attributes, findings):
            continue
        words, labels[name] = _read_parts(name, spec, attributes, tables, findings)
        parts[name] = tuple(dict.fromkeys(word.text.strip() for word in words))
    return {
        name: ValueGroup(name=name, parts=own, members=_resolve(name, parts, fields.keys[name], findings), label=labels[name],
                    place=fields.keys[name])
        for name, own in parts.items()
    }


def _may_be_group(name: str, place: SourcePosition, attributes: Mapping[str, Attribute], findings: Findings) -> bool:
    """A group may not be called like a value: `NA` would be Namibia."""
    if name == MISSING or not name.strip():
        findings.add("wrong_type", f"no group can be called `{name}`", place, given=name, expected="a name of its own")
        return False
    for attribute in attributes.values():
        is_value = name in (attribute.values or ()) or (attribute.type == "country" and name in country_codes())
        if is_value:
            findings.add("wrong_type", f"group `{name}` is called like a value of `{attribute.name}`", place, given=name,
                         expected="a name that no value has")
            return False
    return True


def _read_parts(
    name: str, spec: Node, attributes: Mapping[str, Attribute], tables: Tables, findings: Findings,
) -> tuple[tuple[TextNode, ...], str | None]:
    """The words of a list, of `{values: [...], name: ...}` or of `{table: ..., name: ...}`."""
    if not isinstance(spec, MapNode):
        return as_texts(spec, f"group `{name}`", findings) or (), None
    fields = as_map(spec, f"group `{name}`", findings, known=GROUP).fields
    label = as_text(fields.get("name"), f"the name of group `{name}`", findings)
    if ("values" in fields) == ("table" in fields):
        findings.add("wrong_type", f"group `{name}` needs either values or a table", spec.place,
                     given=", ".join(fields), expected="[...], {values: [...]} or {table: FILE}")
        return (), label
    if "values" in fields:
        return as_texts(fields["values"], f"group `{name}`", findings) or (), label
    return read_set_table(fields["table"], attributes, tables, findings) or (), label


def read_set_table(
    file: Node, attributes: Mapping[str, Attribute], tables: Tables, findings: Findings,
) -> tuple[TextNode, ...] | None:
    """The values of a one-column table; a first line that is itself a value is a header forgotten."""
    if as_text(file, "a table", findings, "a CSV file") is None or not isinstance(file, TextNode):
        return None
    cells, table = tables.column(file, findings), tables.read(file, findings)
    if cells is None or table is None:
        return None
    header = table.header[0]
    for attribute in attributes.values():
        if header.text in (attribute.values or ()) or (attribute.type == "country" and header.text in country_codes()):
            findings.add("wrong_type", f"the first line of `{file.text}` is a value where the header belongs", header.place,
                         given=header.text, expected="a header, then one value a line")
            return None
    return cells


def _resolve(name: str, parts: Mapping[str, tuple[str, ...]], place: SourcePosition, findings: Findings) -> tuple[str, ...]:
    """The values of a group with those of the groups it names; a group that leads to itself is reported."""
    members: dict[str, None] = {}
    seen: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        for part in parts[current]:
            if part == name:
                findings.add("wrong_type", f"group `{name}` leads back to itself", place, given=current,
                             expected="groups without a cycle")
            elif part in parts:
                pending.append(part)
            else:
                members[part] = None
    return tuple(members)
