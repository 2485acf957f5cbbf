"""Comparing two rule books: the items that change hands or are treated otherwise, and every word that changed.

Of an item that a named account takes, the accounts' own rows say what changes; a value that rests on a phone number
alone counts as unknown to compliance and as itself to territories, which no region tells apart.
"""
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rules.book.cell_types import MISSING
from rules.book.schema import RuleBook
from rules.change.decision_list import Outcome
from rules.change.diff import MOST_PIECES, Difference, Region, differ
from rules.change.edits import Edit, edits, words
from rules.change.region_words import RegionLine, Wording
from rules.errors import ItemError
from rules.intake.item import read_item
from rules.model import Directory
from rules.refdata.times import format_instant
from rules.regions.space import ExampleItem

#: Of so many boxes of a region an example is looked for.
_BOXES_TRIED = 20
_NOBODY = Directory(owners={})
_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
#: At most so many lines tell one region.
MOST_LINES = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class RegionTold:
    """A region in words: `lines` are disjoint, `more` counts those left out; `example` is one of its items."""

    lines: tuple[RegionLine, ...]
    more: int
    before: Outcome
    after: Outcome
    changes_hands: bool
    example: dict[str, str] | None

    def as_json(self) -> dict[str, object]:
        """The region as data."""
        return {"changes_hands": self.changes_hands, "before": _outcome_json(self.before), "after": _outcome_json(self.after),
                "items": [line.as_json() for line in self.lines], "more": self.more, "example": self.example}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two books side by side. `regions`: those that change hands first; `open_rules` as in a Difference."""

    before: RuleBook
    after: RuleBook
    at: datetime
    regions: tuple[RegionTold, ...]
    open_rules: tuple[tuple[str, str], ...]
    edits: tuple[Edit, ...]

    @property
    def moving(self) -> tuple[RegionTold, ...]:
        """The regions that change hands."""
        return tuple(region for region in self.regions if region.changes_hands)

    @property
    def treated(self) -> tuple[RegionTold, ...]:
        """The regions that stay in their hands and are treated otherwise: service level, playbook, channel, reason."""
        return tuple(region for region in self.regions if not region.changes_hands)

    def as_json(self) -> dict[str, Any]:
        """The comparison as `rules diff --json` prints it."""
        return {"before": {"rulebook": self.before.digest, "version": self.before.version},
                "after": {"rulebook": self.after.digest, "version": self.after.version},
                "at": format_instant(self.at), "proved": not self.open_rules,
                "open": [{"side": side, "rule": rule} for side, rule in self.open_rules],
                "regions": [region.as_json() for region in self.regions], "edits": [edit.as_json() for edit in self.edits]}


def compare(before: RuleBook, after: RuleBook, *, at: datetime, most: int = MOST_PIECES) -> Comparison:
    """What the second book changes for items of a moment."""
    found = differ(before, after, at=at, most=most)
    wording = Wording(found.space)
    told = [_told(region, found, wording) for region in found.regions]
    told.sort(key=lambda region: (not region.changes_hands, region.before.stage, region.before.rule, region.after.rule))
    return Comparison(before=before, after=after, at=at, regions=tuple(told), open_rules=found.open_rules,
                      edits=edits(before, after))


def _told(region: Region, found: Difference, wording: Wording) -> RegionTold:
    lines: list[RegionLine] = []
    said = 0
    for box in region.boxes:
        if len(lines) >= MOST_LINES:
            break
        lines += wording.lines(box)
        said += 1
    return RegionTold(lines=tuple(lines), more=len(region.boxes) - said, before=region.before, after=region.after,
                      changes_hands=region.changes_hands, example=example_of(region, found))


def example_of(region: Region, found: Difference) -> dict[str, str] | None:
    """An item of the region in the books' words, tried by reading it as both books would; None where none was met."""
    for box in region.boxes[:_BOXES_TRIED]:
        for example in found.space.examples(box, telling=True):
            if all(reads(example, number) for number in range(len(found.space.books))):
                return example.words()
    return None


def reads(example: ExampleItem, number: int) -> bool:
    """Whether a book reads an example's words as what the example stands for."""
    book = example.space.books[number]
    raw = {name: word for name, word in example.words().items() if word != MISSING and name in book.attributes}
    try:
        item = read_item(raw, book=book, directory=_NOBODY, at=_ANY_TIME)
    except ItemError:
        return False
    return all(item.value(name) == value for name, value in example.values(number).items() if name in book.attributes)


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    return {"stage": outcome.stage, "rule": outcome.rule, "team": outcome.target.team, "to": words(outcome.target),
            "else": outcome.target.otherwise, "sla": words(outcome.sla) or None, **outcome.how,
            "reason": outcome.reason, **({"spread": words(outcome.spread)} if outcome.spread else {})}
