"""Waiting on the event loop for what the store's writer does in a thread of its own."""
import asyncio
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def outcome(work: "Future[T]") -> T:
    """What the work came to, or what it raised. Whoever stops waiting does not undo the work."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def tell(_work: "Future[T]") -> None:
        if not ended.cancelled():
            loop.call_soon_threadsafe(_resume, ended)

    work.add_done_callback(tell)
    await ended
    return work.result()


def _resume(ended: "asyncio.Future[None]") -> None:
    if not ended.done():
        ended.set_result(None)
