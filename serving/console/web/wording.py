"""How numbers, moments and facts are written for people; one way on every page."""
from collections.abc import Mapping
from datetime import UTC, datetime

from serving.presentation.amounts import amount

MISSING = "unknown"
MINUS = "\u2212"


def signed(number: float) -> str:
    """A term or a difference with its sign, the minus as wide as the plus."""
    return amount(number, sign="+").replace("-", MINUS)


def score(number: float | None) -> str:
    """A score: whole numbers from 100 on."""
    return "" if number is None else amount(number).replace("-", MINUS)


def odds(number: float) -> str:
    """A contribution in log-odds."""
    return f"{number:+.3f}".replace("-", MINUS)


def percent(share: float | None) -> str:
    """A probability with one digit, two below a percent."""
    if share is None:
        return MISSING
    return f"{share:.2%}" if 0.0 < share < 0.01 else f"{share:.1%}"


def when(at: datetime | str | None) -> str:
    """A moment to the minute, in UTC."""
    if at is None:
        return MISSING
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def words(value: object) -> str:
    """Any fact as people read it."""
    if value is None or value == "":
        return MISSING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {words(inner)}" for name, inner in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(map(words, value)) or "none"
    return str(value)


def figure(value: object) -> str:
    """The number or the limit of a check."""
    return "none" if words(value) == MISSING else spoken(words(value))


def spoken(name: str) -> str:
    """A name of ours as words: `why_not_model` as `why not model`."""
    return name.replace("_", " ")


def short(digest: str | None) -> str:
    """The first characters of a hash, enough to tell two apart."""
    if not digest:
        return "none"
    head, colon, rest = str(digest).partition(":")
    return f"{head}:{rest[:12]}\u2026" if colon and len(rest) > 16 else str(digest)
