"""Any country: a rule that asks for postal codes of no country takes the codes with these digits of every country.

`941*` without a country is San Francisco and Lower Bavaria; the finding shows an item of a country that no rule names.
"""
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice

from rules.analysis.order import Order
from rules.book.cell_types import Cell
from rules.book.cells import matches
from rules.book.findings import Findings
from rules.book.indexing.index import compiled
from rules.book.schema import attribute_of_type
from rules.regions.boxes import common
from rules.regions.values import WELL_KNOWN

#: So many items of a rule are tried as an example, and so many rules of a stage are tried and told; the others are counted.
_ITEMS_TRIED, MOST_TOLD = 40, 50


def find_any_country(order: Order, findings: Findings) -> None:
    """Warn of rules that say the country of a postal code neither in its cell nor beside it."""
    country = attribute_of_type(order.book, "country")
    if country is None:
        return
    known = set(_countries_named(order, country))
    countries = sorted({*WELL_KNOWN, *known}, key=lambda code: (code in known, code))
    told, left = Counter[int](), dict[int, list[Cell]]()
    for place, rule in enumerate(order.rules):
        cell = next((cell for cell in rule.when if _of_no_country(order, cell)), None)
        if cell is None or any(other.attribute == country for other in rule.when):
            continue
        number = order.stage_of[place]
        if told[number] == MOST_TOLD:
            left.setdefault(number, []).append(cell)
            continue
        taken = list(islice(_items_taken(order, place, country, countries), 2))
        if len(taken) > 1:
            told[number] += 1
            findings.within(rule=rule.id, stage=order.book.stages[number].name).add(
                "any_country", f"`{rule.id}` takes the postal codes `{cell.text}` of every country", cell.place, given=cell.text,
                expected=f"a cell `{country}` beside it, or areas of a country such as US:941*", example=taken[0])
    for number, cells in left.items():
        stage = order.book.stages[number].name
        findings.within(stage=stage).add(
            "any_country", f"{len(cells):,} further rules of stage `{stage}` ask for postal codes of no country", cells[0].place,
            given=cells[0].text, expected=f"a cell `{country}` beside each, or areas of a country such as US:941*")


def _countries_named(order: Order, country: str) -> Iterator[str]:
    for cell in (cell for rule in order.rules for cell in rule.when):
        yield from (area.country for area in cell.areas if area.country)
        if cell.attribute == country:
            yield from map(str, cell.values)


def _of_no_country(order: Order, cell: Cell) -> bool:
    return order.book.attributes[cell.attribute].type == "postal" and bool(
        cell.values or any(area.country is None for area in cell.areas))


def _items_taken(order: Order, place: int, country: str, countries: list[str]) -> Iterator[dict[str, str]]:
    """An item that a rule takes for each country in which there is one."""
    is_tied = _tells_more(order, country)
    for code in countries:
        whole = order.cover.boxes[place]
        box = common(whole, order.space.having(country, [code])) if is_tied else whole
        for example in order.space.examples(box, telling=True, most=_ITEMS_TRIED) if box else ():
            words = example.words() if is_tied else {**example.words(), country: code}
            if words.get(country) == code and _takes(order, place, words, example.today):
                yield words
                break


def _tells_more(order: Order, country: str) -> bool:
    """Whether rules ask for what lies in a country besides postal codes, such as a state."""
    dimension = order.space.where.get(country)
    names = () if dimension is None else order.space.dimensions[dimension].family.names - {country}
    return any(order.book.attributes[name].type != "postal" for name in names)


def _takes(order: Order, place: int, words: dict[str, str], today: date) -> bool:
    """Whether a rule takes an item in words on a day: it matches, and no rule of a stage before does."""
    item = order.item_of(words)
    return item is not None and all(matches(cell, item, today) for cell in order.rules[place].when) and not any(
        index.matching(item, today) for index in compiled(order.book)[:order.stage_of[place]])
