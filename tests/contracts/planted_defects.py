"""Clean books, and thirteen ways to damage one: each plants a single defect and says what `rules check` must report.

A clean book is a drawn territory without the rules that the naive judge objects to. A plant changes a few words of its
files; `Planted.kind`, `given` and `rules` are what the finding must carry, `holds` judges its example naively.
"""
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.contracts.drawn_territories import TODAY, Judge, Territory, matches, render, same_place

RULE = {"id": "planted", "when": {}, "to": "rest", "sla": None, "expires": None}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A damaged book: its files, and the finding that must be among those of `rules check`."""

    files: dict[str, str]
    kind: str
    given: str | None = None
    rules: frozenset[str] | None = None
    nearest: str | None = None
    holds: Callable[[dict], bool] | None = None
    also: frozenset[str] = frozenset()                    # other kinds of errors that follow from the same defect


@dataclass(frozen=True, kw_only=True)
class ReadAsMeant:
    """A book with a word that other readers mistake for something else; the item must reach the rule `planted`."""

    files: dict[str, str]
    item: dict[str, str]
    misread: dict[str, str]                               # an item of the mistaken meaning, which must not reach it


def clean(seed: int, **drawn) -> Territory:
    """A territory without errors: some items reach its fallback, and at least one earlier rule asks for something."""
    for attempt in range(200):
        territory = Territory(seed * 1000 + attempt, catch_all=True, **{"stages": 3, "rules": 5, "families": 3, **drawn})
        _mend(territory)
        if territory.stages[:-1] and Judge(territory).fallback_only() and any(
            rule["when"] and not rule["expires"] for stage in territory.stages[:-1] for rule in stage
        ):
            return territory
    raise AssertionError(f"no clean book came of seed {seed}")


def _mend(territory: Territory) -> None:
    """Take out rules until the judge objects to none."""
    while True:
        judge = Judge(territory)
        bad = {rule["id"] for rule in territory.rules if rule["expires"] and rule["expires"] < TODAY} | judge.shadowed()
        bad |= {max(pair) for pair in judge.overlaps()}
        if not bad:
            break
        territory.stages = [[rule for rule in stage if rule["id"] not in bad] for stage in territory.stages]
        territory.stages = [stage for stage in territory.stages if stage]


def gap(territory: Territory, draw: random.Random) -> Planted:
    """The catch-all takes no longer everything."""
    for attempt in range(500):
        if attempt % 100 == 99:                               # of this book every such catch-all is shadowed; another one
            territory = clean(draw.randrange(10**6))
        name = draw.choice(territory.used)
        territory.stages[-1] = [{**RULE, "id": "catch-all", "when": {name: territory.words(name)}}]
        if Judge(territory).gaps() and not Judge(territory).shadowed():
            break
    lasting = [rule for rule in territory.rules if not rule["expires"]]
    return Planted(files=render(territory), kind="gap", also=frozenset({"missing_fallback"}),
                   holds=lambda item: not any(matches(rule, item) for rule in lasting))


def shadowed(territory: Territory, draw: random.Random) -> Planted:
    """A later rule asks for no more than an earlier one already takes."""
    place, rule = draw.choice([(place, rule) for place, stage in enumerate(territory.stages[:-1]) for rule in stage
                               if rule["when"] and not rule["expires"]])
    further = [name for name in territory.used if name not in rule["when"]]
    more = {name: territory.words(name) for name in draw.sample(further, min(len(further), draw.randint(0, 1)))}
    planted = {**RULE, "when": {**rule["when"], **more}, "to": draw.choice(territory.teams)}
    _insert(territory, draw.randint(place + 1, len(territory.stages) - 1), planted, draw)
    before = [other for stage in territory.stages for other in stage if other is not planted]
    return Planted(files=render(territory), kind="shadowed", rules=frozenset({"planted"}),
                   holds=lambda item: matches(planted, item) and any(matches(other, item) for other in before))


def overlap(territory: Territory, draw: random.Random) -> Planted:
    """Two rules of one stage disagree about some items."""
    for _ in range(100):
        place, rule = draw.choice([(place, rule) for place, stage in enumerate(territory.stages) for rule in stage
                                   if not rule["expires"]])
        kept = draw.sample(sorted(rule["when"]), draw.randint(0, len(rule["when"])))
        further = [name for name in territory.used if name not in rule["when"]]
        more = {name: territory.words(name) for name in draw.sample(further, min(len(further), draw.randint(0, 2)))}
        planted = {**RULE, "when": {**{name: rule["when"][name] for name in kept}, **more}, "to": draw.choice(territory.teams)}
        trial = [list(stage) for stage in territory.stages]
        _insert(territory, place, planted, draw)
        pair = frozenset({rule["id"], "planted"})
        if pair in Judge(territory).overlaps() and not same_place(rule, planted):
            break
        territory.stages = trial
    earlier = [other for stage in territory.stages[:place] for other in stage if not other["expires"]]
    return Planted(files=render(territory), kind="overlap", rules=pair, also=frozenset({"shadowed"}),
                   holds=lambda item: matches(rule, item) and matches(planted, item)
                   and not any(matches(other, item) for other in earlier))


def unknown_attribute(territory: Territory, draw: random.Random) -> Planted:
    """A cell asks for an attribute whose name is misspelt."""
    wrong, meant = draw.choice([("contry", "country"), ("employes", "employees"), ("industri", "industry"), ("kinds", "kind")])
    _add(territory, draw, {wrong: ["missing"]})
    return Planted(files=render(territory), kind="unknown_attribute", given=wrong, nearest=meant, rules=frozenset({"planted"}))


def misspelt_group(territory: Territory, draw: random.Random) -> Planted:
    """A cell names a group that does not exist, beside one that does."""
    name, wrong, meant = draw.choice([("country", "EUROPAEN", "EUROPEAN"), ("country", "AMERICN", "AMERICAN"),
                                      ("employees", "BIGG", "BIG"), ("industry", "GODS", "GOODS")])
    _add(territory, draw, {name: [meant, wrong]})
    return Planted(files=render(territory), kind="unknown_value", given=wrong, nearest=meant, rules=frozenset({"planted"}))


def duplicate_key(territory: Territory, draw: random.Random) -> Planted:
    """A key stands twice: in a cell list, in a rule, in the book."""
    files = render(territory)
    old, new, given = draw.choice([("id: catch-all, ", "id: catch-all, id: other, ", "id"),
                                   ("to: rest", "to: rest, to: rest", "to"),
                                   ("version: drawn", "version: drawn\nversion: again", "version"),
                                   ("vip: {type: flag}", "vip: {type: flag}\n  vip: {type: flag}", "vip")])
    return Planted(files=_with(files, old, new), kind="duplicate_key", given=given)


def wrong_type(territory: Territory, draw: random.Random) -> Planted:
    """A cell holds what its attribute cannot be."""
    name, word = draw.choice([("vip", "perhaps"), ("score", "high"), ("score", "5-1"), ("postal_code", "94105_7"),
                              ("score", "1e9")])
    _add(territory, draw, {name: [word]})
    return Planted(files=render(territory), kind="wrong_type", given=word, rules=frozenset({"planted"}))


def person_in_rule(territory: Territory, draw: random.Random) -> Planted:
    """A rule sends to a person: by id, name or e-mail."""
    team = next((rule["to"] for rule in territory.rules if rule["to"] != "rest"), None)
    if team is None:
        team = territory.rules[0]["to"] = territory.teams[0]
    person = draw.choice([f"o-{team}", f"Person of {team}", f"{team}@example.com"])
    files = _with(render(territory), "id: catch-all, to: rest", f"id: catch-all, to: {person}")
    return Planted(files=files, kind="person_in_rule", given=person, rules=frozenset({"catch-all"}))


def expired_exception(territory: Territory, draw: random.Random) -> Planted:
    """An exception has ended and still stands in the book."""
    _insert(territory, draw.randrange(len(territory.stages)),
            {**RULE, "when": {"kind": ["lead"]}, "expires": TODAY - timedelta(days=draw.randint(1, 400))}, draw)
    return Planted(files=render(territory), kind="expired_exception", rules=frozenset({"planted"}))


def empty_team(territory: Territory, draw: random.Random) -> Planted:
    """Nobody is in a team that a rule sends to."""
    if all(rule["to"] == "rest" for rule in territory.rules):
        territory.rules[0]["to"] = territory.teams[0]
    team = draw.choice(sorted({rule["to"] for rule in territory.rules} - {"rest"}))
    files = render(territory)
    ended = draw.choice(["", f"o-{team},{team},member,,{TODAY - timedelta(days=1)}\n"])
    files = _with(files, f"o-{team},{team},member,,\n", ended, "memberships.csv")
    return Planted(files=files, kind="team_without_members", given=team)


def missing_else(territory: Territory, draw: random.Random) -> Planted:
    """A nearest target does not say where items go when no place is near."""
    options = draw.choice(["", ", max_km: 60", ", max_km: 60, open: now"])
    files = _with(render(territory), "teams:\n", "teams:\n  shops: {kind: branches}\n")
    files = _with(files, "id: catch-all, to: rest", f"id: catch-all, to: {{nearest: shops{options}}}")
    return Planted(files=files, kind="missing_else", rules=frozenset({"catch-all"}))


def account_cycle(territory: Territory, draw: random.Random) -> Planted:
    """Accounts are each other's parents."""
    length = draw.randint(1, 4)
    rows = [f"a-{number},Company {number},a-{(number + 1) % length}" for number in range(length)]
    return Planted(files={**render(territory), "accounts.csv": "\n".join(["account_id,name,parent_id", *rows]) + "\n"},
                   kind="account_cycle")


