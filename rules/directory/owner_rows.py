"""Rows of owners.csv as owners: zones, hours, languages, dated certifications, limits, and any further column."""
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfoNotFoundError

from rules.directory.columns import RowReader
from rules.errors import nearest_name
from rules.model import EMPTY, Owner, zone
from rules.refdata.countries import country_codes
from rules.refdata.languages import language_of
from rules.refdata.postal import EXPECTED, postal_area
from rules.refdata.times import NotReadable
from rules.refdata.working_time import holiday_calendar, parse_working_hours

OWNER_KINDS = ("person", "queue", "branch", "partner")
OWNER_COLUMNS = (
    "owner_id", "name", "kind", "email", "manager_id", "time_zone", "working_hours", "holidays", "languages", "skills",
    "certifications", "data_region", "latitude", "longitude", "service_postals", "radius_km", "max_open",
    "max_per_day", "max_load", "weight", "active_from", "active_to",
)


def read_owner(row: RowReader, further_columns: tuple[str, ...]) -> Owner | None:
    """One owner; None, with the problems reported, where the row has no id or kind."""
    owner_id, kind = row.required("owner_id"), row.required("kind")
    if kind is not None:
        kind = row.one_of("kind", OWNER_KINDS)
    latitude = row.number("latitude", low=-90, high=90, expected="degrees from -90 to 90")
    longitude = row.number("longitude", low=-180, high=180, expected="degrees from -180 to 180")
    if bool(row.text("latitude")) != bool(row.text("longitude")):
        row.fault("latitude" if row.text("longitude") else "longitude", "a place needs both coordinates",
                  expected="latitude and longitude, or neither")
    weight = row.number("weight", low=0, high=1e9, expected="a number of 0 or more")
    owner = Owner(
        owner_id=owner_id or "", kind=kind or "person", name=row.text("name"), email=row.text("email"),
        manager_id=row.text("manager_id") or None, time_zone=_time_zone(row), working_hours=_working_hours(row),
        holidays=_holidays(row), languages=_languages(row), skills=frozenset(row.listed("skills")),
        certifications=_certifications(row), data_region=row.text("data_region") or None, latitude=latitude,
        longitude=longitude, service_postals=_service_postals(row),
        radius_km=row.number("radius_km", low=0, high=25000, expected="kilometres, 0 or more"),
        max_open=row.count("max_open"), max_per_day=row.count("max_per_day"),
        max_load=row.number("max_load", low=0, high=1e9, expected="a number of 0 or more"),
        weight=1.0 if weight is None else weight, active=row.span("active_from", "active_to"),
        attributes={name: row.text(name) for name in further_columns if row.text(name)} or EMPTY,
    )
    return owner if owner_id and kind else None


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
            row.fault("languages", "unknown language", given=text, expected="ISO 639-1 codes such as `de;en`")
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
