"""A thread is waited for, whatever becomes of the waiting."""

from __future__ import annotations

import asyncio
import threading

import pytest

from bot.files.threads import Threads


async def test_what_the_thread_returns_or_raises_comes_back() -> None:
    assert await Threads(1, "test").to_the_end(divmod, 7, 2) == (3, 1)
    with pytest.raises(ZeroDivisionError):
        await Threads(1, "test").to_the_end(divmod, 7, 0)


async def test_a_cancellation_comes_through_when_the_thread_is_done() -> None:
    begun, may_end, ended = asyncio.Event(), threading.Event(), threading.Event()
    loop, threads = asyncio.get_running_loop(), Threads(1, "test")

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait(10)
        ended.set()

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(threads.to_the_end(work))
        await begun.wait()
        for _ in range(3):
            waiting.cancel()
            await asyncio.sleep(0)
        assert not waiting.done()
        may_end.set()
    assert waiting.cancelled()
    assert ended.is_set()


async def test_what_has_not_begun_when_it_is_cancelled_never_begins() -> None:
    begun, may_end = asyncio.Event(), threading.Event()
    loop, threads = asyncio.get_running_loop(), Threads(1, "test")
    done: list[str] = []

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        may_end.wait(10)

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(threads.to_the_end(work))
        await begun.wait()
        behind = tasks.create_task(threads.to_the_end(done.append, "late"))
        await asyncio.sleep(0)
        behind.cancel()
        await asyncio.wait([behind])
        assert behind.cancelled()
        may_end.set()
    assert done == []