def mistaken_word(territory: Territory, draw: random.Random) -> Planted | ReadAsMeant:
    """`NO`, `01234` and `10:30` without quotes stay what they are: read as meant, or refused where they cannot stand."""
    name, word, reads = draw.choice([
        ("country", "NO", ("Norway", "missing")), ("postal_code", "01234", ("01234", "1234")),
        ("note", "10:30", ("10:30", "630")), ("vip", "NO", None), ("score", "10:30", None), ("industry", "01234", None),
        ("country", "10:30", None), ("kind", "NO", None)])
    territory.stages.insert(0, [{**RULE, "when": {name: [word]}}])
    files = render(territory)
    if reads is None:
        kind = "wrong_type" if name in ("vip", "score") else "unknown_value"
        return Planted(files=files, kind=kind, given=word, rules=frozenset({"planted"}))
    item, misread = ({"kind": "lead", name: text} for text in reads)
    return ReadAsMeant(files=files, item=item, misread=misread)


DEFECTS = {plant.__name__: plant for plant in (
    gap, shadowed, overlap, unknown_attribute, misspelt_group, duplicate_key, wrong_type, person_in_rule, expired_exception,
    empty_team, missing_else, account_cycle, mistaken_word,
)}


def _insert(territory: Territory, stage: int, rule: dict, draw: random.Random) -> None:
    territory.stages[stage] = list(territory.stages[stage])
    territory.stages[stage].insert(draw.randint(0, len(territory.stages[stage])), rule)


def _add(territory: Territory, draw: random.Random, when: dict[str, list[str]]) -> None:
    _insert(territory, draw.randrange(len(territory.stages)), {**RULE, "when": when}, draw)


def _with(files: dict[str, str], old: str, new: str, name: str = "rulebook.yaml") -> dict[str, str]:
    assert old in files[name], (old, files[name])
    return {**files, name: files[name].replace(old, new, 1)}
