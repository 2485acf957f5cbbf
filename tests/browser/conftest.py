"""A real browser on a served demo: Debian's chromium, driven by playwright, watched for errors and for calls elsewhere."""
import csv
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = os.environ.get("RIGHTFUL_CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
WIDTHS = (1280, 390)


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The demo's workspace on a fixed day, with a groups file made up from the owners' time zones."""
    from training.demo import run_demo

    folder = tmp_path_factory.mktemp("browser") / "demo"
    with pytest.MonkeyPatch.context() as patch:          # the workspace's key decides what exploration draws
        patch.setattr("secrets.token_bytes", bytes)
        run_demo(folder, today=date(2026, 11, 21), say=lambda _line: None)
    with (folder / "owners.csv").open(newline="") as file:
        rows = [f"{row['owner_id']},{row['time_zone'].partition('/')[0]}" for row in csv.DictReader(file)]
    (folder / "fairness_groups.csv").write_text("\n".join(["owner_id,continent", *rows]) + "\n")
    return folder


@pytest.fixture(scope="session")
def address(demo) -> Iterator[str]:
    """Where the demo is served, for the whole run."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "rightful", "serve", "--port", str(port), "--workspace", str(demo)],
                              stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(240):
            assert server.poll() is None, server.stderr.read()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2).close()
                break
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One browser for the whole run; without one the tests fail, they do not skip."""
    from playwright.sync_api import sync_playwright

    assert Path(CHROMIUM).exists(), f"there is no browser at {CHROMIUM}; install Debian's chromium, or run `make test-browser`"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser, address) -> Iterator[Callable[..., "Page"]]:
    """Opens pages of a width; at the end nothing may have gone wrong in them or been asked of another machine."""
    faults: list[str] = []
    with _contexts() as contexts:
        def opened(width: int, *, local: bool = False, **settings: object) -> "Page":
            context = browser.new_context(viewport={"width": width, "height": 900}, base_url=address, **settings)
            contexts.append(context)
            page = context.new_page()
            page.on("console", lambda said: faults.append(f"console {said.type}: {said.text}") if said.type != "log" else None)
            page.on("pageerror", lambda error: faults.append(f"script: {error}"))
            page.on("request", lambda request: None if _is_ours(request.url, address, local=local)
                    else faults.append(f"asked for {request.url}"))
            return page

        yield opened
    assert not faults


@contextmanager
def _contexts() -> Iterator[list]:
    contexts: list = []
    try:
        yield contexts
    finally:
        for context in contexts:
            context.close()


def _is_ours(url: str, address: str, *, local: bool) -> bool:
    """Whether a request goes to the server under test, or, where a file is looked at, to that file."""
    return urlsplit(url).scheme == "file" if local else url.startswith(f"{address}/")


@pytest.fixture(scope="session")
def shots(tmp_path_factory) -> Path:
    """Where screenshots are kept; the folder is told at the end."""
    folder = Path(os.environ.get("RIGHTFUL_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def look(shots):
    """Keep a screenshot of a page, and refuse one that scrolls sideways or whose text is cut off."""
    def looked(page: "Page", name: str) -> None:
        width = page.viewport_size["width"]
        page.screenshot(path=shots / f"{name}_{width}.png", full_page=True)
        found = page.evaluate("""() => ({
            over: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            wide: [...document.querySelectorAll('main *')].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
                .map(one => one.tagName + ' ' + one.textContent.trim().slice(0, 40)),
        })""")
        assert found == {"over": 0, "wide": []}, f"{name} at {width}"

    return looked
