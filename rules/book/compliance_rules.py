"""Compliance rules as written: what they take or demand, on which items. How they bind is judged in rules/compliance."""
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rules.book.cell_types import Cell, named_for
from rules.book.findings import Findings
from rules.book.groups import read_set_table
from rules.book.keys import ClosedWords, Keys
from rules.book.policies import queue_id
from rules.book.schema import ComplianceRule, Requirement
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_choice, as_list, as_map, as_text, read_span, shown
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.errors import nearest_name
from rules.model import STANDARD_ATTRIBUTES


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemKind:
    """A kind of rule that takes an item, or its contact, from people.

    `takes`: `forbid: item` or `contact`; `phrase`: how its reason begins; `meaning`: what the reference says of it.
    `needs`: the type of attribute that its `when` must ask for. `meant_by`: the type that, where no kind is said, means
    this one; the first kind of what is taken is meant otherwise.
    """

    takes: str
    phrase: str
    meaning: str
    needs: str | None = None
    meant_by: str | None = None


ITEM_KINDS = {
    "sanctions": ItemKind(
        takes="item", phrase="the item may not be worked on",
        meaning="Sanctions (`forbid: item`): an item that nobody may work on, whoever would own it. An item whose country is "
                "unknown cannot be shown to be clear, and is held as well."),
    "unsupported_country": ItemKind(
        takes="item", phrase="not served there", needs="country",
        meaning="Unsupported country (`forbid: item, kind: unsupported_country`): nobody works where the company does not do "
                "business. A country that is unknown cannot be shown to be served, unless the rule says `if_missing: skip`."),
    "consent": ItemKind(
        takes="contact", phrase="contact is forbidden",
        meaning="Consent (`forbid: contact`): nobody contacts whoever did not agree. What is not known to be agreed is not "
                "agreed. The item leaves people's hands and goes where the rule sends it."),
    "do_not_contact": ItemKind(
        takes="contact", phrase="contact is forbidden", meant_by="flag",
        meaning="Do not contact (`forbid: contact` on a flag): whoever asked to be left alone is left alone. A flag that is "
                "not recorded counts as raised, unless the rule says `if_missing: skip`."),
}

COMPLIANCE = Keys(
    title="A compliance rule", where="`compliance`", required=("id",),
    known={
        "id": "A name, once in the book; decisions cite it.",
        "kind": "What a rule that takes the item or the contact is, where that is not clear from `forbid`.",
        "forbid": "`item` or `contact`: nobody works on it, it goes to `send_to`. Or demands: owners who meet any of them are "
                  "out.",
        "require": "Demands that an owner must meet, all of them: `{owner.data_region: [EU]}`.",
        "when": "On which items. An attribute that the item lacks counts as met: what is unknown binds.",
        "send_to": "The queue that takes what nobody may work on.",
        "if_missing": "`skip`: the rule does not apply where the attribute is missing.",
        "cites": "The law, contract or policy behind it.",
        "from": "The first day or moment it binds.",
        "to": "The last day, or the moment it ends.",
    })
CONTAINS = Keys(
    title="A demand that hangs on the item",
    where="`require` and `forbid`, under `owner.COLUMN`; a plain list of values does as well",
    required=("contains",),
    known={"contains": "The owner's list holds what this item attribute says: `item.required_certification`. Of an attribute "
                       "that is a list `require` asks for every member, `forbid` for any."})
VALUES_TABLE = Keys(
    title="A demand from a table", where="`require` and `forbid`, under `owner.COLUMN`",
    known={"table": "A table with one column: any of its values."})
TAKES = ClosedWords(where="forbid", words=tuple(dict.fromkeys(kind.takes for kind in ITEM_KINDS.values())))
#: What a rule that takes the item or the contact may be; the first one is meant where nothing is said.
KINDS = {takes: ClosedWords(where=f"kind, with `forbid: {takes}`",
                            words=tuple(name for name, kind in ITEM_KINDS.items() if kind.takes == takes)) for takes in TAKES}
SKIP = ClosedWords(where="if_missing", words=("skip",))
LOCAL_TIME = "item.local_time"
CERTIFICATIONS = "owner.certifications"

