"""Values of the domain as plain JSON: what evidence and items look like in documents and answers."""
import math
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from rules.refdata.times import format_moment

#: A JSON object as it was read: which kind of value a key holds is known to its reader, not to Python's types.
JsonObject = Mapping[str, Any]


def plain(value: object) -> object:
    """Any value as JSON knows it: sets sorted, dates as text, a number that is none as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, date):
        return format_moment(value)
    if isinstance(value, Mapping):
        return plain_object(value)
    if isinstance(value, (set, frozenset)):
        return sorted((plain(inner) for inner in value), key=str)
    if isinstance(value, Collection):
        return [plain(inner) for inner in value]
    return str(value)


def plain_object(said: Mapping[str, object]) -> dict[str, Any]:
    """The same of values by name."""
    return {str(name): plain(value) for name, value in said.items()}
