"""Files are brought beside the lanes: each once, for as long as it makes sense, and told to whom
waits for it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.files.spool import DiskSpool, open_spool
from bot.relay.errors import AccessDenied, Refused, RelayError, Throttled, Unreachable
from bot.relay.fetching import Fetcher, GivenUp, Ready, Wish
from bot.relay.model import EffectId
from bot.relay.parking import Parking
from tests.relay.bench import until

AWAY = Unreachable("market_unreachable")


class Server:
    """Files somewhere else. `fails`: what the next readings raise; `gate`: what they wait for."""

    def __init__(self) -> None:
        self.fails: list[Exception] = []
        self.always: Exception | None = None
        self.gate: asyncio.Event | None = None
        self.begun = self.open = self.most_open = 0

    async def read(self) -> AsyncGenerator[bytes, None]:
        self.begun += 1
        self.open += 1
        self.most_open = max(self.open, self.most_open)
        try:
            if self.gate:
                await self.gate.wait()
            yield b"half"
            if error := self.fails.pop(0) if self.fails else self.always:
                raise error
            yield b" and half"
        finally:
            self.open -= 1


class Place:
    """A fetcher at work, with the bell and the lanes that wait."""

    def __init__(self, spool: DiskSpool, patience_s: float) -> None:
        self.spool, self.server, self.bell = spool, Server(), asyncio.Event()
        self.parking = Parking(self.bell)
        self.fetcher: Fetcher[str] = Fetcher(spool, self.parking, patience_s)
        self.made: list[Path] = []
        self.unmakable: Exception | None = None

    def wish(
        self, key: str = "key", *, lane: str = "", at_most: int = 100, is_patient: bool = True
    ) -> Wish[str]:
        lane = lane or f"lane {key}"
        return Wish(key, lane, self.server.read, self._make, at_most, is_patient)

    async def _make(self, path: Path) -> str:
        self.made.append(path)
        if self.unmakable:
            raise self.unmakable
        return path.read_text()  # noqa: ASYNC240 - a few bytes

    async def brought(self, wish: Wish[str]) -> Ready[str] | GivenUp:
        await until(lambda: self.fetcher.fate(wish))
        fate = self.fetcher.fate(wish)
        assert fate
        return fate


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[DiskSpool]:
    with open_spool(tmp_path / "files") as spool:
        yield spool


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody rests between two tries."""
    monkeypatch.setattr("bot.relay.retry.backoff_ms", lambda *_: 0)


@asynccontextmanager
async def at_work(spool: DiskSpool, patience_s: float = 0.0) -> AsyncIterator[Place]:
    place = Place(spool, patience_s)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(place.fetcher.run())
        try:
            yield place
        finally:
            running.cancel()


@pytest.mark.parametrize(
    "error", [Refused("file_gone"), AccessDenied("market_denied"), Refused("file_too_big")]
)
async def test_a_refusal_is_final_at_once(spool: DiskSpool, error: RelayError) -> None:
    async with at_work(spool, math.inf) as place:
        place.server.always = error
        assert await place.brought(place.wish()) == GivenUp(error)
        assert place.server.begun == 1
        assert spool.path("key") is None


