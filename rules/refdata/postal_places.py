"""Places of postal codes in every country, from a file in GeoNames' form (`allCountries.txt`, `DE.txt`) that a workspace names.

Tab-separated, without header: country, postal code, place, three pairs of names and codes, latitude, longitude, accuracy.
"""
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from rules.errors import Problem
from rules.refdata.postal_forms import read_postal

_FIELDS = 11
_COUNTRY = re.compile(rb"[A-Z]{2}\t")
#: So many countries are kept in memory, and so many faulty lines told.
_COUNTRIES, _TOLD = 12, 20

Point = tuple[float, float]


class PostalPlaces:
    """Points of postal codes, read a country at a time when first asked for; of several places of a code their middle.

    `problems` are the faulty lines met so far; nothing is read from them.
    """

    def __init__(self, path: Path):
        self.path = path
        self.problems: list[Problem] = []
        self._where: dict[str, list[tuple[int, int, int]]] | None = None       # per country: first byte, end, first line
        self._points: OrderedDict[str, Mapping[str, Point]] = OrderedDict()

    def point_of(self, country: str, code: str) -> Point | None:
        """Latitude and longitude of a code as its country writes it, else of the part of it that the file has."""
        points = self._of(country)
        return next((points[text] for text in (code, re.split("[ -]", code)[0]) if text in points), None)

    def countries(self) -> frozenset[str]:
        """The countries that the file has places of."""
        return frozenset(self._index())

    def look_through(self, countries: Iterable[str]) -> None:
        """Read all that the file has of some countries, so that `problems` holds their faulty lines."""
        for country in sorted(countries):
            self._of(country)

    def _of(self, country: str) -> Mapping[str, Point]:
        known = self._points.get(country)
        if known is None:
            known = self._points[country] = _middles(self._rows(country))
            if len(self._points) > _COUNTRIES:
                self._points.popitem(last=False)
        self._points.move_to_end(country)
        return known

    def _index(self) -> dict[str, list[tuple[int, int, int]]]:
        """Where in the file each country stands, found by one pass over it."""
        if self._where is None:
            where: dict[str, list[tuple[int, int, int]]] = {}
            last, start, first_line, place = "", 0, 1, 0
            with self.path.open("rb") as lines:
                for number, line in enumerate(lines, 1):
                    own = line[:2].decode("ascii") if _COUNTRY.match(line) else ""
                    if not own and line.strip():
                        self._fault(number, "the line begins with no country code", line)
                    if own != last:
                        if last:
                            where.setdefault(last, []).append((start, place, first_line))
                        last, start, first_line = own, place, number
                    place += len(line)
            if last:
                where.setdefault(last, []).append((start, place, first_line))
            self._where = where
        return self._where

    def _rows(self, country: str) -> Iterator[tuple[str, Point]]:
        for start, end, first_line in self._index().get(country, ()):
            with self.path.open("rb") as lines:
                lines.seek(start)
                for number, line in enumerate(lines, first_line):
                    if (start := start + len(line)) > end:
                        break
                    row = _row(line)
                    if row is None:
                        self._fault(number, "the line has no postal code with latitude and longitude", line)
                    else:
                        yield row

    def _fault(self, number: int, message: str, line: bytes) -> None:
        if len(self.problems) < _TOLD:
            self.problems.append(Problem(
                message=message, file=self.path.name, line=number, given=line.decode("utf-8", "replace").strip()[:80],
                expected="country, code, place, three pairs of names and codes, latitude, longitude, parted by tabs"))


def _row(line: bytes) -> tuple[str, Point] | None:
    fields = line.decode("utf-8", "replace").rstrip("\r\n").split("\t")
    code = read_postal(fields[1], fields[0]) if len(fields) >= _FIELDS else None
    try:
        latitude, longitude = float(fields[9]), float(fields[10])
    except (IndexError, ValueError):
        return None
    if code is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return code.code, (latitude, longitude)


def _middles(rows: Iterator[tuple[str, Point]]) -> dict[str, Point]:
    sums: dict[str, list[float]] = {}
    for code, (latitude, longitude) in rows:
        own = sums.setdefault(code, [0, 0.0, 0.0])
        own[0], own[1], own[2] = own[0] + 1, own[1] + latitude, own[2] + longitude
    return {code: (round(north / count, 5), round(east / count, 5)) for code, (count, north, east) in sums.items()}
