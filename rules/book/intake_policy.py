"""Intake as written: when an item is a duplicate, who keeps an item, and what an item waits for before it is routed."""
from collections.abc import Collection

from rules.book.findings import Findings
from rules.book.format import Hold, Intake
from rules.book.nodes import ListNode, MapNode, Node, TextNode
from rules.book.policies import team_id
from rules.book.shapes import as_duration, as_map, as_texts
from rules.book.words import Words
from rules.errors import nearest_name
from rules.vocabulary import STANDARD_ATTRIBUTES

KEYS = ("duplicates", "keep_owner", "hold")
DUPLICATE_KEYS = ("within", "by")
HOLD_KEYS = ("needs", "until", "send_to", "when")
#: What makes two items of one kind the same: one e-mail address, or one domain together with one company name.
DUPLICATES_BY = ("email", "company")
#: Who may keep an item: the duplicate's owner, the one whom the request calls current, the one of the account's last item.
KEEPERS = ("duplicate", "current", "account")


def read_intake(node: Node, words: Words, findings: Findings) -> Intake:
    """The `intake` section; every key of it is optional."""
    fields = as_map(node, "`intake`", findings, known=KEYS)
    if fields is None:
        return Intake()
    own = fields.fields
    within, by = None, ()
    duplicates = as_map(own["duplicates"], "`duplicates`", findings, known=DUPLICATE_KEYS, required=("within",)) \
        if "duplicates" in own else None
    if duplicates is not None:
        within = as_duration(duplicates.fields.get("within"), "`within`", findings)
        by = _words(duplicates.fields.get("by"), "`by`", DUPLICATES_BY, findings) or DUPLICATES_BY
    keep_owner = _words(own.get("keep_owner"), "`keep_owner`", KEEPERS, findings)
    if "duplicate" in keep_owner and "duplicates" not in own:
        findings.add("wrong_type", "`keep_owner` names `duplicate`, and the book does not say what one is",
                     fields.keys["keep_owner"], given="duplicate", expected="`duplicates: {within: P30D}` beside it")
    hold = _read_hold(own["hold"], words, findings) if "hold" in own else None
    return Intake(duplicates_within=within, duplicates_by=by, keep_owner=keep_owner, hold=hold)


def _words(node: Node | None, what: str, known: Collection[str], findings: Findings) -> tuple[str, ...]:
    """One word or several of a closed list, each once."""
    if node is None:
        return ()
    items = (node,) if isinstance(node, TextNode) else as_texts(node, what, findings) or ()
    for item in items:
        if item.text.strip() not in known:
            findings.add("unknown_value", f"{what} cannot be `{item.text.strip()}`", item.place, given=item.text.strip(),
                         expected=", ".join(known), nearest=nearest_name(item.text, known))
    return tuple(dict.fromkeys(text for item in items if (text := item.text.strip()) in known))


def _read_hold(node: Node, words: Words, findings: Findings) -> Hold | None:
    fields = as_map(node, "`hold`", findings, known=HOLD_KEYS, required=("needs", "until"))
    if fields is None or not {"needs", "until"} <= set(fields.fields):
        return None
    needs = _attributes(fields, words, findings)
    until = as_duration(fields.fields["until"], "`until`", findings)
    send_to = team_id(fields.fields.get("send_to"), "`send_to`", words.teams, findings)
    if send_to is not None and words.teams[send_to].kind != "queue":
        findings.add("wrong_type", f"`send_to` names `{send_to}`, which is no queue", fields.fields["send_to"].place,
                     given=send_to, expected="a team of kind queue")
    when = words.cells.read_when(fields.fields.get("when"), findings)
    return Hold(needs=needs, until=until, send_to=send_to, when=when) if needs and until is not None else None


def _attributes(fields: MapNode, words: Words, findings: Findings) -> tuple[str, ...]:
    """The attributes an item must have: declared ones and those that every book has."""
    node = fields.fields["needs"]
    known = (*words.attributes, *words.faulty, *STANDARD_ATTRIBUTES)
    items = (node,) if isinstance(node, TextNode) else as_texts(node, "`needs`", findings) or ()
    names = tuple(dict.fromkeys(item.text.strip() for item in items))
    if isinstance(node, ListNode) and not node.items:
        findings.add("wrong_type", "`needs` names no attribute", node.place, given="[]", expected="a list such as `[country]`")
    for item in items:
        if item.text.strip() not in known:
            findings.add("unknown_attribute", f"there is no attribute `{item.text.strip()}`", item.place, given=item.text.strip(),
                         expected="a declared attribute", nearest=nearest_name(item.text, known))
    return tuple(name for name in names if name in known)