async def test_a_file_over_the_limit_is_not_kept(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        fate = await place.brought(place.wish(at_most=5))
        assert isinstance(fate, GivenUp)
        assert fate.error.key == "file_too_big"
        assert place.fetcher.known("key") is None


async def test_what_cannot_be_looked_at_is_given_up_with_a_reason(spool: DiskSpool) -> None:
    async with at_work(spool, math.inf) as place:
        place.unmakable = Refused("file_empty")
        assert await place.brought(place.wish()) == GivenUp(place.unmakable)


async def test_a_bug_gives_up_one_file_and_brings_the_next(spool: DiskSpool) -> None:
    async with at_work(spool, math.inf) as place:
        place.server.fails = [ZeroDivisionError()]
        fate = await place.brought(place.wish("odd"))
        assert isinstance(fate, GivenUp)
        assert (fate.error.key, fate.error.details) == ("bug", {"type": "ZeroDivisionError"})
        assert await place.brought(place.wish("next")) == Ready("half and half")


async def test_a_server_that_comes_back_is_read_from_the_beginning(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        place.server.fails = [AWAY, AWAY, AWAY]
        assert await place.brought(place.wish()) == Ready("half and half")
        assert place.server.begun == 4


async def test_a_server_that_stays_away_is_given_up_after_some_tries(spool: DiskSpool) -> None:
    async with at_work(spool, patience_s=0) as place:
        place.server.always = AWAY
        assert await place.brought(place.wish()) == GivenUp(AWAY)
        assert place.server.begun == 4


async def test_who_has_all_the_patience_gives_up_no_server(spool: DiskSpool) -> None:
    async with at_work(spool, math.inf) as place:
        place.server.always = AWAY
        wish = place.wish()
        assert place.fetcher.fate(wish) is None
        await until(lambda: place.server.begun > 20)
        assert place.fetcher.fate(wish) is None
        place.server.always = None
        assert await place.brought(wish) == Ready("half and half")


async def test_who_has_no_patience_gives_up_at_once(spool: DiskSpool) -> None:
    async with at_work(spool, math.inf) as place:
        place.server.always = AWAY
        assert await place.brought(place.wish(is_patient=False)) == GivenUp(AWAY)
        assert place.server.begun == 1


async def test_a_pause_that_is_asked_for_is_kept(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    sleep = asyncio.sleep

    async def rest(seconds: float) -> None:
        if seconds > 1:
            rests.append(seconds)
        await sleep(min(seconds, 0.001))

    monkeypatch.setattr(asyncio, "sleep", rest)
    monkeypatch.setattr("bot.relay.fetching._TIDIED_EVERY_S", 1)
    async with at_work(spool) as place:
        place.server.fails = [Throttled("market_throttled", 30)]
        assert await place.brought(place.wish()) == Ready("half and half")
    assert rests == [30]


async def test_nothing_is_known_while_it_is_brought_and_it_is_brought_once(
    spool: DiskSpool,
) -> None:
    async with at_work(spool) as place:
        place.server.gate = asyncio.Event()
        wish = place.wish()
        for _ in range(3):
            assert place.fetcher.fate(wish) is None
        await until(lambda: place.server.open)
        assert place.fetcher.fate(wish) is None
        assert place.fetcher.known("key") is None
        place.server.gate.set()
        assert await place.brought(wish) == Ready("half and half")
        assert place.fetcher.known("key") == "half and half"
        assert place.server.begun == 1


@pytest.mark.parametrize("error", [None, Refused("file_gone")])
async def test_whatever_becomes_of_it_its_lane_goes_on(
    spool: DiskSpool, error: Exception | None
) -> None:
    async with at_work(spool) as place:
        place.server.always = error
        place.parking.park("lane key", EffectId(1))
        place.parking.park("lane of another", EffectId(2))
        await place.brought(place.wish())
        assert place.parking.lanes == {"lane of another"}
        assert place.bell.is_set()


async def test_what_was_taken_back_is_brought_no_further_and_others_are(spool: DiskSpool) -> None:
    async with at_work(spool, math.inf) as place:
        place.server.gate = asyncio.Event()
        for number, key in enumerate(("key", "other")):
            assert place.fetcher.fate(place.wish(key)) is None
            place.parking.park(f"lane {key}", EffectId(number))
        await until(lambda: place.server.open == 2)
        assert place.parking.holds("lane other", EffectId(1))
        assert not place.parking.holds("lane key", EffectId(7))
        await until(lambda: place.server.open == 1)
        place.server.gate.set()
        assert await place.brought(place.wish("other")) == Ready("half and half")
    assert len(place.made) == 1


async def test_what_was_taken_back_before_it_was_begun_leaves_its_lane_free(
    spool: DiskSpool,
) -> None:
    async with at_work(spool, math.inf) as place:
        fetcher = place.fetcher
        assert fetcher.fate(place.wish()) is None
        place.parking.park("lane key", EffectId(1))
        await asyncio.sleep(0)
        assert fetcher._under_way["key"]
        assert not place.parking.holds("lane key", EffectId(2))
        assert place.server.begun == 0
        place.parking.park("lane key", EffectId(2))
        await until(lambda: not place.parking.lanes)
        assert await place.brought(place.wish()) == Ready("half and half")


async def test_a_slow_file_holds_up_no_other(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        place.server.gate = gate = asyncio.Event()
        assert place.fetcher.fate(place.wish("slow")) is None
        await until(lambda: place.server.open)
        place.server.gate = None
        assert await place.brought(place.wish("quick")) == Ready("half and half")
        assert place.fetcher.fate(place.wish("slow")) is None
        gate.set()


async def test_only_a_few_are_brought_at_once(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        place.server.gate = asyncio.Event()
        wishes = [place.wish(f"key {number}") for number in range(40)]
        for wish in wishes:
            place.fetcher.fate(wish)
        await until(lambda: place.server.open == 16)
        place.server.gate.set()
        for wish in wishes:
            assert await place.brought(wish) == Ready("half and half")
        assert place.server.most_open == 16


async def test_the_files_of_a_lane_leave_room_for_those_of_others(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        place.server.gate = asyncio.Event()
        wishes = [place.wish(f"key {number}", lane="one") for number in range(20)]
        for wish in wishes:
            place.fetcher.fate(wish)
        await until(lambda: place.server.open == 4)
        place.fetcher.fate(place.wish("another"))
        await until(lambda: place.server.open == 5)
        place.server.gate.set()
        for wish in wishes:
            assert await place.brought(wish) == Ready("half and half")


async def test_a_server_that_keeps_silent_is_given_up_when_patience_is_over(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.fetching._SILENCE_S", 0.05)
    async with at_work(spool) as place:
        place.server.gate = asyncio.Event()
        fate = await place.brought(place.wish())
        assert isinstance(fate, GivenUp)
        assert (fate.error.key, place.server.begun) == ("file_unreachable", 1)
        assert place.server.open == 0


async def test_what_is_forgotten_leaves_the_disk_and_is_brought_again_when_wished(
    spool: DiskSpool,
) -> None:
    async with at_work(spool) as place:
        await place.brought(place.wish())
        place.fetcher.forget("key")
        assert spool.path("key") is None
        assert place.fetcher.known("key") is None
        assert await place.brought(place.wish()) == Ready("half and half")
        assert place.server.begun == 2


async def test_what_was_given_up_is_tried_again_only_once_it_is_forgotten(
    spool: DiskSpool,
) -> None:
    async with at_work(spool) as place:
        place.server.fails = [Refused("file_gone")]
        given_up = await place.brought(place.wish())
        assert place.fetcher.fate(place.wish()) == given_up
        place.fetcher.forget("key")
        assert await place.brought(place.wish()) == Ready("half and half")


async def test_what_nobody_asks_for_any_more_leaves_the_disk_and_the_memory(
    spool: DiskSpool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.fetching._TIDIED_EVERY_S", 0.01)
    monkeypatch.setattr("bot.relay.fetching._KEPT_S", 0.2)
    async with at_work(spool) as place:
        for key in ("withdrawn", "wanted"):
            await place.brought(place.wish(key))
        place.server.fails = [Refused("file_gone")]
        await place.brought(place.wish("given up"))
        await until(lambda: place.fetcher.known("wanted") and not spool.path("withdrawn"))
        await until(lambda: place.fetcher.known("wanted") and len(place.fetcher._asked) == 1)
        assert place.fetcher._fates.keys() == {"wanted"}
        assert await place.brought(place.wish("withdrawn")) == Ready("half and half")


async def test_what_is_on_its_way_is_not_forgotten(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        place.server.gate = asyncio.Event()
        place.fetcher.fate(place.wish())
        await until(lambda: place.server.open)
        place.fetcher.forget("key")
        place.server.gate.set()
        assert await place.brought(place.wish()) == Ready("half and half")
        assert place.server.begun == 1


async def test_a_file_that_somebody_tidied_away_is_brought_again(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        await place.brought(place.wish())
        spool.drop("key")
        assert place.fetcher.known("key") is None
        assert place.fetcher.fate(place.wish()) is None
        assert await place.brought(place.wish()) == Ready("half and half")


async def test_an_end_of_the_process_ends_the_reading(spool: DiskSpool) -> None:
    async with at_work(spool) as place:
        place.server.gate = asyncio.Event()
        place.fetcher.fate(place.wish())
        await until(lambda: place.server.open)
    assert place.server.open == 0
    assert spool.path("key") is None
