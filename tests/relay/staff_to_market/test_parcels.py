"""Staff files on the disk: what goes to the buyer of them, and what can't."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.files.spool import open_spool
from bot.relay.errors import Refused, Unreachable
from bot.relay.fetching import Fetcher
from bot.relay.files import Fitted
from bot.relay.parking import Parking
from bot.relay.reply import StaffFile
from bot.relay.staff_to_market.parcels import FETCH_AT_MOST, SEND_AT_MOST, Parcel, Parcels
from bot.relay.work import Parked
from tests.relay.bench import until
from tests.relay.buyer_to_topic.hold import Gallery, any_of
from tests.relay.samples import reply
from tests.relay.staff_to_market.counter import Telegram
from tests.relay.staff_to_market.deciding import DOCUMENT, MB, PHOTO

LANE = "chat/1"
REPLY = reply("", file=PHOTO)


class Dock:
    def __init__(self, parcels: Parcels, telegram: Telegram, gallery: Gallery) -> None:
        self.parcels, self.telegram, self.gallery = parcels, telegram, gallery

    async def brought(self, file: StaffFile, size: int = 10) -> Parcel:
        """Raises why it can't be."""
        self.telegram.sizes[file.file_id] = size
        found: list[Parcel | Exception] = []

        def is_there() -> bool:
            try:
                found.append(self.parcels.parcel(REPLY, file, LANE))
            except Parked:
                return False
            except Refused as error:
                found.append(error)
            return True

        await until(is_there)
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]


@pytest.fixture
async def dock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Dock]:
    monkeypatch.setattr("bot.relay.retry.backoff_ms", lambda *_: 0)
    telegram, gallery = Telegram(), Gallery()
    with open_spool(tmp_path / "files") as spool:
        fetcher: Fetcher[Parcel] = Fetcher(spool, Parking(asyncio.Event()), math.inf)
        parcels = Parcels(forum=any_of(telegram), spool=spool, pictures=gallery, fetcher=fetcher)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(fetcher.run())
            yield Dock(parcels, telegram, gallery)
            running.cancel()


async def test_the_limits_are_those_of_the_services() -> None:
    assert (SEND_AT_MOST, FETCH_AT_MOST) == (5 * MB, 20 * MB)


@pytest.mark.parametrize("key", ["file_gone", "file_too_big_to_fetch"])
async def test_what_telegram_does_not_give_is_refused_and_asked_for_again_when_wanted(
    dock: Dock, key: str
) -> None:
    dock.telegram.fails = [Refused(key)]
    with pytest.raises(Refused, match=key):
        await dock.brought(PHOTO)
    assert (await dock.brought(PHOTO)).file.size == 10


async def test_more_than_a_bot_may_fetch_is_refused_whatever_was_said_before(dock: Dock) -> None:
    with pytest.raises(Refused, match="file_too_big"):
        await dock.brought(replace(DOCUMENT, size=None), FETCH_AT_MOST + 1)


async def test_too_big_for_the_market_and_no_picture_is_refused(dock: Dock) -> None:
    dock.gallery.fitted = None
    with pytest.raises(Refused, match="file_too_big"):
        await dock.brought(replace(DOCUMENT, size=None), SEND_AT_MOST + 1)
    assert dock.parcels.known(REPLY, DOCUMENT) is None


async def test_an_outage_of_telegram_is_waited_out(dock: Dock) -> None:
    dock.telegram.fails = [Unreachable("telegram_unreachable")] * 30
    assert (await dock.brought(PHOTO)).file.size == 10
    assert dock.telegram.read == 31


@pytest.mark.parametrize("size", [1, SEND_AT_MOST])
async def test_what_the_market_takes_goes_as_it_is(dock: Dock, size: int) -> None:
    parcel = await dock.brought(PHOTO, size)
    assert parcel.file == replace(PHOTO, size=size)
    assert parcel.fitted is None
    assert parcel.path.stat().st_size == size


async def test_an_empty_file_goes_as_it_is(dock: Dock) -> None:
    assert (await dock.brought(DOCUMENT, 0)).file.size == 0


@pytest.mark.parametrize(
    ("name", "called"), [("photo.jpg", "photo.jpg"), ("Фото.PNG", "Фото.jpg"), ("скан", "скан.jpg")]
)
async def test_a_picture_too_big_is_made_to_fit_and_says_what_it_was(
    dock: Dock, name: str, called: str
) -> None:
    dock.gallery.fitted = Fitted(4_999_999, 3000, 2000)
    parcel = await dock.brought(replace(PHOTO, name=name), FETCH_AT_MOST)
    assert (parcel.file.name, parcel.file.size) == (called, 4_999_999)
    assert parcel.file.fitted_from == FETCH_AT_MOST
    assert parcel.fitted == dock.gallery.fitted
    assert parcel.path.read_bytes() == b"small"


async def test_what_was_made_to_fit_once_is_the_same_the_second_time(dock: Dock) -> None:
    """After a restart the reply carries it as it goes; nothing of that may be counted twice."""
    first = await dock.brought(PHOTO, SEND_AT_MOST + 1)
    dock.parcels.forget(REPLY, PHOTO)
    again = await dock.brought(first.file, SEND_AT_MOST + 1)
    assert again.file == first.file


async def test_a_file_put_in_the_place_of_another_is_brought_itself(dock: Dock) -> None:
    await dock.brought(PHOTO)
    assert dock.parcels.known(REPLY, DOCUMENT) is None
    await dock.brought(DOCUMENT, 7)
    assert dock.telegram.read == 2


async def test_what_is_forgotten_leaves_the_disk(dock: Dock) -> None:
    parcel = await dock.brought(PHOTO)
    dock.parcels.forget(REPLY, PHOTO)
    assert not parcel.path.exists()
    assert dock.parcels.known(REPLY, PHOTO) is None
