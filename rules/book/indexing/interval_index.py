"""Stretches of numbers or postal codes, so sorted that those around a value are found without asking each.

The stretches are laid in layers: inside a layer none meets another, so one bisection finds the only one of it that may
hold a value. Ranges that stand side by side make one layer, and ranges nested in others one more for each depth.
"""
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from rules.book.cell_types import Range
from rules.model import Value
from rules.refdata.postal import PostalArea

_LOW_OUT, _HIGH_OUT = 1, 2


@dataclass(slots=True)
class _Layer:
    """Stretches that do not meet, by their low ends; `ends_out` tells which ends do not belong to them."""

    lows: list = field(default_factory=list)
    highs: list = field(default_factory=list)
    ends_out: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)


class Stretches:
    """Positions by the ranges that they stand for; a code is compared with codes of its own length only."""

    __slots__ = ("_lines",)

    def __init__(self, ranges: Iterable[tuple[Range | PostalArea, int]]):
        """Raises ValueError for a range without any bound, which would hold codes of every length."""
        lines: dict[int | None, list[tuple]] = {}
        for span, position in ranges:
            line, low, high = _bounds(span)
            lines.setdefault(line, []).append((low, span.low_open, high, span.high_open, position))
        self._lines = {line: _layers(own) for line, own in lines.items()}

    def around(self, value: Value | None) -> Iterator[int]:
        """The position of each range that holds the value."""
        if value is None or value is True or value is False:
            return
        for layer in self._lines.get(len(value) if isinstance(value, str) else None, ()):
            place = bisect_right(layer.lows, value) - 1
            if place < 0:
                continue
            high, out = layer.highs[place], layer.ends_out[place]
            if value <= high and not (out and ((value == high and out & _HIGH_OUT)
                                               or (out & _LOW_OUT and value == layer.lows[place]))):
                yield layer.positions[place]


def _bounds(span: Range | PostalArea) -> tuple[int | None, float | str, float | str]:
    """The length of the codes, None for numbers, with both ends."""
    if span.low is None and span.high is None:
        raise ValueError("a range needs a bound")
    if isinstance(span.low, str):
        return len(span.low), span.low, span.high
    return None, -math.inf if span.low is None else span.low, math.inf if span.high is None else span.high


def _layers(stretches: list[tuple]) -> tuple[_Layer, ...]:
    """As few layers as the depth of the stretches needs: each goes where the one that ends first has ended."""
    layers: list[_Layer] = []
    ends: list[tuple] = []
    for low, low_open, high, high_open, position in sorted(stretches):
        if ends and (ends[0][0] < low or (ends[0][0] == low and not ends[0][1])):
            number = heappop(ends)[2]
        else:
            number = len(layers)
            layers.append(_Layer())
        heappush(ends, (high, not high_open, number))
        layer = layers[number]
        layer.lows.append(low)
        layer.highs.append(high)
        layer.ends_out.append(low_open * _LOW_OUT + high_open * _HIGH_OUT)
        layer.positions.append(position)
    return tuple(layers)
