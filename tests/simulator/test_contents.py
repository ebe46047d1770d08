"""What staff can send besides texts, as the Bot API shows it, and what can be fetched of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.simulator import shares
from bot.simulator.files import KINDS
from bot.simulator.pictures import dimensions, png
from bot.simulator.server import Simulator
from tests.simulator.callers import Answer, BotCaller
from tests.simulator.conftest import OPERATOR
from tests.simulator.specs import missing_fields, needs_specs
from tests.simulator.specs import update_validator as validator

PICTURE = png(800, 600, lambda x, y: (x % 256, y % 256, 0))
TYPES = {"video_note": "VideoNote"}


@needs_specs
@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_of_every_kind_keeps_to_the_contract(
    sim: Simulator, bot: BotCaller, kind: str
) -> None:
    stored = sim.shelf.put("файл.webp", PICTURE)
    sim.staff.say(OPERATOR, "" if kind == "sticker" else "подпись", files=[stored], kind=kind)
    (update,) = await bot.updates()
    assert [one.message for one in validator().iter_errors(update)] == []
    shown = update["message"][kind]
    shown = shown[-1] if kind == "photo" else shown
    name = "PhotoSize" if kind == "photo" else TYPES.get(kind, kind.capitalize())
    assert missing_fields(name, shown) == []
    assert shown["file_size"] == len(PICTURE)
    assert await fetched(bot, shown["file_id"]) == PICTURE


@needs_specs
@pytest.mark.parametrize("kind", shares.KINDS)
async def test_what_is_no_file_keeps_to_the_contract(
    sim: Simulator, bot: BotCaller, kind: str
) -> None:
    sim.staff.share(OPERATOR, None, kind)
    (update,) = await bot.updates()
    assert [one.message for one in validator().iter_errors(update)] == []
    assert missing_fields(kind.capitalize(), update["message"][kind]) == []
    assert "text" not in update["message"]


async def test_a_shared_thing_holds_what_was_given(sim: Simulator, bot: BotCaller) -> None:
    sim.staff.share(OPERATOR, None, "contact", {"phone_number": "+7 495 000-00-00"})
    sim.staff.share(OPERATOR, None, "venue", {"title": "Склад"})
    contact, venue = (one["message"] for one in await bot.updates())
    assert contact["contact"]["phone_number"] == "+7 495 000-00-00"
    assert venue["venue"]["title"] == "Склад"
    assert venue["location"] == venue["venue"]["location"]


async def test_a_photo_has_several_sizes_and_only_the_largest_is_the_photo(
    sim: Simulator, bot: BotCaller
) -> None:
    sim.staff.say(OPERATOR, files=[sim.shelf.put("фото.png", PICTURE, kind="photo")])
    (update,) = await bot.updates()
    small, medium, large = update["message"]["photo"]
    assert [(one["width"], one["height"]) for one in (small, medium, large)] == [
        (90, 68),
        (320, 240),
        (800, 600),
    ]
    for size in (small, medium, large):
        content = await fetched(bot, size["file_id"])
        assert len(content) == size["file_size"]
        assert dimensions(content) == (size["width"], size["height"])
    assert content == PICTURE
    assert len({one["file_unique_id"] for one in (small, medium, large)}) == 3


@pytest.mark.parametrize(
    ("name", "flags"),
    [("s.webp", (False, False)), ("s.tgs", (True, False)), ("s.webm", (False, True))],
)
async def test_stickers_tell_whether_they_move(
    sim: Simulator, bot: BotCaller, name: str, flags: tuple[bool, bool]
) -> None:
    sim.staff.say(OPERATOR, files=[sim.shelf.put(name, b"1")], kind="sticker")
    (update,) = await bot.updates()
    sticker = update["message"]["sticker"]
    assert (sticker["is_animated"], sticker["is_video"]) == flags


async def test_items_of_an_album_can_come_apart(sim: Simulator, bot: BotCaller) -> None:
    album = sim.staff.new_album()
    one, two = (sim.shelf.put(f"{n}.jpg", b"1", kind="photo") for n in range(2))
    sim.staff.album_item(OPERATOR, one, None, album, "две")
    sim.staff.say(OPERATOR, "между ними")
    sim.staff.album_item(OPERATOR, two, None, album)
    shown = [one["message"].get("media_group_id") for one in await bot.updates()]
    assert shown == [album, None, album]


async def test_clients_put_only_files_that_go_together_into_an_album(
    sim: Simulator, bot: BotCaller
) -> None:
    kinds = ["photo", "video", "document", "document", "voice", "photo"]
    files = [sim.shelf.put(f"{n}.bin", b"1", kind=kind) for n, kind in enumerate(kinds)]
    sim.staff.say(OPERATOR, "всё сразу", files=files)
    messages = [one["message"] for one in await bot.updates()]
    albums = [one.get("media_group_id") for one in messages]
    assert albums[0] == albums[1] != albums[2] == albums[3]
    assert albums[4:] == [None, None]
    assert [one.get("caption") for one in messages] == ["всё сразу", *[None] * 5]
    photos = [sim.shelf.put(f"{n}.jpg", b"1", kind="photo") for n in range(11)]
    sim.staff.say(OPERATOR, files=photos)
    albums = [one["message"].get("media_group_id") for one in (await bot.updates())[6:]]
    assert len(set(albums[:10])) == 1
    assert albums[10] is None


async def test_an_edit_changes_the_caption_the_file_or_both(sim: Simulator, bot: BotCaller) -> None:
    first, second = sim.shelf.put("1.pdf", b"1"), sim.shelf.put("2.pdf", b"22")
    said = sim.staff.say(OPERATOR, "чек", files=[first])
    sim.staff.edit(said.id, "чек за май")
    sim.staff.edit(said.id, file=second)
    sim.staff.edit(said.id, "", first)
    edits = [one["edited_message"] for one in (await bot.updates())[1:]]
    assert [(one["document"]["file_name"], one.get("caption")) for one in edits] == [
        ("1.pdf", "чек за май"),
        ("2.pdf", "чек за май"),
        ("1.pdf", None),
    ]
    assert [one.name for one in said.earlier_files] == ["1.pdf", "2.pdf"]


async def test_a_file_can_be_gone_before_or_after_its_address_was_told(
    sim: Simulator, bot: BotCaller
) -> None:
    stored = sim.shelf.put("чек.pdf", b"pdf")
    sim.staff.say(OPERATOR, files=[stored])
    (update,) = await bot.updates()
    file_id = update["message"]["document"]["file_id"]
    sim.telegram.expired.add(stored.id)
    path = (await bot.call("getFile", chat_id=None, file_id=file_id)).result["file_path"]
    async with bot.http.get(f"{sim.telegram_url}/file/bot{sim.token}/{path}") as response:
        assert response.status == 404
    sim.telegram.account.gone.add(stored.id)
    assert (await bot.call("getFile", chat_id=None, file_id=file_id)).refusal == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


async def test_the_page_sends_every_kind(sim: Simulator, bot: BotCaller) -> None:
    async def shared(**body: Any) -> Answer:
        return await bot.request(
            "POST", f"{sim.url}/sim/staff/message", json={"person": OPERATOR, **body}
        )

    assert (await shared(location={"latitude": 1.5, "longitude": 2.5})).status == 200
    assert (await shared(kind="dice")).status == 200
    assert (await shared(dice=[1])).status == 400
    assert (await shared(text="да", kind="hologram")).status == 400
    place, dice = (one["message"] for one in await bot.updates())
    assert place["location"] == {"latitude": 1.5, "longitude": 2.5}
    assert "dice" in dice
    state = (await bot.request("GET", f"{sim.url}/sim/state")).body
    assert state["group"]["messages"][0]["share"] == {"kind": "location", "words": "1.5, 2.5"}
    json.dumps(state)


async def fetched(bot: BotCaller, file_id: str) -> bytes:
    told = (await bot.call("getFile", chat_id=None, file_id=file_id)).result
    url = f"{bot.sim.telegram_url}/file/bot{bot.sim.token}/{told['file_path']}"
    async with bot.http.get(url) as response:
        assert response.status == 200
        return await response.read()
