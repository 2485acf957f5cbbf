"""The clock of real processes turned by Debian's faketime: 400 days ahead or behind for a while, and under a running server."""
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.serving import small_company
from tests.serving.small_company import lead

pytestmark = pytest.mark.clock
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), Path("/usr/lib/faketime/libfaketimeMT.so.1"))
MINUTE = timedelta(minutes=1)


def by_clock(setting: str | Path) -> dict[str, str]:
    """The environment of a process whose clock is off by so much, or by what a file says at any moment."""
    assert FAKETIME.exists(), f"there is no {FAKETIME}; install Debian's faketime, or run `make test-clock`"
    turned = {"FAKETIME_TIMESTAMP_FILE": str(setting), "FAKETIME_NO_CACHE": "1"} if isinstance(setting, Path) else {
        "FAKETIME": setting}
    return {**os.environ, "LD_PRELOAD": str(FAKETIME), "FAKETIME_DONT_FAKE_MONOTONIC": "1", **turned}


@pytest.fixture
def folder(tmp_path):
    made = small_company.with_model(tmp_path / "ws")
    book = (made / "rulebook.yaml").read_text(encoding="utf-8").replace("2026-01-01T", "2020-01-01T").replace(
        "to: sales}", "to: sales, sla: hot}").replace("availability:", "slas:\n  hot: {respond_within: PT4H}\navailability:")
    (made / "rulebook.yaml").write_text(book, encoding="utf-8")
    return made


class Client(httpx.Client):
    """Asks a served workspace, the answers as data."""

    def assign(self, item_id: str) -> dict:
        answer = self.post("/v1/recommendations", headers={"Idempotency-Key": f"key-{item_id}"},
                           json={"item": lead(item_id, received_at="2024-05-01T10:00:00Z"), "mode": "assign"})
        assert answer.status_code == 200, answer.text
        return answer.json() | {"replayed": answer.headers.get("Idempotency-Replayed") == "true"}

    def recommend(self, item_id: str) -> dict:
        return self.post("/v1/recommendations", json={"item": lead(item_id, received_at="2024-05-01T10:00:00Z")}).json()

    def tell(self, kind: str, item_id: str, at: datetime) -> dict:
        event = {"event_id": f"{kind}-{item_id}-{at:%j}", "kind": kind, "item_id": item_id, "occurred_at": at.isoformat()}
        return self.post("/v1/events", json={"events": [event]}).json()["results"][0]

    def load(self) -> dict[str, int]:
        found = {owner: self.get(f"/v1/owners/{owner}/load").json() for owner in ("ann", "bob", "cleo", "dan")}
        assert all(is_now(each["at"]) for each in found.values())
        return {owner: each["open_items"] for owner, each in found.items() if each["open_items"]}

    def ready(self) -> list[str]:
        return self.get("/readyz").json()["reasons"]


def is_now(at: str, off: timedelta = timedelta(0)) -> bool:
    return abs(datetime.fromisoformat(at) - datetime.now(UTC) - off) < 2 * MINUTE


@pytest.fixture
def serving(folder, served):
    """Serves the workspace by some clock for as long as the block lasts."""
    @contextmanager
    def by(setting: str | Path | None = None):
        with served(folder, None if setting is None else by_clock(setting)) as address, Client(
                base_url=address, timeout=60) as client:
            yield client

    return by


def rightful(folder: Path, *words: str) -> str:
    run = subprocess.run([sys.executable, "-m", "rightful", *words, "--workspace", str(folder)], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr + run.stdout
    return run.stdout


def all_replay(folder: Path) -> int:
    """How many decisions replay bit for bit, from the log and from the events: every one."""
    for more in ((), ("--refold",)):
        told = json.loads(rightful(folder, "decisions", "replay", "--all", *more, "--json"))
        assert told["differing"] == []
    return told["decisions"]


@pytest.mark.parametrize("days", [400, -400])
def test_one_assignment_by_a_clock_that_is_off_moves_nothing_after_it(folder, serving, days):
    off = timedelta(days=days)
    with serving() as client:
        first, waiting = client.assign("L-1"), client.recommend("L-9")
        open_before = sum(client.load().values())
    with serving(f"{days:+}d") as client:
        second = client.assign("L-2")
        assert is_now(second["decided_at"], off) and is_now(second["sla"]["respond_by"], off + timedelta(hours=4))
        assert client.assign("L-1") == first | {"replayed": True}
    with serving() as client:
        reasons = client.ready()
        assert bool(reasons) == (days > 0) and all("ahead of this machine's clock" in reason for reason in reasons)
        assert client.tell("responded", "L-1", datetime.now(UTC))["status"] == "stored"
        assert client.ready() == []
        for document in (client.recommend("L-3"), third := client.assign("L-3")):
            assert is_now(document["decided_at"]) and is_now(document["sla"]["respond_by"], timedelta(hours=4))
        for document in (first, second, third):
            assert client.assign(document["item"]["item_id"]) == document | {"replayed": True}
        assert sum(client.load().values()) == open_before + 2
        assert client.tell("closed", "L-2", datetime.now(UTC))["status"] == "stored"
        assert sum(client.load().values()) == open_before + 1
        accepted = client.post(f"/v1/decisions/{waiting['decision_id']}/accept", json={}, headers={"Idempotency-Key": "accept"})
        assert accepted.status_code == 200 and is_now(accepted.json()["at"]), accepted.text
        today = str(datetime.now(UTC).date())
        for owner in ("ann", "bob", "cleo"):
            away = {"absences": [{"from": today, "to": today}]}
            assert client.put(f"/v1/owners/{owner}/absence", json=away).status_code == 200
        assert client.recommend("L-4")["owner"]["owner_id"] == "dan"
    assert all_replay(folder) == 6


def test_a_clock_that_jumps_under_a_running_server_moves_nothing_after_it(folder, serving, tmp_path):
    setting, decided = tmp_path / "clock", []
    with serving(setting) as client:
        for number, days in enumerate((0, 400, 0, -400, 0, 400, -400, 0)):
            setting.write_text(f"{days:+}d\n", encoding="utf-8")
            decided.append(client.assign(f"L-{number}"))
            assert is_now(decided[-1]["decided_at"], timedelta(days=days)), days
        for document in decided:
            assert client.assign(document["item"]["item_id"]) == document | {"replayed": True}
        assert client.ready() == []
    assert all_replay(folder) == len(decided)
