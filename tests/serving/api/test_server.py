"""The server as a process: it starts, answers on loopback, keeps what it acknowledged, and shares its store."""
import asyncio
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from serving.api.local_only import LocalOnly, is_loopback
from serving.runtime.workspace import Workspace
from tests.serving import small_company
from tests.serving.small_company import lead


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server:
    """`rightful serve` in a process of its own."""

    def __init__(self, folder, *more):
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rightful", "serve", "--workspace", str(folder), "--port", str(port), *more],
            env={**os.environ, "PYTHONPATH": os.getcwd()}, stderr=subprocess.PIPE, start_new_session=True)
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/healthz", timeout=2)
                return
            except httpx.TransportError:
                assert self.process.poll() is None, self.process.stderr.read().decode()
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def assign(self, number):
        return httpx.post(f"{self.url}/v1/recommendations", json={"item": lead(f"L-{number}"), "mode": "assign"},
                          headers={"Idempotency-Key": f"k{number}"}, timeout=20)

    def end(self, how):
        os.killpg(self.process.pid, how)
        self.process.wait(20)
        self.process.stderr.close()


@pytest.fixture
def folder(tmp_path):
    return small_company.build(tmp_path / "ws")


def test_what_was_acknowledged_survives_a_kill_and_the_same_keys_decide_nothing_again(folder):
    server = Server(folder)
    before = [server.assign(number) for number in range(10)]
    server.end(signal.SIGKILL)
    assert {answer.status_code for answer in before} == {200}
    server = Server(folder)
    after = [server.assign(number) for number in range(10)]
    server.end(signal.SIGTERM)
    assert [answer.content for answer in after] == [answer.content for answer in before]
    assert all(answer.headers["idempotency-replayed"] == "true" for answer in after)
    workspace = Workspace.at(folder)
    assert (workspace.store.head().last_seq, workspace.store.head().last_decision) == (10, 10)
    workspace.close()


def test_several_workers_share_one_store(folder):
    server = Server(folder, "--workers", "2")
    try:
        documents = [server.assign(number).json() for number in range(12)]
    finally:
        server.end(signal.SIGTERM)
    assert {document["outcome"] for document in documents} == {"assigned"}
    assert [document["versions"]["state"] for document in documents] == list(range(12))


@pytest.mark.parametrize(("host", "local"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("127.8.8.8", True),
                                             ("0.0.0.0", False), ("10.0.0.1", False), ("example.com", False), ("", False)])
def test_only_addresses_of_this_machine_are_local(host, local):
    assert is_loopback(host) is local


@pytest.mark.parametrize(("url", "status"), [("http://127.0.0.1:8000", 404), ("http://localhost", 404),
                                             ("http://[::1]:80", 404), ("http://attacker.example", 403)])
def test_a_request_addressed_to_another_name_is_refused(api, url, status):
    async def exchange():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=LocalOnly(api.app)), base_url=url) as client:
            return await client.get("/nowhere")

    answer = asyncio.run(exchange())
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
