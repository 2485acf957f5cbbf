"""Boxes of items: per dimension a bit mask of classes; meeting, cutting one from another, and what is left over.

A dimension is one attribute, or several that depend on each other; its classes are the values that no rule tells
apart. Every box without an empty mask holds an item that can exist, so a proof about boxes is one about items.
"""
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

#: One mask per dimension.
Box = tuple[int, ...]

#: So many pieces are looked at for one question before it is left open.
MOST_PIECES = 20_000
#: Among so many boxes that meet a piece the one that cuts it least is taken.
_TRIED = 12
#: So many masks of a dimension are remembered.
_KEPT = 50_000
#: Masks of so many ones are gone through one by one, those of more at once.
_FEW = 64


class NotProved(Exception):
    """The pieces became too many; nothing is claimed."""


def common(left: Box, right: Box) -> Box | None:
    """The items that two boxes share, None when there are none."""
    shared = tuple(a & b for a, b in zip(left, right, strict=True))
    return shared if all(shared) else None


def minus(piece: Box, box: Box) -> Iterator[Box]:
    """What is left of a piece without a box, in disjoint pieces, at most one per dimension."""
    for position, (own, other) in enumerate(zip(piece, box, strict=True)):
        outside = own & ~other
        if outside:
            yield piece[:position] + (outside,) + piece[position + 1:]
            if not own & other:
                return
            piece = piece[:position] + (own & other,) + piece[position + 1:]


def positions(bits: int) -> Iterator[int]:
    """The positions of the ones, lowest first."""
    if bits.bit_count() > _FEW:
        yield from (place for place, one in enumerate(reversed(format(bits, "b"))) if one == "1")
        return
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def mask_of(places: Sequence[int]) -> int:
    """The mask with ones at some places."""
    if len(places) <= _FEW:
        return sum(1 << place for place in places)
    written = bytearray(max(places) // 8 + 1)
    for place in places:
        written[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(written, "little")


@dataclass(slots=True)
class Effort:
    """How many pieces were looked at, over all questions; at `most` every further question is left open."""

    pieces: int = 0
    most: int | None = None

    def allow(self, more: int) -> None:
        """So many more pieces may be looked at."""
        self.most = self.pieces + more

    def spend(self) -> None:
        """One more piece; raises NotProved at the most."""
        if self.pieces == self.most:
            raise NotProved
        self.pieces += 1


class _Masks:
    """The masks of one dimension, each with its boxes; those of few ones are found by any of them."""

    def __init__(self, masks: Iterable[tuple[int, int]]):
        self._all = list(masks)
        self._wide = [pair for pair in self._all if pair[0].bit_count() > _FEW]
        self._by_place: dict[int, list[tuple[int, int]]] = {}
        for pair in self._all:
            if pair[0].bit_count() <= _FEW:
                for place in positions(pair[0]):
                    self._by_place.setdefault(place, []).append(pair)

    def near(self, mask: int) -> Iterable[tuple[int, int]]:
        """All that share a place with a mask, and maybe more."""
        if mask.bit_count() > _FEW:
            return self._all
        found = {id(pair): pair for place in positions(mask) for pair in self._by_place.get(place, ())}
        return (*found.values(), *self._wide)


class Cover:
    """Boxes in order, indexed so that those which meet or hold a piece are found at once, as bits of their positions.

    `everyone` are the boxes with an item in them; a box without one meets nothing.
    """

    def __init__(self, boxes: Sequence[Box], full: Box, effort: Effort | None = None):
        self.boxes, self.full = boxes, full
        self.effort = Effort() if effort is None else effort
        self.everyone = sum(1 << position for position, box in enumerate(boxes) if all(box))
        self._by_mask: list[_Masks] = []
        self._wild: list[int] = []
        self._kept: list[dict[int, tuple[int, int]]] = [{} for _ in full]
        for dimension, whole in enumerate(full):
            places: dict[int, list[int]] = {}
            for position, box in enumerate(boxes):
                places.setdefault(box[dimension], []).append(position)
            self._wild.append(mask_of(places.pop(whole, [])))
            self._by_mask.append(_Masks((mask, mask_of(own)) for mask, own in places.items()))

    def meeting(self, piece: Box) -> int:
        """Which boxes share an item with the piece."""
        bits = self.everyone
        for dimension, mask in enumerate(piece):
            bits &= self._along(dimension, mask)[0]
        return bits

    def holding(self, piece: Box) -> int:
        """Which boxes hold every item of the piece."""
        bits = self.everyone
        for dimension, mask in enumerate(piece):
            bits &= self._along(dimension, mask)[1]
        return bits

    def free(self, piece: Box, among: int, most: int = MOST_PIECES) -> Box | None:
        """A part of the piece that none of the boxes `among` takes, None when they take all; NotProved at the cap."""
        return next(self.left(piece, among, most), None)

    def rest(self, piece: Box, among: int, most: int = MOST_PIECES) -> list[Box]:
        """All that the boxes `among` leave of the piece, in disjoint parts; NotProved at the cap."""
        return list(self.left(piece, among, most))

    def left(self, piece: Box, among: int, most: int = MOST_PIECES) -> Iterator[Box]:
        """The parts of a piece that none of the boxes `among` takes, one after the other; NotProved at the cap."""
        pending = [(piece, among & self.everyone)]
        seen = 0
        while pending:
            current, among = pending.pop()
            seen += 1
            if seen > most:
                raise NotProved
            self.effort.spend()
            along = [self._along(dimension, mask) for dimension, mask in enumerate(current)]
            meeting, holding = among, among
            for meet, hold in along:
                meeting &= meet
                holding &= hold
            if not meeting:
                yield current
            elif not holding and (shorter := self._shortened(current, along, meeting)):
                pending += [(shorter, meeting)] if all(shorter) else []
            elif not holding:
                parts = list(minus(current, self._least_cutting(current, meeting)))
                pending += ((part, meeting) for part in reversed(parts))

    def _shortened(self, piece: Box, along: Sequence[tuple[int, int]], meeting: int) -> Box | None:
        """The piece without all that boxes take which hold it but in one dimension; None where none does."""
        for dimension, own in enumerate(piece):
            taking = meeting
            for other, (_, hold) in enumerate(along):
                if other != dimension:
                    taking &= hold
            if taking:
                taken = reduce(or_, (self.boxes[position][dimension] for position in positions(taking)))
                return piece[:dimension] + (own & ~taken,) + piece[dimension + 1:]
        return None

    def _least_cutting(self, piece: Box, meeting: int) -> Box:
        """Of the first boxes that meet the piece, the one that cuts it in the fewest parts."""
        best, fewest = piece, len(piece) + 1
        for _, position in zip(range(_TRIED), positions(meeting), strict=False):
            box = self.boxes[position]
            cuts = sum(1 for own, other in zip(piece, box, strict=True) if own & ~other)
            if cuts < fewest:
                best, fewest = box, cuts
                if cuts == 1:
                    break
        return best

    def _along(self, dimension: int, mask: int) -> tuple[int, int]:
        """Which boxes meet, and which hold, a mask of one dimension."""
        wild = self._wild[dimension]
        if mask == self.full[dimension]:
            return self.everyone, wild
        kept = self._kept[dimension]
        found = kept.get(mask)
        if found is None:
            meet = hold = wild
            for own, bits in self._by_mask[dimension].near(mask):
                shared = own & mask
                if shared:
                    meet |= bits
                    if shared == mask:
                        hold |= bits
            if len(kept) >= _KEPT:
                kept.clear()
            found = kept[mask] = (meet, hold)
        return found
