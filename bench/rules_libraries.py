"""The same book and the same team in two rules libraries, each in the form that suits it best, and as a plain loop.

zen-engine (GoRules, Rust) gets one decision table with hit policy `first`, compiled ahead; it has no ranges of text, so
postal ranges become ranges of a number column that is filled in beforehand. rule-engine gets one compiled expression a
rule, asked in the table's order, those for the kind first in each. Owners are filtered by zen's `filter` over a list and
by rule-engine's `Rule.filter`, with everything that does not hang on the item (dates as numbers) prepared beforehand.
"""
import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.rules_book import COLUMNS
from bench.rules_owners import AT, EUROPE, MOST_OPEN, Colleague
from rules.book.cells import matches
from rules.book.schema import RuleBook
from rules.model import WorkItem

#: The answer where no rule takes an item.
NOBODY = "catch-all"
_ALWAYS, _NEVER = 99991231, 0

Lookup = Callable[[WorkItem], str]
Filter = Callable[[WorkItem], list[str]]


def plain_lookup(book: RuleBook) -> Lookup:
    """Every rule in order until one takes the item."""
    rules = [rule for stage in book.stages for rule in stage.rules]

    def first(item: WorkItem) -> str:
        return next(rule.id for rule in rules if all(matches(cell, item, item.received_at.date()) for cell in rule.when))

    return first


def zen_lookup(table: Path) -> Lookup:
    """One decision table."""
    import zen

    columns = (*COLUMNS, "postal_number")
    rules = [{"_id": rule_id, **dict.fromkeys(columns, ""), **dict(_zen_cell(name, text) for name, text in cells.items()),
              "rule": json.dumps(rule_id)} for rule_id, cells in _rows(table)]
    content = {"hitPolicy": "first", "inputs": [{"id": name, "name": name, "field": name} for name in columns],
               "outputs": [{"id": "rule", "name": "rule", "field": "rule"}], "rules": rules}
    place = {"x": 0, "y": 0}
    model = {"nodes": [{"id": "in", "type": "inputNode", "name": "in", "position": place},
                       {"id": "t", "type": "decisionTableNode", "name": "t", "position": place, "content": content},
                       {"id": "out", "type": "outputNode", "name": "out", "position": place}],
             "edges": [{"id": "a", "sourceId": "in", "targetId": "t", "type": "edge"},
                       {"id": "b", "sourceId": "t", "targetId": "out", "type": "edge"}]}
    text = json.dumps(model)
    del rules, content, model
    decision = zen.ZenEngine().create_decision(zen.ZenDecisionContent(text))

    def first(item: WorkItem) -> str:
        code = item.value("postal_code")
        facts = {name: item.value(name) for name in COLUMNS} | {"postal_number": None if code is None else int(code)}
        return (decision.evaluate(facts)["result"] or {}).get("rule", NOBODY)

    return first


def rule_engine_lookup(table: Path) -> Lookup:
    """One expression a rule."""
    import rule_engine

    context = rule_engine.Context(default_value=None)
    rules = [(rule_id, rule_engine.Rule(" and ".join(_expression(name, text) for name, text in cells.items()), context=context))
             for rule_id, cells in _rows(table)]

    def first(item: WorkItem) -> str:
        facts = {name: item.value(name) for name in COLUMNS}
        return next((rule_id for rule_id, rule in rules if rule.matches(facts)), NOBODY)

    return first


def _rows(table: Path):
    """(id, cells that are not blank) of every row, `kind` first."""
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield row["id"], {name: row[name] for name in COLUMNS if row[name]}


def _zen_cell(name: str, text: str) -> tuple[str, str]:
    """The input column of a cell and its unary tests, any of which is enough."""
    if name == "score":
        low, high = text.split("-<")
        return name, f"[{low}..{high})"
    if name == "postal_code" and "-" in text:
        low, high = map(int, text.split("-"))
        return "postal_number", f"[{low}..{high}]"
    if text.endswith("*"):
        return name, f'startsWith($, "{text[:-1]}")'
    return name, ", ".join("$ == null" if word == "missing" else f'"{word}"' for word in text.split(";"))


def _expression(name: str, text: str) -> str:
    if name == "score":
        low, high = text.split("-<")
        return f"(score >= {low} and score < {high})"
    if name == "postal_code" and "-" in text:
        low, high = text.split("-")
        return f'(postal_code >= "{low}" and postal_code <= "{high}")'
    if text.endswith("*"):
        return f'{name}.starts_with("{text[:-1]}")'
    words = [word for word in text.split(";") if word != "missing"]
    ways = [f"{name} == null"] if len(words) < len(text.split(";")) else []
    if words:
        listed = ", ".join(f'"{word}"' for word in words)
        ways.append(f"{name} == {listed}" if len(words) == 1 else f"{name} in [{listed}]")
    return ways[0] if len(ways) == 1 else f"({' or '.join(ways)})"


def plain_filter(people: Sequence[Colleague]) -> Filter:
    """Every owner, each condition in turn."""
    today = AT.date()

    def allowed(item: WorkItem) -> list[str]:
        needed, european = item.value("required_certification"), item.value("country") in EUROPE
        found = []
        for one in people:
            if european and one.region != "EU":
                continue
            if needed not in one.certified_until or (one.certified_until[needed] or today) < today:
                continue
            if one.away is not None and one.away[0] <= today <= one.away[1]:
                continue
            if one.open_items < MOST_OPEN:
                found.append(one.owner_id)
        return found

    return allowed


def zen_filter(people: Sequence[Colleague]) -> Filter:
    """One compiled expression for each pair of demands, over the owners as JSON, which it takes faster than dicts."""
    import zen

    owners = json.dumps({"owners": [_flat(one) for one in people]}).encode()
    made: dict[tuple, object] = {}

    def allowed(item: WorkItem) -> list[str]:
        asked = _demands(item)
        if asked not in made:
            conditions = " and ".join("#." + words for words in _conditions(*asked))
            made[asked] = zen.compile_expression(f"map(filter(owners, {conditions}), #.owner_id)")
        return made[asked].evaluate(owners)

    return allowed


def rule_engine_filter(people: Sequence[Colleague]) -> Filter:
    """One compiled rule for each pair of demands."""
    import rule_engine

    owners = [_flat(one) for one in people]
    made: dict[tuple, rule_engine.Rule] = {}

    def allowed(item: WorkItem) -> list[str]:
        asked = _demands(item)
        if asked not in made:
            made[asked] = rule_engine.Rule(" and ".join(_conditions(*asked)))
        return [owner["owner_id"] for owner in made[asked].filter(owners)]

    return allowed


def _demands(item: WorkItem) -> tuple[str, bool]:
    return str(item.value("required_certification")), item.value("country") in EUROPE


def _conditions(certificate: str, european: bool) -> list[str]:
    day = _day(AT.date())
    return [*(['region == "EU"'] if european else []), f"{certificate}_until >= {day}", f"open_items < {MOST_OPEN}",
            "away == false"]


def _flat(one: Colleague) -> dict[str, object]:
    """An owner as one row: the last day of each certificate as a number, absence settled for the day."""
    today = AT.date()
    until = {f"{name}_until": _NEVER for name in ("gas", "hvac", "solar")}
    until |= {f"{name}_until": _ALWAYS if last is None else _day(last) for name, last in one.certified_until.items()}
    return {"owner_id": one.owner_id, "region": one.region, "open_items": one.open_items,
            "away": one.away is not None and one.away[0] <= today <= one.away[1], **until}


def _day(day) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
