"""The few phrases that verdicts share."""
from collections.abc import Iterable, Mapping


def because(seen: Mapping[str, object]) -> str:
    """`country is IR, consent is unknown`; of a rule without conditions: `always`."""
    parts = [f"{name} is {'unknown' if value is None else _word(value)}" for name, value in seen.items()
             if name != "kind"]
    return ", ".join(parts) or "always"


def listing(names: Iterable[str]) -> str:
    """Names in order, joined by `or`."""
    return " or ".join(sorted(names))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
