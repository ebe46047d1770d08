"""What a buyer's file turns out to be, and what is tried before it is called missing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.files.spool import DiskSpool, open_spool
from bot.relay.buyer_to_topic.cargo import Cargo
from bot.relay.buyer_to_topic.freight import UPLOAD_AT_MOST, Content, Freight, Missing
from bot.relay.errors import AccessDenied, Refused, Unreachable
from bot.relay.fetching import Fetcher
from bot.relay.model import Attachment, MessageId, Nature, Sender
from bot.relay.parking import Parking
from bot.relay.work import Parked
from tests.relay.bench import until
from tests.relay.buyer_to_topic.hold import URL, Gallery, Shelf, any_of
from tests.relay.samples import CHAT, NOW_MS, incoming

MB = 1024 * 1024
LANE = "topic/1"


def cargo(name: str = "a.jpg", index: int = 0, url: str = f"{URL}old") -> Cargo:
    file = Attachment(name, url, 5)
    return Cargo(CHAT, MessageId(11), index, Sender.CUSTOMER, Nature.NEW, NOW_MS, file)


class Hold:
    def __init__(self, spool: DiskSpool) -> None:
        self.spool, self.shelf, self.gallery = spool, Shelf(), Gallery()
        self.fetcher: Fetcher[Content] = Fetcher(spool, Parking(asyncio.Event()), 0)
        self.freight = Freight(
            market=any_of(self.shelf),
            spool=spool,
            pictures=self.gallery,
            fetcher=self.fetcher,
        )

    async def brought(self, content: bytes | None = None, one: Cargo | None = None) -> Content:
        """Raises `Missing`."""
        one = one or cargo()
        if content is not None:
            self.shelf.files[one.file.url] = content
        await until(lambda: not self.freight.is_coming(one, LANE))
        return self.freight.content(one, LANE)

    async def missing(self, content: bytes | None = None, one: Cargo | None = None) -> Missing:
        with pytest.raises(Missing) as caught:
            await self.brought(content, one)
        return caught.value

    def now_at(self, *urls: str) -> None:
        """Where the files of the message lie by what the Market says today."""
        files = tuple(Attachment(f"{number}", url, 5) for number, url in enumerate(urls))
        self.shelf.today[11] = replace(incoming(11), attachments=files)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[DiskSpool]:
    with open_spool(tmp_path / "files") as spool:
        yield spool


@pytest.fixture
async def hold(spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hold]:
    monkeypatch.setattr("bot.relay.retry.backoff_ms", lambda *_: 0)
    hold = Hold(spool)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(hold.fetcher.run())
        yield hold
        running.cancel()


# Missing


async def test_an_empty_file_is_missing_since_telegram_takes_none(hold: Hold) -> None:
    error = await hold.missing(b"")
    assert (error.key, error.is_passing) == ("file_empty", False)


@pytest.mark.parametrize(
    ("raised", "is_passing"),
    [
        (Refused("file_nowhere"), False),
        (Refused("file_unsafe"), False),
        (AccessDenied("market_denied"), False),
        (Unreachable("file_unreachable"), True),
    ],
)
async def test_what_cannot_be_read_says_why_and_whether_it_may_pass(
    hold: Hold, raised: Exception, is_passing: bool
) -> None:
    hold.shelf.refused[f"{URL}old"] = raised
    error = await hold.missing(b"x")
    assert (error.key, error.is_passing) == (str(raised), is_passing)
    assert hold.freight.known(cargo()) is None


async def test_a_file_over_what_a_bot_may_post_is_missing(
    hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert UPLOAD_AT_MOST == 50 * MB
    monkeypatch.setattr("bot.relay.buyer_to_topic.freight.UPLOAD_AT_MOST", 3)
    error = await hold.missing(b"four")
    assert (error.key, error.is_passing) == ("file_too_big_to_post", False)


@pytest.mark.parametrize("key", ["file_gone", "file_denied"])
async def test_an_address_that_has_run_out_is_asked_for_anew(hold: Hold, key: str) -> None:
    hold.shelf.refused[f"{URL}old"] = Refused(key)
    hold.shelf.files[f"{URL}new"] = b"today"
    hold.now_at(f"{URL}new")
    assert (await hold.brought()).size == len(b"today")
    assert hold.shelf.asked == [f"{URL}old", f"{URL}new"]


async def test_the_fresh_address_is_that_of_the_same_file(hold: Hold) -> None:
    hold.shelf.files[f"{URL}new1"] = b"second"
    hold.now_at(f"{URL}new0", f"{URL}new1")
    content = await hold.brought(one=cargo(index=1))
    assert content.size == len(b"second")


@pytest.mark.parametrize("urls", [[], [f"{URL}old"]])
async def test_where_there_is_no_fresh_address_the_first_word_stands(
    hold: Hold, urls: list[str]
) -> None:
    hold.now_at(*urls)
    hold.shelf.refused[f"{URL}old"] = Refused("file_denied")
    error = await hold.missing()
    assert (error.key, error.is_passing) == ("file_denied", False)


async def test_a_market_that_cannot_be_asked_for_the_address_may_be_back_later(
    hold: Hold,
) -> None:
    hold.shelf.today[11] = Unreachable("market_unreachable")
    error = await hold.missing()
    assert (error.key, error.is_passing) == ("market_unreachable", True)


async def test_another_refusal_asks_for_no_fresh_address(hold: Hold) -> None:
    hold.shelf.refused[f"{URL}old"] = Refused("file_empty")
    hold.now_at(f"{URL}new")
    await hold.missing()
    assert hold.shelf.asked == [f"{URL}old"]


# There


@pytest.mark.parametrize(
    "content", [b"%PDF", b"x", b"JPEG 800x600 moving", b"\xff\xd8 broken", b"GIF 10x10"]
)
async def test_what_is_no_still_picture_is_kept_and_not_shown(hold: Hold, content: bytes) -> None:
    found = await hold.brought(content)
    assert (found.size, found.shown, found.is_shown_whole) == (len(content), None, False)
    assert found.path == hold.spool.path(cargo().key)


@pytest.mark.parametrize("sides", ["800x600", "1280x1280", "1280x64", "1x1", "20x1"])
async def test_a_small_picture_is_shown_whole(hold: Hold, sides: str) -> None:
    found = await hold.brought(f"PNG {sides}".encode())
    assert (found.shown, found.is_shown_whole) == (found.path, True)


@pytest.mark.parametrize("sides", ["1281x10", "1280x63", "63x1280", "21x1", "6000x4000"])
async def test_a_large_or_narrow_picture_is_shown_by_a_preview(hold: Hold, sides: str) -> None:
    found = await hold.brought(f"JPEG {sides}".encode())
    assert found.shown == hold.spool.beside(cargo().key, "preview")
    assert found.shown.read_bytes() == b"preview"
    assert not found.is_shown_whole


async def test_a_picture_too_heavy_for_a_photo_is_shown_by_a_preview(
    hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.buyer_to_topic.freight._PHOTO_AT_MOST", 20)
    found = await hold.brought(b"JPEG 800x600\n" + b"x" * 8)
    assert not found.is_shown_whole


async def test_a_picture_of_which_no_preview_can_be_made_is_kept_alone(hold: Hold) -> None:
    hold.gallery.can_preview = False
    found = await hold.brought(b"JPEG 60000x60000")
    assert (found.shown, found.is_shown_whole) == (None, False)


# While it comes


async def test_what_is_on_its_way_is_coming_and_what_is_lost_is_not(hold: Hold) -> None:
    hold.shelf.gates[f"{URL}old"] = gate = asyncio.Event()
    assert hold.freight.is_coming(cargo(), LANE)
    with pytest.raises(Parked):
        hold.freight.content(cargo(), LANE)
    assert hold.freight.known(cargo()) is None
    gate.set()
    await until(lambda: not hold.freight.is_coming(cargo(), LANE))
    with pytest.raises(Missing):
        hold.freight.content(cargo(), LANE)


async def test_what_is_forgotten_leaves_the_disk_with_all_that_was_made_of_it(hold: Hold) -> None:
    found = await hold.brought(b"JPEG 6000x4000")
    assert found.shown
    hold.freight.forget(cargo())
    assert not found.path.exists()
    assert not found.shown.exists()
