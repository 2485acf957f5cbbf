"""Work done once per rule book or directory, and dropped together with it.

Books and directories are immutable, so what is compiled from one of them stays true for as long as it lives. What hangs on
small values alone is kept by `functools.cache` (no arguments) or `lru_cache`, what a value says of itself by `cached_property`.
"""
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

Subject = TypeVar("Subject")
Result = TypeVar("Result")
Further = ParamSpec("Further")


def cached_per_instance(
    build: Callable[Concatenate[Subject, Further], Result],
) -> Callable[Concatenate[Subject, Further], Result]:
    """Decorator for a function of one book or directory: computed at the first call, kept while the subject lives.

    Keyed by identity and not by content, and by further values, of which there are few; two threads may both build the first
    time, to the same effect.
    """
    kept: dict[int, tuple[weakref.ref, dict[tuple, Result]]] = {}

    @wraps(build)
    def cached(subject: Subject, *further: Further.args, **none: Further.kwargs) -> Result:
        key = id(subject)
        entry = kept.get(key)
        if entry is None or entry[0]() is not subject:
            entry = kept[key] = (weakref.ref(subject, lambda gone: _drop(kept, key, gone)), {})
        if further not in entry[1]:
            entry[1][further] = build(subject, *further, **none)
        return entry[1][further]

    return cached


def _drop(kept: dict, key: int, gone: weakref.ref) -> None:
    entry = kept.get(key)
    if entry is not None and entry[0] is gone:
        del kept[key]
