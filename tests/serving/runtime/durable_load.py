"""Clients that never give up: each request is retried under its key until it is answered, whatever becomes of the server.

What a client was answered is kept as an acknowledgement, to be looked for in the store afterwards.
"""
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.company import Size, build, items, whole_second
from bench.connection import Connection, Reply, request
from bench.servers import free_port
from serving.imports.files import import_history
from serving.ranking.bundle import write_bundle
from serving.runtime.workspace import Workspace
from serving.store import tables
from tests.serving import small_company

#: Of each client's items so many are open before it closes one.
BACKLOG = 35
PLACES = 1


def build_company(folder: Path) -> Path:
    """A company of 800 eligible owners with one place each, a past in which nothing is open, and a model."""
    build(folder, now=whole_second(datetime.now(UTC)),
          size=Size(owners=1000, assignments=1000, max_open=PLACES, quiet_days=26))
    workspace = Workspace.at(folder)
    import_history(workspace, folder / "history.csv")
    promoted = write_bundle(workspace.bundles, small_company.bundle_parts())
    workspace.store.write_expectations(promoted, {event.assignment_id: 0.25 for event in workspace.store.events()})
    workspace.store.set_champion("lead", promoted, "test")
    workspace.close()
    return folder


class Server:
    """`rightful serve` in a process group of its own, always on the same port."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "rightful", "serve", "--workspace", str(self._folder), "--port", str(self.port)],
                env={**os.environ, "PYTHONPATH": os.getcwd(), "OMP_NUM_THREADS": "1"}, stdout=log, stderr=log,
                start_new_session=True)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            assert self.process.poll() is None, (self._folder / "server.log").read_text(errors="replace")[-2000:]
            try:
                Connection(self.port, seconds=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """SIGKILL the group: nothing in it gets to say goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(20)


@dataclass
class Heard:
    """What one client was answered."""

    decisions: dict[str, bytes] = field(default_factory=dict)    # by decision id
    events: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    outcomes: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    retried: int = 0
    replayed: int = 0


class Client:
    """Asks for owners, accepts, reports outcomes and closings, and sends everything again that was not answered."""

    def __init__(self, number: int, port: int, stop: threading.Event):
        self.heard = Heard()
        self._number, self._port, self._stop = number, port, stop
        self._random = random.Random(number)
        self._connection: Connection | None = None
        self._open: list[str] = []

    def run(self) -> None:
        try:
            for item in items(1_000_000, now=datetime.now(UTC), name=f"C{self._number}", seed=100 + self._number):
                if self._stop.is_set():
                    return
                self._assign(item)
                while len(self._open) > BACKLOG or (self._open and self._random.random() < 0.3):
                    self._carry_on(self._open.pop(self._random.randrange(len(self._open))))
        except Exception as error:                        # told by the test that reads `faults`; a silent thread proves nothing
            self.heard.faults.append(repr(error))
            raise
        finally:
            if self._connection is not None:
                self._connection.close()

    def _assign(self, item: dict[str, object]) -> None:
        message = request("/v1/recommendations", {"item": item, "mode": "assign"}, Idempotency_Key=f"key-{item['item_id']}")
        reply = self._send(message)
        if reply is None:
            return
        document = json.loads(reply.body)
        self.heard.decisions[document["decision_id"]] = reply.body
        self.heard.outcomes[document["outcome"]] += 1
        if document["outcome"] == "assigned":
            self._open.append(document["decision_id"])
        if self._random.random() < 0.05:
            again = self._send(message)
            if again is not None and (again.body != reply.body or again.headers.get("idempotency-replayed") != "true"):
                self.heard.faults.append(f"`{item['item_id']}` was answered otherwise the second time")

    def _carry_on(self, decision_id: str) -> None:
        """Accept, report the outcome and close: the owner's place is free again."""
        if self._send(request(f"/v1/decisions/{decision_id}/accept", {}, Idempotency_Key=f"accept-{decision_id}",
                              X_Actor=f"client {self._number}")) is not None:
            self.heard.accepted.append(decision_id)
        outcome = self._random.choice(["converted", "lost"])
        for kind, more in (("outcome", {"outcome": outcome}), ("closed", {})):
            event = {"event_id": f"{decision_id}:{kind}-1", "kind": kind, "decision_id": decision_id,
                     "occurred_at": datetime.now(UTC).isoformat(), **more}
            reply = self._send(request("/v1/events", {"events": [event]}))
            if reply is None:
                continue
            [result] = json.loads(reply.body)["results"]
            if result["status"] == "refused":
                self.heard.faults.append(f"event refused: {result}")
            else:
                self.heard.events.append(event["event_id"])

    def _send(self, message: bytes) -> Reply | None:
        """The answer, however often it takes; None when the test ended before one came, or for a refusal."""
        while True:
            try:
                if self._connection is None:
                    self._connection = Connection(self._port, seconds=20)
                reply = self._connection.send(message)
            except OSError:
                if self._connection is not None:
                    self._connection.close()
                    self._connection = None
                self.heard.retried += 1
                if self._stop.is_set():
                    return None
                time.sleep(0.05)
                continue
            self.heard.replayed += reply.headers.get("idempotency-replayed") == "true"
            if reply.status == 200:
                return reply
            self.heard.faults.append(f"{reply.status}: {reply.body[:200]!r}")
            return None


