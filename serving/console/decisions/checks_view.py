"""The fairness checks of a decision with what each one asks, its number and its limit."""
from dataclasses import dataclass

from serving.console.web.wording import MISSING, words
from serving.decision.parts import DecisionDocument
from serving.fairness.registry import ASKS


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckShown:
    """One check as a page shows it."""

    id: str
    name: str
    verdict: str
    value: str
    limit: str
    asks: str


def checks(document: DecisionDocument) -> tuple[CheckShown, ...]:
    """Every check of a document in its order."""
    return tuple(CheckShown(id=check.id, name=check.name, verdict=check.verdict, value=_number(check.value),
                            limit=_number(check.limit), asks=ASKS.get(check.id, ""))
                 for check in document.fairness.checks)


def _number(value: object) -> str:
    said = words(value)
    return "none" if said == MISSING else said.replace("_", " ")
