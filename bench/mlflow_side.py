"""MLflow's side: the booster that it serves, logged bare or with its signature, and the rows in each input format.

A model logged with a signature has its input checked column by column before it scores; MLflow's documentation asks for
one. A general ranker is larger than the pair model, whose item part is scored once per item: a booster of the usual size,
on the same rows with further columns, shows what that costs.
"""
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bench.connection import Connection, Reply, request
from bench.servers import ENVIRONMENT
from rules.errors import Refused

#: The usual size of a ranking booster that is not split into an item's and a pair's part.
USUAL_TREES, USUAL_LEAVES, USUAL_COLUMNS = 300, 31, 40
#: Ways to hand rows to `mlflow models serve`; of those that a model takes the one answered fastest is compared with.
FORMATS: dict[str, Callable[[np.ndarray], object]] = {
    "inputs": lambda rows: {"inputs": rows.tolist()},
    "dataframe_split": lambda rows: {"dataframe_split": {"columns": _columns(rows), "data": rows.tolist()}},
    "dataframe_records": lambda rows: {"dataframe_records": [dict(zip(_columns(rows), row, strict=True))
                                                             for row in rows.tolist()]},
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A model that MLflow serves: what it is in words, where it is logged, and the slates it is asked about."""

    name: str
    uri: str
    tracking_uri: str
    slates: Sequence[np.ndarray]


def log_models(pair_text: str, slates: Sequence[np.ndarray], chances: Sequence[np.ndarray], folder: Path) -> list[Served]:
    """Log the booster bare and with its signature, and one of the usual size fitted on the same rows.

    `slates`: rows that the booster scored (n x columns each), `chances` (n each) what it said of them.
    """
    os.environ.update(ENVIRONMENT)
    import lightgbm
    import mlflow
    import pandas as pd
    from mlflow.models import infer_signature

    tracking_uri = f"sqlite:///{folder / 'mlflow.db'}"
    mlflow.set_tracking_uri(tracking_uri)
    mlflow.set_experiment(experiment_id=mlflow.create_experiment("bench", artifact_location=(folder / "mlruns").as_uri()))
    same, wider = lightgbm.Booster(model_str=pair_text), _widened(slates)
    signature = infer_signature(pd.DataFrame(slates[0], columns=_columns(slates[0])), same.predict(slates[0]))
    usual = _usual_size(np.vstack(wider), np.concatenate(chances))
    wanted = (("the same booster, logged bare", same, None, slates),
              ("the same booster, logged with its signature", same, signature, slates),
              (f"{USUAL_TREES} trees of {USUAL_LEAVES} leaves on {USUAL_COLUMNS} columns, logged bare", usual, None, wider))
    served = []
    for name, booster, signed, rows in wanted:
        with mlflow.start_run():
            logged = mlflow.lightgbm.log_model(booster, name="pair", signature=signed,
                                               pip_requirements=[f"lightgbm=={version('lightgbm')}"])
        served.append(Served(name=name, uri=logged.model_uri, tracking_uri=tracking_uri, slates=rows))
    return served


def _widened(slates: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The same rows with as many random columns as the usual width has more."""
    random = np.random.default_rng(2)
    return [np.hstack((rows, random.normal(size=(len(rows), max(0, USUAL_COLUMNS - rows.shape[1]))))) for rows in slates]


def _usual_size(rows: np.ndarray, chances: np.ndarray) -> object:
    """A booster of the usual size; what it learns does not matter, what it costs does."""
    import lightgbm

    outcomes = np.random.default_rng(1).random(len(rows)) < chances
    return lightgbm.train({"objective": "binary", "num_leaves": USUAL_LEAVES, "learning_rate": 0.03, "num_threads": 1,
                           "seed": 1, "verbose": -1}, lightgbm.Dataset(rows, outcomes), USUAL_TREES)


def fastest_requests(slates: Sequence[np.ndarray], port: int) -> tuple[str, list[bytes], Mapping[str, float]]:
    """The format answered fastest, the slates as requests in it, and the median milliseconds of every format taken."""
    took: dict[str, float] = {}
    asked = {name: [request("/invocations", shape(rows)) for rows in slates] for name, shape in FORMATS.items()}
    for name, messages in asked.items():
        if ask(port, messages[:1])[1][0].status == 200:       # a signature by column takes no bare array
            ask(port, messages)
            took[name] = statistics.median(ask(port, messages)[0]) * 1e3
    if not took:
        raise Refused("`mlflow models serve` took none of its own input formats")
    formats = dict(sorted(took.items(), key=lambda entry: entry[1]))
    fastest = next(iter(formats))
    return fastest, asked[fastest], formats


def ask(port: int, messages: Sequence[bytes]) -> tuple[list[float], list[Reply]]:
    """One request after the other: seconds of each, and the answers."""
    connection, times, replies = Connection(port), [], []
    for message in messages:
        started = time.perf_counter()
        replies.append(connection.send(message))
        times.append(time.perf_counter() - started)
    connection.close()
    return times, replies


def _columns(rows: np.ndarray) -> list[str]:
    return [f"f{number}" for number in range(rows.shape[1])]
