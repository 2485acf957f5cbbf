import pytest

from serving.store import capacity
from serving.store.store import Store
from tests.serving.store.fakes import append, happened


@pytest.fixture
def store(tmp_path):
    with Store.open(f"sqlite:///{tmp_path / 'rightful.db'}") as store:
        yield store


def taken(store, owner):
    with store.reading() as connection:
        return capacity.open_items(connection, owner)


def test_a_place_is_reserved_only_while_one_is_left(store):
    reserve = [store.write(lambda writing: capacity.reserve(writing.connection, "ann", 2)) for _ in range(3)]
    assert reserve == [True, True, False]
    assert taken(store, "ann") == 2


def test_nobody_gets_a_place_where_none_exists(store):
    assert not store.write(lambda writing: capacity.reserve(writing.connection, "ann", 0))
    assert taken(store, "ann") is None


def test_concurrent_reservations_never_overfill(store):
    asked = [store.submit(lambda writing: capacity.reserve(writing.connection, "ann", 5)) for _ in range(40)]
    assert sum(answer.result() for answer in asked) == 5


def test_two_processes_never_overfill_together(tmp_path):
    url = f"sqlite:///{tmp_path / 'rightful.db'}"
    with Store.open(url) as one, Store.open(url) as other:
        asked = [store.submit(lambda writing: capacity.reserve(writing.connection, "ann", 7))
                 for _ in range(20) for store in (one, other)]
        assert sum(answer.result() for answer in asked) == 7


@pytest.mark.parametrize("end", ["rejected", "reassigned", "closed"])
def test_the_first_end_of_an_assignment_frees_one_place(store, end):
    append(store, [happened("a"), happened("b", minute=1)])
    append(store, [happened("end", end, minute=2, assignment="a"), happened("again", end, minute=3, assignment="a")])
    assert taken(store, "ann") == 1


def test_what_is_neither_start_nor_end_frees_nothing(store):
    append(store, [happened("a"), happened("r", "responded", minute=1, assignment="a"),
                         happened("o", "outcome", minute=1, assignment="a")])
    assert taken(store, "ann") == 1


def test_counting_a_whole_history_gives_what_counting_one_by_one_gives(store):
    history = [happened(f"a{number}", minute=number, owner=f"o{number % 3}") for number in range(90)]
    history += [happened(f"end{number}", "closed", minute=100, assignment=f"a{number}") for number in range(0, 90, 2)]
    for start in range(0, len(history), 20):
        append(store, history[start:start + 20])
    one_by_one = [taken(store, f"o{number}") for number in range(3)]
    store.write(lambda writing: capacity.recount(writing.connection))
    assert [taken(store, f"o{number}") for number in range(3)] == one_by_one == [15, 15, 15]
