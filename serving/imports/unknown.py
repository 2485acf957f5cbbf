"""Words that an import could not make sense of: each with its count and the nearest word that would have been known."""
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from features.plan import Objective
from rules.book.schema import RuleBook
from rules.errors import nearest_name
from rules.exports.numbers import is_estimate
from rules.exports.repairs import Repair
from rules.model import WorkItem
from rules.refdata.countries import country_codes, country_of
from rules.tabular import OpenTable, Row, Table

#: Different words told one by one for each attribute; the rest is counted together.
_TOLD = 12
#: Outcomes that everybody means a failure by.
_FAILURES = frozenset(("lost", "closed lost", "closedlost", "missed", "unqualified", "disqualified", "not converted", "failed"))


class Spelling:
    """Rows of a history with outcomes spelt as the objectives spell them, and without a value that says about how much.

    Other outcomes of a kind that has an objective are told with their counts: they count as failures.
    """

    def __init__(self, objectives: Mapping[str, Objective]):
        self._known = {kind.casefold(): {word.casefold(): word for word in goal.positive} for kind, goal in objectives.items()}
        self._respelt: Counter[str] = Counter()
        self._other: Counter[tuple[str, str]] = Counter()
        self._about: Counter[str] = Counter()

    def table(self, table: Table | OpenTable) -> Table | OpenTable:
        """A table with its rows so; of an open one they are spelt as they are read."""
        if isinstance(table, Table):
            return replace(table, rows=tuple(self.of(table.rows)))
        return replace(table, rows=self.of(table.rows))

    def of(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows one by one."""
        for row in rows:
            cells, kind = row.cells, row.cells.get("kind", "").casefold()
            given = cells.get("outcome")
            if given and self._known.get(kind):
                meant = self._known[kind].get(given.casefold())
                if meant is None:
                    self._other[kind, given] += given.casefold() not in _FAILURES
                elif meant != given:
                    self._respelt[f"`{given}` read as `{meant}`"] += 1
                    cells = {**cells, "outcome": meant}
            if is_estimate(cells.get("value", "")):
                self._about[cells["value"]] += 1
                cells = {name: cell for name, cell in cells.items() if name != "value"}
            yield row if cells is row.cells else Row(line=row.line, cells=cells)

    @property
    def repairs(self) -> list[Repair]:
        """What was put right in the rows so far."""
        such = ", such as " + ", ".join(f"`{text}`" for text in list(self._about)[:5])
        return [
            *(Repair(code="spelling", count=count, message=f"misspelt: outcome {words}")
              for words, count in self._respelt.items()),
            *(Repair(code="outcome_words", count=count, message=f"{kind}: the outcome `{word}` is no success by "
                     f"`objectives.{kind}` and counts as a failure")
              for (kind, word), count in self._other.most_common(_TOLD) if count),
            Repair(code="no_number", count=self._about.total(), message=f"`value` says about how much, taken as missing{such}")]


def unknown_values(items: Iterable[WorkItem], book: RuleBook) -> list[Repair]:
    """What the rule book's types do not admit, taken as missing."""
    counted = Counter(words for item in items for words in item.warnings if words.endswith("taken as missing"))
    return _told(counted, {name: attribute.values for name, attribute in book.attributes.items() if attribute.values}
                 | {name: _country_names() for name, attribute in book.attributes.items() if attribute.type == "country"})


def unknown_countries(cells: Iterable[str]) -> list[Repair]:
    """Countries of accounts that nobody can tell, taken as missing."""
    counted = Counter(f"country: `{text}` is no country we can tell, taken as missing" for text in cells
                      if text and country_of(text) is None)
    return _told(counted, {"country": _country_names()})


def _near(given: str, known: Iterable[str]) -> str | None:
    """A known word that is spelt nearly so; `Korea` is near neither of the two that it could mean."""
    found = nearest_name(given, known)
    return found if found and abs(len(found) - len(given)) <= 2 else None


@cache
def _country_names() -> tuple[str, ...]:
    """English names, to name the one that a misspelt one is near."""
    from babel import Locale

    names = Locale.parse("en").territories
    return tuple(names[code] for code in sorted(country_codes()) if code in names)


def _told(counted: Counter[str], known: Mapping[str, Iterable[str]]) -> list[Repair]:
    told: list[Repair] = []
    seen: Counter[str] = Counter()
    more: Counter[str] = Counter()
    for words, count in counted.most_common():
        name = words.partition(":")[0]
        seen[name] += 1
        if seen[name] > _TOLD:
            more[name] += count
            continue
        given = words.split("`")[1] if words.count("`") >= 2 else ""
        near = _near(given, known[name]) if given and name in known else None
        hint = f"; did you mean `{near}`?" if near else ""
        told.append(Repair(code="unknown_value", count=count, message=words + hint))
    return told + [Repair(code="unknown_value", count=count, message=f"{name}: {seen[name] - _TOLD} more such values, each taken "
                          "as missing") for name, count in more.items()]
