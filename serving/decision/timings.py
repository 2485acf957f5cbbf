"""How long each part of a decision took, in microseconds; outside replay equality."""
import time


class Stopwatch:
    """Laps between calls, summed by name."""

    def __init__(self):
        self._last = time.perf_counter_ns()
        self.laps = {"rules": 0, "features": 0, "score": 0, "explain": 0}

    def lap(self, name: str) -> None:
        """The time since the last lap goes under this name."""
        now = time.perf_counter_ns()
        self.laps[name] += (now - self._last) // 1000
        self._last = now
