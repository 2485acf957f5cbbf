"""Boxes: what is left over is exactly what no box takes, in pieces that do not overlap."""
import random
from itertools import product

import pytest

from rules.regions.boxes import Cover, Effort, NotProved, common, minus

FULL = (0b111, 0b1111, 0b11)


def points(box):
    return set(product(*([bit for bit in range(8) if mask >> bit & 1] for mask in box)))


def drawn(draw, full=FULL):
    return tuple(draw.choice([whole, draw.randint(1, whole)]) for whole in full)


@pytest.mark.parametrize("seed", range(200))
def test_boxes_agree_with_their_points(seed):
    draw = random.Random(seed)
    left, right = drawn(draw), drawn(draw)
    assert points(common(left, right) or (0, 0, 0)) == points(left) & points(right)
    parts = list(minus(left, right))
    assert set().union(*map(points, parts)) == points(left) - points(right)
    assert sum(len(points(part)) for part in parts) == len(points(left) - points(right))


@pytest.mark.parametrize("seed", range(200))
def test_what_a_cover_leaves_is_exactly_what_no_box_takes(seed):
    draw = random.Random(seed)
    boxes = [draw.choice([drawn(draw), drawn(draw), drawn(draw), (0, *FULL[1:])]) for _ in range(draw.randint(0, 7))]
    piece, among = drawn(draw), draw.randrange(1 << len(boxes))
    taken = set().union(*(points(box) for number, box in enumerate(boxes) if among >> number & 1))
    cover = Cover(boxes, FULL)
    assert cover.meeting(piece) == sum(1 << n for n, box in enumerate(boxes) if points(box) & points(piece))
    assert cover.holding(piece) == sum(1 << n for n, box in enumerate(boxes) if points(piece) <= points(box))
    parts = cover.rest(piece, among)
    assert set().union(*map(points, parts)) == points(piece) - taken
    assert sum(len(points(part)) for part in parts) == len(points(piece) - taken)
    free = cover.free(piece, among)
    assert (free is None) == (points(piece) <= taken) and (free is None or points(free) <= points(piece) - taken)


def test_too_many_pieces_are_no_proof():
    boxes = [tuple(1 if place == n else 3 for place in range(6)) for n in range(2)]
    cover = Cover(boxes, (3,) * 6)
    with pytest.raises(NotProved):
        cover.rest((3,) * 6, cover.everyone, most=1)


def test_beyond_the_effort_allowed_every_question_stays_open():
    cover = Cover([(1, 3)], (3, 3), Effort(most=2))
    assert cover.free((3, 3), 1) == (2, 3)
    with pytest.raises(NotProved):
        cover.free((3, 3), 1)
