"""Who handles what, as a log of incidents shows it up to a cut: people, their groups, and a pool of people per category.

Nothing that was closed at the cut or later is looked at, so that a rule book made here knew nothing of what is judged.
A category's pool holds those who resolved such incidents, the most frequent first, at most 40; where fewer than 4 did,
the most active people of the groups that handled the category join, then the most active of all. Incidents of a missing
or unknown category back off to the most active people of all. Pure: texts by file name come out, nothing is written.
"""
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.errors import HistoryError, Problem
from rules.exports.servicenow.audit_log import ARRIVAL, MOMENT, Incident
from rules.spreadsheet import csv_text

LEAST, MOST = 4, 40
#: Stands in the table of an attribute that no incident had, for a closed list needs a value.
NONE_YET = "none-yet"
BACK_OFF = "any-category"
BEGIN, END = "# from the log: begin", "# from the log: end"
#: Item attributes whose values a table lists.
LISTED = (*ARRIVAL, *(name for name in MOMENT if name != "opened_hour"))


@dataclass(frozen=True, kw_only=True)
class Handling:
    """What the log shows of incidents closed before the cut.

    `people`: resolvers by frequency, `later`: those seen only afterwards; `groups`: resolver -> groups by frequency;
    `pools`: pool id -> resolvers; `handled`: category -> group -> incidents; `values`: attribute -> values seen.
    """

    people: tuple[str, ...]
    later: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]
    pools: Mapping[str, tuple[str, ...]]
    handled: Mapping[str, Mapping[str, int]]
    values: Mapping[str, tuple[str, ...]]
    incidents: int


def owner_id_of(resolver: str) -> str:
    """The owner id of a code of `resolved_by`; the prefix keeps it apart from the log's other code tables."""
    return f"resolver-{resolver}"


def team_of_group(group: str) -> str:
    """The team id of an assignment group."""
    return f"group-{group}"


def pool_of(category: str) -> str:
    """The team id of a category's pool."""
    return f"category-{category}"


def handling_before(incidents: Iterable[Incident], cut: datetime | None) -> Handling:
    """What incidents closed before the cut (None = all that are closed) show of who handles what."""
    incidents = tuple(incidents)
    before = [one for one in incidents if one.settled_at is not None and (cut is None or one.settled_at < cut)]
    known = [(one, one.resolver) for one in before if one.resolver is not None]
    active = Counter(resolver for _, resolver in known)
    counters: list[defaultdict[str, Counter[str]]] = [defaultdict(Counter) for _ in range(4)]
    by_group, by_category, groups, handled = counters
    for one, resolver in known:
        category = one.facts.get("category")
        if one.group is not None:
            by_group[one.group][resolver] += 1
            groups[resolver][one.group] += 1
        if category is not None:
            by_category[category][resolver] += 1
            if one.group is not None:
                handled[category][one.group] += 1
    values = {name: tuple(sorted({one.facts[name] for one in before if name in one.facts}, key=_number_first))
              for name in LISTED}
    pools = {pool_of(category): _pool(by_category[category], [by_group[group] for group in handled[category]], active)
             for category in values["category"]}
    later = {one.resolver for one in incidents if one.resolver is not None} - set(active)
    return Handling(people=_most(active), later=tuple(sorted(later, key=_number_first)),
                    groups={person: _most(own) for person, own in groups.items()},
                    pools={BACK_OFF: _most(active)[:MOST], **pools},
                    handled={category: dict(handled[category]) for category in values["category"]},
                    values=values, incidents=len(before))


def _pool(own: Counter[str], groups: Sequence[Counter[str]], active: Counter[str]) -> tuple[str, ...]:
    """The people of a category."""
    chosen = _most(own)[:MOST]
    of_groups = _most(sum(groups, Counter()))
    for person in (*of_groups, *_most(active)):
        if len(chosen) >= LEAST:
            break
        if person not in chosen:
            chosen += (person,)
    return chosen


def _most(counts: Counter[str]) -> tuple[str, ...]:
    """The most frequent first; of equals the lesser code."""
    return tuple(sorted(counts, key=lambda name: (-counts[name], _number_first(name))))


def _number_first(text: str) -> tuple[bool, int, str]:
    return (not text.isdecimal(), int(text) if text.isdecimal() else 0, text)


def directory_files(handling: Handling) -> dict[str, str]:
    """owners.csv and memberships.csv: everyone with their groups first, then the pools they stand in."""
    owners = [(owner_id_of(person), f"Resolver {person}", "person") for person in (*handling.people, *handling.later)]
    in_pools = defaultdict(list)
    for pool, people in handling.pools.items():
        for person in people:
            in_pools[person].append(pool)
    memberships = [(owner_id_of(person), team, "member", "", "") for person in handling.people
                   for team in (*map(team_of_group, handling.groups.get(person, ())), *in_pools[person])]
    return {"owners.csv": csv_text(("owner_id", "name", "kind"), owners),
            "memberships.csv": csv_text(("owner_id", "team", "role", "from", "to"), memberships)}


def book_files(handling: Handling, book: str, *, file: str) -> dict[str, str]:
    """The rule book with its pools between the two marks, its decision table, and a table per attribute's values."""
    categories = [pool for pool in handling.pools if pool != BACK_OFF]
    lines = [f"  {BACK_OFF}: {{kind: pool, name: Most active resolvers}}"]
    lines += [f"  {pool}: {{kind: pool, name: Resolvers of {pool}}}" for pool in categories]
    table = [(pool, category, pool) for category in handling.values["category"] if (pool := pool_of(category))]
    tables = {f"tables/{name}.csv": csv_text((name,), [(value,) for value in values or (NONE_YET,)])
              for name, values in handling.values.items()}
    return {file: between_marks(book, lines, file=file), **tables,
            "tables/category_pools.csv": csv_text(("id", "category", "to"), table)}


def groups_table(handling: Handling) -> str:
    """For people: which groups handled which category, how often, and how many people the pool holds."""
    return csv_text(("category", "pool", "people", "group", "incidents"),
                [(category, pool_of(category), len(handling.pools[pool_of(category)]), team_of_group(group), count)
                 for category, groups in handling.handled.items()
                 for group, count in sorted(groups.items(), key=lambda entry: (-entry[1], _number_first(entry[0])))])


def between_marks(text: str, lines: Sequence[str], *, file: str) -> str:
    """A text with what stands between the two marks replaced; HistoryError where the marks are not there."""
    before, begin, rest = text.partition(BEGIN)
    words, end, after = rest.partition(END)
    if not begin or not end:
        raise HistoryError([Problem(message="the rule book does not say where the log's own teams go", file=file,
                                    expected=f"two lines `{BEGIN}` and `{END}` under `teams:`, as in a workspace made by "
                                             "`rightful init DIR --example incidents`")])
    return "".join((before, begin, words.partition("\n")[0], "\n", *(f"{line}\n" for line in lines), "  ", end, after))
