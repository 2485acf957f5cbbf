"""The attributes a book declares: a closed, typed vocabulary, which is what makes exact analysis possible."""
import re
from collections.abc import Mapping
from math import isfinite

from rules.book.cell_types import MISSING, Attribute, Band, SourcePosition
from rules.book.csv_tables import Tables
from rules.book.findings import Findings
from rules.book.keys import Keys
from rules.book.maps import disagreeing, fold_text
from rules.book.typed_nodes import as_choice, as_map, as_text, as_texts
from rules.book.values import ANY, LIST_CELL, TYPES, expected_of, nearest_of, value_of, ways_named
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.model import Value
from rules.refdata.countries import country_codes
from rules.refdata.postal import EXPECTED as AREA_EXPECTED
from rules.refdata.postal import PostalArea, everywhere, postal_area, unmistakable
from rules.refdata.subdivisions import countries_with

ATTRIBUTE = Keys(
    title="An attribute", where="`attributes`",
    known={
        "type": "A ready-made type.",
        "enum": "The list of values.",
        "enum_from": "A table with one column that holds the values.",
        "list": "The values of which an item has several at once, such as a multi-select picklist.",
        "list_from": "The same from a table with one column.",
        "bands": "Named stretches of a number: `{SMB: 1-249, ENT: 250+}`. `0-<0.3` leaves its end out.",
        "from": "The attribute that the bands or the map are derived from.",
        "map": "A table with two columns, headed by the source and by this attribute.",
        "names": "Names of values for people, by which `says` may call them.",
        "use": "`urgency`: the attribute may choose a service level and nothing else, so that a score never names an owner.",
    })

#: Words that head other columns of decision tables and items, and so can name no attribute.
RESERVED = ("id", "to", "else", "sla", "says", "because", "decided_by", "disputed_with", "expires", "playbook", "reason",
            "item_id", "received_at", "item", "attributes")

#: Keys that give an attribute a closed list of values, and its type.
_CLOSED = {"enum": "enum", "enum_from": "enum", "list": "list", "list_from": "list"}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BOUND = r"-?(?:\d+(?:\.\d+)?|\.\d+)"
_BAND = re.compile(rf"(?P<low>{_BOUND})(?:(?P<plus>\+)|\s*-\s*(?P<open><)?\s*(?P<high>{_BOUND}))")


def read_attributes(node: Node, tables: Tables, findings: Findings) -> dict[str, Attribute]:
    """Every attribute that could be read, in file order; derived ones have a source that exists and no cycle."""
    fields = as_map(node, "attributes", findings)
    if fields is None:
        return {}
    attributes: dict[str, Attribute] = {}
    waiting: dict[str, MapNode] = {}
    for name, value in fields.fields.items():
        place = fields.keys[name]
        if not _NAME.fullmatch(name) or name in RESERVED:
            findings.add("wrong_type", f"no attribute can be called `{name}`", place, given=name,
                         expected="a word of letters, digits and _ that no column of rules or items is called")
            continue
        spec = as_map(value, f"attribute `{name}`", findings, known=ATTRIBUTE)
        if spec is None or not _has_one_form(name, spec, place, findings):
            continue
        if "from" in spec.fields:
            waiting[name] = spec
        else:
            attribute = _read_plain(name, spec, place, tables, findings)
            if attribute is not None:
                attributes[name] = attribute
    _read_derived(waiting, fields, attributes, tables, findings)
    _check_kind(fields, attributes, findings)
    return {name: attributes[name] for name in fields.fields if name in attributes}


def _has_one_form(name: str, spec: MapNode, place: SourcePosition, findings: Findings) -> bool:
    forms = [key for key in ("type", *_CLOSED, "bands", "map") if key in spec.fields]
    if len(forms) != 1 or ("map" in forms and "from" not in spec.fields) or (
        "from" in spec.fields and forms[0] not in ("bands", "map")
    ):
        findings.add("wrong_type", f"attribute `{name}` needs one way to get its values", place, given=", ".join(spec.fields),
                     expected="one of type, enum, enum_from, list, list_from, bands (with or without from), or from with map")
        return False
    return True


