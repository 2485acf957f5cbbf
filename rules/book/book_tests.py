"""The tests a book carries: an item in the book's words, and where it must go."""
from rules.book.findings import Findings
from rules.book.keys import Keys
from rules.book.policies import team_id
from rules.book.schema import BookTest, Stage
from rules.book.symbols import SymbolTable
from rules.book.typed_nodes import as_instant, as_list, as_map, as_text, as_texts
from rules.book.values import SEPARATOR
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.model import STANDARD_ATTRIBUTES

TEST = Keys(
    title="A test", where="`tests`", required=("name", "item", "expect"),
    known={
        "name": "A name, once in the book.",
        "at": "The moment of decision. Needed where the result depends on it.",
        "item": "The item, in the book's words.",
        "expect": "Where it must go.",
    })
EXPECTATIONS = Keys(
    title="What a test expects", where="`expect` of a test",
    known={
        "team": "The team.",
        "rule": "The rule's id.",
        "stage": "The stage.",
        "owner_id": "The owner, where there is only one who may.",
        "reason": "The route's reason.",
    })
ALWAYS_KNOWN = ("item_id", "kind", "received_at", *STANDARD_ATTRIBUTES)


def read_tests(node: Node, words: SymbolTable, stages: tuple[Stage, ...], findings: Findings) -> tuple[BookTest, ...]:
    """Every test in the file's order; names are unique, so that a failing one can be found."""
    tests: list[BookTest] = []
    for item in as_list(node, "tests", findings) or ():
        fields = as_map(item, "a test", findings, known=TEST)
        if fields is None:
            continue
        name = as_text(fields.fields.get("name"), "the name of a test", findings)
        if name is not None and any(test.name == name for test in tests):
            findings.add("duplicate_key", f"test `{name}` stands twice", fields.fields["name"].place, given=name,
                         expected="each test once")
        given = _read_item(fields, words, findings)
        expect = _read_expectations(fields, words, stages, findings)
        at = as_instant(fields.fields.get("at"), "`at`", findings)
        if name is not None and given is not None and expect is not None:
            tests.append(BookTest(name=name, item=given, expect=expect, at=at, place=fields.place))
    return tuple(tests)


def _read_item(fields: MapNode, words: SymbolTable, findings: Findings) -> dict[str, str] | None:
    node = as_map(fields.fields.get("item"), "the item of a test", findings)
    if node is None:
        return None
    known = tuple(dict.fromkeys((*words.attributes, *words.faulty, *ALWAYS_KNOWN)))
    item: dict[str, str] = {}
    for name, value in node.fields.items():
        if name not in known:
            findings.unknown("unknown_attribute", f"there is no attribute `{name}`", node.keys[name], given=name, known=known,
                             expected="a declared attribute")
        elif isinstance(value, TextNode):
            item[name] = value.text
        elif isinstance(value, ListNode) and name in words.attributes and words.attributes[name].type == "list":
            item[name] = SEPARATOR.join(node.text for node in as_texts(value, f"`{name}`", findings) or ())
        else:
            as_text(value, f"`{name}`", findings)
    return item


def _read_expectations(
    fields: MapNode, words: SymbolTable, stages: tuple[Stage, ...], findings: Findings,
) -> dict[str, str] | None:
    node = as_map(fields.fields.get("expect"), "`expect`", findings, known=EXPECTATIONS)
    if node is None:
        return None
    if not node.fields:
        findings.add("wrong_type", "`expect` says nothing", node.place, given="{}", expected=", ".join(EXPECTATIONS))
    named = {f"named/{row.account_id}" for stage in stages for row in stage.named}
    known = {"rule": {*words.rule_places, *named}, "stage": {"compliance", *(stage.name for stage in stages)}}
    expect: dict[str, str] = {}
    for key, value in node.fields.items():
        if key not in EXPECTATIONS:
            continue
        text = team_id(value, "`team`", words.teams, findings) if key == "team" else as_text(value, f"`{key}`", findings)
        if text is None:
            continue
        if key in known and text not in known[key]:
            findings.unknown("unknown_value", f"there is no {key} `{text}`", value.place, given=text, known=known[key],
                             expected=f"a {key} of the book")
        expect[key] = text
    return expect
