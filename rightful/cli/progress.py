"""Progress of anything long, on stderr: a bar on a terminal, a plain line now and then elsewhere."""
import contextlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
_SECONDS_BETWEEN_LINES = 5.0


def track(things: Iterable[T], *, what: str, total: int) -> Iterator[T]:
    """The things, one by one, with word of how far it is."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track as bar

        yield from bar(things, description=what, total=total, console=Console(stderr=True), transient=True)
        return
    told = time.monotonic()
    for done, thing in enumerate(things, 1):
        yield thing
        if time.monotonic() - told >= _SECONDS_BETWEEN_LINES:
            told = time.monotonic()
            print(f"{what}: {done:,} of {total:,}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """What is being done: one live line on a terminal, elsewhere a plain line once it takes some seconds."""
    if sys.stderr.isatty():
        from rich.console import Console

        with Console(stderr=True).status("starting") as status:
            yield status.update
        return
    began = time.monotonic()

    def say(line: str) -> None:
        if time.monotonic() - began >= _SECONDS_BETWEEN_LINES:
            print(line, file=sys.stderr, flush=True)

    yield say