def _check_kind(fields: MapNode, attributes: Mapping[str, Attribute], findings: Findings) -> None:
    kind = attributes.get("kind")
    if "kind" not in fields.fields:
        findings.add("unknown_attribute", "the book declares no attribute `kind`, which every item has", fields.place,
                     expected="kind: {enum: [...]}")
    elif kind is not None and kind.type != "enum":
        findings.add("wrong_type", "attribute `kind` must be an enum", fields.keys["kind"], given=kind.type,
                     expected="kind: {enum: [...]}")


def _read_plain(name: str, spec: MapNode, place: SourcePosition, tables: Tables, findings: Findings) -> Attribute | None:
    fields = spec.fields
    if "bands" in fields:
        return _read_bands(name, spec, None, place, findings)
    if "type" in fields:
        node = fields["type"]
        if isinstance(node, TextNode) and node.text.strip() in _CLOSED:
            findings.add("wrong_type", f"the type of `{name}` says nothing of its values", node.place, given=node.text.strip(),
                         expected=f"`{name}: {{{node.text.strip()}: [...]}}`")
            return None
        type_name = as_choice(fields["type"], f"the type of `{name}`", TYPES, findings)
        if type_name is None:
            return None
        return Attribute(name=name, type=type_name, names=_names(name, spec, None, findings), place=place)
    key = next(key for key in _CLOSED if key in fields)
    if key == _CLOSED[key]:
        words = as_texts(fields[key], f"the {key} of `{name}`", findings)
    else:
        file = _named_file(fields[key], f"the table of `{name}`", findings)
        words = tables.column(file, findings) if file else None
    if words is None:
        return None
    values = _closed(name, words, fields[key], findings)
    for word in words if _CLOSED[key] == "list" else ():
        if next(ways_named([word.text.strip()]))[0] != ANY or word.text.strip().startswith(ANY):
            findings.add("wrong_type", f"no value of a list can be called `{word.text}`", word.place, given=word.text,
                         expected=f"a word that does not begin with {', '.join(f'`{way}`' for way in LIST_CELL)}")
    return Attribute(name=name, type=_CLOSED[key], values=values, names=_names(name, spec, values, findings), place=place)


def _named_file(node: Node, what: str, findings: Findings) -> TextNode | None:
    named = as_text(node, what, findings, "a CSV file")
    return node if named and isinstance(node, TextNode) else None


def _closed(name: str, words: tuple[TextNode, ...], node: Node, findings: Findings) -> tuple[str, ...]:
    values: list[str] = []
    for word in words:
        text = word.text.strip()
        if text.casefold() in (value.casefold() for value in values):
            findings.add("duplicate_key", f"`{name}` lists `{text}` twice", word.place, given=text,
                         expected="each value once, whatever its capitals")
        elif _may_be_value(text, word.place, findings):
            values.append(text)
    if not words and isinstance(node, (ListNode, TextNode)):
        findings.add("wrong_type", f"`{name}` lists no value", node.place, expected="one value or more")
    return tuple(values)


def _may_be_value(text: str, place: SourcePosition, findings: Findings) -> bool:
    if text == MISSING or not text or ";" in text:
        findings.add("wrong_type", f"no value can be called `{text}`", place, given=text,
                     expected="a word other than `missing`, without `;`")
        return False
    return True


def _names(name: str, spec: MapNode, values: tuple[str, ...] | None, findings: Findings) -> dict[str, str]:
    """Display names of values, `names: {value: name}`."""
    fields = as_map(spec.fields.get("names"), f"the names of `{name}`", findings)
    if fields is None:
        return {}
    named: dict[str, str] = {}
    for value, node in fields.fields.items():
        if values is not None and value not in values:
            findings.unknown("unknown_value", f"`{name}` has no value `{value}`", fields.keys[value], given=value, known=values)
            continue
        text = as_text(node, f"the name of `{value}`", findings)
        if text is not None:
            named[value] = text
    return named


