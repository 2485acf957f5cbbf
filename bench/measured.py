"""Figures as values: how long a series of requests took, where the time went, how many a second."""
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Latency:
    """A series of requests one after the other, in milliseconds."""

    requests: int
    p50_ms: float
    p90_ms: float
    p99_ms: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latency":
        """Of single times in seconds."""
        p50, p90, p99 = (float(np.percentile(seconds, share)) * 1e3 for share in (50, 90, 99))
        return cls(requests=len(seconds), p50_ms=p50, p90_ms=p90, p99_ms=p99)


@dataclass(frozen=True, kw_only=True, slots=True)
class Throughput:
    """What one worker answers with several clients asking at once; `errors` counts answers that were no 200."""

    clients: int
    seconds: float
    decisions: int
    errors: int
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Decisions a second."""
        return self.decisions / self.seconds


@dataclass(frozen=True, kw_only=True, eq=False)
class Round:
    """Decisions and one MLflow model's scores in turns, in seconds each; `written`: bare writes that are on disk.

    `name`: the model in words. `formats_ms`: the median of each input format it takes, fastest first; `format` was compared.
    """

    name: str
    format: str
    formats_ms: Mapping[str, float]
    decided: Sequence[float]
    scored: Sequence[float]
    written: Sequence[float]

    @property
    def decision(self) -> Latency:
        """Full decisions."""
        return Latency.of(self.decided)

    @property
    def mlflow(self) -> Latency:
        """Scores alone."""
        return Latency.of(self.scored)

    @property
    def disk(self) -> Latency:
        """Bare writes of as many bytes as a decision keeps, with fdatasync."""
        return Latency.of(self.written)

    @property
    def ratio(self) -> float:
        """A full decision's p50 over mlflow's."""
        return self.decision.p50_ms / self.mlflow.p50_ms

    def as_json(self) -> dict[str, object]:
        """As printed with --json."""
        return {"model": self.name, "format": self.format, "formats_ms": dict(self.formats_ms), "ratio_p50": self.ratio,
                "decision": asdict(self.decision), "mlflow": asdict(self.mlflow), "bare_fdatasync": asdict(self.disk)}


@dataclass(frozen=True, kw_only=True, eq=False)
class Comparison:
    """One run: beside each of MLflow's models, the parts of a decision (median milliseconds), and many clients at once."""

    setting: Mapping[str, object]
    rounds: Sequence[Round]
    parts: Mapping[str, float]
    throughput: Throughput

    @property
    def spread(self) -> float:
        """A full decision's p99 over its p50, in the first round, which has the most requests."""
        decision = self.rounds[0].decision
        return decision.p99_ms / decision.p50_ms

    def as_json(self) -> dict[str, object]:
        """As printed with --json."""
        return {"setting": dict(self.setting), "rounds": [one.as_json() for one in self.rounds], "p99_over_p50": self.spread,
                "parts_ms": dict(self.parts),
                "throughput": {**asdict(self.throughput), "per_second": self.throughput.per_second}}
