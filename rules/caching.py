"""Work done once per rule book or directory, and dropped together with it.

Books and directories are immutable, so what is compiled from one of them stays true for as long as it lives.
"""
import weakref
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Subject = TypeVar("Subject")
Result = TypeVar("Result")


def cached_per_instance(build: Callable[[Subject], Result]) -> Callable[[Subject], Result]:
    """Decorator for a function of one book or directory: computed at the first call, kept while the subject lives.

    Keyed by identity and not by content; two threads may both build the first time, to the same effect.
    """
    kept: dict[int, tuple[weakref.ref, Result]] = {}

    @wraps(build)
    def remembered(subject: Subject) -> Result:
        key = id(subject)
        entry = kept.get(key)
        if entry is not None and entry[0]() is subject:
            return entry[1]
        result = build(subject)
        kept[key] = (weakref.ref(subject, lambda gone: _drop(kept, key, gone)), result)
        return result

    return remembered


def _drop(kept: dict, key: int, gone: weakref.ref) -> None:
    entry = kept.get(key)
    if entry is not None and entry[0] is gone:
        del kept[key]
