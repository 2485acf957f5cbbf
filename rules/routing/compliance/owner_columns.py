"""What an owner has on record in a column, as of a day: `;` separates a list, `NAME:YYYY-MM-DD` ends with that day.

A last day is inclusive and a day where the owner is. A blank column holds nothing.
"""
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from rules.model import Moment, Owner

_SINGLE = ("kind", "time_zone", "holidays", "data_region")
_SEVERAL = ("languages", "skills", "service_postals")
#: The columns with a meaning of their own that a rule can ask about; of the others, limits and places, nobody holds anything.
ASKABLE = (*_SINGLE, *_SEVERAL, "certifications")


def held_by(owner: Owner, subject: str, at: Moment) -> tuple[str, ...]:
    """What an owner has in the column that a subject such as `owner.skills` names, at a moment."""
    column = subject.removeprefix("owner.")
    if column in _SINGLE:
        value = getattr(owner, column)
        return (value,) if value else ()
    if column in _SEVERAL:
        return tuple(getattr(owner, column))
    text = owner.attributes.get(column)
    if not text:
        return ()
    return tuple(name for name, last_day in _read(text).items() if last_day is None or at.day_for(owner) <= last_day)


def lapsed_by(owner: Owner, subject: str, at: Moment) -> dict[str, str]:
    """What an owner had in a column until a day that is over: name -> that day."""
    text = owner.attributes.get(subject.removeprefix("owner."))
    return {} if not text else {name: last_day.isoformat() for name, last_day in _read(text).items()
                                if last_day is not None and at.day_for(owner) > last_day}


@lru_cache(maxsize=4096)
def _read(text: str) -> Mapping[str, date | None]:
    """`a:2027-05-31;b` as name -> last day, None for one without an end; of a name that stands twice the later end counts."""
    held: dict[str, date | None] = {}
    for part in (part.strip() for part in text.split(";")):
        name, last_day = _dated(part)
        before = held.get(name)
        if name and (name not in held or (before is not None and (last_day is None or last_day > before))):
            held[name] = last_day
    return held


def _dated(part: str) -> tuple[str, date | None]:
    name, colon, day = part.rpartition(":")
    try:
        return (name.strip(), date.fromisoformat(day.strip())) if colon else (part, None)
    except ValueError:
        return part, None
