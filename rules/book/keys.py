"""The keys that a mapping of the book may have, and the words that may stand in one place: each with what it means.

Declared beside their reader and read from there by the loader, its messages, the reference and the tests.
"""
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, eq=False)
class Keys(Collection[str]):
    """One kind of mapping: what people call it, where it stands, its keys with their meaning, those it cannot do without."""

    title: str
    where: str
    known: Mapping[str, str]
    required: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def __contains__(self, key: object) -> bool:
        return key in self.known


@dataclass(frozen=True, kw_only=True, eq=False)
class ClosedWords(Collection[str]):
    """One place, named as people call it, where only certain words may stand."""

    where: str
    words: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.words
