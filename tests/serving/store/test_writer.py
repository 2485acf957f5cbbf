import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from sqlalchemy import text

from rules.errors import Refused, StoreError
from serving.store import event_log
from serving.store.store import Store
from tests.serving.store.fakes import happened


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'rightful.db'}"


def test_a_job_that_fails_undoes_itself_alone(url):
    def fails(writing):
        event_log.append(writing, [happened("lost", minute=1)])
        raise Refused("no")

    with Store.open(url) as store:
        jobs = [lambda writing: event_log.append(writing, [happened("a")]), fails,
                lambda writing: event_log.append(writing, [happened("b", minute=2)])]
        answers = [store.submit(job) for job in jobs]
        with pytest.raises(Refused):
            answers[1].result()
        assert [answer.result()[0].seq for answer in (answers[0], answers[2])] == [1, 2]
        assert [event.event_id for event in store.events()] == ["a", "b"]


def test_jobs_that_wait_share_a_commit(url):
    with Store.open(url) as store:
        held = threading.Event()
        store.submit(lambda writing: held.wait(5))
        transactions = [store.submit(lambda writing: id(writing)) for _ in range(20)]
        held.set()
        assert len({answer.result() for answer in transactions}) < 20


def test_a_commit_that_fails_keeps_nothing_and_tells_everybody(url, monkeypatch):
    monkeypatch.setattr("serving.store.writer.MOST_SECONDS", 60.0)
    with Store.open(url) as store:
        def breaks(writing):
            event_log.append(writing, [happened("b", minute=1)])
            writing.connection.execute(text("insert into no_such_table values (1)"))

        held = threading.Event()
        store.submit(lambda writing: held.wait(5))
        first = store.submit(lambda writing: event_log.append(writing, [happened("a")]))
        second = store.submit(breaks)
        held.set()
        with pytest.raises(StoreError, match="nothing was kept"):
            first.result()
        with pytest.raises(StoreError):
            second.result()
        assert store.lost_commits == 1
        assert list(store.events()) == []
        assert store.append_events([happened("c")])[0].seq == 1


def test_two_processes_number_events_without_gap_or_repeat(url):
    with Store.open(url) as one, Store.open(url) as other:
        answers = [store.submit(lambda writing, name=f"{number}{label}": event_log.append(writing, [happened(name)]))
                   for number in range(30) for label, store in (("x", one), ("y", other))]
        assert sorted(answer.result()[0].seq for answer in answers) == list(range(1, 61))


def test_a_closed_store_takes_no_more_work_and_finishes_what_it_took(url):
    store = Store.open(url)
    answers = [store.submit(lambda writing, name=str(number): event_log.append(writing, [happened(name)]))
               for number in range(10)]
    store.close()
    assert all(answer.done() for answer in answers)
    with pytest.raises(StoreError, match="closed"):
        store.submit(lambda writing: None)


def test_a_process_killed_inside_a_transaction_leaves_nothing(url, tmp_path):
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(f"""
        import os, signal
        from serving.store import event_log
        from serving.store.store import Store
        from tests.serving.store.fakes import happened
        store = Store.open({url!r})
        store.append_events([happened("kept")])
        def job(writing):
            event_log.append(writing, [happened("half", minute=1)])
            os.kill(os.getpid(), signal.SIGKILL)
        store.write(job)
    """)], check=False, env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert killed.returncode == -signal.SIGKILL
    with Store.open(url) as store:
        assert [event.event_id for event in store.events()] == ["kept"]
        assert store.append_events([happened("next", minute=2)])[0].seq == 2


def test_the_database_syncs_every_commit_and_keeps_a_write_ahead_log(url):
    with Store.open(url) as store:
        def pragmas(writing):
            return [writing.connection.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")]

        assert store.write(pragmas) == ["wal", 2]


def test_a_writer_of_the_file_makes_others_wait_instead_of_failing(url):
    with Store.open(url) as one, Store.open(url) as other:
        begun, held = threading.Event(), threading.Event()
        first = one.submit(lambda writing: begun.set() or held.wait(5))
        assert begun.wait(5)
        second = other.submit(lambda writing: event_log.append(writing, [happened("a")]))
        with pytest.raises(TimeoutError):
            second.result(timeout=0.2)
        held.set()
        assert first.result()
        assert second.result(timeout=5)[0].seq == 1


def test_a_caller_who_gives_up_while_waiting_stops_nobody_else(url):
    with Store.open(url) as store:
        held, started = threading.Event(), threading.Event()
        running = store.submit(lambda writing: started.set() or held.wait(5))
        started.wait(5)
        given_up = store.submit(lambda writing: event_log.append(writing, [happened("given up")]))
        after = store.submit(lambda writing: event_log.append(writing, [happened("after")]))
        assert given_up.cancel()
        assert not running.cancel()
        held.set()
        assert after.result()[0].seq == 1
        assert [event.event_id for event in store.events()] == ["after"]
