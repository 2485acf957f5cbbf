"""Where an item's postal code lies, put into the raw item before it is decided on: what a decision reads is kept with it."""
from collections.abc import Mapping
from datetime import datetime

from rules.book.schema import RuleBook, attribute_of_type
from rules.errors import ItemError
from rules.intake.item import read_item
from rules.intake.location import knows_places, point_of
from rules.model import Directory
from rules.refdata.postal_places import PostalPlaces


def with_place(raw: Mapping[str, object], places: PostalPlaces | None, *, book: RuleBook, directory: Directory,
               at: datetime) -> Mapping[str, object]:
    """The raw item with latitude and longitude of its postal code, where it has none, an owner has some and the file tells."""
    if places is None or not knows_places(directory) or raw.get("latitude") or raw.get("longitude"):
        return raw
    try:
        item = read_item(raw, book=book, directory=directory, at=at)
    except ItemError:
        return raw                                            # whoever decides tells what is wrong with it
    country, code = (item.facts.get(attribute_of_type(book, kind) or "") for kind in ("country", "postal"))
    if point_of(item) or country is None or code is None or country.trust == "low" or not (country.value and code.value):
        return raw
    point = places.point_of(str(country.value), str(code.value))
    return raw if point is None else {**raw, "latitude": point[0], "longitude": point[1]}
