"""READ FIRST: a full decision beside a bare score, in one run and in turns.

Rightful decides whole items over HTTP (rules, features, score, explanation, durable commit); `mlflow models serve` only
scores the same 200 rows. Inputs rotate: repeating one item would measure caches.
"""
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from bench.company import Size, build, items, whole_second
from bench.connection import Connection, Reply, request
from bench.machine import processors
from bench.measured import Comparison, Round
from bench.mlflow_side import Served, ask, fastest_requests, log_models
from bench.servers import mlflow_server, rightful_server
from bench.throughput import many_clients
from rules.errors import Refused
from serving.decision.inputs import DecisionInputs
from serving.imports.files import import_history
from serving.ranking.bundle import Bundle, bundle_path, load_bundle
from serving.runtime.workspace import Workspace

WARM_UP, SLATES = 200, 100
#: What a decision for 200 owners keeps: document, inputs and event.
KEPT_BYTES = 88_000
Say = Callable[[str], None]


def compare(*, requests: int = 1000, seconds: float = 10.0, size: Size | None = None, say: Say) -> Comparison:
    """Build, train, serve both, ask both; about two minutes. The first of MLflow's models gets all requests, others half."""
    size, now = size or Size(), whole_second(datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="rightful-bench-") as temporary:
        folder = Path(temporary) / "workspace"
        say("building the company, its past and a model")
        bundle, events = prepare(folder, now=now, size=size)
        with rightful_server(folder) as ours:
            say(f"warming up with {WARM_UP} items")
            asked = iter([_assign(item) for item in items(WARM_UP + requests * 2, now=now)])
            warm = [_checked(reply) for reply in ask(ours, list(islice(asked, WARM_UP)))[1]]
            slates, chances = _slates(folder, bundle, warm[-SLATES:])
            rounds, answers = [], []
            for number, served in enumerate(log_models(bundle.pair_text, slates, chances, Path(temporary))):
                say(f"in turns with MLflow: {served.name}")
                one, replies = _round(served, ours, list(islice(asked, requests if number == 0 else requests // 2)),
                                      folder=Path(temporary))
                rounds.append(one)
                answers.append(replies)
            say(f"16 clients for {seconds:.0f} s")
            found = many_clients(ours, [_assign(item) for item in items(int(seconds * 1500), now=now, name="T", seed=7)],
                                 clients=16, seconds=seconds)
    return Comparison(setting=_setting(bundle, events, size, answers[0]), rounds=tuple(rounds),
                      parts=_parts(rounds[0].decided, answers[0]), throughput=found)


def _round(served: Served, ours: int, asked: Sequence[bytes], *, folder: Path) -> tuple[Round, list[Reply]]:
    """One of MLflow's models served beside Rightful, both asked in turns; the answers of Rightful."""
    with mlflow_server(served.uri, tracking_uri=served.tracking_uri, log=folder / "mlflow.log") as theirs:
        fastest, bodies, formats = fastest_requests(served.slates, theirs)
        with Disk(folder / "bare") as disk:
            decided, answers, scored = _in_turns(ours, asked, theirs, bodies, disk)
    return Round(name=served.name, format=fastest, formats_ms=formats, decided=tuple(decided), scored=tuple(scored),
                 written=tuple(disk.took)), answers


def prepare(folder: Path, *, now: datetime, size: Size) -> tuple[Bundle, int]:
    """A workspace with its past imported and a freshly trained champion; the bundle, and how many events there are."""
    from training.retrain import train

    build(folder, now=now, size=size)
    workspace = Workspace.at(folder)
    try:
        imported = import_history(workspace, folder / "history.csv")
        learnt = train(workspace, "lead", track=False)
        if not learnt.parts.has_signal or not learnt.parts.pair_text:
            raise Refused(f"the bench's own model is of no use: {learnt.verdict.reason}")
        workspace.store.set_champion("lead", learnt.bundle_hash, "bench")
        return load_bundle(bundle_path(workspace.bundles, learnt.bundle_hash)), imported.kept
    finally:
        workspace.close()


def _assign(item: dict[str, object]) -> bytes:
    return request("/v1/recommendations", {"item": item, "mode": "assign", "top": 5}, Idempotency_Key=str(item["item_id"]))


class Disk:
    """A bare write that is on disk, of as many bytes as a decision keeps: what a commit cannot go below."""

    def __init__(self, path: Path):
        self._file = path.open("wb", buffering=0)
        self._content = bytes(KEPT_BYTES)
        self.took: list[float] = []
        self.write()
        self.took.clear()

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self) -> None:
        """Write over the same place and wait for the disk."""
        started = time.perf_counter()
        os.pwrite(self._file.fileno(), self._content, 0)
        os.fdatasync(self._file.fileno())
        self.took.append(time.perf_counter() - started)


def _in_turns(ours: int, asked: Sequence[bytes], theirs: int, bodies: Sequence[bytes],
              disk: Disk) -> tuple[list[float], list[Reply], list[float]]:
    """A decision here, a score there, a bare write, and again: whatever else the machine does meets all of them."""
    one, other = Connection(ours), Connection(theirs)
    decided, answers, scored = [], [], []
    for message, body in zip(asked, cycle(bodies), strict=False):
        started = time.perf_counter()
        answers.append(one.send(message))
        between = time.perf_counter()
        reply = other.send(body)
        ended = time.perf_counter()
        decided.append(between - started)
        scored.append(ended - between)
        disk.write()
        if reply.status != 200:
            raise Refused(f"`mlflow models serve` answered {reply.status}: {reply.body[:300]!r}")
    one.close()
    other.close()
    for reply in answers:
        _checked(reply)
    return decided, answers, scored


def _checked(reply: Reply) -> dict[str, object]:
    """The decision in a reply, refused unless a model assigned the item out of 200 and explained five."""
    document = json.loads(reply.body)
    if reply.status != 200 or (document["decided_by"], document["outcome"]) != ("model", "assigned"):
        raise Refused(f"the bench expected an assignment by the model, given {reply.status}: {reply.body[:300]!r}")
    detailed = sum("contributions" in candidate for candidate in document["candidates"])
    if document["eligibility"]["eligible"] != 200 or detailed < 5 or not document["explanation"]["sentences"]:
        raise Refused(f"the bench expected 200 eligible and 5 explained owners, given "
                      f"{document['eligibility']['eligible']} and {detailed}")
    return document


def _slates(folder: Path, bundle: Bundle, documents: Sequence[dict[str, object]]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The rows that the booster scored in some decisions, read back from their logged inputs, and their chances."""
    workspace = Workspace.at(folder)
    try:
        logged = [DecisionInputs.from_bytes(workspace.store.decision_inputs(document["decision_id"])) for document in documents]
        return ([bundle.linear.expand(inputs.matrix) for inputs in logged],
                [bundle.probability(bundle.log_odds(inputs.matrix, inputs.m)) for inputs in logged])
    finally:
        workspace.close()


def _parts(decided: Sequence[float], answers: Sequence[Reply]) -> dict[str, float]:
    """Where the time goes, as the answers tell it themselves: medians in milliseconds."""
    rows = []
    for seconds, reply in zip(decided, answers, strict=True):
        laps = {name: us / 1000 for name, us in json.loads(reply.body)["timings_us"].items()}
        served = dict(part.strip().split(";dur=") for part in reply.headers["server-timing"].split(","))
        decide, commit = float(served["decide"]), float(served["commit"])
        rows.append({"rules": laps["rules"], "features": laps["features"], "score": laps["score"],
                     "explain and document": laps["explain"], "fold, serialise and insert": decide - sum(laps.values()),
                     "commit": commit, "HTTP": seconds * 1e3 - decide - commit})
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _setting(bundle: Bundle, events: int, size: Size, answers: Sequence[Reply]) -> dict[str, object]:
    return {"at": datetime.now(UTC).isoformat(timespec="seconds"), "owners": size.owners, "rules": 1000, "events": events,
            "eligible": 200, "features": len(bundle.features), "trees": bundle.pair_text.count("\nTree="),
            "answer_bytes": int(statistics.median(len(reply.body) for reply in answers)), "processors": processors(),
            "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version(), "lightgbm": version("lightgbm"), "mlflow": version("mlflow")}
