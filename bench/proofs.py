"""How long `rules check` takes on large books: loading and proving, for books whose rules stand apart or cut into each other."""
import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rules.analysis.proofs import prove
from rules.book.findings import Findings
from rules.loading import load_book

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
COUNTRIES = ["AT", "BE", "CA", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "MX", "NL", "NO", "PL", "PT",
             "SE", "US"]
STATES = {"NY": "EAST", "NJ": "EAST", "MA": "EAST", "IL": "CENTRAL", "TX": "CENTRAL", "CA": "WEST", "WA": "WEST", "OR": "WEST"}
WORDS = {
    "kind": ["lead", "case", "renewal", "quote_request"], "country": [*COUNTRIES, "missing"],
    "state": [*STATES, "missing"], "us_region": ["EAST", "CENTRAL", "WEST", "missing"],
    "employees": ["SMB", "MID", "ENT", "GLOBAL", "missing"], "score": ["<0.3", "0.3-<0.7", ">=0.7", "missing"],
    "industry": ["software", "health", "retail", "finance", "energy", "education", "missing"],
    "product": ["solar", "battery", "charger", "boiler", "pump", "missing"],
    "channel": ["inbound", "outbound", "partner", "missing"],
    "language": ["de", "en", "fr", "es", "it", "missing"], "vip": ["true", "false", "missing"],
}
REGIONS = "\n".join(["state,us_region", *(f"{state},{region}" for state, region in STATES.items())]) + "\n"
PLACES = {"country", "state", "us_region"}
HEAD = """\
rulebook: 1
attributes:
  kind: {enum: [lead, case, renewal, quote_request]}
  country: {type: country}
  state: {type: subdivision}
  us_region: {from: state, map: tables/us_regions.csv}
  employees: {bands: {SMB: 1-249, MID: 250-999, ENT: 1000-4999, GLOBAL: 5000+}}
  score: {type: number}
  industry: {enum: [software, health, retail, finance, energy, education]}
  product: {enum: [solar, battery, charger, boiler, pump]}
  channel: {enum: [inbound, outbound, partner]}
  language: {type: language}
  vip: {type: flag}
teams:
"""


@dataclass(frozen=True, kw_only=True)
class Proved:
    """One book: its size, processor seconds to load and to prove, what was found, and whether all claims are settled."""

    shape: str
    rules: int
    load_s: float
    prove_s: float
    pieces_per_rule: float
    settled: tuple[str, ...]
    found: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """The figures as `rightful bench proofs --json` prints them."""
        return {"shape": self.shape, "rules": self.rules, "attributes": len(WORDS), "load_s": round(self.load_s, 3),
                "prove_s": round(self.prove_s, 3), "pieces_per_rule": self.pieces_per_rule, "settled": list(self.settled),
                "found": self.found}


def book_apart(count: int, seed: int = 1) -> dict[str, str]:
    """One stage of rules that stand apart: the leaves of a random decision tree over all attributes."""
    draw = random.Random(seed)
    leaves: list[dict[str, list[str]]] = [{}]
    while len(leaves) < count:
        place = draw.randrange(len(leaves))
        name = draw.choice(list(WORDS))
        if name in PLACES and leaves[place].keys() & PLACES - {name}:
            continue                                      # a state and a country at random seldom go together
        words = leaves[place].get(name, WORDS[name])
        if len(words) > 1:
            words = draw.sample(words, len(words))
            cut = draw.randint(1, len(words) - 1)
            leaves.append({**leaves[place], name: words[cut:]})
            leaves[place] = {**leaves[place], name: words[:cut]}
    return _book([leaves], draw)


def book_in_layers(count: int, seed: int = 1, *, stages: int = 10) -> dict[str, str]:
    """Ten stages of rules drawn at random, which cut into each other."""
    draw = random.Random(seed)
    layers = []
    for _ in range(stages):
        layers.append([{name: draw.sample(WORDS[name], draw.randint(1, max(1, len(WORDS[name]) // 3)))
                        for name in draw.sample(list(WORDS), draw.randint(3, 7))} for _ in range(count // stages)])
    return _book(layers, draw)


def book_of_zips(count: int, seed: int = 1) -> dict[str, str]:
    """One decision table with a row for each of many US postal codes."""
    draw = random.Random(seed)
    codes = sorted(draw.sample(range(501, 99951), count))
    rows = [f"r{number},US,{code:05},team-{number % 20}" for number, code in enumerate(codes)]
    head = HEAD.replace("  score:", "  postal_code: {type: postal}\n  score:")
    lines = [f"  team-{number}: {{kind: team}}" for number in range(20)] + [
        "  rest: {kind: queue}", "stages:", "  - {stage: zips, table: tables/zips.csv}",
        "  - stage: fallback", "    rules: [{id: catch-all, to: rest}]"]
    return {"rulebook.yaml": head + "\n".join(lines) + "\n", "tables/us_regions.csv": REGIONS,
            "tables/zips.csv": "\n".join(["id,country,postal_code,to", *rows]) + "\n"}


def _book(stages: list[list[dict[str, list[str]]]], draw: random.Random) -> dict[str, str]:
    lines = [f"  team-{number}: {{kind: team}}" for number in range(20)] + ["  rest: {kind: queue}", "stages:"]
    for number, rules in enumerate(stages):
        lines += [f"  - stage: stage-{number}", "    rules:"]
        for place, when in enumerate(rules):
            cells = ", ".join(f"{name}: [{', '.join(map(_quoted, words))}]" for name, words in when.items())
            lines.append(f"      - {{id: s{number}r{place}, when: {{{cells}}}, to: team-{draw.randrange(20)}}}")
    lines += ["  - stage: fallback", "    rules: [{id: catch-all, to: rest}]"]
    return {"rulebook.yaml": HEAD + "\n".join(lines) + "\n", "tables/us_regions.csv": REGIONS}


def _quoted(word: str) -> str:
    return f'"{word}"' if word[0] in "<>" else word


def proofs(sizes: tuple[int, ...]) -> Iterator[Proved]:
    """Every shape at every size, one after the other, each timed once in processor seconds."""
    for count in sizes:
        for shape, draw in (("apart", book_apart), ("in ten layers", book_in_layers), ("ZIP rows", book_of_zips)):
            files = draw(count)
            started = time.process_time()
            book = load_book(files).book
            loaded = time.process_time()
            findings = Findings()
            proofs = prove(book, None, AT, findings)
            ended = time.process_time()
            yield Proved(
                shape=shape, rules=book.rule_count, load_s=loaded - started, prove_s=ended - loaded,
                pieces_per_rule=proofs.complexity.figure,
                settled=tuple(claim for claim, proved in proofs.proved.items() if proved),
                found=dict(Counter(finding.kind for finding in findings.in_order())))


def lines(found: list[Proved]) -> list[str]:
    """The figures as a table."""
    told = [f"{'rules':>6} {'shape':<14} {'load s':>7} {'prove s':>8} {'pieces/rule':>12}  settled; found"]
    for own in found:
        kinds = ", ".join(f"{count} {kind}" for kind, count in own.found.items()) or "nothing"
        told.append(f"{own.rules:>6} {own.shape:<14} {own.load_s:>7.2f} {own.prove_s:>8.2f} {own.pieces_per_rule:>12g}  "
                    f"{', '.join(own.settled)}; {kinds}")
    return told
