"""Lifecycle: what items of a kind, or those that a team gets, say of their own stage; read from the book."""
from rules.book.findings import Findings
from rules.book.format import LifecycleRule
from rules.book.nodes import Node
from rules.book.policies import team_id
from rules.book.shapes import as_list, as_map, as_text
from rules.book.words import Words

LIFECYCLE_KEYS = ("id", "when", "to", "must")


def read_lifecycle(node: Node, words: Words, findings: Findings) -> tuple[LifecycleRule, ...]:
    """Every expectation, in the file's order."""
    found = []
    for item in as_list(node, "lifecycle", findings) or ():
        fields = as_map(item, "an expectation of lifecycle", findings, known=LIFECYCLE_KEYS, required=("id", "must"))
        if fields is None:
            continue
        own = fields.fields
        expected_id = as_text(own.get("id"), "the id of an expectation", findings)
        here = findings.within(rule=expected_id) if expected_id else findings
        if expected_id:
            words.claim(expected_id, own["id"].place, here)
        when, must = (words.cells.read_when(own.get(key), here) for key in ("when", "must"))
        to = team_id(own.get("to"), "`to`", words.teams, here)
        if expected_id is not None:
            found.append(LifecycleRule(id=expected_id, when=when, to=to, must=must, place=fields.place))
    return tuple(found)
