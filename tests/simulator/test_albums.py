"""What the simulated Telegram makes of an outgoing album, whole and half-way."""

from __future__ import annotations

import pytest

from bot.simulator.pictures import png
from bot.simulator.server import Simulator
from bot.simulator.telegram_albums import FLOOD
from tests.simulator.callers import Answer, BotCaller

PICTURE = png(30, 20, lambda x, y: (x, y, 0))


async def send(bot: BotCaller, *kinds: str, caption: str = "") -> Answer:
    media = [{"type": kind, "media": f"attach://f{n}"} for n, kind in enumerate(kinds)]
    media[0]["caption"] = caption
    return await bot.form(
        "sendMediaGroup", media=media, **{f"f{n}": PICTURE for n in range(len(kinds))}
    )


@pytest.mark.parametrize(
    ("kinds", "word"),
    [(("photo", "document"), "Document"), (("audio", "photo"), "Audio")],
)
async def test_documents_and_audios_stand_among_themselves(
    sim: Simulator, bot: BotCaller, kinds: tuple[str, str], word: str
) -> None:
    refused = await send(bot, *kinds)
    assert refused.refusal == f"Bad Request: {word} can't be mixed with other media types"
    assert sim.group.posts() == []
    assert (await send(bot, "photo", "video")).status == 200
    assert (await send(bot, "document", "document")).status == 200


async def test_an_album_with_an_empty_file_or_a_long_caption_is_refused_whole(
    sim: Simulator, bot: BotCaller
) -> None:
    media = [{"type": "document", "media": f"attach://{name}"} for name in ("one", "two")]
    refused = await bot.form("sendMediaGroup", media=media, one=b"1", two=b"")
    assert refused.refusal == "Bad Request: file must be non-empty"
    refused = await send(bot, "photo", "photo", caption="я" * 1025)
    assert refused.refusal == "Bad Request: message caption is too long"
    assert sim.group.posts() == []


async def test_an_album_breaks_off_half_way_once(sim: Simulator, bot: BotCaller) -> None:
    sim.telegram.albums.refuse(2)
    refused = await send(bot, "photo", "photo", "photo", caption="три")
    assert (refused.status, refused.refusal) == (400, FLOOD)
    first, second = sim.group.posts()
    assert first.text == "три"
    assert first.album == second.album != ""
    assert (await send(bot, "photo", "photo")).status == 200
    assert sim.telegram.albums.refused == 1


async def test_albums_can_be_refused_always_and_with_any_words(
    sim: Simulator, bot: BotCaller
) -> None:
    sim.telegram.albums.refuse(0, "Bad Request: WEBPAGE_CURL_FAILED", times=None)
    for _ in range(2):
        assert (await send(bot, "photo", "photo")).refusal == "Bad Request: WEBPAGE_CURL_FAILED"
    assert sim.group.posts() == []
    sim.telegram.albums.mend()
    assert (await send(bot, "photo", "photo")).status == 200
