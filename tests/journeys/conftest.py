"""The demo's company, built once for all journeys of a run: everything real, on a fixed day."""
import fcntl
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

DAY = date(2026, 11, 21)                                  # a Saturday; the company's past ends on Friday


@dataclass(frozen=True)
class Demo:
    """A finished demo: its workspace and what it printed."""

    folder: Path
    lines: tuple[str, ...]


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Demo:
    """Built by the first worker of a run that asks for it; the others wait and share it. Tests that change it work on a copy."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    folder, told = shared / "journey" / "demo", shared / "journey.json"
    with (shared / "journey.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            folder.parent.mkdir()
            told.write_text(json.dumps(build(folder)), encoding="utf-8")
    return Demo(folder=folder, lines=tuple(json.loads(told.read_text(encoding="utf-8"))))


def build(folder: Path) -> list[str]:
    """Run the whole demo on DAY; what it printed."""
    from training.demo import run_demo

    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:          # the workspace's key decides what exploration draws
        patch.setattr("secrets.token_bytes", bytes)
        run_demo(folder, today=DAY, say=lines.append)
    return lines


@pytest.fixture(scope="session")
def served():
    """Serve a workspace on a free port of this machine for as long as the block lasts; the address."""
    return serve_workspace


@contextmanager
def serve_workspace(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "rightful", "serve", "--port", str(port), "--workspace", str(folder)],
                              stderr=subprocess.PIPE, text=True, env=environment)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(240):
            assert server.poll() is None, server.stderr.read()
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=2).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.25)
        yield address
    finally:
        server.terminate()
        server.communicate(timeout=30)
