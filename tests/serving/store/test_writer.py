import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from queue import Empty, SimpleQueue

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from rules.errors import Refused, StoreError
from serving.store import capacity, decision_log, event_log, tables
from serving.store.store import Store
from tests.serving.store.fakes import append, document, happened


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
        assert append(store, [happened("c")])[0].seq == 1


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
        from tests.serving.store.fakes import append, happened
        store = Store.open({url!r})
        append(store, [happened("kept")])
        def job(writing):
            event_log.append(writing, [happened("half", minute=1)])
            os.kill(os.getpid(), signal.SIGKILL)
        store.write(job)
    """)], check=False, env={**os.environ, "PYTHONPATH": os.getcwd()})
    assert killed.returncode == -signal.SIGKILL
    with Store.open(url) as store:
        assert [event.event_id for event in store.events()] == ["kept"]
        assert append(store, [happened("next", minute=2)])[0].seq == 2


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


def test_the_first_job_of_a_transaction_that_fails_takes_only_itself_back(url):
    def fails(writing):
        event_log.append(writing, [happened("lost")])
        raise Refused("no")

    with Store.open(url) as store:
        held = threading.Event()
        first = store.submit(lambda writing: held.wait(5) and fails(writing))
        second = store.submit(lambda writing: event_log.append(writing, [happened("a")]))
        held.set()
        with pytest.raises(Refused):
            first.result()
        assert second.result()[0].seq == 1
        assert [event.event_id for event in store.events()] == ["a"]
        assert store.head().last_seq == 1
        assert store.lost_commits == 0


@pytest.mark.parametrize("alone", [True, False])
def test_a_job_that_breaks_a_constraint_undoes_itself_alone(url, alone):
    def breaks(writing):
        capacity.reserve(writing.connection, "bob", None)
        for answer in (b"one", b"two"):
            writing.connection.execute(insert(tables.secrets), {"name": "twice", "value": answer})

    with Store.open(url) as store:
        held = threading.Event()
        store.submit(lambda writing: held.wait(5))
        others = [] if alone else [store.submit(lambda writing: capacity.reserve(writing.connection, "ann", None))]
        broken = store.submit(breaks)
        held.set()
        with pytest.raises(IntegrityError):
            broken.result()
        assert [other.result() for other in others] == [True] * len(others)
        with store.reading() as connection:
            assert connection.execute(select(tables.secrets)).all() == []
            assert capacity.open_items(connection, "bob") is None
        assert store.lost_commits == 0


def test_a_prepared_statement_that_breaks_a_constraint_says_so_as_sqlalchemy_does(url):
    def twice(writing):
        for _ in range(2):
            decision_log.put(writing, document("d-1"), b"{}", b"")

    with Store.open(url) as store:
        with pytest.raises(IntegrityError, match="UNIQUE constraint failed: decisions.decision_id"):
            store.write(twice)
        assert store.head().last_decision == 0
        assert store.lost_commits == 0


@pytest.mark.parametrize("alone", [True, False])
def test_a_disk_that_is_full_keeps_nothing_and_says_so(url, alone):
    def fills(writing):
        pages = writing.connection.exec_driver_sql("PRAGMA page_count").scalar()
        writing.connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        decision_log.put(writing, document("d-1"), bytes(100_000), b"")

    with Store.open(url) as store:
        held = threading.Event()
        before = [] if alone else [store.submit(lambda writing: held.wait(5) and event_log.append(writing, [happened("a")]))]
        full = store.submit(fills)
        held.set()
        for answer in (*before, full):
            with pytest.raises(StoreError, match="could not commit: database or disk is full; nothing was kept"):
                answer.result()
        assert store.lost_commits == 1
        assert list(store.events()) == []
        store.write(lambda writing: writing.connection.exec_driver_sql("PRAGMA max_page_count=1000000").scalar())
        assert append(store, [happened("b")])[0].seq == 1


def test_a_disk_that_is_full_at_the_commit_itself_keeps_nothing_and_says_so(url):
    told = subprocess.run([sys.executable, "-c", textwrap.dedent(f"""
        import resource, signal
        from rules.errors import StoreError
        from serving.store import decision_log
        from serving.store.store import Store
        from tests.serving.store.fakes import append, document, happened
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = Store.open({url!r})
        most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, most[1]))
        try:
            store.write(lambda writing: decision_log.put(writing, document("d-1"), bytes(500_000), b"") and None)
        except StoreError as error:
            print(error)
        print(store.lost_commits, store.head().last_decision)
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
        print(append(store, [happened("a")])[0].seq)
    """)], check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()})
    error, counts, seq = told.stdout.splitlines()
    assert error.startswith("the store could not commit: ") and error.endswith("; nothing was kept, try again")
    assert (counts, seq) == ("1 0", "1")


def test_a_write_lock_that_another_holds_too_long_is_told_and_nothing_is_kept(url, tmp_path, monkeypatch):
    monkeypatch.setattr("serving.store.engine.BUSY_SECONDS", 0.05)
    with Store.open(url) as store:
        with contextlib.closing(sqlite3.connect(tmp_path / "rightful.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreError, match="could not commit: database is locked; nothing was kept"):
                append(store, [happened("a")])
            other.execute("ROLLBACK")
        assert store.lost_commits == 1
        assert append(store, [happened("b")])[0].seq == 1


def test_a_job_may_open_a_savepoint_of_its_own_and_the_next_one_writes_as_before(url):
    def nested(writing):
        with contextlib.suppress(Refused), writing.connection.begin_nested():
            event_log.append(writing, [happened("undone")])
            raise Refused("no")
        capacity.reserve(writing.connection, "ann", None)

    with Store.open(url) as store:
        store.write(nested)
        with store.reading() as connection:
            assert capacity.open_items(connection, "ann") == 1
            assert connection.execute(select(tables.events)).all() == []
        assert store.write(lambda writing: capacity.reserve(writing.connection, "ann", 2))


def test_idle_work_runs_once_after_each_burst_in_the_thread_that_writes(url):
    with Store.open(url) as store:
        ran: SimpleQueue[int] = SimpleQueue()
        store.when_idle(lambda: ran.put(threading.get_ident()))
        for _ in range(2):
            held = threading.Event()
            jobs = [store.submit(lambda writing, held=held: held.wait(5) and threading.get_ident()) for _ in range(200)]
            held.set()
            [writer] = {job.result() for job in jobs}
            assert ran.get(timeout=5) == writer
            with pytest.raises(Empty):
                ran.get(timeout=0.05)


def test_idle_work_waits_while_jobs_wait(url, monkeypatch):
    monkeypatch.setattr("serving.store.writer.MOST_JOBS", 1)
    with Store.open(url) as store:
        order: list[str] = []
        idle = threading.Event()
        store.when_idle(lambda: order.append("idle") or idle.set())
        held = threading.Event()
        jobs = [store.submit(lambda writing: held.wait(5) and order.append("job")) for _ in range(10)]
        held.set()
        for job in jobs:
            job.result()
        assert idle.wait(5)
        assert order == ["job"] * 10 + ["idle"]


def test_idle_work_that_fails_is_logged_and_stops_neither_the_writer_nor_other_idle_work(url, caplog):
    def fails():
        raise RuntimeError("no luck")

    with Store.open(url) as store:
        done = threading.Event()
        store.when_idle(fails)
        store.when_idle(done.set)
        append(store, [happened("a")])
        assert done.wait(5)
        assert append(store, [happened("b", minute=1)])[0].seq == 2
    assert "no luck" in caplog.text


def test_idle_work_is_left_undone_when_the_store_closes(url):
    store = Store.open(url)
    held, ran = threading.Event(), []
    store.when_idle(lambda: ran.append(1))
    store.submit(lambda writing: held.wait(5))
    threading.Timer(0.05, held.set).start()
    store.close()
    assert ran == []