#: Columns of owners.csv that say who someone is: a rule that asks for them names people.
PERSONAL = ("owner_id", "name", "email", "manager_id")

_WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")
_SUBJECT = re.compile(r"owner\.([A-Za-z_][A-Za-z0-9_]*)")


def read_compliance(node: Node, words: SymbolTable, findings: Findings) -> tuple[ComplianceRule, ...]:
    """Every compliance rule in the file's order."""
    rules = (_read_rule(item, words, findings) for item in as_list(node, "compliance", findings) or ())
    return tuple(rule for rule in rules if rule is not None)


def _read_rule(node: Node, words: SymbolTable, findings: Findings) -> ComplianceRule | None:
    fields = as_map(node, "a compliance rule", findings, known=COMPLIANCE)
    if fields is None:
        return None
    own = fields.fields
    rule_id, here = words.named(own.get("id"), "the id of a compliance rule", findings.within(stage="compliance"))
    if "forbid" not in own and "require" not in own:
        here.add("wrong_type", "a compliance rule forbids or requires something", fields.place, given=", ".join(own),
                 expected="`forbid` or `require`")
        return None
    forbidden, takes, forbid = own.get("forbid"), None, tuple[Requirement, ...]()
    if isinstance(forbidden, MapNode):
        forbid = _read_demands(forbidden, "forbid", words, here)
    else:
        takes = as_choice(forbidden, "`forbid`", TAKES, here)
    require = _read_demands(own["require"], "require", words, here) if "require" in own else ()
    send_to = _read_send_to(fields, takes, words, here)
    skip = as_choice(own.get("if_missing"), "`if_missing`", SKIP, here) == "skip"
    if takes and "require" in own:
        here.add("wrong_type", f"a rule that takes the {takes} cannot also require", fields.keys["require"],
                 expected="two rules")
    when = words.cells.read_when(own.get("when"), here)
    cites = as_text(own.get("cites"), "`cites`", here)
    kind = _read_kind(fields, takes, when, words, here)
    span = read_span(own, f"`{rule_id}`", here)
    if rule_id is None:
        return None
    return ComplianceRule(id=rule_id, kind=kind, takes=takes, send_to=send_to, require=require, forbid=forbid, when=when,
                          if_missing_skip=skip, cites=cites, span=span, place=fields.place)


def _read_kind(fields: MapNode, takes: str | None, when: tuple[Cell, ...], words: SymbolTable, findings: Findings) -> str:
    """The kind as written; else the one that a type asked for in `when` means, or the first of what is taken."""
    node = fields.fields.get("kind")
    if takes is None:
        if node is not None:
            findings.add("wrong_type", "`kind` belongs to `forbid: item` or `forbid: contact`", node.place, given=shown(node),
                         expected="no `kind`: what a rule asks of owners says what it is")
        return ""
    types = {words.attributes[cell.attribute].type for cell in when}
    kind = as_choice(node, "`kind`", KINDS[takes], findings)
    needs = ITEM_KINDS[kind].needs if kind else None
    if node is not None and needs and needs not in types:
        findings.add("wrong_type", f"`{kind}` asks for no {needs}", node.place, given=kind,
                     expected=f"`when` with an attribute of type {needs}")
    return kind or next((name for name in KINDS[takes] if ITEM_KINDS[name].meant_by in types), KINDS[takes].words[0])


def _read_send_to(fields: MapNode, takes: str | None, words: SymbolTable, findings: Findings) -> str | None:
    node = fields.fields.get("send_to")
    send_to = queue_id(node, "`send_to`", words.teams, findings)
    if takes and node is None:
        findings.add("wrong_type", f"`forbid: {takes}` must say where the item goes", fields.place,
                     expected="`send_to: QUEUE`")
    if node is not None and not takes:
        findings.add("wrong_type", "`send_to` belongs to `forbid: item` or `forbid: contact`", node.place,
                     expected="no `send_to` on a rule about owners")
    return send_to


