"""The few phrases that verdicts share."""
from collections.abc import Iterable, Mapping


def because(seen: Mapping[str, object]) -> str:
    """`country is IR, consent is unknown`; of a rule without conditions: `always`."""
    parts = [f"{name} is {'unknown' if value is None else word(value)}" for name, value in seen.items()
             if name != "kind"]
    return ", ".join(parts) or "always"


def listing(names: Iterable[str]) -> str:
    """Names in order, joined by `or`."""
    return " or ".join(sorted(names))


def word(value: object) -> str:
    """A value as people write it in a table: `true`, `5`, `DE`."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
