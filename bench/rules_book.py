"""Books of any size to measure on: 1,000 to 1,000,000 territory rules in one decision table, with every kind of cell.

Everything is drawn from a seed. Each kind of item has a family of rules of its own, so that no two rules meet: exact
values and lists, postal prefixes, postal ranges, number ranges, campaigns, and rules for what is `missing`.
"""
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice, product

from rules.model import Fact, Value, WorkItem

COUNTRIES = ("DE", "FR", "IT", "ES", "NL", "BE", "AT", "CH", "SE", "NO", "DK", "FI", "PL", "CZ", "PT", "IE", "GR", "HU", "RO",
             "GB", "US", "CA", "MX", "AU", "JP")
INDUSTRIES = ("manufacturing", "software", "health", "finance", "retail", "logistics", "education", "hospitality", "energy",
              "media")
BANDS = ("SMB", "MID", "ENT", "GLOBAL")
LANGUAGES = ("de", "fr", "en", "es", "it")
TEAMS = 50
#: The share of each family in a book's rules; a family that runs out of different rules leaves the rest to campaigns.
SHARES = {"lead": 0.30, "case": 0.15, "renewal": 0.25, "quote_request": 0.10, "onboarding": 0.02}
COLUMNS = ("kind", "country", "industry", "employees", "postal_code", "score", "campaign", "language")
#: What no rule takes, whatever else an item says.
NOBODYS: dict[str, Value] = {"country": "BR", "language": "fi", "campaign": "none of ours"}
_POSTALS = 1_000_000
_BOOK = """\
rulebook: 1
version: bench
owner: revops@example.com
attributes:
  kind: {enum: [%s]}
  country: {type: country}
  industry: {enum: [%s]}
  employees: {bands: {SMB: 1-99, MID: 100-999, ENT: 1000-4999, GLOBAL: 5000+}}
  postal_code: {type: postal}
  score: {type: number}
  campaign: {type: text}
  language: {type: language}
teams:
%s
  manual-review: {kind: queue}
stages:
  - {stage: territory, table: tables/territories.csv}
  - stage: fallback
    rules: [{id: catch-all, to: manual-review, reason: no_territory}]
"""

#: A rule as drawn: its cells in the book's words, and one item that it takes.
Drawn = tuple[dict[str, str], dict[str, Value]]


@dataclass(frozen=True, kw_only=True)
class DrawnBook:
    """A book's files, its rules as plain words in the table's order, and items that rotate through all of them.

    `rules`: (id, cells by attribute as written, team). `items`: of every ten, nine that some rule takes and one that none does.
    """

    files: dict[str, str]
    rules: list[tuple[str, dict[str, str], str]]
    items: list[WorkItem]


