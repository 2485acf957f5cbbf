"""Who has which item: one at a time, by the database itself, whatever is appended and in whatever order it became known."""
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from rules.errors import Refused
from rules.model import WorkItem
from serving.store import assignments, event_log, tables
from serving.store.assignments import ItemHeld
from serving.store.store import Store
from serving.store.succession import in_turn, one_after_the_other, told_late
from tests.serving.store.fakes import START, append, happened

SHORT, LONG = "5003t00002KqhtW", "5003t00002KqhtWAAR"


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def given(name, item, *, minute=0, owner="ann"):
    at = START + timedelta(minutes=minute)
    return replace(happened(name, minute=minute, owner=owner), item_id=item,
                             item=WorkItem(item_id=item, kind="lead", received_at=at))


def ended(name, kind, assignment, *, minute, item="L-1"):
    return replace(happened(name, kind, minute=minute, assignment=assignment), item_id=item)


def holder(store, item):
    found = store.write(lambda writing: assignments.holder_of(writing.connection, item))
    return found and (found.assignment_id, found.owner_id, found.item_id)


def test_who_has_an_item_is_known_until_the_assignment_ends(store):
    append(store, [given("a", "L-1")])
    assert holder(store, "L-1") == ("a", "ann", "L-1")
    append(store, [ended("answer", "responded", "a", minute=1)])
    assert holder(store, "L-1") == ("a", "ann", "L-1")
    append(store, [ended("end", "closed", "a", minute=2), ended("again", "rejected", "a", minute=3)])
    assert holder(store, "L-1") is None


def test_both_spellings_of_a_salesforce_id_are_one_item(store):
    append(store, [given("a", SHORT)])
    assert holder(store, LONG) == ("a", "ann", SHORT)
    with pytest.raises(ItemHeld, match="is with `ann` already, by `a`"):
        append(store, [given("b", LONG, minute=1, owner="bob")])


@pytest.mark.parametrize("road", [event_log.append, lambda writing, drafts: event_log.append_reserved(writing, drafts[0])])
def test_no_road_gives_an_item_to_a_second_owner(store, road):
    append(store, [given("a", "L-1")])
    with pytest.raises(ItemHeld, match="already"):
        store.write(lambda writing: road(writing, [given("b", "L-1", minute=1, owner="bob")]))
    assert holder(store, "L-1") == ("a", "ann", "L-1")
    append(store, [ended("end", "reassigned", "a", minute=2), given("c", "L-1", minute=2, owner="bob")])
    assert holder(store, "L-1") == ("c", "bob", "L-1")


def test_the_database_itself_refuses_a_second_row(store):
    append(store, [given("a", "L-1")])
    row = {"item_key": "L-1", "assignment_id": "b", "owner_id": "bob", "seq": 1}
    with pytest.raises(IntegrityError):
        store.write(lambda writing: writing.connection.execute(insert(tables.open_assignments), row))
    with pytest.raises(IntegrityError):
        store.write(lambda writing: writing.connection.execute(
            insert(tables.open_assignments), {**row, "item_key": "L-2", "assignment_id": "a"}))


def test_a_batch_may_hand_an_item_from_one_to_the_next(store):
    append(store, [given("a", "L-1"), ended("e1", "rejected", "a", minute=1), given("b", "L-1", minute=2, owner="bob"),
                   ended("e2", "reassigned", "b", minute=3), given("c", "L-1", minute=3, owner="cat")])
    assert holder(store, "L-1") == ("c", "cat", "L-1")


def test_counting_anew_finds_the_same_holders(store):
    append(store, [given(f"a{number}", f"L-{number}", minute=number) for number in range(30)])
    append(store, [ended(f"e{number}", "closed", f"a{number}", minute=40, item=f"L-{number}") for number in range(0, 30, 3)])
    before = [holder(store, f"L-{number}") for number in range(30)]
    store.write(lambda writing: assignments.follow_anew(writing.connection))
    assert [holder(store, f"L-{number}") for number in range(30)] == before
    assert before.count(None) == 10


def kinds(events):
    return [(event.assignment_id, event.kind) for event in events]


def test_who_gets_an_item_ends_the_one_before_as_reassigned_then():
    [first, end, second] = one_after_the_other([given("a", "L-1"), given("b", "L-1", minute=5, owner="bob")])
    assert kinds([first, end, second]) == [("a", "assigned"), ("a", "reassigned"), ("b", "assigned")]
    assert (end.owner_id, end.known_at) == ("ann", second.known_at)


def test_an_end_of_its_own_at_that_moment_comes_first_and_stays_the_only_one():
    told = one_after_the_other([given("a", "L-1"), given("b", "L-1", minute=5), ended("end", "closed", "a", minute=5)])
    assert kinds(told) == [("a", "assigned"), ("a", "closed"), ("b", "assigned")]


