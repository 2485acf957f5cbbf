"""Who owned such items is learnt by ranking slates, and shipped only where that beats counting."""
import heapq
from datetime import timedelta

import numpy as np
import pytest

from features.events import Event
from rules.errors import Refused
from rules.model import Fact, WorkItem
from serving.ranking.bundle import bundle_path, load_bundle
from serving.runtime.decide import DecideCommand, Decider
from serving.runtime.live import Live
from serving.runtime.replay import Replayer
from tests.serving.store.fakes import append
from tests.training import small_log
from training.judge.evaluate import evaluate
from training.learn.agreement import expectations_of, fold_of
from training.learn.slates import Slates, slates_of
from training.learn.source import read_source
from training.promotion import promote
from training.retrain import train

pytestmark = pytest.mark.train
SETTINGS = '[objectives.lead]\nlearn = "agreement"\nhorizon = "closed"\n'
OWNERS = [f"o{number:02d}" for number in range(2 * small_log.PER_TEAM)]


def habits(folder, *, rows, idle, seed=3):
    """A log where dispatchers go by who has had the industry, and with `idle` by who was free, which counting cannot see."""
    workspace = small_log.build(folder, rows=0, settings=SETTINGS)
    random = np.random.default_rng(seed)
    liking = random.normal(0, 1.5, (2 * small_log.PER_TEAM, 3))
    open_until: list[tuple[float, int]] = []
    load, waiting = np.zeros(2 * small_log.PER_TEAM), []
    for number in range(rows):
        hour = 24.0 * small_log.DAYS * number / rows
        while open_until and open_until[0][0] <= hour:
            load[heapq.heappop(open_until)[1]] -= 1
        region, industry = int(random.integers(2)), int(random.integers(3))
        team = np.arange(region * small_log.PER_TEAM, (region + 1) * small_log.PER_TEAM)
        pull = liking[team, industry] - idle * load[team]
        owner = int(random.choice(team, p=np.exp(pull - pull.max()) / np.exp(pull - pull.max()).sum()))
        load[owner] += 1
        ends = hour + float(random.uniform(24, 240))
        heapq.heappush(open_until, (ends, owner))
        at = small_log.START + timedelta(hours=hour)
        item = WorkItem(item_id=f"L-{number}", kind="lead", received_at=at, facts={
            "region": Fact(value=small_log.REGIONS[region]), "industry": Fact(value=small_log.INDUSTRIES[industry]),
            "colour": Fact(value=small_log.COLOURS[int(random.integers(3))])})
        for kind, known in (("assigned", at), ("closed", small_log.START + timedelta(hours=ends))):
            heapq.heappush(waiting, (known, len(waiting), Event(
                event_id=f"{kind}-{number}", kind=kind, assignment_id=f"a-{number}", item_id=item.item_id, owner_id=OWNERS[owner],
                occurred_at=known, known_at=known, team=small_log.REGIONS[region] if kind == "assigned" else None,
                item=item if kind == "assigned" else None)))
    append(workspace.store, [heapq.heappop(waiting)[2] for _ in range(len(waiting))])
    return workspace


@pytest.fixture(scope="module")
def learnt(tmp_path_factory):
    workspace = habits(tmp_path_factory.mktemp("habits") / "ws", rows=2500, idle=1.0)
    yield workspace, train(workspace)
    workspace.close()


def test_it_ranks_where_it_beats_counting_and_says_that_this_is_no_benefit(learnt):
    _, report = learnt
    assert report.verdict.signal == "owner signal" and "not benefit" in report.verdict.reason
    gains = report.agreement.gains
    assert all(gains[name].low > 0 for name in ("counts", "most frequent", "chance"))
    told = report.agreement.as_json()
    assert told["top1"] > told["baselines"]["owner_counts"]["top1"] > told["baselines"]["owner_by_chance"]["top1"]
    assert report.parts.plan.dimensions[0] == "industry" and "not benefit" in told["meaning"]


def test_where_counting_does_as_well_it_abstains_and_tells_what_counting_reaches(tmp_path):
    workspace = habits(tmp_path / "ws", rows=2500, idle=0.0)
    report = train(workspace, track=False)
    assert report.verdict.signal == report.parts.signal == "no owner signal"
    assert "no higher than counts by team, industry" in report.verdict.reason and "not benefit" in report.verdict.reason
    workspace.close()


