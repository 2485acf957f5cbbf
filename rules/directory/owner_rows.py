"""Rows of owners.csv as owners: zones, hours, languages, dated certifications, limits, and any further column."""
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from rules.directory.columns import RowReader
from rules.errors import nearest_name
from rules.model import EMPTY, Owner, zone
from rules.refdata.countries import country_codes
from rules.refdata.holiday_calendars import holiday_calendar
from rules.refdata.languages import language_of
from rules.refdata.postal import EXPECTED, postal_area
from rules.refdata.times import NotReadable
from rules.refdata.working_hours import parse_working_hours

OWNER_KINDS = ("person", "queue", "branch", "partner")


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerColumn:
    """A column with its meaning, its reader (None: another column's reads it too) and the owner's field of another name.

    `further`: numbers that stay an attribute beside their field, as any further column is, so that rules and ranking see them.
    """

    meaning: str
    read: Callable[[RowReader], object] | None
    field: str = ""
    further: bool = False


def read_owner(row: RowReader, further_columns: tuple[str, ...]) -> Owner | None:
    """One owner; None, with the problems reported, where the row has no id or kind."""
    values: dict[str, Any] = {column.field or name: column.read(row) for name, column in COLUMNS.items() if column.read}
    known = values["owner_id"] and values["kind"]
    if bool(row.text("latitude")) != bool(row.text("longitude")):
        row.fault("latitude" if row.text("longitude") else "longitude", "a place needs both coordinates",
                  expected="latitude and longitude, or neither")
    return Owner(**values, attributes={name: row.text(name) for name in further_columns if row.text(name)} or EMPTY) \
        if known else None


def _word(name: str) -> Callable[[RowReader], str | None]:
    return lambda row: row.text(name) or None


def _number(name: str, expected: str, *, low: float = 0, high: float = 1e9) -> Callable[[RowReader], float | None]:
    return lambda row: row.number(name, low=low, high=high, expected=expected)


def _kind(row: RowReader) -> str | None:
    return None if row.required("kind") is None else row.one_of("kind", OWNER_KINDS)


def _weight(row: RowReader) -> float:
    weight = row.number("weight", low=0, high=1e9, expected="a number of 0 or more")
    return 1.0 if weight is None else weight


@lru_cache(maxsize=1024)
def _zone_known(name: str) -> bool:
    try:
        zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _time_zone(row: RowReader) -> str:
    name = row.text("time_zone")
    if name and not _zone_known(name):
        from zoneinfo import available_timezones

        row.fault("time_zone", "unknown time zone", given=name, expected="an IANA name such as `Europe/Berlin`",
                  nearest=nearest_name(name, available_timezones()))
        return "UTC"
    return name or "UTC"


def _working_hours(row: RowReader):
    try:
        return parse_working_hours(row.text("working_hours"))
    except NotReadable as fault:
        row.fault("working_hours", fault.message, given=row.text("working_hours"), expected=fault.expected)
        return ()


def _holidays(row: RowReader) -> str | None:
    code = row.text("holidays")
    if not code:
        return None
    try:
        holiday_calendar(code)
    except NotReadable as fault:
        row.fault("holidays", fault.message, given=code, expected=fault.expected)
        return None
    return code


def _service_postals(row: RowReader) -> tuple[str, ...]:
    """`941*;94501;DE:80000-80999`, in capitals."""
    written = tuple(part.upper() for part in row.listed("service_postals"))
    for part in written:
        area = postal_area(part)
        if area is None or (area.country is not None and area.country not in country_codes()):
            row.fault("service_postals", "not a postal area", given=part, expected=EXPECTED)
    return written


def _languages(row: RowReader) -> tuple[str, ...]:
    codes = []
    for text in row.listed("languages"):
        code = language_of(text)
        if code is None:
            row.fault("languages", "unknown language", given=text, expected="codes or names such as `de;en`")
        elif code not in codes:
            codes.append(code)
    return tuple(codes)


