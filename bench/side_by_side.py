"""READ FIRST: a full decision beside a bare score, in one run and in turns.

Rightful decides whole items over HTTP (rules, features, score, explanation, durable commit); `mlflow models serve` only
scores the same 200 rows with the same booster. Inputs rotate: repeating one item would measure caches.
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
from itertools import cycle
from pathlib import Path

import numpy as np

from bench.company import Size, build, items, whole_second
from bench.connection import Connection, Reply, request
from bench.measured import Comparison, Latency
from bench.servers import ENVIRONMENT, mlflow_server, rightful_server
from bench.throughput import many_clients
from rules.errors import Refused
from serving.decision.bundle import Bundle, bundle_path, load_bundle
from serving.decision.inputs import DecisionInputs
from serving.imports.files import import_history
from serving.workspace import Workspace

WARM_UP, SLATES = 200, 100
#: What a decision for 200 owners keeps: document, inputs and event.
KEPT_BYTES = 88_000
#: Ways to hand rows to `mlflow models serve`; the one it answers fastest is the one compared with.
FORMATS: dict[str, Callable[[np.ndarray], object]] = {
    "inputs": lambda rows: {"inputs": rows.tolist()},
    "dataframe_split": lambda rows: {"dataframe_split": {"columns": [f"f{number}" for number in range(rows.shape[1])],
                                                         "data": rows.tolist()}},
    "dataframe_records": lambda rows: {"dataframe_records": [
        {f"f{number}": cell for number, cell in enumerate(row)} for row in rows.tolist()]},
}
Say = Callable[[str], None]


def compare(*, requests: int = 1000, seconds: float = 10.0, size: Size | None = None, say: Say) -> Comparison:
    """Build, train, serve both, ask both; about two minutes."""
    size, now = size or Size(), whole_second(datetime.now(UTC))
    with tempfile.TemporaryDirectory(prefix="rightful-bench-") as temporary:
        folder = Path(temporary) / "workspace"
        say("building the company, its past and a model")
        bundle, events = prepare(folder, now=now, size=size)
        model_uri, tracking_uri = log_booster(bundle, Path(temporary))
        say("starting both servers")
        with (rightful_server(folder) as ours,
              mlflow_server(model_uri, tracking_uri=tracking_uri, log=Path(temporary) / "mlflow.log") as theirs):
            say(f"warming up with {WARM_UP} items")
            asked = [_assign(item) for item in items(WARM_UP + requests, now=now)]
            warm = [_checked(reply) for reply in _ask(ours, asked[:WARM_UP])[1]]
            bodies, formats = _mlflow_bodies(_slates(folder, bundle, warm[-SLATES:]), theirs)
            say(f"{requests} requests to each, in turns")
            with Disk(folder / "bare") as disk:
                decided, answers, scored = _in_turns(ours, asked[WARM_UP:], theirs, bodies, disk)
            say(f"16 clients for {seconds:.0f} s")
            found = many_clients(ours, [_assign(item) for item in items(int(seconds * 1500), now=now, name="T", seed=7)],
                                 clients=16, seconds=seconds)
    return Comparison(setting=_setting(bundle, events, size, answers), decision=Latency.of(decided), mlflow=Latency.of(scored),
                      mlflow_formats=formats, disk=Latency.of(disk.took), parts=_parts(decided, answers),
                      throughput=found)


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


def log_booster(bundle: Bundle, folder: Path) -> tuple[str, str]:
    """The bundle's booster as a logged MLflow model: its URI, and the tracking URI that knows it."""

    os.environ.update(ENVIRONMENT)
    import lightgbm
    import mlflow

    tracking_uri = f"sqlite:///{folder / 'mlflow.db'}"
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("bench", artifact_location=(folder / "mlruns").as_uri()))
    with mlflow.start_run():
        logged = mlflow.lightgbm.log_model(lightgbm.Booster(model_str=bundle.pair_text), name="pair",
                                           pip_requirements=[f"lightgbm=={version('lightgbm')}"])
    return logged.model_uri, tracking_uri


def _assign(item: dict[str, object]) -> bytes:
    return request("/v1/recommendations", {"item": item, "mode": "assign", "top": 5}, Idempotency_Key=str(item["item_id"]))


def _ask(port: int, messages: Sequence[bytes]) -> tuple[list[float], list[Reply]]:
    """One request after the other: seconds of each, and the answers."""
    connection, times, replies = Connection(port), [], []
    for message in messages:
        started = time.perf_counter()
        replies.append(connection.send(message))
        times.append(time.perf_counter() - started)
    connection.close()
    return times, replies


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


def _slates(folder: Path, bundle: Bundle, documents: Sequence[dict[str, object]]) -> list[np.ndarray]:
    """The rows that the booster scored in some decisions, read back from their logged inputs."""
    workspace = Workspace.at(folder)
    try:
        logged = (DecisionInputs.from_bytes(workspace.store.decision_inputs(document["decision_id"])) for document in documents)
        return [bundle.linear.expand(inputs.matrix) for inputs in logged]
    finally:
        workspace.close()


def _mlflow_bodies(slates: Sequence[np.ndarray], port: int) -> tuple[list[bytes], dict[str, float]]:
    """The slates as requests, in the format that is answered fastest; the median milliseconds of each, fastest first."""
    asked = {name: [request("/invocations", shape(rows)) for rows in slates] for name, shape in FORMATS.items()}
    for messages in asked.values():
        _ask(port, messages)
    took = {name: statistics.median(_ask(port, messages)[0]) * 1e3 for name, messages in asked.items()}
    formats = dict(sorted(took.items(), key=lambda entry: entry[1]))
    return asked[next(iter(formats))], formats


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
            "answer_bytes": int(statistics.median(len(reply.body) for reply in answers)), "processors": _processors(),
            "load": round(os.getloadavg()[0], 1),
            "python": platform.python_version(), "lightgbm": version("lightgbm"), "mlflow": version("mlflow")}


def _processors() -> str:

    found = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")] if Path("/proc/cpuinfo").exists() else []
    return f"{os.cpu_count()} x {found[0] if found else platform.machine()}"