def test_evaluate_says_what_train_says(learnt):
    workspace, report = learnt
    found = evaluate(workspace).as_json()
    assert (found["signal"], found["signal_reason"]) == (report.verdict.signal, report.verdict.reason)
    assert found["agreement"] == report.agreement.as_json() and found["models"] == [] and found["constant_logloss"] is None


def test_a_split_is_the_one_moment_that_ranking_is_judged_at(learnt):
    split = small_log.START + timedelta(days=small_log.DAYS * 0.6)
    found = evaluate(learnt[0], "lead", split=split)
    assert found.origins == (split,) and found.judged > 300
    with pytest.raises(Refused, match="choose --split between"):
        evaluate(learnt[0], "lead", split=small_log.START + timedelta(days=1))


def test_a_slate_knows_nothing_of_what_came_later(learnt):
    workspace, report = learnt
    source, plan = read_source(workspace, None), report.parts.plan
    then = source.as_it_stood(report.agreement.origins[1])
    rows = np.flatnonzero(then.table.settled)[::25]
    whole, early = (slates_of(each, fold_of(each, plan), plan, rows, expectations_of(source), lambda done, of: None)
                    for each in (source, then))
    assert len(early) > 40 and np.array_equal(early.final, whole.final)
    assert np.array_equal(early.matrix, whole.matrix, equal_nan=True)


def test_more_of_the_same_never_ranks_lower(learnt):
    workspace, report = learnt
    bundle = load_bundle(bundle_path(workspace.bundles, report.bundle_hash), check_in_child=True)
    names, matrix = list(bundle.features), bundle.golden_matrix
    base = bundle.log_odds(matrix, 0.0)
    for name, step in (("familiarity", 3.0), ("effect_owner", 0.2), ("effect_owner_x_industry", 0.2), ("load_ratio", -0.1)):
        raised = matrix.copy()
        raised[:, names.index(name)] += step
        assert (bundle.log_odds(raised, 0.0) >= base - 1e-12).all(), name
    base, contributions = bundle.explain(matrix)
    assert bundle.log_odds(matrix, 0.0) == pytest.approx(base + contributions.sum(axis=1), abs=1e-9)


def test_it_is_promoted_decides_explains_as_items_owned_and_replays(learnt):
    workspace, report = learnt
    done = promote(workspace, "latest", actor="test")
    verdicts = {one.name: one.verdict for one in done.conditions}
    assert verdicts["backtest: no worse than counting who had such items"].startswith("pass")
    newest = workspace.store.head().newest_at
    live = Live(workspace)
    documents = [Decider(live).decide(DecideCommand(item={
        "item_id": f"N-{number}", "kind": "lead", "received_at": newest.isoformat(), "region": region, "industry": "retail",
        "colour": "red"}, mode="assign", at=newest + timedelta(minutes=number))).document
        for number, region in enumerate(["north", "south"] * 5)]
    ids, replayer = [document.decision_id for document in documents], Replayer(workspace)
    for document in documents:
        assert document.decided_by == "model" and len(document.exploration.tie_set) < 4
        first = len(document.exploration.tie_set) == 1 and document.exploration.drawn == 1
        assert not first or "agreement with who owned such items" in document.sentences[0]
        said = " ".join(document.sentences) + " ".join(term.label for term in document.explanation.terms)
        assert "result" not in said and "suits" not in said and "odds" not in said
    assert all(found.identical for made in (replayer.from_log(ids), replayer.from_events(ids)) for found in made)


def test_ranks_among_equals_lie_in_their_middle_and_parts_keep_their_owners():
    slates = Slates(rows=np.array([4, 7]), sizes=np.array([3, 2]), final=np.array([2, 0]), matrix=np.arange(5.0)[:, None],
                    owner=np.array([0, 1, 2, 1, 0]), asked=2, eligible=2, least=2, most=3)
    assert slates.label.tolist() == [0, 0, 1, 1, 0]
    assert slates.ranks(np.array([3.0, 1.0, 2.0, 5.0, 5.0])).tolist() == [2.0, 1.5]
    second = slates.at(np.array([1]))
    assert (second.owner.tolist(), second.matrix.ravel().tolist(), second.final.tolist()) == ([1, 0], [3.0, 4.0], [0])


def test_too_few_items_are_refused_with_their_count(tmp_path):
    workspace = habits(tmp_path / "ws", rows=120, idle=1.0)
    with pytest.raises(Refused, match="settled items with a final owner; expected 300"):
        train(workspace, track=False)
    workspace.close()
