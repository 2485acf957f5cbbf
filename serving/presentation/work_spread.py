"""How work was spread and what that cost in expected successes: by team, or by rule with shares of its own."""
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from serving.decision.parts import DecisionDocument
from serving.store.decision_log import DecisionFilter
from serving.store.store import Store

_CHUNK = 500


@dataclass(kw_only=True, eq=False)
class SpreadOf:
    """What was assigned where several could have had it: how often each could have and had, and the cost by what caused it."""

    name: str
    choose: Counter[str] = field(default_factory=Counter)
    items: int = 0
    could_have: Counter[str] = field(default_factory=Counter)
    had: Counter[str] = field(default_factory=Counter)
    cost: Counter[str] = field(default_factory=Counter)

    def add(self, document: DecisionDocument) -> None:
        """Count one decision."""
        if document.spread is None or document.owner_id is None:
            return
        self.items += 1
        self.choose[document.spread.choose] += 1
        self.could_have.update(document.candidate_ids)
        self.had[document.owner_id] += 1
        for why, cost in document.spread.cost.items():
            self.cost[why] += cost                        # type: ignore[assignment]  # counters of floats add up as well

    @property
    def largest(self) -> tuple[str, float]:
        """Who had the largest part of what they could have had, and how much."""
        return max(((owner, self.had[owner] / self.could_have[owner]) for owner in sorted(self.had)), key=lambda each: each[1])

    def as_json(self) -> dict[str, object]:
        """The same as data."""
        owner, share = self.largest
        return {"counted_as": self.name, "choose": dict(self.choose), "items": self.items, "owners": len(self.could_have),
                "largest": {"owner_id": owner, "share": share}, "cost": {**self.cost, "all": sum(self.cost.values())}}


def assigned(store: Store, *, starts: datetime | None = None, ends: datetime | None = None) -> Iterator[DecisionDocument]:
    """The documents of what was assigned in a stretch of time, newest first."""
    before: int | None = None
    while found := store.decisions(DecisionFilter(starts=starts, ends=ends), before=before, limit=_CHUNK):
        yield from (document for each in found if (document := each.document).outcome == "assigned")
        before = found[-1].number


def spread_of_work(documents: Iterable[DecisionDocument]) -> list[SpreadOf]:
    """By team or rule, the busiest first; decisions made before it was kept how work is spread do not count."""
    by_name: dict[str, SpreadOf] = {}
    for document in documents:
        if document.spread is not None:
            name = document.spread.counted_as
            by_name.setdefault(name, SpreadOf(name=name)).add(document)
    return sorted((each for each in by_name.values() if each.items), key=lambda each: (-each.items, each.name))
