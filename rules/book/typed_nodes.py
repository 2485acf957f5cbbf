"""Typed access to nodes: a text, a list, a mapping with known keys, a number, a flag, a time, a duration.

Each function returns None after reporting what was given, what was expected and what is near, so that reading goes on
and one round of mending is enough.
"""
import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, overload

from rules.book.findings import Findings
from rules.book.keys import Keys
from rules.book.yaml_nodes import ListNode, MapNode, Node, TextNode
from rules.model import Span
from rules.refdata.times import TIME_EXPECTED, NotReadable, parse_day_or_instant, parse_instant

_DURATION = re.compile(
    r"P(?=[\dT])(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?)"
)
_NUMBER = re.compile(r"-?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def shown(node: Node) -> str:
    """What a message calls the thing given."""
    if isinstance(node, TextNode):
        return node.text
    return "a list" if isinstance(node, ListNode) else "a mapping"


@overload
def as_map(
    node: MapNode, what: str, findings: Findings, *, known: Collection[str] | None = None, required: Collection[str] = (),
) -> MapNode: ...


@overload
def as_map(
    node: Node | None, what: str, findings: Findings, *, known: Collection[str] | None = None, required: Collection[str] = (),
) -> MapNode | None: ...


def as_map(
    node: Node | None, what: str, findings: Findings, *, known: Collection[str] | None = None, required: Collection[str] = (),
) -> MapNode | None:
    """A mapping; with `known`, any other key is reported with the nearest known one. Keys say themselves which are required.

    None passes silently where the mapping itself may be left out.
    """
    if node is None:
        return None
    if not isinstance(node, MapNode):
        _refuse(node, f"{what} must be a mapping", "a mapping such as `{key: value}`", findings)
        return None
    if known is not None:
        for key, place in node.keys.items():
            if key not in known:
                findings.unknown("unknown_key", f"{what} has no key `{key}`", place, given=key, known=known)
    for key in known.required if isinstance(known, Keys) else required:
        if key not in node.keys:
            findings.add("wrong_type", f"{what} needs `{key}`", node.place, expected=f"the key `{key}`")
    return node


def as_list(node: Node | None, what: str, findings: Findings) -> tuple[Node, ...] | None:
    """A list's items; None passes silently where the list may be left out."""
    if node is None:
        return None
    if not isinstance(node, ListNode):
        _refuse(node, f"{what} must be a list", "a list such as `[a, b]`", findings)
        return None
    return node.items


def as_text(node: Node | None, what: str, findings: Findings, expected: str = "a word or text") -> str | None:
    """A text that is not empty; None passes silently when the key is absent."""
    if node is None:
        return None
    if not isinstance(node, TextNode) or (not node.text.strip() and not node.refused):
        _refuse(node, f"{what} must be {expected}", expected, findings)
        return None
    return None if node.refused else node.text.strip()


def as_texts(node: Node, what: str, findings: Findings) -> tuple[TextNode, ...] | None:
    """A list of texts, with their places; what is no text is reported and left out."""
    items = as_list(node, what, findings)
    if items is None:
        return None
    return tuple(item for item in items
                 if as_text(item, f"each of {what}", findings) is not None and isinstance(item, TextNode))


def as_choice(node: Node | None, what: str, choices: Collection[str], findings: Findings) -> str | None:
    """One of a closed list of words."""
    text = as_text(node, what, findings, f"one of {', '.join(choices)}")
    if node is None or text is None or text in choices:
        return text
    findings.unknown("unknown_value", f"{what} cannot be `{text}`", node.place, given=text, known=choices)
    return None


def as_flag(node: Node | None, what: str, findings: Findings) -> bool | None:
    """`true` or `false`."""
    text = as_text(node, what, findings, "true or false")
    if text is None or text in ("true", "false"):
        return None if text is None else text == "true"
    _refuse(node, f"{what} must be true or false", "`true` or `false`", findings)
    return None


def number_of(text: str) -> float | None:
    """A decimal number, None for anything else (also for `nan`, `inf`, `1e9` and thousands separators)."""
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None


def as_number(node: Node | None, what: str, findings: Findings) -> float | None:
    """A number that is not negative."""
    text = as_text(node, what, findings, "a number")
    if text is None:
        return None
    number = number_of(text)
    if number is None or number < 0:
        _refuse(node, f"{what} must be a number", "a number of at least 0", findings)
        return None
    return number


def duration_of(text: str) -> timedelta | None:
    """An ISO 8601 duration of weeks, days, hours, minutes, seconds; months and years have no fixed length: None."""
    found = _DURATION.fullmatch(text)
    if not found:
        return None
    try:
        length = timedelta(**{unit: int(count) for unit, count in found.groupdict().items() if count})
    except (OverflowError, ValueError):                       # longer than a calendar, or than a number may be written
        return None
    return length if length > timedelta(0) else None


def as_duration(node: Node | None, what: str, findings: Findings) -> timedelta | None:
    """A duration longer than nothing."""
    expected = "an ISO 8601 duration such as PT15M, PT4H or P1D"
    text = as_text(node, what, findings, expected)
    if text is None:
        return None
    length = duration_of(text)
    if length is None:
        _refuse(node, f"{what} must be {expected}", expected, findings)
    return length


def as_day_or_instant(node: Node | None, what: str, findings: Findings) -> date | datetime | None:
    """A plain day or an instant with offset."""
    expected = "a day such as 2026-11-30, or a time with its offset such as 2026-11-30T18:00:00Z"
    return _time_by(parse_day_or_instant, node, what, expected, findings)


def as_instant(node: Node | None, what: str, findings: Findings) -> datetime | None:
    """A time with its offset; a plain day and a naive time are refused."""
    return _time_by(parse_instant, node, what, "a time with its offset such as 2026-11-30T18:00:00Z", findings)


def _time_by(parse: Callable, node: Node | None, what: str, expected: str, findings: Findings) -> Any:
    """What a reader of times makes of a text; the reader's own words where it knows the one right writing."""
    text = as_text(node, what, findings, expected)
    try:
        return None if text is None else parse(text)
    except NotReadable as fault:
        _refuse(node, f"{what} must be {expected}", expected if TIME_EXPECTED in fault.expected else fault.expected, findings)
        return None


def read_span(fields: Mapping[str, Node], what: str, findings: Findings) -> Span:
    """`from` and `to`, each a day (inclusive) or an instant (exclusive at the end), the one before the other."""
    starts, ends = (as_day_or_instant(fields.get(key), f"`{key}`", findings) for key in ("from", "to"))
    span = Span(starts=starts, ends=ends)
    if starts is not None and ends is not None and begin_of(span) >= end_of(span):
        findings.add("wrong_type", f"{what} ends before it begins", fields["to"].place, given=shown(fields["to"]),
                     expected=f"a time after {shown(fields['from'])}")
    return span


def begin_of(span: Span) -> datetime:
    """The first moment covered, days and instants on one line without zone, to put spans in order."""
    return datetime.min if span.starts is None else _naive(span.starts, timedelta(0))


def end_of(span: Span) -> datetime:
    """The first moment no longer covered."""
    return datetime.max if span.ends is None else _naive(span.ends, timedelta(days=1))


def _naive(when: date | datetime, day_adds: timedelta) -> datetime:
    if isinstance(when, datetime):
        return when.replace(tzinfo=None)
    try:
        return datetime.combine(when, time()) + day_adds
    except OverflowError:                                     # the last day of the calendar
        return datetime.max


def _refuse(node: Node | None, message: str, expected: str, findings: Findings) -> None:
    if node is None or (isinstance(node, TextNode) and node.refused):
        return
    findings.add("wrong_type", message, node.place, given=shown(node), expected=expected)
