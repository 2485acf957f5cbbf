"""kill -9 under load: what was acknowledged is there, no owner is over a ceiling, no key decided twice."""
import time
from collections import Counter

import pytest

from tests.serving.runtime.durable_load import Load, Server, build_company, look, moments


@pytest.fixture
def company(tmp_path):
    return build_company(tmp_path / "ws")


def run(company, *, clients, kills, shortest, longest, rest):
    """Load with kills at random moments, then a rest without any; (found in the store, what clients heard)."""
    server = Server(company)
    server.start()
    try:
        with Load(server.port, clients) as load:
            for stretch in moments(kills, shortest=shortest, longest=longest):
                time.sleep(stretch)
                server.kill()
                server.start()
            time.sleep(rest)
        server.stop()
    finally:
        server.stop()
    return look(company, load.heard), load.heard


def tell(found, heard, *, kills, seconds):
    retried, replayed = (sum(getattr(one, name) for one in heard) for name in ("retried", "replayed"))
    outcomes = dict(sum((one.outcomes for one in heard), Counter()))
    print(f"\n{kills} kills, {seconds:.0f} s, {len(heard)} clients: {found.acknowledged} decisions acknowledged {outcomes}, "
          f"{sum(len(one.accepted) for one in heard)} accepted, {found.events} events; {retried} connections lost, "
          f"{replayed} replays\n{found}")


def check(found, heard):
    assert [fault for one in heard for fault in one.faults] == []
    assert (found.lost_decisions, found.lost_events, found.doubled) == (0, 0, 0)
    assert (found.overfilled, found.miscounted, found.unmatched, found.broken) == (0, 0, 0, 0)
    assert found.assigned_share >= 0.8


def test_two_kills_under_load_lose_nothing_overfill_nobody_and_decide_nothing_twice(company):
    started = time.monotonic()
    found, heard = run(company, clients=4, kills=2, shortest=0.5, longest=1.2, rest=1.0)
    tell(found, heard, kills=2, seconds=time.monotonic() - started)
    check(found, heard)
    assert found.acknowledged > 20 and found.events > 0
    assert sum(one.retried for one in heard) > 0


@pytest.mark.long
def test_twenty_kills_under_sixteen_clients_lose_nothing_overfill_nobody_and_decide_nothing_twice(company):
    started = time.monotonic()
    found, heard = run(company, clients=16, kills=20, shortest=0.3, longest=4.0, rest=2.0)
    tell(found, heard, kills=20, seconds=time.monotonic() - started)
    check(found, heard)
    assert found.acknowledged > 1000 and found.events > 500


@pytest.mark.long
def test_a_minute_of_the_same_load_passes_without_one_error(company):
    found, heard = run(company, clients=16, kills=0, shortest=1, longest=1, rest=60.0)
    tell(found, heard, kills=0, seconds=60)
    check(found, heard)
    assert sum(one.retried for one in heard) == 0
    assert found.acknowledged > 1000
