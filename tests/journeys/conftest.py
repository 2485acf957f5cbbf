"""The demo's company, built once for all journeys of a run: everything real, on a fixed day."""
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
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
    from training.demo import run_demo

    folder, lines = tmp_path_factory.mktemp("journey") / "demo", []
    with pytest.MonkeyPatch.context() as patch:          # the workspace's key decides what exploration draws
        patch.setattr("secrets.token_bytes", bytes)
        run_demo(folder, today=DAY, say=lines.append)
    return Demo(folder=folder, lines=tuple(lines))


@pytest.fixture(scope="session")
def served():
    """Serve a workspace on a free port of this machine for as long as the block lasts; the address."""
    return serve_workspace


@contextmanager
def serve_workspace(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "rightful", "serve", "--port", str(port), "--workspace", str(folder)],
                              stderr=subprocess.PIPE, text=True)
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
