"""How a long computation runs: on one thread, saying what it is at, with the seconds of each stage."""
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import TypeVar

Progress = Callable[[str], None]
T = TypeVar("T")


def silent(_line: str) -> None:
    """Progress that nobody hears."""


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra on one thread: the same sums in the same order on every run, and no fight for busy cores."""
    from threadpoolctl import threadpool_limits  # comes with scikit-learn

    with threadpool_limits(limits=1):
        yield


def counting(things: Iterable[T], what: str, progress: Progress, *, of: int | None = None, seconds: float = 2.0) -> Iterator[T]:
    """The things one by one, with word of how many are done every few seconds; `of` how many, where they cannot be counted."""
    count = of if of is not None else len(things) if isinstance(things, Sized) else 0
    told = time.monotonic()
    for done, thing in enumerate(things, 1):
        yield thing
        if not done % 64 and time.monotonic() - told >= seconds:
            told = time.monotonic()
            progress(f"{what}: {done:,} of {count:,}")


class ProgressClock:
    """Seconds by stage, each said aloud as it starts; `STAGE: words` is news of the stage, not a new one."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self._last: tuple[str, float] | None = None
        self.seconds: dict[str, float] = {}

    def start(self, stage: str) -> None:
        """End the stage before and start this one; "" ends the last."""
        now = time.perf_counter()
        if self._last is not None and stage.startswith(f"{self._last[0]}:"):
            self._progress(stage)
            return
        if self._last is not None:
            self.seconds[self._last[0]] = round(now - self._last[1], 2)
        self._last = (stage, now)
        if stage:
            self._progress(stage)