def _read_demands(node: Node, what: str, words: SymbolTable, findings: Findings) -> tuple[Requirement, ...]:
    fields = as_map(node, f"`{what}`", findings)
    if fields is None:
        return ()
    if not fields.fields:
        findings.add("wrong_type", f"`{what}` asks for nothing", node.place, given="{}", expected="owner.COLUMN: ...")
    demands = []
    for subject, value in fields.fields.items():
        place = fields.keys[subject]
        if subject == LOCAL_TIME:
            demands.append(_read_window(value, what, findings))
            continue
        found = _SUBJECT.fullmatch(subject)
        if not found:
            findings.unknown("unknown_key", f"`{what}` cannot ask about `{subject}`", place, given=subject,
                             known=(LOCAL_TIME, CERTIFICATIONS, "owner.data_region"), expected=f"owner.COLUMN or {LOCAL_TIME}")
        elif found.group(1) in PERSONAL:
            findings.add("person_in_rule", f"`{subject}` picks out people; rules name teams", place, given=subject,
                         expected="a property that people come and go with")
        elif isinstance(value, MapNode) and "table" not in value.fields:
            demands.append(_read_contains(subject, value, words, findings))
        else:
            demands.append(_read_any_of(subject, value, words, findings))
    return tuple(demand for demand in demands if demand is not None)


def _read_window(node: Node, what: str, findings: Findings) -> Requirement | None:
    expected = "a window such as 08:00-21:00"
    text = as_text(node, f"`{LOCAL_TIME}`", findings, expected)
    if text is None:
        return None
    found = _WINDOW.fullmatch(text)
    start, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if start == end or end > 24 * 60:
        findings.add("wrong_type", f"`{LOCAL_TIME}` must be {expected}", node.place, given=text, expected=expected)
        return None
    if what == "forbid":
        findings.add("wrong_type", f"`{LOCAL_TIME}` belongs to `require`", node.place, given=text, expected="require: {...}")
        return None
    return Requirement(subject=LOCAL_TIME, window=(start, end), text=text)


def _read_contains(subject: str, node: MapNode, words: SymbolTable, findings: Findings) -> Requirement | None:
    fields = as_map(node, f"`{subject}`", findings, known=CONTAINS).fields
    text = as_text(fields.get("contains"), "`contains`", findings, "item.ATTRIBUTE")
    if text is None:
        return None
    name = text.removeprefix("item.")
    known = tuple(dict.fromkeys((*words.attributes, *words.faulty, *STANDARD_ATTRIBUTES)))
    if not text.startswith("item.") or name not in known:
        findings.add("unknown_attribute", f"`contains` needs an attribute of the item, `{text}` is none",
                     fields["contains"].place, given=text, expected="item.ATTRIBUTE",
                     nearest=(near := nearest_name(name, known)) and f"item.{near}")
        return None
    several = name in words.attributes and words.attributes[name].type == "list"
    return Requirement(subject=subject, contains=name, several=several, text=f"contains {text}", places=_places(subject, words))


def _read_any_of(subject: str, node: Node, words: SymbolTable, findings: Findings) -> Requirement | None:
    """A value, a list of values and groups, or a table."""
    cells: Sequence[Node]
    if isinstance(node, MapNode):
        fields = as_map(node, f"`{subject}`", findings, known=VALUES_TABLE).fields
        cells = read_set_table(fields["table"], {}, words.tables, findings) or ()
    else:
        cells = node.items if isinstance(node, ListNode) else (node,)
    texts = [as_text(cell, f"`{subject}`", findings, "a value, a list or a group") for cell in cells]
    values: set[str] = set()
    for text in texts:
        if text is not None:
            values |= set(words.groups[text].members) if text in words.groups else {text}
    if not values:
        if isinstance(node, ListNode) and not node.items:
            findings.add("wrong_type", f"`{subject}` lists nothing", node.place, given="[]", expected="one value or more")
        return None
    written = node.text if isinstance(node, TextNode) else ", ".join(text for text in texts if text)
    return Requirement(subject=subject, any_of=frozenset(values), text=written, names=tuple(text for text in texts if text),
                  places=_places(subject, words))


def _places(subject: str, words: SymbolTable) -> tuple[str | None, ...]:
    """Where a certification may be bound to a place, the attributes that say where the item is."""
    return () if subject != CERTIFICATIONS else tuple(named_for(words.attributes, kind) for kind in ("country", "subdivision"))
