"""A measurement in a process of its own, stopped when it needs too much time or memory: nothing else is in its memory."""
import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection

from bench.rules_measured import Stopped


def in_own_process(work: Callable[..., object], *arguments: object, seconds: float, gigabytes: float) -> object:
    """What the work returns, or why it was stopped; both must be picklable, the work a function of a module."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, gigabytes, work, arguments))
    process.start()
    theirs.close()
    try:
        if not ours.poll(seconds):
            return Stopped(why=f"not done after {seconds:.0f} s")
        return ours.recv()
    except EOFError:
        return Stopped(why=f"its process ended without an answer; {gigabytes:.0f} GB of memory is the limit here")
    finally:
        process.kill()
        process.join()


def _run(answer: Connection, gigabytes: float, work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    limit = int(gigabytes * 1e9)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        answer.send(work(*arguments))
    except MemoryError:
        answer.send(Stopped(why=f"needs more than {gigabytes:.0f} GB"))


def peak_gigabytes() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
