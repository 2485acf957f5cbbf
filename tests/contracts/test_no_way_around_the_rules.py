"""No way of choosing returns an owner that the rules exclude: random companies against the naive interpreter.

Every item goes through the model with much exploration, the near-tie lottery, the kill switch and the rotation that
stands in for a missing bundle. `make test` tries 40 books, `make test-long` the 500 that the project promises.
"""

import pytest

from rules.directory.files import load_directory
from rules.loading import require_book
from rules.workload import Workload
from serving.decision.override import NotEligible
from serving.decision.recommend import recommend
from serving.decision.request import DecisionRequest, Override
from tests.contracts.random_books import World, naive_answer, render
from tests.contracts.ways import ways_of
from tests.serving.decision.company import FakeView

ITEMS = 200


@pytest.fixture(scope="module")
def ways():
    """Each way of choosing: its policy and its bundle."""
    return ways_of(require_book(render(World(0))))



def desks(world):
    """What every owner of a world carries."""
    return {owner["owner_id"]: Workload(open_items=owner["open"], assigned_today=owner["today"]) for owner in world.owners}


def check_book(seed: int, ways) -> dict[str, int]:
    """Run one drawn company; returns how often each way of deciding was seen."""
    world = World(seed)
    files = render(world)
    book, directory = require_book(files), load_directory(files)
    view = FakeView(seed)
    view.carried = desks(world)
    seen: dict[str, int] = {}
    names = sorted(ways)
    for number in range(ITEMS):
        item, at = world.item(number), world.moment()
        policy, bundle = ways[names[number % len(names)]]
        document = recommend(DecisionRequest(decision_id=f"d-{number}", item=item, mode="assign"), at=at, book=book,
                             directory=directory, view=view, bundle=bundle, policy=policy, key=b"key", versions={}).document
        agree(document, naive_answer(world, item, at), world, (seed, number))
        seen[document.decided_by] = seen.get(document.decided_by, 0) + 1
        if document.exploration is not None and document.exploration.drawn > 1:
            seen["drawn"] = seen.get("drawn", 0) + 1
    return seen


def agree(document, expected, world, where):
    route, funnel = document.route, document.eligibility
    assert (route.stage, route.rule, route.team) == (expected["stage"], expected["rule"], expected["team"]), where
    assert funnel.considered + funnel.outside_team == len(world.owners) + len(world.queues), where
    owner = document.owner_id
    if expected["allowed"] is None:
        assert document.outcome == "queued" and owner in (None, expected["team"]), where
        return
    excluded = [owner_id for exclusion in funnel.excluded for owner_id in exclusion.owners]
    assert len(excluded) == len(set(excluded)), where
    assert set(excluded) == expected["considered"] - expected["allowed"], where
    assert funnel.eligible == len(expected["allowed"]), where
    assert funnel.eligible + len(excluded) == funnel.considered, where
    assert {candidate.owner_id for candidate in document.candidates} <= expected["allowed"], where
    if expected["allowed"]:
        assert document.outcome == "assigned" and owner in expected["allowed"], where
    else:
        assert document.outcome == "queued" and document.decided_by == "fallback", where
        assert owner in (None, world.none_free), where


@pytest.mark.parametrize("seed", range(40))
def test_a_drawn_company_never_gets_an_owner_its_rules_exclude(seed, ways):
    check_book(seed, ways)


@pytest.mark.long
def test_five_hundred_books_return_no_excluded_owner_by_any_way(ways):
    seen: dict[str, int] = {}
    for seed in range(500):
        for name, count in check_book(seed, ways).items():
            seen[name] = seen.get(name, 0) + count
    print(f"\n500 books x {ITEMS} items: 0 excluded owners returned; decided by {seen}")
    assert all(seen[name] > 1000 for name in ("model", "rotation", "rule", "fallback", "drawn")), seen


def check_overrides(seed: int, ways) -> int:
    """A person's wish for every item of one drawn company, half of them for somebody allowed; how many came true."""
    world = World(seed)
    files = render(world)
    book, directory = require_book(files), load_directory(files)
    view = FakeView(seed)
    view.carried = desks(world)
    names, owners = sorted(ways), sorted(directory.owners)
    given = 0
    for number in range(ITEMS):
        item, at = world.item(number), world.moment()
        policy, bundle = ways[names[number % len(names)]]
        allowed = naive_answer(world, item, at)["allowed"] or set()
        wished = sorted(allowed)[number % len(allowed)] if allowed and number % 2 else owners[number % len(owners)]
        request = DecisionRequest(decision_id=f"d-{number}", item=item, mode="assign",
                                  override=Override(of="d", owner_id=wished, reason="other"))
        try:
            decision = recommend(request, at=at, book=book, directory=directory, view=view, bundle=bundle, policy=policy,
                                 key=b"key", versions={})
        except NotEligible as refusal:
            assert wished not in allowed, (seed, number)
            assert set(refusal.eligible) == allowed and refusal.bar.rule, (seed, number)
            continue
        assert wished in allowed, (seed, number)
        assert decision.document.owner.owner_id == wished == decision.assigned.owner_id, (seed, number)
        assert decision.document.fairness.verdict != "hold", (seed, number)
        given += 1
    return given


def test_an_override_reaches_exactly_those_whom_the_rules_allow(ways):
    given = [check_overrides(seed, ways) for seed in range(16)]
    assert sum(given) > 200, given
