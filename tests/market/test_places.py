"""Reads leave a place for what a person waits for, and nobody's place is lost."""

from __future__ import annotations

import asyncio

import pytest

from bot.market.places import Places


class Hall:
    """Guests who take a place and stay until they are told to go."""

    def __init__(self, places: Places, group: asyncio.TaskGroup) -> None:
        self._places = places
        self._group = group
        self.inside: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._leave: dict[str, asyncio.Event] = {}

    async def come(self, *names: str) -> None:
        """A name that begins with s is a send."""
        for name in names:
            self._leave[name] = asyncio.Event()
            self.tasks[name] = self._group.create_task(self._stay(name))
        await settle()

    async def go(self, *names: str) -> None:
        for name in names:
            self._leave[name].set()
        await settle()

    async def _stay(self, name: str) -> None:
        async with self._places.take(is_urgent=name.startswith("s")):
            self.inside.append(name)
            try:
                await self._leave[name].wait()
            finally:
                self.inside.remove(name)


async def settle() -> None:
    for _ in range(10):  # turns of the loop, no time
        await asyncio.sleep(0)


async def test_reads_leave_one_place_and_a_send_takes_it() -> None:
    async with asyncio.TaskGroup() as group:
        hall = Hall(Places(4), group)
        await hall.come("r1", "r2", "r3", "r4")
        assert hall.inside == ["r1", "r2", "r3"]
        await hall.come("s1")
        assert hall.inside == ["r1", "r2", "r3", "s1"]
        await hall.go("r1")
        assert hall.inside == ["r2", "r3", "s1", "r4"]
        await hall.go("r2", "r3", "r4", "s1")


async def test_a_send_goes_before_every_read_that_waits() -> None:
    async with asyncio.TaskGroup() as group:
        hall = Hall(Places(2), group)
        await hall.come("s1", "s2", "r1", "r2", "s3")
        assert hall.inside == ["s1", "s2"]
        await hall.go("s1")
        assert hall.inside == ["s2", "s3"]
        await hall.go("s2")
        assert hall.inside == ["s3", "r1"]
        await hall.go("s3")
        assert hall.inside == ["r1"]
        await hall.go("r1", "r2")


async def test_sends_may_take_every_place() -> None:
    async with asyncio.TaskGroup() as group:
        hall = Hall(Places(3), group)
        await hall.come("s1", "s2", "s3", "s4")
        assert hall.inside == ["s1", "s2", "s3"]
        await hall.go("s1", "s2", "s3", "s4")


async def test_a_single_place_is_shared() -> None:
    async with asyncio.TaskGroup() as group:
        hall = Hall(Places(1), group)
        await hall.come("r1", "r2", "s1")
        assert hall.inside == ["r1"]
        await hall.go("r1")
        assert hall.inside == ["s1"]
        await hall.go("s1")
        assert hall.inside == ["r2"]
        await hall.go("r2")


async def test_whoever_gives_up_waiting_takes_no_place_along() -> None:
    async with asyncio.TaskGroup() as group:
        hall = Hall(Places(1), group)
        await hall.come("s1", "s2", "s3")
        hall.tasks["s2"].cancel()
        await hall.go("s1")
        assert hall.inside == ["s3"]
        await hall.go("s3")


@pytest.mark.parametrize("is_urgent", [True, False])
async def test_a_place_given_in_the_moment_of_giving_up_comes_back(is_urgent: bool) -> None:
    places = Places(1)
    async with asyncio.TaskGroup() as group:
        hall = Hall(places, group)
        async with places.take(is_urgent=is_urgent):
            await hall.come("s1" if is_urgent else "r1")
        # Leaving gave the place away without a turn of the loop: the guest has not woken yet.
        hall.tasks["s1" if is_urgent else "r1"].cancel()
        await hall.come("r2")
        assert hall.inside == ["r2"]
        await hall.go("r2")
