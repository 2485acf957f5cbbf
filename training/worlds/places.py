"""Where the simulated customers are: the cities of book/markets.csv with time zones, languages and shares of leads."""
import csv
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

BOOK = Path(__file__).parent / "book"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place that items come from; `state` and `postal_code` only where the rules use them."""

    country: str
    time_zone: str
    language: str
    state: str = ""
    city: str = ""
    postal_code: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The place's time zone."""
        return ZoneInfo(self.time_zone)


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file of ours."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


_MARKETS = read_rows(BOOK / "markets.csv")
ALL_PLACES = tuple(
    Place(country=row["country"], time_zone=row["time_zone"], language=row["language"], state=row["state"], city=row["city"],
          postal_code=row["postal_code"]) for row in _MARKETS
)
US_PLACES = tuple(place for place in ALL_PLACES if place.country == "US")
FAR_PLACES = (
    Place(country="US", time_zone="America/Anchorage", language="en", state="AK", city="Anchorage", postal_code="99501"),
    Place(country="US", time_zone="America/Denver", language="en", state="MT", city="Billings", postal_code="59101"),
)
_SHARES = np.array([float(row["share"]) for row in _MARKETS])
_SERVED = np.array([row["served"] == "true" for row in _MARKETS])


def draw_places(rng: np.random.Generator, count: int, *, served: bool = False, only: str | None = None) -> list[Place]:
    """`count` places by their shares: anywhere, in served markets, or in one country."""
    weights = _SHARES * _SERVED if served else _SHARES.copy()
    if only is not None:
        weights = weights * [place.country == only for place in ALL_PLACES]
    return [ALL_PLACES[position] for position in rng.choice(len(ALL_PLACES), size=count, p=weights / weights.sum())]
