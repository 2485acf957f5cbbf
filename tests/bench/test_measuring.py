"""The bench's own arithmetic, its connection, and what it prints."""
import socket
import threading

import pytest

from bench.connection import Connection, request
from bench.measured import Comparison, Latency, Round, Throughput
from bench.printing import lines, page
from bench.throughput import many_clients

SETTING = {"eligible": 200, "owners": 10_000, "rules": 1000, "events": 49_000, "answer_bytes": 34_000, "trees": 8,
           "features": 20, "processors": "2 x some", "python": "3.11", "lightgbm": "4.7", "mlflow": "3.17", "at": "now",
           "load": 1.2}


def comparison(*, p50, p99, mlflow, per_second):
    decided = [p50 / 1e3] * 980 + [p99 / 1e3] * 20
    rounds = tuple(Round(name=name, format="inputs", formats_ms={"inputs": 3.0, "dataframe_split": 4.0}, decided=decided,
                         scored=[mlflow / 1e3] * 10, written=[0.0003] * 10) for name in ("bare", "with its signature"))
    return Comparison(setting=SETTING, rounds=rounds, parts={"rules": 0.2}, throughput=Throughput(
        clients=16, seconds=2.0, decisions=2 * per_second, errors=0, p50_ms=1.0, p99_ms=2.0))


def test_percentiles_are_in_milliseconds():
    found = Latency.of([0.001 * number for number in range(1, 102)])
    assert (found.requests, found.p50_ms, found.p99_ms) == (101, pytest.approx(51), pytest.approx(100))


def test_a_promise_that_is_kept_and_one_that_is_not_are_told_apart():
    good = "\n".join(lines(comparison(p50=1, p99=4.9, mlflow=3.1, per_second=300)))
    assert good.count(" kept") == 4 and "NOT KEPT" not in good
    missed = comparison(p50=1.1, p99=5.6, mlflow=3, per_second=299)
    bad = "\n".join(lines(missed))
    assert bad.count("NOT KEPT") == 4
    assert bad in page(missed)


@pytest.fixture
def echoing():
    """A server that answers each request with its own body, in two pieces."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def answer(taken):
            with taken:
                while message := taken.recv(65_536):
                    body = message.partition(b"\r\n\r\n")[2]
                    taken.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Of: It\r\n\r\n%b" % (len(body), body[:3]))
                    taken.sendall(body[3:])

        def accept():
            while True:
                try:
                    taken, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=answer, args=(taken,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)


def test_an_answer_in_pieces_is_read_whole_and_the_connection_is_kept(echoing):
    connection = Connection(echoing)
    for body in ({"a": 1}, {"b": "x" * 1000}):
        reply = connection.send(request("/", body, Idempotency_Key="k"))
        assert (reply.status, reply.headers["x-of"]) == (200, "It")
        assert reply.body == request("/", body).partition(b"\r\n\r\n")[2]
    connection.close()


def test_many_clients_share_the_messages_and_every_answer_is_counted(echoing):
    found = many_clients(echoing, [request("/", {"n": number}) for number in range(40)], clients=4, seconds=20.0)
    assert (found.clients, found.decisions, found.errors) == (4, 40, 0)
