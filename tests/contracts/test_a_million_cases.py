"""A million drawn cases: no way in which an owner can be returned returns one whom compliance excludes.

Every case is routed and narrowed, and some owners of its company are put to `is_allowed`; a share goes through the whole
decision: model with much exploration, near-tie lottery, kill switch, no bundle, owners left out, a place lost to another
decision, a person's override, a replay. Each answer must be the naive interpreter's. `make test` tries 20 companies.
"""
from collections import Counter
from dataclasses import replace

import pytest

from rules.directory.files import load_directory
from rules.intake.item import read_item
from rules.loading import require_book
from rules.routing.eligibility import is_allowed, route_and_filter
from rules.workload import Workload
from serving.decision.override import NotEligible
from serving.decision.recommend import recommend, replay
from serving.decision.request import DecisionRequest, Override
from tests.contracts.naive_company import Question
from tests.contracts.random_companies import Company, render
from tests.contracts.ways import ways_of
from tests.serving.decision.company import FakeView

ITEMS, BOOKS, CHUNK = 200, 5_000, 500
#: One case in so many goes through the whole decision, and one owner in so many is put to `is_allowed`; where so many
#: owners may have the item, so that there is much to choose, more cases are decided.
DECIDED, ASKED, SLATE = 40, 11, 4


@pytest.fixture(scope="session")                          # quickly made: each worker its own, that they share the parts
def ways():
    """Each way of choosing: its policy and its bundle."""
    return [(name, *way) for name, way in ways_of(require_book(render(Company(0)))).items()]


class Tried:
    """One drawn company, loaded once; `seen` counts how often each way of deciding was met."""

    def __init__(self, seed: int, ways, seen: Counter):
        self.world, self.ways, self.seen, self.seed = Company(seed), ways, seen, seed
        files = render(self.world)
        self.book, self.directory = require_book(files), load_directory(files)
        self.view = FakeView(seed)
        self.view.carried = {owner["owner_id"]: Workload(open_items=owner["open"], assigned_today=owner["today"])
                             for owner in self.world.owners}
        self.people = [owner["owner_id"] for owner in self.world.owners]

    def run(self, items: int) -> None:
        """Every item by the rules alone, a share by the whole decision as well."""
        for number in range(items):
            raw, at = self.world.item(number), self.world.moment()
            question = Question(self.world, raw, at)
            answer = question.answer()
            self.rules(raw, at, question, answer, number)
            if (number - self.seed) % (DECIDED if len(answer["allowed"] or ()) < SLATE else ASKED) == 0:
                self.decision(raw, at, question, answer, number)
            self.seen["cases"] += 1

    def rules(self, raw, at, question, answer, number) -> None:
        item = read_item(raw, book=self.book, directory=self.directory, at=at)
        found = route_and_filter(item, book=self.book, directory=self.directory, at=at, workload=self.view)
        where, route, funnel = (self.seed, number), found.route, found.eligibility
        assert (route.stage, route.rule, route.team) == (answer["stage"], answer["rule"], answer["team"]), where
        assert set(funnel.eligible) == (answer["allowed"] or set()), where
        assert all(question.compliant(owner_id) for owner_id in funnel.eligible), where
        assert found.queue_owner in (None, *self.world.queues), where
        out = [owner_id for exclusion in funnel.excluded for owner_id in exclusion.owners]
        assert len(set(out)) == len(out) == funnel.considered - len(funnel.eligible), where
        assert funnel.considered + funnel.outside_team == len(self.directory.owners), where
        for owner_id in self.people[number % ASKED::ASKED]:
            verdict = is_allowed(item, owner_id, book=self.book, directory=self.directory, at=at)
            assert verdict.eligible is question.compliant(owner_id), (*where, owner_id, verdict)
            self.seen["asked"] += 1
        self.seen[self._way(found)] += 1

    def _way(self, found) -> str:
        route = found.route
        if route.stage == "compliance":
            return "taken by compliance"
        if not found.eligibility.eligible:
            return "none free" if found.none_free else "held" if found.wait_until else "queue"
        nearest = "nearest" if route.team == "branches" else "else" if route.reason else "team"
        return "named" if route.named_owner else route.stage if route.stage == "fallback" else nearest

    def decision(self, raw, at, question, answer, number) -> None:
        name, policy, bundle = self.ways[(number // DECIDED + self.seed) % len(self.ways)]
        settings = {"at": at, "book": self.book, "directory": self.directory, "view": self.view, "bundle": bundle,
                    "policy": policy, "key": b"key", "versions": {}}
        allowed, where = answer["allowed"] or set(), (self.seed, number)
        request = DecisionRequest(decision_id=f"d-{number}", item=raw, mode="assign" if number % 2 else "recommend")
        made = recommend(request, **settings)
        self.returned(made, allowed, where)
        self.seen[name] += 1
        self.seen[made.document.decided_by] += 1
        again = replay(made.inputs, book=self.book, directory=self.directory, bundle=bundle)
        assert again.document.owner == made.document.owner, where
        owner = made.document.owner_id
        if owner in allowed:
            limited = self.directory.owners[owner].max_open is not None
            lost = {"exclude_full": (owner,)} if limited else {}
            left = request if limited else replace(request, exclude=(owner,))
            self.left_out(recommend(left, **settings, **lost), owner, question, where)
        self.override(request, settings, allowed, where)

    def returned(self, made, allowed, where) -> None:
        owner = made.document.owner_id
        assert owner is None or owner in allowed or owner in self.world.queues, (*where, owner)
        assert {candidate.owner_id for candidate in made.document.candidates} <= allowed, where
        assert made.assigned is None or made.assigned.owner_id in allowed, where
        assert made.document.outcome != "refused" and made.document.fairness.verdict != "hold", where

    def left_out(self, made, gone, question, where) -> None:
        """Without whom was chosen somebody else may be nearest, or the else's turn: compliant all the same."""
        owner = made.document.owner_id
        assert owner != gone and (owner is None or owner in self.world.queues or question.compliant(owner)), (*where, owner)
        assert all(question.compliant(candidate.owner_id) for candidate in made.document.candidates), where
        self.seen["somebody left out"] += 1

    def override(self, request, settings, allowed, where) -> None:
        among = sorted(allowed) if allowed and where[0] % 2 else self.people
        wished = among[where[1] % len(among)]
        wish = replace(request, override=Override(of="d", owner_id=wished, reason="other"))
        try:
            made = recommend(wish, **settings)
        except NotEligible as refusal:
            assert wished not in allowed and set(refusal.eligible) == allowed, where
            self.seen["override refused"] += 1
            return
        assert wished in allowed and made.document.owner.owner_id == wished, where
        self.seen["override given"] += 1


@pytest.mark.parametrize("seed", range(20))
def test_a_drawn_company_of_every_kind_of_rule_gets_what_the_naive_interpreter_says(seed, ways):
    Tried(seed, ways, Counter()).run(ITEMS)


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(BOOKS // CHUNK))
def test_a_million_cases_return_no_owner_whom_compliance_excludes(chunk, ways):
    seen: Counter = Counter()
    for seed in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        Tried(seed, ways, seen).run(ITEMS)
    print(f"\n{seen['cases']:,} cases: 0 violations; {dict(sorted(seen.items()))}")
    assert seen["cases"] == CHUNK * ITEMS
    met = ("taken by compliance", "none free", "held", "queue", "nearest", "else", "team", "named", "fallback", "model",
           "rotation", "rule", "exploration", "lottery", "switched off", "no bundle", "override given", "override refused",
           "somebody left out")
    assert all(seen[way] >= 10 for way in met), {way: seen[way] for way in met}