def test_a_later_end_of_its_own_finds_it_handed_on_already():
    told = one_after_the_other([given("a", "L-1"), given("b", "L-1", minute=5), ended("end", "closed", "a", minute=9)])
    assert kinds(told) == [("a", "assigned"), ("a", "reassigned"), ("b", "assigned"), ("a", "closed")]


def test_other_items_and_items_that_ended_are_left_alone():
    told = [given("a", "L-1"), ended("end", "closed", "a", minute=1), given("b", "L-1", minute=2), given("c", "L-2", minute=3)]
    assert one_after_the_other(told) == told


def test_no_more_events_are_held_than_one_moment_has():
    asked = []
    story = [given("a", "L-1"), given("b", "L-2", minute=1), given("c", "L-3", minute=2)]
    told = in_turn(asked.append(event) or event for event in story)
    assert next(told) == story[0]
    assert len(asked) == 2                                    # the one after tells that the moment is over


def test_a_whole_history_is_kept_in_pieces_as_at_once(store, tmp_path, monkeypatch):
    monkeypatch.setattr(event_log, "BATCH", 2)
    story = one_after_the_other([given("a", "L-1"), given("b", "L-1", minute=5), given("c", "L-2", minute=5),
                                 ended("end", "closed", "c", minute=9, item="L-2"), given("d", "L-3", minute=9)])
    assert store.write(lambda writing: event_log.append_all(writing, iter(story))) == len(story)
    with Store.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        append(other, story)
        assert list(store.events()) == list(other.events())
        assert store.head() == other.head()
    assert [holder(store, item) for item in ("L-1", "L-2", "L-3")] == [("b", "ann", "L-1"), None, ("d", "ann", "L-3")]


@pytest.mark.parametrize(("story", "message"), [
    ([given("a", "L-1"), given("a", "L-2", minute=1)], "made before"),
    ([given("a", "L-1"), ended("end", "closed", "x", minute=1)], "nobody made"),
    ([given("a", "L-1", minute=5), given("b", "L-2")], "known times never go back"),
    ([given("a", "L-1"), given("b", "L-1", minute=1)], "is with `ann` already"),
])
def test_a_history_that_cannot_be_leaves_nothing_behind(store, story, message):
    with pytest.raises(Refused, match=message):
        store.write(lambda writing: event_log.append_all(writing, story))
    assert store.head().last_seq == 0


def late(*events):
    """The same events, all known an hour later."""
    return [replace(event, known_at=START + timedelta(hours=1)) for event in events]


def brought(store, events):
    """Events of a file that tells of the past, kept as known now."""
    def keep(writing):
        items = {event.item_id for event in events}
        found = told_late(events, assignments.given(writing.connection, items), assignments.holders(writing.connection, items))
        return event_log.append(writing, found)

    return kinds(store.write(keep))


def test_a_later_owner_told_late_ends_the_one_who_has_the_item(store):
    append(store, [given("a", "L-1")])
    assert brought(store, late(given("b", "L-1", minute=5, owner="bob"))) == [("a", "reassigned"), ("b", "assigned")]
    assert holder(store, "L-1") == ("b", "bob", "L-1")


def test_an_earlier_owner_told_late_ended_where_the_next_one_began(store):
    append(store, [given("a", SHORT, minute=5), given("c", "L-2", minute=5), ended("end", "closed", "c", minute=6, item="L-2")])
    told = late(given("b", LONG, minute=2, owner="bob"), given("d", "L-2", minute=3, owner="bob"))
    assert brought(store, told) == [("b", "assigned"), ("b", "reassigned"), ("d", "assigned"), ("d", "reassigned")]
    assert holder(store, LONG) == ("a", "ann", SHORT)
    assert holder(store, "L-2") is None
    ends = [event for event in store.events() if event.kind == "reassigned"]
    assert {event.occurred_at for event in ends} == {START + timedelta(minutes=5)}


def test_several_owners_told_late_follow_each_other_to_the_newest(store):
    append(store, [given("a", "L-1", minute=4)])
    told = late(given("b", "L-1", minute=1), given("c", "L-1", minute=2), ended("end", "closed", "c", minute=3),
                given("d", "L-1", minute=8), given("e", "L-1", minute=8, owner="eve"))
    assert brought(store, told) == [("b", "assigned"), ("b", "reassigned"), ("c", "assigned"), ("c", "closed"),
                                    ("a", "reassigned"), ("d", "assigned"), ("d", "reassigned"), ("e", "assigned")]
    assert holder(store, "L-1") == ("e", "eve", "L-1")
