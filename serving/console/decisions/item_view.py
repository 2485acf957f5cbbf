"""The item of a decision: every value as read, beside the raw text it came from, its source and its trust."""
from dataclasses import dataclass

from rules.plain_json import JsonObject
from serving.console.web.wording import words
from serving.decision.parts import DecisionDocument


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeView:
    """One attribute of the item; `changed` where the value is more than the raw text copied."""

    name: str
    fact: JsonObject
    value: str
    changed: bool


def attributes(document: DecisionDocument) -> tuple[AttributeView, ...]:
    """The item's attributes in the rule book's order."""
    return tuple(_attribute(name, fact) for name, fact in document.item["attributes"].items())


def _attribute(name: str, fact: JsonObject) -> AttributeView:
    value, number = words(fact["value"]), fact["number"]
    if number is not None and words(number) != value:
        value = f"{value} ({words(number)})"
    changed = str(fact["raw"]) not in (str(fact["value"]), str(number), f"{number:g}" if number is not None else "")
    return AttributeView(name=name, fact=fact, value=value, changed=changed)