def _read_bands(name: str, spec: MapNode, source: str | None, place: SourcePosition, findings: Findings) -> Attribute | None:
    fields = as_map(spec.fields["bands"], f"the bands of `{name}`", findings)
    if fields is None:
        return None
    bands: list[tuple[Band, SourcePosition]] = []
    whole = True
    for band_name, node in fields.fields.items():
        expected = "bounds such as 1-249, 0-<0.3 or 1000+"
        text = as_text(node, f"band `{band_name}`", findings, expected)
        if text is None or not _may_be_value(band_name, fields.keys[band_name], findings):
            continue
        if band_name.casefold() in (band.name.casefold() for band, _ in bands):
            findings.add("duplicate_key", f"`{name}` has the band `{band_name}` twice", fields.keys[band_name], given=band_name,
                         expected="each band once, whatever its capitals")
        found = _BAND.fullmatch(text)
        low = float(found["low"]) if found else 0.0
        high = float(found["high"]) if found and found["high"] else None
        if not found or not isfinite(low + (high or 0.0)) or (
            high is not None and (high < low or (found["open"] and high == low))
        ):
            findings.add("wrong_type", f"band `{band_name}` of `{name}` has no readable bounds", node.place, given=text,
                         expected=expected)
            continue
        whole = whole and not found["open"] and "." not in text
        bands.append((Band(name=band_name, low=low, high=high, open_end=bool(found["open"])), node.place))
    _check_neighbours(name, bands, whole, findings)
    values = tuple(fields.fields)                             # also of bands reported above, so that rules may name them
    return Attribute(
        name=name, type="bands", values=values, bands=tuple(band for band, _ in bands), source=source,
        names=_names(name, spec, values, findings), place=place,
    )


def _check_neighbours(name: str, bands: list[tuple[Band, SourcePosition]], whole: bool, findings: Findings) -> None:
    """Bands may not overlap; a hole between two of them gives `missing` and deserves a warning."""
    ordered = sorted(bands, key=lambda pair: pair[0].low)
    for (left, _), (right, place) in zip(ordered, ordered[1:], strict=False):
        if left.high is None or right.low < left.high or (right.low == left.high and not left.open_end):
            findings.add("wrong_type", f"bands `{left.name}` and `{right.name}` of `{name}` overlap", place, given=right.name,
                         expected="bands apart from each other")
        elif right.low > left.high + (1 if whole else 0):
            low, high = f"{left.high:g}", f"{right.low:g}"
            findings.add("band_hole", f"`{name}` has a hole between `{left.name}` and `{right.name}`: numbers between "
                         f"{low} and {high} become `missing`", place, given=f"{low} to {high}", expected="bands that meet")


def _read_derived(
    waiting: dict[str, MapNode], fields: MapNode, attributes: dict[str, Attribute], tables: Tables, findings: Findings,
) -> None:
    """Derived attributes in the order of their sources; what is left in the end goes round in a cycle."""
    sources: dict[str, str] = {}
    for name, spec in waiting.items():
        node = spec.fields["from"]
        source = as_text(node, f"the source of `{name}`", findings, "an attribute")
        if source is None:
            continue
        if source not in fields.fields:
            findings.unknown("unknown_attribute", f"`{name}` comes from `{source}`, which is not declared", node.place,
                             given=source, known=fields.fields, expected="a declared attribute")
            continue
        sources[name] = source
    while ready := [name for name, source in sources.items() if source in attributes]:
        for name in ready:
            attribute = _read_derivation(name, waiting[name], attributes[sources.pop(name)], fields.keys[name], tables, findings)
            if attribute is not None:
                attributes[name] = attribute
    for name in sources:
        if _goes_round(name, sources):
            findings.add("wrong_type", f"`{name}` comes from itself", fields.keys[name], given=" <- ".join(sources),
                         expected="attributes derived without a cycle")


def _goes_round(name: str, sources: Mapping[str, str]) -> bool:
    current, steps = sources[name], 0
    while current in sources and current != name and steps <= len(sources):
        current, steps = sources[current], steps + 1
    return current == name


