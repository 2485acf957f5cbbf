"""The fairness checks of a decision with what each one asks, its number and its limit."""
from collections.abc import Mapping
from dataclasses import dataclass

from serving.console.wording import MISSING, words

#: What each check asks, in one line.
ASKS: Mapping[str, str] = {
    "D1": "Is any protected or forbidden name among the model's inputs? Number: how many faults.",
    "D2": "Was the chosen one eligible, does the funnel add up, does every exclusion name its rule? Number: how many faults.",
    "D3": "Do scores move when name, photo, leave or pronouns change? Number: the largest move.",
    "D4": "How much of the contrast rests on features that stand in for a protected one? Number: their share.",
    "D5": "How many owners are nearly equal, so that a lottery decides among them? Limit: how near counts as equal.",
    "D6": "Has somebody in the slate been shown much less than the model says? Number: median absolute deviations.",
    "D7": "How many settled results stand behind the chosen and the runner-up? Number: the fewer of both.",
    "D8": "Where the model did not decide, does the decision say so? Number: the reason.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckShown:
    """One check as a page shows it."""

    id: str
    name: str
    verdict: str
    value: str
    limit: str
    asks: str


def checks(document: Mapping[str, object]) -> tuple[CheckShown, ...]:
    """Every check of a document in its order."""
    return tuple(CheckShown(id=check["id"], name=check["name"], verdict=check["verdict"], value=_number(check["value"]),
                            limit=_number(check["limit"]), asks=ASKS.get(check["id"], ""))
                 for check in document["fairness"]["checks"])


def _number(value: object) -> str:
    said = words(value)
    return "none" if said == MISSING else said.replace("_", " ")
