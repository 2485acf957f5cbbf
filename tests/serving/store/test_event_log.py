import pytest

from rules.errors import Refused
from rules.model import AccountMatch, Fact, WorkItem
from serving.store import event_log
from serving.store.store import Store
from tests.serving.store.fakes import START, append, happened


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def test_events_are_numbered_densely_in_the_order_they_became_known(store):
    append(store, [happened("a"), happened("b", minute=1)])
    append(store, [happened("c", minute=1)])
    assert [(event.seq, event.event_id) for event in store.events()] == [(1, "a"), (2, "b"), (3, "c")]
    assert store.head().last_seq == 3


def test_a_known_time_that_goes_back_is_refused_and_nothing_of_the_batch_is_kept(store):
    append(store, [happened("a", minute=10)])
    with pytest.raises(Refused, match=r"kept \(`2026-11-02T09:11:00Z`\); known times never go back"):
        append(store, [happened("b", minute=11), happened("c", minute=9)])
    assert [event.event_id for event in store.events()] == ["a"]
    append(store, [happened("d", minute=12)])
    assert [event.seq for event in store.events()] == [1, 2]


def test_an_event_kept_before_is_passed_over(store):
    append(store, [happened("a"), happened("b", minute=1)])
    assert append(store, [happened("a"), happened("c", minute=1)])[0].event_id == "c"
    assert store.head().last_seq == 3


def test_an_event_comes_back_as_it_was_put_in(store):
    item = WorkItem(item_id="item-a", kind="lead", received_at=START,
                    facts={"employees": Fact(value="ENT", number=1200.0, raw="1200"), "country": Fact(value=None),
                           "do_not_contact": Fact(value=False, raw=False)},
                    account=AccountMatch(account_id="acme", evidence=("domain",), score=1.0), warnings=("odd",))
    put = happened("a", item=item, team="sales", expected=0.1 + 0.2, assigned_by="model", propensity=1 / 3, respond_by=START,
                   rotation={"ann": -1.5}, exposure={"ann": 0.1, "bob": -0.1}, value=12.5)
    append(store, [put])
    [found] = store.events()
    assert found == event_log.replace(put, seq=1)


def test_a_long_history_is_read_whole_in_order(store):
    append(store, [happened(f"e{number}", minute=number) for number in range(event_log.CHUNK + 5)])
    assert [event.seq for event in store.events()] == list(range(1, event_log.CHUNK + 6))
    assert [event.seq for event in store.events(after=event_log.CHUNK, until=event_log.CHUNK + 2)] == [2001, 2002]


def test_a_second_history_of_the_same_time_is_merged_while_nothing_is_decided(store):
    append(store, [happened("a"), happened("c", minute=2)])
    assert store.write(lambda writing: event_log.rewrite(writing, [happened("b", minute=1), happened("a")])) == 1
    assert [(event.seq, event.event_id) for event in store.events()] == [(1, "a"), (2, "b"), (3, "c")]


def test_what_happens_to_no_known_assignment_is_refused(store):
    append(store, [happened("a")])
    with pytest.raises(Refused, match="`closed` of an assignment `b` that nobody made"):
        append(store, [happened("end", "closed", minute=1, assignment="b")])
    with pytest.raises(Refused, match="without its item"):
        append(store, [happened("b", minute=1, item=None)])
    with pytest.raises(Refused, match="unknown kind `lost`"):
        append(store, [happened("l", "lost", minute=1, assignment="a")])
    with pytest.raises(Refused, match="`a` was made before"):
        append(store, [happened("again", minute=1, assignment="a")])
    assert store.head().last_seq == 1


def test_an_attribute_called_note_flags_nobody(store):
    item = WorkItem(item_id="item-a", kind="lead", received_at=START, facts={"note": Fact(value="call back")})
    append(store, [happened("a", item=item), happened("b", minute=1, note="excluded")])
    assert [event.event_id for event in store.flagged()] == ["b"]