def _read_derivation(
    name: str, spec: MapNode, source: Attribute, place: SourcePosition, tables: Tables, findings: Findings,
) -> Attribute | None:
    if "bands" in spec.fields:
        if source.type != "number":
            findings.add("wrong_type", f"the bands of `{name}` need numbers, `{source.name}` holds none",
                         spec.fields["from"].place, given=source.type, expected="an attribute of type number")
            return None
        return _read_bands(name, spec, source.name, place, findings)
    if source.type in ("list", "date"):
        findings.add("wrong_type", f"`{name}` cannot follow from `{source.name}`, which holds "
                     f"{'several values at once' if source.type == 'list' else 'days'}", spec.fields["from"].place,
                     given=source.type, expected="an attribute of one value, or rules with cells of their own")
        return None
    file = _named_file(spec.fields["map"], f"the map of `{name}`", findings)
    table = tables.read(file, findings) if file else None
    if table is None:
        return None
    if table.columns != (source.name, name):
        findings.add("wrong_type", f"the columns of `{table.file}` must be `{source.name},{name}`", table.header[0].place,
                     given=",".join(table.columns), expected=f"{source.name},{name}")
        return None
    mapping: dict[Value, str] = {}
    areas: list[tuple[PostalArea, str]] = []
    folded: set[str] = set()
    for key, outcome in (row.cells for row in table.rows):
        area = _area_of(source, key, findings)
        if area is not None and area.country is None and area.is_code:
            areas += [(part, outcome.text) for part in unmistakable(area)]
        elif area is not None:
            if _may_be_value(outcome.text, outcome.place, findings):
                areas += [(part, outcome.text) for part in everywhere(area)]
            continue
        value = value_of(source, key.text)
        if source.type == "text" and value is not None and (same := fold_text(str(value))) in folded:
            value = next(known for known in mapping if fold_text(str(known)) == same)
        if value is None:
            findings.add("unknown_value", f"`{source.name}` has no value `{key.text}`", key.place, given=key.text,
                         expected=expected_of(source), nearest=nearest_of(source, key.text))
        elif value in mapping:
            findings.add("duplicate_key", f"`{key.text}` stands twice", key.place, given=key.text, expected="each value once")
        elif _may_be_value(outcome.text, outcome.place, findings):
            mapping[value] = outcome.text
            folded.add(fold_text(str(value)))
    _check_complete(name, source, mapping, spec.fields["map"].place, findings)
    if (pair := disagreeing(areas)) is not None:
        findings.add("duplicate_key", f"`{pair[0]}` and `{pair[1]}` hold the same postal codes and say different things",
                     table.header[0].place, given=str(pair[1]), expected="areas of one precision that do not overlap")
    values = tuple(dict.fromkeys((*mapping.values(), *(outcome for _area, outcome in areas))))
    return Attribute(
        name=name, type="map", values=values, source=source.name, mapping=mapping, areas=tuple(areas),
        folds=source.type == "text", homes=countries_with([*map(str, mapping)]) if source.type == "subdivision" else frozenset(),
        names=_names(name, spec, values, findings), place=place,
    )


def _area_of(source: Attribute, key: TextNode, findings: Findings) -> PostalArea | None:
    """The code, prefix or range that a row of a map from postal codes stands for."""
    area = postal_area(key.text) if source.type == "postal" else None
    if area is not None and area.country is not None and area.country not in country_codes():
        findings.add("unknown_value", f"there is no country `{area.country}`", key.place, given=key.text, expected=AREA_EXPECTED)
    return area


def _check_complete(name: str, source: Attribute, mapping: Mapping, place: SourcePosition, findings: Findings) -> None:
    without = [value for value in source.values or () if value not in mapping]
    if without:
        findings.add("incomplete_map", f"`{name}` has no row for {', '.join(f'`{value}`' for value in without)}: these become "
                     "`missing`", place, given=", ".join(without), expected=f"a row for each value of `{source.name}`")