def _certifications(row: RowReader) -> Mapping[str, date | None]:
    """`gas:2027-05-31;hvac` as name -> last valid day, None for one without an end."""
    held: dict[str, date | None] = {}
    for text in row.listed("certifications"):
        name, colon, day = (part.strip() for part in text.partition(":"))
        try:
            last = date.fromisoformat(day) if colon else None
        except ValueError:
            row.fault("certifications", "not a last valid day", given=text,
                      expected="names, each with its last day if it ends: `gas:2027-05-31;hvac`")
            continue
        _, bound, where = name.partition("@")
        if bound and where.partition("-")[0] not in country_codes():
            row.fault("certifications", "not a place", given=text, expected="a country or a part of one: `gas@DE`, `gas@US-CA`")
        if name in held:
            row.fault("certifications", "a certification stands twice", given=name, expected="each name once")
        held[name] = last
    return held or EMPTY


#: Every column of owners.csv that is known, in the order in which it is read and told.
COLUMNS: Mapping[str, OwnerColumn] = {
    "owner_id": OwnerColumn(
        read=lambda row: row.required("owner_id"),
        meaning="needed; the owner's id, which every other file and every decision names"),
    "name": OwnerColumn(read=lambda row: row.text("name"), meaning="what people read; never a feature"),
    "kind": OwnerColumn(read=_kind, meaning="needed; `person`, `queue`, `branch` or `partner`"),
    "email": OwnerColumn(read=lambda row: row.text("email"), meaning="never a feature"),
    "manager_id": OwnerColumn(read=_word("manager_id"), meaning="the owner they report to"),
    "time_zone": OwnerColumn(read=_time_zone, meaning="such as `Europe/Berlin`; UTC when empty"),
    "working_hours": OwnerColumn(
        read=_working_hours,
        meaning="such as `Mon-Fri 09:00-17:30` or `Monday to Friday 9am-5pm`, in whole words of seven languages; several blocks "
                "are separated by `;`; empty: always"),
    "holidays": OwnerColumn(read=_holidays, meaning="a calendar such as `DE-BY`, or with days off by custom `HK+optional`"),
    "languages": OwnerColumn(read=_languages, meaning="separated by `;`, the native one first"),
    "skills": OwnerColumn(read=lambda row: frozenset(row.listed("skills")), meaning="separated by `;`"),
    "certifications": OwnerColumn(
        read=_certifications,
        meaning="separated by `;`, each may end with its last valid day and a place: `gas@US-CA:2027-05-31;hvac`"),
    "data_region": OwnerColumn(read=_word("data_region"), meaning="where the owner may hold data, for rules that require one"),
    "latitude": OwnerColumn(
        read=_number("latitude", "degrees from -90 to 90", low=-90, high=90), meaning="degrees; with `longitude`, or neither"),
    "longitude": OwnerColumn(
        read=_number("longitude", "degrees from -180 to 180", low=-180, high=180),
        meaning="degrees; with `latitude`, or neither"),
    "service_postals": OwnerColumn(
        read=_service_postals,
        meaning="postal codes, prefixes and ranges that are served, of the country of the time zone or written "
                "with one: `US:941*`"),
    "radius_km": OwnerColumn(
        read=_number("radius_km", "kilometres, 0 or more", high=25000), meaning="how far from the place the owner serves"),
    "max_open": OwnerColumn(
        read=lambda row: row.count("max_open"), meaning="how many items may be open at once; empty: no ceiling"),
    "max_per_day": OwnerColumn(
        read=lambda row: row.count("max_per_day"), meaning="how many items may be given on one of the owner's calendar days"),
    "max_load": OwnerColumn(
        read=_number("max_load", "a number of 0 or more"), meaning="how much the open items may weigh together"),
    "weight": OwnerColumn(read=_weight, meaning="share of turns in a weighted pool; 1 when empty, 0: no turns"),
    "active_from": OwnerColumn(
        read=lambda row: row.span("active_from", "active_to"), field="active", meaning="the first day, inclusive, or an instant"),
    "active_to": OwnerColumn(read=None, meaning="the last day, inclusive, or an instant, exclusive"),
}
OWNER_COLUMNS = tuple(COLUMNS)
