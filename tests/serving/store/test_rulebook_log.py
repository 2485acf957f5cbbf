from datetime import UTC, datetime, timedelta

import pytest

from serving.store import rulebook_log
from serving.store.store import Store

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def step(store, kind, digest, *, minute=0, actor="ann", **more):
    store.write(lambda writing: rulebook_log.put(writing, kind, digest, actor=actor, at=START + timedelta(minutes=minute),
                                                 **more))


def states(store):
    return {version.digest: version.state for version in store.rulebook_versions()}


def test_a_book_goes_from_draft_to_approved_and_keeps_who_did_what(store):
    step(store, "proposed", "a", based_on="z", detail={"version": "2026.2", "rules": 7})
    assert states(store) == {"a": "draft"}
    step(store, "checked", "a", evidence="sha256:report", detail={"ok": True})
    assert states(store) == {"a": "checked"}
    step(store, "simulated", "a")
    step(store, "checked", "a", detail={"ok": True})
    assert states(store) == {"a": "simulated"}
    step(store, "approved", "a", actor="bob")
    version = store.rulebook_version("a")
    assert (version.state, version.label, version.rules, version.based_on) == ("approved", "2026.2", 7, "z")
    assert (version.proposed_by, version.approved_by, version.has_second_person) == ("ann", "bob", True)
    assert [one.step for one in version.steps] == ["proposed", "checked", "simulated", "checked", "approved"]
    assert version.steps[1].evidence == "sha256:report"


def test_a_check_that_found_errors_leaves_a_draft(store):
    step(store, "proposed", "a")
    step(store, "checked", "a", detail={"ok": False})
    assert states(store) == {"a": "draft"} and store.rulebook_version("a").checked_ok is False


def test_an_approval_of_an_earlier_draft_is_not_one_of_the_next(store):
    step(store, "proposed", "a")
    step(store, "approved", "a", actor="bob")
    step(store, "proposed", "a", actor="cleo")
    version = store.rulebook_version("a")
    assert (version.state, version.approved_by, version.has_second_person) == ("draft", None, False)


def test_the_proposer_is_no_second_person(store):
    step(store, "proposed", "a", actor="ann")
    step(store, "approved", "a", actor="ann")
    assert store.rulebook_version("a").has_second_person is False


def test_what_comes_into_force_sends_the_one_before_into_the_archive(store):
    for digest in ("a", "b", "a"):
        store.activate("rulebook", digest, {"rulebook.yaml": digest}, actor="ann")
    assert states(store) == {"a": "active", "b": "archived"}
    assert [one.step for one in store.rulebook_version("a").steps] == ["activated", "archived", "activated"]
    assert store.active("rulebook") == "a"


def test_a_scheduled_book_waits_and_is_taken_over_once_at_its_moment(store):
    store.activate("rulebook", "a", {"rulebook.yaml": "a"}, actor="ann")
    due = START + timedelta(days=1)
    store.write(lambda writing: rulebook_log.schedule(writing, "b", actor="bob", at=START, effective_at=due))
    assert states(store) == {"a": "active", "b": "scheduled"}
    assert store.write(lambda writing: rulebook_log.take_due(writing, due - timedelta(microseconds=1))) == ()
    [taken] = store.write(lambda writing: rulebook_log.take_due(writing, due + timedelta(seconds=1)))
    assert (taken.digest, taken.actor, taken.source, taken.effective_at) == ("b", "bob", "schedule", due)
    assert states(store) == {"a": "archived", "b": "active"} and store.changes("rulebook")[0].at == due
    assert store.write(lambda writing: rulebook_log.take_due(writing, due + timedelta(days=9))) == ()


def test_a_withdrawn_book_never_comes_and_is_what_it_was_before(store):
    step(store, "proposed", "b")
    step(store, "approved", "b", actor="bob")
    store.write(lambda writing: rulebook_log.schedule(writing, "b", actor="bob", at=START, effective_at=START))
    store.write(lambda writing: rulebook_log.withdraw(writing, "b", actor="bob", at=START))
    assert states(store) == {"b": "approved"}
    assert store.write(lambda writing: rulebook_log.take_due(writing, START + timedelta(days=9))) == ()


def test_scheduling_and_withdrawing_are_noticed_by_other_processes(store):
    before = store.head().last_change
    store.write(lambda writing: rulebook_log.schedule(writing, "b", actor="bob", at=START, effective_at=START))
    store.write(lambda writing: rulebook_log.withdraw(writing, "b", actor="bob", at=START))
    assert store.head().last_change == before + 2


def test_several_due_books_come_in_the_order_of_their_moments(store):
    for digest, days in (("later", 2), ("sooner", 1)):
        store.write(lambda writing, digest=digest, days=days: rulebook_log.schedule(
            writing, digest, actor="bob", at=START, effective_at=START + timedelta(days=days)))
    taken = store.write(lambda writing: rulebook_log.take_due(writing, START + timedelta(days=3)))
    assert [one.digest for one in taken] == ["sooner", "later"] and store.active("rulebook") == "later"


def test_an_unknown_step_is_refused(store):
    with pytest.raises(ValueError, match="no step"):
        step(store, "guessed", "a")
    assert store.rulebook_version("a") is None
