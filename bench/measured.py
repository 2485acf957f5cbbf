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


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One run: what was decided, both sides, the parts of a decision (median milliseconds), and many clients at once.

    `mlflow_formats`: the median milliseconds of each input format before the run, fastest first; the first was compared.
    `disk`: a bare write of as many bytes as a decision keeps, with fdatasync, in turns with both.
    """

    setting: Mapping[str, object]
    decision: Latency
    mlflow: Latency
    mlflow_formats: Mapping[str, float]
    disk: Latency
    parts: Mapping[str, float]
    throughput: Throughput

    @property
    def ratio(self) -> float:
        """A full decision's p50 over mlflow's."""
        return self.decision.p50_ms / self.mlflow.p50_ms

    @property
    def spread(self) -> float:
        """A full decision's p99 over its p50."""
        return self.decision.p99_ms / self.decision.p50_ms

    def as_json(self) -> dict[str, object]:
        """As printed with --json."""
        theirs = {**asdict(self.mlflow), "format": next(iter(self.mlflow_formats)), "formats_ms": dict(self.mlflow_formats)}
        return {"setting": dict(self.setting), "decision": asdict(self.decision), "mlflow": theirs,
                "bare_fdatasync": asdict(self.disk), "ratio_p50": self.ratio, "p99_over_p50": self.spread,
                "parts_ms": dict(self.parts),
                "throughput": {**asdict(self.throughput), "per_second": self.throughput.per_second}}
