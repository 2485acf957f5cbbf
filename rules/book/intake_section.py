"""The book's section `intake`: duplicates, who keeps an item before anybody is sought, what an item waits for."""
from collections.abc import Collection
from typing import cast, get_args

from rules.book.findings import Findings
from rules.book.keys import ClosedWords, Keys
from rules.book.policies import queue_id
from rules.book.schema import Held, Hold, Intake
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_duration, as_map, as_texts
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.model import STANDARD_ATTRIBUTES

INTAKE = Keys(
    title="Intake", where="`intake`",
    known={
        "duplicates": "When two items are one.",
        "keep_owner": "Who keeps an item before anybody is sought: the owner of its `duplicate`, the `current` one, that of "
                      "the `account`.",
        "hold": "What an item waits for before it is routed.",
        "held": "What becomes of an item that is to be assigned and has an owner already: `keep` (the default: it stays, the "
                "answer names who has it), `move` (it is decided anew, the one before is ended as reassigned), `refuse` (an "
                "error that names who has it).",
    })
DUPLICATES = Keys(
    title="Duplicates", where="`duplicates` of `intake`", required=("within",),
    known={
        "within": "How far apart they may be, such as `P30D`.",
        "by": "What makes them the same: `email`, `company`, or both.",
    })
#: What makes two items of one kind the same: one e-mail address, or one domain together with one company name.
DUPLICATES_BY = ClosedWords(where="by of duplicates", words=("email", "company"))
#: Who may keep an item: the duplicate's owner, the one whom the request calls current, the one of the account's last item.
KEEPERS = ClosedWords(where="keep_owner", words=("duplicate", "current", "account"))
#: What becomes of an item that has an owner already.
HELD = ClosedWords(where="held", words=get_args(Held))
HOLD = Keys(
    title="Waiting for facts", where="`hold` of `intake`", required=("needs", "until"),
    known={
        "needs": "The attributes that must be known.",
        "until": "How long it waits at most, such as `PT15M`; then it is routed on what is known.",
        "send_to": "The queue it waits in.",
        "when": "Which items wait; any where nothing is said.",
    })


def read_intake(node: Node, words: SymbolTable, findings: Findings) -> Intake:
    """The `intake` section; every key of it is optional."""
    fields = as_map(node, "`intake`", findings, known=INTAKE)
    if fields is None:
        return Intake()
    own = fields.fields
    within, by = None, tuple[str, ...]()
    duplicates = as_map(own.get("duplicates"), "`duplicates`", findings, known=DUPLICATES)
    if duplicates is not None:
        within = as_duration(duplicates.fields.get("within"), "`within`", findings)
        by = _words(duplicates.fields.get("by"), "`by`", DUPLICATES_BY, findings) or DUPLICATES_BY.words
    keep_owner = _words(own.get("keep_owner"), "`keep_owner`", KEEPERS, findings)
    if "duplicate" in keep_owner and "duplicates" not in own:
        findings.add("wrong_type", "`keep_owner` names `duplicate`, and the book does not say what one is",
                     fields.keys["keep_owner"], given="duplicate", expected="`duplicates: {within: P30D}` beside it")
    return Intake(duplicates_within=within, duplicates_by=by, keep_owner=keep_owner,
                  hold=_read_hold(own.get("hold"), words, findings), held=_read_held(own.get("held"), findings))


def _read_held(node: Node | None, findings: Findings) -> Held:
    """What becomes of an item that has an owner already: one word, `keep` where nothing is said."""
    if node is not None and not isinstance(node, TextNode):
        findings.add("wrong_type", "`held` is one word", node.place, given="several", expected="one of " + ", ".join(HELD))
        return "keep"
    return cast(Held, next(iter(_words(node, "`held`", HELD, findings)), "keep"))


def _words(node: Node | None, what: str, known: Collection[str], findings: Findings) -> tuple[str, ...]:
    """One word or several of a closed list, each once."""
    if node is None:
        return ()
    items = (node,) if isinstance(node, TextNode) else as_texts(node, what, findings) or ()
    for item in items:
        if item.text.strip() not in known:
            findings.unknown("unknown_value", f"{what} cannot be `{item.text.strip()}`", item.place, given=item.text.strip(),
                             known=known)
    return tuple(dict.fromkeys(text for item in items if (text := item.text.strip()) in known))


def _read_hold(node: Node | None, words: SymbolTable, findings: Findings) -> Hold | None:
    fields = as_map(node, "`hold`", findings, known=HOLD)
    if fields is None or not {"needs", "until"} <= set(fields.fields):
        return None
    needs = _attributes(fields, words, findings)
    until = as_duration(fields.fields["until"], "`until`", findings)
    send_to = queue_id(fields.fields.get("send_to"), "`send_to`", words.teams, findings)
    when = words.cells.read_when(fields.fields.get("when"), findings)
    return Hold(needs=needs, until=until, send_to=send_to, when=when) if needs and until is not None else None


def _attributes(fields: MapNode, words: SymbolTable, findings: Findings) -> tuple[str, ...]:
    """The attributes an item must have: declared ones and those that every book has."""
    node = fields.fields["needs"]
    known = (*words.attributes, *words.faulty, *STANDARD_ATTRIBUTES)
    items = (node,) if isinstance(node, TextNode) else as_texts(node, "`needs`", findings) or ()
    names = tuple(dict.fromkeys(item.text.strip() for item in items))
    if isinstance(node, ListNode) and not node.items:
        findings.add("wrong_type", "`needs` names no attribute", node.place, given="[]", expected="a list such as `[country]`")
    for item in items:
        if item.text.strip() not in known:
            findings.unknown("unknown_attribute", f"there is no attribute `{item.text.strip()}`", item.place,
                             given=item.text.strip(), known=known, expected="a declared attribute")
    return tuple(name for name in names if name in known)