def draw_book(rules: int, *, items: int = 2000, seed: int = 11) -> DrawnBook:
    """A book of as many rules, shuffled as a table that grew over the years."""
    draw = random.Random(seed)
    drawn: list[Drawn] = []
    for kind, share in SHARES.items():
        drawn += islice(FAMILIES[kind](draw), int(rules * share))
    drawn += islice(_campaigns(draw), rules - len(drawn))
    draw.shuffle(drawn)
    rows = [(f"t-{number}", cells, f"team-{number % TEAMS:02d}") for number, (cells, _) in enumerate(drawn)]
    taken = [drawn[draw.randrange(len(drawn))][1] for _ in range(items - items // 10)]
    lost = [{**facts, **NOBODYS} for _, facts in draw.choices(drawn, k=items // 10)]
    asked = [_item(number, facts) for number, facts in enumerate(taken + lost)]
    draw.shuffle(asked)
    return DrawnBook(files=_files(rows), rules=rows, items=asked)


def draw_worst(name: str, rules: int, *, items: int = 2000, seed: int = 13) -> DrawnBook:
    """One kind of cell only, all of it under the same other cells: what an index by value alone would have to scan."""
    draw = random.Random(seed)
    step = _POSTALS // rules
    rows, asked = [], []
    for number, place in enumerate(draw.sample(range(rules), rules)):
        kind, cells, facts = _worst_cells(name, place, step)
        rows.append((f"t-{number}", {"kind": kind, "country": "DE", **cells}, f"team-{number % TEAMS:02d}"))
        asked.append({"kind": kind, "country": "DE", **facts})
    return DrawnBook(files=_files(rows), rules=rows,
                     items=[_item(number, facts) for number, facts in enumerate(draw.sample(asked, min(items, rules)))])


def _worst_cells(name: str, place: int, step: int) -> tuple[str, dict[str, str], dict[str, Value]]:
    """Kind, further cells and facts that meet them, for one place among the rules."""
    low, high = place * step, place * step + step - 1
    if name == "number ranges":
        return "quote_request", {"score": f"{low}-<{low + step}"}, {"score": float(low)}
    if name == "postal prefixes":
        return "case", {"postal_code": f"{place:05d}*"}, {"postal_code": f"{place:05d}7"}
    if name == "postal ranges":
        return "renewal", {"postal_code": f"{low:06d}-{high:06d}"}, {"postal_code": f"{high:06d}"}
    depth, end = place % 10, (place // 10 + 1) * 10 * step - 1  # ten in each other, each for another score
    return ("renewal", {"postal_code": f"{low:06d}-{end:06d}", "score": f"{depth}-<{depth + 1}"},
            {"postal_code": f"{end:06d}", "score": depth + 0.5})


def book_text() -> str:
    """The rule book beside the table."""
    teams = "\n".join(f"  team-{number:02d}: {{kind: team}}" for number in range(TEAMS))
    return _BOOK % (", ".join(FAMILIES), ", ".join(INDUSTRIES), teams)


def _files(rows: list[tuple[str, dict[str, str], str]]) -> dict[str, str]:
    lines = [",".join(("id", *COLUMNS, "to"))]
    lines += [",".join((rule_id, *(cells.get(name, "") for name in COLUMNS), team)) for rule_id, cells, team in rows]
    return {"rulebook.yaml": book_text(), "tables/territories.csv": "\n".join(lines) + "\n"}


def _item(number: int, facts: dict[str, Value]) -> WorkItem:
    return WorkItem(item_id=f"i-{number}", kind=str(facts["kind"]), received_at=datetime(2026, 11, 18, 12, tzinfo=UTC),
                    facts={name: Fact(value=value) for name, value in facts.items() if name != "kind"})


def _leads(draw: random.Random) -> Iterator[Drawn]:
    """Exact values and lists: one to three postal codes of a country, for one half of the industries."""
    for start, country in product(range(0, _POSTALS, 3), COUNTRIES):
        codes = [f"{start + step:06d}" for step in range(draw.randint(1, 3))]
        for half in (INDUSTRIES[:5], INDUSTRIES[5:]):
            cells = {"kind": "lead", "country": country, "industry": ";".join(half), "postal_code": ";".join(codes)}
            yield cells, {"kind": "lead", "country": country, "industry": draw.choice(half), "postal_code": draw.choice(codes),
                          "employees": draw.choice(BANDS)}


def _cases(draw: random.Random) -> Iterator[Drawn]:
    """Postal prefixes of three to five digits, none of which begins another."""
    for stem, country in product(range(1000), COUNTRIES):
        more = draw.choice((0, 1, 1, 2))
        for tail in range(10 ** more):
            prefix = f"{stem:03d}" + (f"{tail:0{more}d}" if more else "")
            cells = {"kind": "case", "country": country, "postal_code": prefix + "*"}
            code = prefix + f"{draw.randrange(1000):03d}"[: 6 - len(prefix)]
            yield cells, {"kind": "case", "country": country, "postal_code": code, "language": draw.choice(LANGUAGES)}


def _renewals(draw: random.Random) -> Iterator[Drawn]:
    """Postal ranges with gaps between them, half of them for some sizes of company only."""
    for start, country in product(range(0, _POSTALS, 40), COUNTRIES):
        low, high = start + draw.randrange(10), start + draw.randrange(20, 36)
        cells = {"kind": "renewal", "country": country, "postal_code": f"{low:06d}-{high:06d}"}
        facts: dict[str, Value] = {"kind": "renewal", "country": country, "postal_code": f"{draw.randint(low, high):06d}"}
        if draw.random() < 0.5:
            sizes = draw.sample((*BANDS, "missing"), 2)
            cells["employees"], size = ";".join(sizes), draw.choice(sizes)
            facts |= {} if size == "missing" else {"employees": size}
        yield cells, facts


def _quotes(draw: random.Random) -> Iterator[Drawn]:
    """Number ranges that meet, for each country and industry."""
    for low, country, industry in product(range(0, 10_000_000, 10), COUNTRIES, INDUSTRIES):
        cells = {"kind": "quote_request", "country": country, "industry": industry, "score": f"{low}-<{low + 10}"}
        yield cells, {"kind": "quote_request", "country": country, "industry": industry,
                      "score": low + draw.choice((0.0, 0.5, 5.0, 9.75))}


def _onboardings(draw: random.Random) -> Iterator[Drawn]:
    """What is missing, in each combination."""
    for words in product((*INDUSTRIES, "missing"), (*LANGUAGES, "missing"), (*BANDS, "missing")):
        named = dict(zip(("industry", "language", "employees"), words, strict=True))
        yield ({"kind": "onboarding", "country": "missing", **named},
               {"kind": "onboarding", **{name: word for name, word in named.items() if word != "missing"}})


def _campaigns(draw: random.Random) -> Iterator[Drawn]:
    """One campaign or a short list of them, in one language or in any."""
    number = 0
    while True:
        names = [f"c-{number + step:07d}" for step in range(draw.choice((1, 1, 1, 3)))]
        number += len(names)
        for language in draw.choice((("",), ("de", "en;missing"))):
            facts: dict[str, Value] = {"kind": "upsell", "campaign": draw.choice(names), "country": draw.choice(COUNTRIES)}
            cells = {"kind": "upsell", "campaign": ";".join(names)} | ({"language": language} if language else {})
            yield cells, facts | ({"language": language.split(";")[0]} if language else {})


FAMILIES = {"lead": _leads, "case": _cases, "renewal": _renewals, "quote_request": _quotes, "onboarding": _onboardings,
            "upsell": _campaigns}
