"""Merging: the same items in fewer boxes, so that a person reads one line instead of ten."""
from collections.abc import Sequence

from rules.analysis.boxes import Box

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
