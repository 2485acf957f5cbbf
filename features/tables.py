"""Growing numpy tables: one column per owner or team, column 0 for those nobody knows, always zero."""
from collections.abc import Collection
from itertools import repeat
from operator import itemgetter

import numpy as np

FIRST_CAPACITY = 64
#: What a table of sums holds: the residuals' sum, that of their variances, and a count.
S, V, N = 0, 1, 2


def widened(array: np.ndarray, shape: tuple[int, ...], *, fill: float = 0) -> np.ndarray:
    """A copy of at least this shape, new cells filled; the array itself where it is large enough."""
    target = tuple(max(have, want) for have, want in zip(array.shape, shape, strict=True))
    if target == array.shape:
        return array
    wider = np.full(target, fill, dtype=array.dtype)
    wider[tuple(slice(0, length) for length in array.shape)] = array
    return wider


class Slots:
    """Dense numbers for names, from 1, in the order in which they are first met; 0 = unknown.

    `capacity` is how many columns tables need so that every number fits; it doubles.
    """

    __slots__ = ("_numbers", "capacity")

    def __init__(self):
        self._numbers: dict[object, int] = {}
        self.capacity = FIRST_CAPACITY

    def __len__(self) -> int:
        return len(self._numbers)

    def as_dict(self) -> dict[object, int]:
        """Every name with its number."""
        return dict(self._numbers)

    def number(self, name: object) -> int:
        """The number of a name, 0 when it was never met; changes nothing."""
        return self._numbers.get(name, 0)

    def numbers(self, names: Collection[object]) -> np.ndarray:
        """The numbers of many names in their order, as indices (intp)."""
        known = self._numbers
        try:                                              # one call for all is the fastest pass; it takes two names or more
            found = itemgetter(*names)(known) if len(names) > 1 else (known[name] for name in names)
            return np.fromiter(found, np.intp, len(names))
        except KeyError:
            return np.fromiter(map(known.get, names, repeat(0)), np.intp, len(names))

    def enter(self, name: object) -> int:
        """The number of a name, given out now if it is new."""
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self._numbers) + 1
            while number >= self.capacity:
                self.capacity *= 2
        return number


class Sums:
    """S, V and n in an array (3 x codes x columns); code 0 and column 0 stay zero."""

    __slots__ = ("array",)

    def __init__(self, codes: int, columns: int):
        self.array = np.zeros((3, codes, columns))

    def widen(self, codes: int, columns: int) -> None:
        """Make room."""
        self.array = widened(self.array, (3, codes, columns))

    def add(self, code: int, column: int, s: float, v: float, n: float = 1.0) -> None:
        """One more settled assignment in a cell; with n = 0 another word on one that is in it."""
        array = self.array
        array[S, code, column] += s
        array[V, code, column] += v
        array[N, code, column] += n

    def put(self, code: int, column: int, content: np.ndarray) -> None:
        """Give a cell back what it held."""
        self.array[:, code, column] = content
