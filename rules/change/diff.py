"""Diff: exactly the items that two books treat differently, and what either book does with them.

An item that rules common to both books win, in an order common to both, is treated alike. So only the region is split
that a rule wins which is new, gone, changed or moved. What is claimed is proved; past a cap it is left open by name.
"""
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rules.book.schema import RuleBook
from rules.change.changed_rules import changed_rules, in_common, touched
from rules.change.decision_list import Entry, Outcome, decision_list, with_compliance
from rules.model import Moment
from rules.regions.boxes import Box, Cover, Effort, NotProved, common, minus
from rules.regions.dates import Moments
from rules.regions.space import Space, space_of

#: So many pieces are looked at for one changed rule before its region is left open.
MOST_PIECES = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """Items that two books treat differently, as disjoint boxes of the difference's space."""

    boxes: tuple[Box, ...]
    before: Outcome
    after: Outcome

    @property
    def changes_hands(self) -> bool:
        """Whether the items go elsewhere; else only their service level, playbook or reason changes."""
        return self.before.target != self.after.target


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Every region that is treated differently; `open_rules`: changed rules whose region was not proved, by side and id."""

    space: Space
    regions: tuple[Region, ...]
    open_rules: tuple[tuple[str, str], ...] = ()

    @property
    def proved(self) -> bool:
        """Whether the regions are all there is."""
        return not self.open_rules


def differ(before: RuleBook, after: RuleBook, *, at: datetime, most: int = MOST_PIECES) -> Difference:
    """What the second book does otherwise with items of the moment, their account being in no named row."""
    moment = Moment(at=at)
    books = touched(with_compliance(before, moment), with_compliance(after, moment))
    today = moment.day_in("UTC")
    try:
        space = space_of(*books, moments=Moments(first=today, last=today, shown=today))
    except NotProved:
        nowhere = space_of(*(replace(book, stages=()) for book in books))
        return Difference(space=nowhere, regions=(), open_rules=changed_rules(*books))
    lists = [decision_list(space, number, moment) for number in (0, 1)]
    kept = in_common(*([(entry.box, entry.outcome.treatment) for entry in own] for own in lists))
    changed = [set(range(len(own))) - {pair[side] for pair in kept} for side, own in enumerate(lists)]
    covers = [Cover([entry.box for entry in own], space.full, Effort()) for own in lists]
    found: dict[tuple[Outcome, Outcome], list[Box]] = defaultdict(list)
    left_open: list[tuple[str, str]] = []
    for side, name in ((0, "before"), (1, "after")):
        for place in sorted(changed[side]):
            try:
                for box, old, new in list(_treated_otherwise(side, place, lists, covers, changed, most)):
                    found[old, new].append(box)
            except NotProved:
                left_open.append((name, lists[side][place].outcome.rule))
    regions = [Region(boxes=merged(boxes), before=old, after=new) for (old, new), boxes in found.items()]
    return Difference(space=space, regions=tuple(regions), open_rules=tuple(dict.fromkeys(left_open)))


def _treated_otherwise(
    side: int, place: int, lists: Sequence[Sequence[Entry]], covers: Sequence[Cover], changed: Sequence[set[int]], most: int,
) -> Iterator[tuple[Box, Outcome, Outcome]]:
    """The parts of what one changed entry wins that the other book treats otherwise; each part is told by one side only."""
    entry, other = lists[side][place], 1 - side
    if covers[side].holding(entry.box) & ((1 << place) - 1):
        return
    for piece in covers[side].rest(entry.box, covers[side].meeting(entry.box) & ((1 << place) - 1), most):
        for part, winner in winners(piece, covers[other], most):
            theirs = lists[other][winner]
            if theirs.outcome.treatment == entry.outcome.treatment or (side == 1 and winner in changed[0]):
                continue
            yield (part, entry.outcome, theirs.outcome) if side == 0 else (part, theirs.outcome, entry.outcome)


def winners(piece: Box, cover: Cover, most: int) -> Iterator[tuple[Box, int]]:
    """Disjoint parts of a piece with the first box that holds each; NotProved past so many parts."""
    pending, seen = [piece], 0
    while pending:
        current = pending.pop()
        seen += 1
        if seen > most:
            raise NotProved
        meeting = cover.meeting(current)
        first = (meeting & -meeting).bit_length() - 1
        if first < 0:
            continue
        shared = common(current, cover.boxes[first])
        if shared is not None:
            yield shared, first
        pending += minus(current, cover.boxes[first])


#: Above so many boxes they are left as they are.
MOST_BOXES = 5_000


def merged(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Disjoint boxes joined wherever two differ in one dimension alone, until no two do."""
    found = list(boxes)
    if len(found) > MOST_BOXES:
        return tuple(found)
    joined = True
    while joined:
        joined = False
        for dimension in range(len(found[0]) if found else 0):
            by_rest: dict[Box, int] = {}
            for box in found:
                rest = box[:dimension] + box[dimension + 1:]
                by_rest[rest] = by_rest.get(rest, 0) | box[dimension]
            if len(by_rest) < len(found):
                joined = True
                found = [rest[:dimension] + (mask,) + rest[dimension:] for rest, mask in by_rest.items()]
    return tuple(found)
