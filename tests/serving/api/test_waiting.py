import asyncio
import threading
from concurrent.futures import Future

import pytest

from serving.api.waiting import outcome


def test_what_another_thread_made_is_answered():
    async def wait() -> str:
        work: Future[str] = Future()
        threading.Timer(0.01, work.set_result, ["made"]).start()
        return await outcome(work)

    assert asyncio.run(wait()) == "made"


def test_what_is_there_already_is_answered():
    async def wait() -> str:
        work: Future[str] = Future()
        work.set_result("made")
        return await outcome(work)

    assert asyncio.run(wait()) == "made"


def test_what_the_work_raised_is_raised():
    async def wait() -> None:
        work: Future[None] = Future()
        threading.Timer(0.01, work.set_exception, [KeyError("lost")]).start()
        await outcome(work)

    with pytest.raises(KeyError):
        asyncio.run(wait())


def test_whoever_stops_waiting_does_not_undo_the_work():
    async def give_up() -> Future:
        work: Future[str] = Future()
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(outcome(work), 0.01)
        assert not work.cancelled()
        work.set_result("made")
        await asyncio.sleep(0)
        return work

    assert asyncio.run(give_up()).result() == "made"


def test_a_loop_that_has_ended_is_not_told():
    work: Future[str] = Future()

    async def give_up() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(outcome(work), 0.01)

    asyncio.run(give_up())
    work.set_result("made")
    assert work.result() == "made"
