"""Postal patterns that no code of their country can match: too short, too long, or with letters where that country has none."""
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rules.book.cell_types import Cell, SourcePosition
from rules.book.findings import Findings
from rules.book.schema import RuleBook, attribute_of_type
from rules.model import Directory
from rules.refdata.postal import PostalArea, postal_area, readings
from rules.refdata.postal_forms import form_of
from rules.refdata.time_zones import country_of_zone


def check_patterns(book: RuleBook, findings: Findings) -> None:
    """Warn of cells and maps that ask for codes that their country does not have."""
    for stage, rule in book.placed_rules:
        _check_cells(book, rule.when, findings.within(rule=rule.id, stage=stage.name), f"`{rule.id}` asks for")
    for compliance in book.compliance:
        here = findings.within(rule=compliance.id, stage="compliance")
        _check_cells(book, compliance.when, here, f"`{compliance.id}` asks for")
    for attribute in book.attributes.values():
        for area in dict.fromkeys(area for area, _ in attribute.areas):
            _check(area, [area.country or ""], attribute.place, findings, f"the map of `{attribute.name}` names")


def check_service_areas(directory: Directory, findings: Findings) -> None:
    """Warn of owners who serve codes that their country does not have."""
    for owner in directory.owners.values():
        home = country_of_zone(owner.time_zone)
        for area in filter(None, map(postal_area, owner.service_postals)):
            country = area.country or home
            if country:
                _check(area, [country], SourcePosition(file="owners.csv", line=1), findings, f"`{owner.owner_id}` serves")


def _check_cells(book: RuleBook, cells: Iterable[Cell], findings: Findings, who: str) -> None:
    country = attribute_of_type(book, "country")
    beside = sorted(str(value) for cell in cells if cell.attribute == country for value in cell.values)
    for cell in cells:
        if book.attributes[cell.attribute].type == "postal":
            for area in _areas(cell):
                _check(area, [area.country] if area.country else beside, cell.place, findings, who)


def _areas(cell: Cell) -> Iterator[PostalArea]:
    yield from cell.areas
    yield from (PostalArea(low=str(value), high=str(value)) for value in sorted(cell.values, key=str))


def _check(area: PostalArea, countries: list[str], place: SourcePosition | None, findings: Findings, who: str) -> None:
    if not all(countries) or not countries or any(readings(area, country) for country in countries):
        return
    plain = replace(area, country=None)
    padded = replace(plain, low="0" + area.low, high="0" + area.high)
    near = next((country for country in countries if readings(padded, country)), None)
    form = form_of(countries[0])
    findings.add("no_such_postal", f"{who} postal codes `{plain}`, and no code of {', '.join(countries)} can be one", place,
                 given=str(area), nearest=str(replace(padded, country=area.country)) if near else None,
                 expected=f"codes such as {form.example}" if form else None)
