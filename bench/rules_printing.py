"""The figures of `rightful bench rules` as lines, as the page docs/benchmarks-rules.md and as its plot."""
from collections.abc import Sequence
from pathlib import Path

from bench.printing import table
from bench.rules_measured import MOST_GROWTH, BySize, Found, Stopped

COMMAND = "make bench-rules"
SIDES = ("rightful", "plain loop", "zen-engine", "rule-engine")
COLOURS = ("#0b5fa5", "#777777", "#c2571a", "#3a7d44")


def lines(found: Found) -> list[str]:
    """Every table, what was stopped and why, and whether the promise about growth is kept."""
    return ["Territory lookup, p50 in microseconds of processor time, another item each time (in brackets: how many were asked)",
            *table(_sizes("rules", found.lookups, SIDES)), *_stopped(found.lookups), "", *_growth(found), "",
            "Until the first answer: processor seconds to load the book (read, check, type) and index it, and of the libraries",
            *table(_loading(found.lookups)), "",
            "Worst cases: one kind of cell only, all of it under the same other cells",
            *table(_sizes("rules", found.worst, SIDES[:2])), "",
            "Owners of one team filtered (region, dated certificate, absence, capacity), p50 in microseconds of processor time",
            *table(_sizes("owners", found.filters, SIDES)), *_stopped(found.filters)]


def _sizes(what: str, rows: Sequence[BySize], sides: Sequence[str]) -> list[tuple[str, ...]]:
    return [(what, *sides), *((_size(row), *(_p50(row, side) for side in sides)) for row in rows)]


def _size(row: BySize) -> str:
    return f"{row.size:,} {row.name}".rstrip()


def _p50(row: BySize, side: str) -> str:
    found = row.sides[side]
    return "stopped" if isinstance(found, Stopped) else f"{found.p50_us:,.1f} ({found.asked:,})"


def _stopped(rows: Sequence[BySize]) -> list[str]:
    return [f"stopped: {side} at {_size(row)}: {found.why}"
            for row in rows for side, found in row.sides.items() if isinstance(found, Stopped)]


def _growth(found: Found) -> list[str]:
    if found.growth is None:
        return ["growth from 10,000 to 1,000,000 rules: not measured in this run"]
    kept = "kept" if found.growth <= MOST_GROWTH else "NOT KEPT"
    return [f"growth of a lookup from 10,000 to 1,000,000 rules: {found.growth:.1f}x "
            f"(promised: at most {MOST_GROWTH:.0f}x) {kept}"]


def _loading(rows: Sequence[BySize]) -> list[tuple[str, ...]]:
    head = ("rules", "table MB", "read s", "load s", "index s", "peak GB", *(f"{side} s" for side in SIDES[2:]))
    return [head, *((
        _size(row), f"{row.loading.table_mb:.1f}", f"{row.loading.read_seconds:.2f}", f"{row.loading.load_seconds:.2f}",
        f"{row.loading.index_seconds:.2f}", f"{row.loading.peak_gb:.2f}",
        *("stopped" if isinstance(row.sides[side], Stopped) else f"{row.sides[side].build_seconds:.2f}" for side in SIDES[2:]),
    ) for row in rows if row.loading is not None)]


def page(found: Found, plot: str) -> str:
    """docs/benchmarks-rules.md: the figures of one run, with what they were measured on and how each side was asked."""
    setting = found.setting
    said = "\n".join(lines(found))
    return f"""# Benchmarks of the rule book

`{COMMAND}` prints the figures below and writes this page and its plot; `rightful bench rules --json` gives them as data. Each
side of each size runs in a process of its own, one after the other, bounded in processor time and memory; where one was stopped,
the line below its table says at which size and why; nothing is extrapolated. Every answer of every side is checked against
Rightful's: a difference ends the run without a page.

![Lookup and filter time by size]({plot})

```
{said}
```

{setting["processors"]}, Python {setting["python"]}, zen-engine {setting["zen-engine"]}, rule-engine {setting["rule-engine"]},
{setting["at"]}. The load average at the end was {setting["load"]}, where this run alone makes about 1: with more, others were
at work, and although times are processor times, shared caches make every figure of every side too high.

## The book

One decision table, drawn from a seed and shuffled (`bench/rules_book.py`). Each kind of item has rules of its own, so that no
two rules meet: leads by country, list of postal codes and list of industries (30 %), cases by postal prefix (15 %), renewals
by postal range, half of them for some sizes of company or an unknown size (25 %), quote requests by number range (10 %),
onboardings by what is `missing` (2 %), upsells by campaign or list of campaigns in one language or any (the rest). 2,000 items
rotate; nine of ten are taken by some rule, one by none. The worst cases have rules of one kind only, all in one country.

## The sides

- **Rightful** routes the item through all stages (`rules.routing.territory.find_route`), finds every rule that matches,
  not only the first, and answers with the route in the book's words. Loading is strict: each cell is typed and
  knows its line and column.
- **The plain loop** compares the same typed cells rule by rule until one takes the item.
- **zen-engine** (GoRules, Rust): one decision table with hit policy `first`, compiled ahead as `ZenDecisionContent`, which
  answers many times faster than the same table given as text. Unary tests: `"DE"`, `"a", "b"`, `startsWith($, "941")`,
  `[100..200)`, `$ == null` for `missing`, a blank for any. It has no ranges of text, so postal ranges are ranges of a number
  column that is filled in beforehand.
- **rule-engine**: one compiled expression a rule, such as `kind == "lead" and country == "DE" and postal_code in ["000033"]`,
  asked in the table's order with `Rule.matches` until one holds; the cheapest condition, `kind`, stands first.

Owners are those of one team; about half of them lack something: region, a certificate valid on the day, presence, room for
one more item. Rightful answers with who may, and for each of the others with the rule, the reason and the facts
(`rules.routing.eligibility.route_and_filter`); the other sides answer with ids alone. The plain loop is what one would write by
hand; zen-engine's `filter` runs over the owners as JSON, rule-engine's `Rule.filter` over dicts, with dates as numbers and
absence settled beforehand, so that they have less to do.
"""


def draw(found: Found, path: Path) -> None:
    """Both growth curves as an SVG that is the same for the same figures."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "rightful", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for axes, rows, what in ((left, found.lookups, "rules"), (right, found.filters, "owners of one team")):
        for side, colour in zip(SIDES, COLOURS, strict=True):
            points = [(row.size, row.sides[side].p50_us) for row in rows if not isinstance(row.sides[side], Stopped)]
            axes.plot(*zip(*points, strict=True), marker="o", color=colour, label=side)
        axes.set(xscale="log", yscale="log", xlabel=what, ylabel="p50, microseconds")
        axes.grid(True, which="major", alpha=0.3)
    left.set_title("Territory lookup")
    right.set_title("Owner filtering")
    left.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
