from datetime import timedelta

import pytest
from sqlalchemy import update

from rules.errors import StoreError
from serving.store import decision_log, tables
from serving.store.decision_log import DecisionFilter
from serving.store.store import Store
from tests.serving.store.fakes import START, document


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def put(store, made, inputs=b"inputs"):
    return store.write(lambda writing: decision_log.put(writing, made, made.to_bytes(), inputs))


def test_a_decision_comes_back_byte_for_byte_with_its_inputs(store):
    made = document("d-1")
    put(store, made, b"\x00\x01")
    found = store.decision("d-1")
    assert found.canonical == made.to_bytes()
    assert found.document.to_bytes() == made.to_bytes()
    assert store.decision_inputs("d-1") == b"\x00\x01"


def test_changed_bytes_no_longer_fit_their_commitment(store):
    put(store, document("d-1"))
    assert store.decision("d-1").is_untouched
    forged = document("d-1", owner="mallory").to_bytes()
    store.write(lambda writing: writing.connection.execute(update(tables.decisions).values(document=forged)))
    assert not store.decision("d-1").is_untouched


def test_an_unknown_decision_is_named(store):
    with pytest.raises(StoreError, match="no decision `d-9`"):
        store.decision("d-9")


def test_the_same_bytes_get_different_commitments(store):
    one, other = put(store, document("d-1")), put(store, document("d-2"))
    assert one.commitment_key != other.commitment_key


@pytest.mark.parametrize(("wanted", "ids"), [
    (DecisionFilter(), ["d-3", "d-2", "d-1"]),
    (DecisionFilter(item_id="L-2"), ["d-2"]),
    (DecisionFilter(owner_id="bob"), ["d-2"]),
    (DecisionFilter(team="solo"), ["d-3"]),
    (DecisionFilter(verdict="warn"), ["d-3"]),
    (DecisionFilter(starts=START + timedelta(hours=1)), ["d-3", "d-2"]),
    (DecisionFilter(ends=START + timedelta(hours=1)), ["d-1"]),
    (DecisionFilter(owner_id="ann", ends=START + timedelta(hours=1)), ["d-1"]),
])
def test_each_filter_finds_what_fits_newest_first(store, wanted, ids):
    put(store, document("d-1"))
    put(store, document("d-2", item="L-2", owner="bob", decided_at=START + timedelta(hours=1)))
    put(store, document("d-3", team="solo", verdict="warn", decided_at=START + timedelta(hours=2)))
    assert [found.decision_id for found in store.decisions(wanted)] == ids


def test_pages_meet_without_gap_or_repeat(store):
    for number in range(7):
        put(store, document(f"d-{number}"))
    first = store.decisions(DecisionFilter(), limit=3)
    second = store.decisions(DecisionFilter(), before=first[-1].number, limit=10)
    assert [found.decision_id for found in first + second] == [f"d-{number}" for number in range(6, -1, -1)]


def test_a_page_names_the_next_and_the_last_names_none(store):
    for number in range(5):
        put(store, document(f"d-{number}"))
    page, following = store.decision_page(DecisionFilter(), before=None, limit=3)
    last, none = store.decision_page(DecisionFilter(), before=int(following), limit=2)
    assert [found.decision_id for found in page + last] == ["d-4", "d-3", "d-2", "d-1", "d-0"] and none is None


@pytest.mark.parametrize(("most", "numbers"), [(0, []), (3, [6, 5, 4]), (4, [6, 5, 4, 3]), (99, [6, 5, 4, 3, 2, 1, 0])])
def test_the_newest_documents_are_read_page_by_page(store, monkeypatch, most, numbers):
    monkeypatch.setattr("serving.store.store._READ_AT_ONCE", 2)
    for number in range(7):
        put(store, document(f"d-{number}"))
    told = store.newest_documents(DecisionFilter(), most=most)
    assert [found.decision_id for found in told] == [f"d-{number}" for number in numbers]
