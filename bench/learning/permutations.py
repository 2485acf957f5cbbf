"""Logs in which nothing can be found any more: owners, or outcomes, permuted among assignments of the same team and time.

What every item, owner and day has stays; only who did what, or what came of it, is drawn anew.
"""
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.events import Event
from rules.book.schema import RuleBook
from rules.model import Directory
from rules.routing.eligibility import route_and_filter
from rules.workload import EMPTY_DESK

#: So many assignments of a team that follow each other count as of the same time.
TOGETHER = 50
#: So often each assignment of a block is offered an exchange with another.
ROUNDS = 6


@dataclass(frozen=True, kw_only=True)
class PastAssignment:
    """One assignment: its team as the rule book routes it, its owner, who might have had it, the word of its outcome."""

    assignment_id: str
    team: str | None
    owner_id: str
    eligible: frozenset[str]
    outcome: str | None

    def may_go_to(self, owner_id: str) -> bool:
        """Whether another owner was eligible; where not even the real one was, the rules do not say and anybody may."""
        return owner_id in self.eligible or self.owner_id not in self.eligible


def read_past(events: Sequence[Event], *, kind: str, book: RuleBook, directory: Directory) -> tuple[PastAssignment, ...]:
    """The assignments of one kind of item in the order in which they were made."""
    outcomes = {event.assignment_id: event.outcome for event in events if event.outcome is not None}
    found = []
    for event in events:
        if event.kind == "assigned" and event.assigned_item.kind == kind:
            routed = route_and_filter(event.assigned_item, book=book, directory=directory, at=event.occurred_at,
                                      workload=EMPTY_DESK)
            found.append(PastAssignment(
                assignment_id=event.assignment_id, team=routed.route.team, owner_id=event.owner_id,
                eligible=frozenset(routed.eligibility.eligible), outcome=outcomes.get(event.assignment_id)))
    return tuple(found)


def with_owners_permuted(events: Sequence[Event], past: Sequence[PastAssignment], seed: int) -> list[Event]:
    """The events with owners exchanged inside blocks, each time between two who were both eligible for the other's item."""
    random = np.random.default_rng([seed, 0])
    owners = {one.assignment_id: one.owner_id for one in past}
    for block in _blocks(past, random):
        for _ in range(ROUNDS):
            for one, other in zip(block, random.permutation(np.array(block, dtype=object)), strict=True):
                mine, theirs = owners[one.assignment_id], owners[other.assignment_id]
                if one.may_go_to(theirs) and other.may_go_to(mine):
                    owners[one.assignment_id], owners[other.assignment_id] = theirs, mine
    before = {one.assignment_id: one.owner_id for one in past}
    return [replace(event, owner_id=owners[event.assignment_id], seq=0)
            if event.owner_id == before.get(event.assignment_id) else replace(event, seq=0) for event in events]


def with_outcomes_permuted(events: Sequence[Event], past: Sequence[PastAssignment], seed: int) -> list[Event]:
    """The events with the words of their outcomes permuted inside blocks; every time stays."""
    random = np.random.default_rng([seed, 1])
    words: dict[str, str | None] = {}
    for block in _blocks([one for one in past if one.outcome is not None], random):
        ids = [one.assignment_id for one in block]
        words.update(zip(ids, (block[place].outcome for place in random.permutation(len(block))), strict=True))
    return [replace(event, outcome=words[event.assignment_id], seq=0)
            if event.outcome is not None and event.assignment_id in words else replace(event, seq=0) for event in events]


PERMUTE = {"owners": with_owners_permuted, "outcomes": with_outcomes_permuted}


def _blocks(past: Collection[PastAssignment], random: np.random.Generator) -> list[list[PastAssignment]]:
    """Assignments of one team that follow each other, from a random start."""
    by_team: Mapping[str | None, list[PastAssignment]] = defaultdict(list)
    for one in past:
        by_team[one.team].append(one)
    blocks = []
    for rows in by_team.values():
        start = int(random.integers(TOGETHER))
        edges = [0, *range(start, len(rows), TOGETHER), len(rows)]
        blocks += [rows[low:high] for low, high in zip(edges[:-1], edges[1:], strict=True) if high > low]
    return blocks