class Load:
    """So many clients at once, until told to end."""

    def __init__(self, port: int, clients: int):
        self._stop = threading.Event()
        self.clients = [Client(number, port, self._stop) for number in range(clients)]
        self._threads = [threading.Thread(target=client.run, daemon=True) for client in self.clients]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    @property
    def heard(self) -> list[Heard]:
        """What each client was answered."""
        return [client.heard for client in self.clients]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What the store holds against what was acknowledged; everything but the first three should be nought."""

    acknowledged: int
    events: int
    assigned_share: float
    lost_decisions: int
    lost_events: int
    doubled: int
    overfilled: int
    miscounted: int
    unmatched: int
    broken: int


def look(folder: Path, heard: Iterable[Heard]) -> Found:
    """Go through the store after the server has gone."""
    heard, workspace = list(heard), Workspace.at(folder)
    try:
        with workspace.store.reading() as connection:
            rows = connection.execute(tables.decisions.select()).all()
            broken = connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok"
            counted = {row.owner_id: row.open for row in connection.execute(tables.capacity.select())}
        events = list(workspace.store.events())
    finally:
        workspace.close()
    stored = {row.decision_id: row.document for row in rows}
    kept = {event.event_id for event in events}
    answered = {decision_id: body for one in heard for decision_id, body in one.decisions.items()}
    outcomes = sum((one.outcomes for one in heard), Counter())
    per_item = Counter(row.item_id for row in rows)
    assigned = {row.decision_id for row in rows if row.outcome == "assigned"}
    ours = {event.assignment_id for event in events if event.kind == "assigned" and event.item_id in per_item}
    most, open_now = opened(events)
    return Found(
        acknowledged=len(answered), events=sum(len(one.events) for one in heard),
        assigned_share=outcomes["assigned"] / max(1, sum(outcomes.values())),
        lost_decisions=sum(stored.get(decision_id) != body for decision_id, body in answered.items()),
        lost_events=sum(event_id not in kept for one in heard for event_id in one.events),
        doubled=sum(count - 1 for count in per_item.values()),
        overfilled=sum(top > PLACES for top in most.values()),
        miscounted=sum(counted.get(owner, 0) != count for owner, count in open_now.items()),
        unmatched=len(assigned ^ ours), broken=int(broken))


def opened(events: Iterable) -> tuple[dict[str, int], dict[str, int]]:
    """By owner the most items ever open at once since the past closed, and those open at the end."""
    open_now, most, held = Counter(), defaultdict(int), {}
    for event in events:
        if event.kind == "assigned":
            held[event.assignment_id] = event.owner_id
            open_now[event.owner_id] += 1
            if not event.assignment_id.startswith("h-"):
                most[event.owner_id] = max(most[event.owner_id], open_now[event.owner_id])
        elif event.kind in ("rejected", "reassigned", "closed") and event.assignment_id in held:
            open_now[held.pop(event.assignment_id)] -= 1
    return most, open_now


def moments(count: int, *, shortest: float, longest: float, seed: int = 11) -> Iterator[float]:
    """Random stretches between two kills."""
    drawn = random.Random(seed)
    return (drawn.uniform(shortest, longest) for _ in range(count))
