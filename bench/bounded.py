"""A measurement in a process of its own, stopped when it needs too much time or memory: nothing else is in its memory.

Time is processor time, so that others at work on the machine neither stop a measurement nor stretch it much.
"""
import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

from bench.rules_measured import Stopped

#: How many times its processor time a measurement may last on a busy machine.
_PATIENCE = 20


def in_own_process(work: Callable[..., object], *arguments: object, seconds: float, gigabytes: float) -> object:
    """What the work returns, or why it was stopped; both must be picklable, the work a function of a module."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, seconds, gigabytes, work, arguments))
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(seconds * _PATIENCE) else Stopped(why=f"not done after {seconds * _PATIENCE:.0f} s")
    except EOFError:
        process.join()
        if process.exitcode == -signal.SIGXCPU:
            return Stopped(why=f"not done after {seconds:.0f} s of processor time")
        return Stopped(why=f"its process ended without an answer; {gigabytes:.0f} GB of memory is the limit here")
    finally:
        process.kill()
        process.join()


def _run(answer: Connection, seconds: float, gigabytes: float, work: Callable[..., object],
         arguments: tuple[object, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * 1e9),) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (max(int(seconds), 1), max(int(seconds), 1) + 5))
    try:
        answer.send(work(*arguments))
    except MemoryError:
        answer.send(Stopped(why=f"needs more than {gigabytes:.0f} GB"))


def peak_gigabytes() -> float:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
