"""The analysis of larger books says what a solver says: z3 over the plain words, sharing no code with the project.

Every rule is asked whether any item reaches it, a sample of pairs whether they disagree, and the whole book whether it
has a gap. 6 books in `make test`, 100 in `make test-long`.
"""
import random
from datetime import date
from itertools import combinations

import pytest
import z3

from rules.analysis.fallback_only import find_fallback_only
from rules.analysis.order import order_of
from rules.analysis.overlap import find_overlaps
from rules.analysis.proofs import find_gap
from rules.analysis.shadowed import find_shadowed
from rules.book.findings import Findings
from rules.loading import load_book
from tests.contracts.drawn_territories import (
    HEAT,
    POSTALS,
    WORDS,
    Territory,
    all_items,
    at_noon,
    book_of,
    meets,
    render,
    same_place,
)
from tests.contracts.naive_dates import DATES, TODAY, lies
from tests.contracts.naive_lists import LISTS

PAIRS = 60
PLAIN = {"kind": WORDS["kind"], "employees": ["SMB", "MID", "ENT", "missing"], "postal_code": [*POSTALS, "missing"],
         "industry": ["software", "health", "retail", "missing"], "vip": ["true", "false", "missing"],
         "note": ["alpha", "beta", "gamma", "missing"], "products": [*LISTS, "missing"]}
SPANS = {"<0": lambda s: s < 0, "0-<0.5": lambda s: z3.And(s >= 0, s < 0.5), "0.5-10": lambda s: z3.And(s >= 0.5, s <= 10),
         ">=10": lambda s: s >= 10, ">50": lambda s: s > 50, "1": lambda s: s == 1}


class Solver:
    """One book as formulas over an item."""

    def __init__(self, territory: Territory):
        self.territory = territory
        self.words = dict(PLAIN)
        places = [(item["country"], item["state"], item["region"]) for item in all_items(["country"]) if item["kind"] == "lead"]
        for position, name in enumerate(("country", "state", "region")):
            self.words[name] = sorted({place[position] for place in places})
        self.words["heat"] = [*HEAT, "missing"]
        self.codes = {name: z3.Int(name) for name in self.words}
        self.today, self.days = z3.Int("today"), z3.Ints(" ".join(DATES))
        self.undated = z3.Bools(" ".join(f"no_{name}" for name in DATES))
        self.score, self.no_score = z3.Real("score"), z3.Bool("no_score")
        cold, hot, neither = (self.codes["heat"] == code for code in range(3))
        self.exists = z3.And(
            *(z3.And(code >= 0, code < len(self.words[name])) for name, code in self.codes.items()),
            z3.Or([z3.And([self.codes[name] == self.words[name].index(word)
                           for name, word in zip(("country", "state", "region"), place, strict=True)]) for place in places]),
            self.today >= TODAY.toordinal(), *(z3.And(day >= 1, day <= date.max.toordinal()) for day in self.days),
            z3.Or(self.no_score, z3.If(SPANS["0-<0.5"](self.score), cold,
                                       z3.If(z3.And(self.score >= 10, self.score <= 50), hot, neither))))
        self.rules = [rule for stage in territory.stages for rule in sorted(stage, key=lambda rule: rule["expires"] is None)
                      if rule["expires"] is None or rule["expires"] >= TODAY]
        self.stage = {rule["id"]: number for number, stage in enumerate(territory.stages) for rule in stage}
        self.formula = {rule["id"]: z3.And([z3.BoolVal(True), *(self._cell(name, words) for name, words in rule["when"].items())])
                        for rule in self.rules}
        self.solver = z3.Solver()
        self.solver.add(self.exists)

    def _cell(self, name: str, words: list[str]):
        if name == "score":
            said = z3.Or([SPANS[word](self.score) for word in words if word != "missing"] + [z3.BoolVal(False)])
            return z3.Or(z3.And(z3.Not(self.no_score), said), z3.And(self.no_score, "missing" in words))
        if name in DATES:
            day, undated = self.days[DATES.index(name)], self.undated[DATES.index(name)]
            said = z3.Or([z3.And(lies(word, day, self.today)) for word in words if word != "missing"] + [z3.BoolVal(False)])
            return z3.Or(z3.And(z3.Not(undated), said), z3.And(undated, "missing" in words))
        return z3.Or([self.codes[name] == code for code, word in enumerate(self.words[name]) if meets(name, words, word)]
                     + [z3.BoolVal(False)])

    def any_item(self, *rules: dict, without=()) -> bool:
        """Whether some item matches all of these rules and none of those without."""
        self.solver.push()
        self.solver.add([self.formula[rule["id"]] for rule in rules] + [z3.Not(self.formula[rule["id"]]) for rule in without])
        found = self.solver.check()
        self.solver.pop()
        assert found != z3.unknown
        return found == z3.sat

    def outlasting(self, *rules: dict) -> list[dict]:
        """The rules that last as long as these do together."""
        ends = [rule["expires"] for rule in rules if rule["expires"]]
        return [other for other in self.rules if other["expires"] is None or (ends and other["expires"] >= min(ends))]

    def before(self, rule: dict, *others: dict) -> list[dict]:
        """The lasting rules of earlier stages."""
        return [other for other in self.outlasting(rule, *others) if self.stage[other["id"]] < self.stage[rule["id"]]]

    def is_shadowed(self, rule: dict) -> bool:
        """Whether no item reaches the rule; the last stage's safety net may catch nothing."""
        net = not rule["when"] and self.stage[rule["id"]] == len(self.territory.stages) - 1
        own = [other for other in self.outlasting(rule) if self.stage[other["id"]] == self.stage[rule["id"]]
               and self.rules.index(other) < self.rules.index(rule) and same_place(rule, other)
               and (other["expires"] is None) == (rule["expires"] is None)]
        return not self.any_item(rule, without=own if net else self.before(rule) + own)

    def disagree(self, one: dict, other: dict) -> bool:
        """Whether some item reaches both rules of one stage, which send it to different places."""
        return self.any_item(one, other, without=self.before(one, other))


