from datetime import UTC, datetime, timedelta

import pytest

from rules.errors import StoreError
from serving.store import idempotency, snapshots
from serving.store.store import Store


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def test_a_snapshot_comes_back_under_its_digest(store):
    store.activate("directory", "sha256:a", {"owners.csv": "owner_id,kind\nann,person\n"}, actor="me")
    assert store.active("directory") == "sha256:a"
    assert store.snapshot("directory", "sha256:a") == {"owners.csv": "owner_id,kind\nann,person\n"}
    with pytest.raises(StoreError, match="no directory `sha256:b`"):
        store.snapshot("directory", "sha256:b")


def test_a_snapshot_that_unpacks_to_more_than_a_limit_is_neither_kept_nor_read(store, monkeypatch):
    store.keep_snapshot("directory", "sha256:a", {"owners.csv": "x" * 10_000})
    monkeypatch.setattr(snapshots, "MOST_UNPACKED", 1000)
    with pytest.raises(StoreError, match="`sha256:a` in the store unpacks to more than 1,000 bytes"):
        store.snapshot("directory", "sha256:a")
    with pytest.raises(StoreError, match="expected at most 1,000"):
        store.keep_snapshot("directory", "sha256:b", {"owners.csv": "x" * 1000})


def test_activations_are_dated_and_the_newest_holds(store):
    for digest in ("sha256:a", "sha256:b", "sha256:b", "sha256:a"):
        store.activate("rulebook", digest, {"rulebook.yaml": digest}, actor="me")
    assert [change.value for change in store.changes("rulebook")] == ["sha256:a", "sha256:b", "sha256:a"]
    assert store.active("rulebook") == "sha256:a"


def test_keeping_a_snapshot_puts_nothing_in_force(store):
    store.keep_snapshot("rulebook", "sha256:a", {"rulebook.yaml": "a"})
    assert store.active("rulebook") is None
    assert store.snapshot("rulebook", "sha256:a") == {"rulebook.yaml": "a"}


def test_a_champion_has_one_before_it(store):
    assert store.champion("lead") is None
    assert store.active_before("champion:lead") is None
    store.set_champion("lead", "sha256:a", "me")
    store.set_champion("lead", "sha256:b", "me")
    store.set_champion("case", "sha256:c", "me")
    assert (store.champion("lead"), store.active_before("champion:lead")) == ("sha256:b", "sha256:a")
    assert store.active_before("champion:case") is None


def test_every_change_is_counted_so_that_other_processes_notice(store):
    before = store.head().last_change
    store.set_champion("lead", "sha256:a", "me")
    store.set_ranking("rotation", "me")
    assert store.head().last_change == before + 2
    assert store.head().ranking == "rotation"


def test_expectations_come_back_exactly_and_are_replaced_as_a_whole(store):
    store.write_expectations("sha256:a", {"x": 0.1 + 0.2, "y": 1 / 3})
    store.write_expectations("sha256:b", {"x": 0.5})
    assert store.expectations("sha256:a") == {"x": 0.1 + 0.2, "y": 1 / 3}
    store.write_expectations("sha256:a", {"z": 0.25})
    assert store.expectations("sha256:a") == {"z": 0.25}
    assert store.expectations("sha256:none") == {}


def test_the_workspace_key_is_random_and_stays(store, tmp_path):
    assert len(store.workspace_key()) == 32
    assert store.workspace_key() == store.workspace_key()
    with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert other.workspace_key() != store.workspace_key()


def test_a_key_is_remembered_for_seven_days(store):
    now = datetime.now(UTC)
    store.write(lambda writing: idempotency.remember(writing, "r", "k", body_digest="b", decision_id="d-1", now=now))

    def recalled(after):
        return store.write(lambda writing: idempotency.recall(writing, "r", "k", now=now + after))

    assert recalled(timedelta(days=6)).decision_id == "d-1"
    assert recalled(timedelta(days=8)) is None
    store.write(lambda writing: idempotency.remember(writing, "r", "k", body_digest="c", decision_id="d-2",
                                                     now=now + timedelta(days=8)))
    assert recalled(timedelta(days=8)).decision_id == "d-2"


def test_a_key_that_grew_old_is_free_for_another_answer_and_keeps_nothing_of_the_first(store):
    now = datetime.now(UTC)
    store.write(lambda writing: idempotency.remember(writing, "r", "k", body_digest="b", decision_id="d-1", now=now))
    store.write(lambda writing: idempotency.remember(writing, "other", "k", body_digest="o", decision_id="d-2", now=now))
    later = now + timedelta(days=8)
    store.write(lambda writing: idempotency.remember(writing, "r", "k", body_digest="c", answer=b"{}", now=later))
    again = store.write(lambda writing: idempotency.recall(writing, "r", "k", now=later))
    assert (again.body_digest, again.decision_id, again.answer) == ("c", None, b"{}")
    assert store.write(lambda writing: idempotency.recall(writing, "other", "k", now=now)).decision_id == "d-2"
    assert store.write(lambda writing: idempotency.clear(writing, now=later)) == 1
