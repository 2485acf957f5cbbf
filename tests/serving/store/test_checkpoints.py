import shutil
import sqlite3
import threading
import time

import pytest

from serving.store.checkpoints import IDLE_MOMENTS, Checkpoints
from serving.store.engine import check_url, connect
from serving.store.store import Store
from tests.serving.store.fakes import append, happened


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def store(folder):
    with Store.open(f"sqlite:///{folder / 'rightful.db'}") as store:
        yield store


def idle_moments(store, count):
    """Write in as many bursts, and see the writer idle after each; the event ids."""
    idle = threading.Event()
    store.when_idle(idle.set)
    for number in range(count):
        idle.clear()
        append(store, [happened(f"e{number}", minute=number)])
        assert idle.wait(5)
    return [f"e{number}" for number in range(count)]


def in_the_file_alone(folder):
    """The events of the file without its log."""
    shutil.copy(folder / "rightful.db", folder / "alone.db")
    with sqlite3.connect(folder / "alone.db") as connection:
        try:
            return [row[0] for row in connection.execute("select event_id from events order by seq")]
        except sqlite3.OperationalError:                  # no table has reached the file yet
            return []


def test_what_was_committed_reaches_the_file_while_the_store_is_open_and_idle(store, folder):
    written = idle_moments(store, IDLE_MOMENTS)
    until = time.monotonic() + 5
    while in_the_file_alone(folder) != written and time.monotonic() < until:
        time.sleep(0.01)
    assert in_the_file_alone(folder) == written


def test_nothing_is_moved_before_so_many_idle_moments(store, folder):
    idle_moments(store, IDLE_MOMENTS - 1)
    time.sleep(0.05)
    assert in_the_file_alone(folder) == []


def test_a_reader_of_an_earlier_moment_still_sees_it_after_a_checkpoint(store, folder):
    append(store, [happened("first")])
    with store.reading() as connection:
        assert connection.exec_driver_sql("select count(*) from events").scalar() == 1
        for number in range(3 * IDLE_MOMENTS):
            append(store, [happened(f"later {number}", minute=1)])
            time.sleep(0.002)
        assert connection.exec_driver_sql("select count(*) from events").scalar() == 1
    assert len(list(store.events())) == 3 * IDLE_MOMENTS + 1


def test_a_checkpoint_that_fails_ends_nothing(tmp_path, monkeypatch):
    raised = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    engine = connect(check_url(f"sqlite:///{tmp_path / 'missing' / 'rightful.db'}"), writes=False)
    checkpoints = Checkpoints(engine)
    for _ in range(2 * IDLE_MOMENTS):
        checkpoints.idle()
    checkpoints.close()
    engine.dispose()
    assert raised == []