def agrees(seed: int, **drawn) -> dict[str, int]:
    """Compare one drawn book with the solver; returns how much was found."""
    territory = Territory(seed, **{"stages": 5, "rules": 60, "families": 7, "asked": (1, 2, 3, 3, 3, 4, 5), **drawn})
    solver, draw = Solver(territory), random.Random(seed)
    order = order_of(load_book(book_of(render(territory))).draft, None, at_noon())
    findings = Findings()
    assert find_gap(order, findings) and find_shadowed(order, findings) and find_overlaps(order, findings, most=100_000), seed
    find_fallback_only(order, findings)
    found = findings.in_order()
    lasting = [rule for rule in solver.rules if rule["expires"] is None]
    last = len(territory.stages) - 1
    assert any(own.kind == "gap" for own in found) == solver.any_item(without=lasting), seed
    earlier = [rule for rule in lasting if solver.stage[rule["id"]] < last]
    assert any(own.kind == "fallback_only" for own in found) == (last > 0 and solver.any_item(without=earlier)), seed
    shadowed = {own.rules[0] for own in found if own.kind == "shadowed"}
    assert shadowed == {rule["id"] for rule in solver.rules if solver.is_shadowed(rule)}, seed
    overlaps = {frozenset(own.rules) for own in found if own.kind == "overlap"}
    pairs = [pair for pair in combinations(solver.rules, 2) if solver.stage[pair[0]["id"]] == solver.stage[pair[1]["id"]]
             and not same_place(*pair) and (pair[0]["expires"] is None) == (pair[1]["expires"] is None)]
    for one, other in draw.sample(pairs, min(PAIRS, len(pairs))):
        assert (frozenset((one["id"], other["id"])) in overlaps) == solver.disagree(one, other), (seed, one, other)
    return {"rules": len(solver.rules), "shadowed": len(shadowed), "overlap": len(overlaps)}


@pytest.mark.parametrize("seed", range(6))
def test_six_larger_books_agree_with_the_solver(seed):
    assert agrees(seed)["rules"]


@pytest.mark.parametrize("seed", range(4))
def test_four_books_that_ask_two_dates_of_today_and_of_the_calendar_agree_with_the_solver(seed):
    assert agrees(seed, dates=("today", "calendar"), ends=False, rules=25, asked=(2, 2, 3))["rules"]


@pytest.mark.long
def test_a_hundred_books_that_ask_two_dates_agree_with_the_solver():
    for seed in range(100):
        agrees(seed, dates=("today", "calendar"), ends=False, rules=40, asked=(1, 2, 2, 3))


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 100, 10))
def test_a_hundred_larger_books_agree_with_the_solver(first):
    seen = [agrees(seed) for seed in range(first, first + 10)]
    assert sum(own["shadowed"] for own in seen) and sum(own["overlap"] for own in seen)
