"""What the simulated Telegram makes of a bot's posts: limits, entities, threads, files, albums."""

from __future__ import annotations

from bot.simulator.pictures import png
from bot.simulator.server import Simulator
from tests.simulator.callers import BotCaller
from tests.simulator.conftest import OPERATOR

PICTURE = png(30, 20, lambda x, y: (x, y, 0))


async def test_a_text_has_4096_utf16_units_at_most(sim: Simulator, bot: BotCaller) -> None:
    assert (await bot.call("sendMessage", text="😀" * 2048)).status == 200
    refused = await bot.call("sendMessage", text="😀" * 2048 + "!")
    assert refused.refusal == "Bad Request: message is too long"
    assert (await bot.call("sendMessage", text=" \n ")).refusal == (
        "Bad Request: message text is empty"
    )
    assert len(sim.group.posts()) == 1


async def test_a_caption_has_1024_units_at_most(bot: BotCaller) -> None:
    assert (await bot.form("sendDocument", document=b"1", caption="я" * 1024)).status == 200
    refused = await bot.form("sendDocument", document=b"1", caption="я" * 1025)
    assert refused.refusal == "Bad Request: message caption is too long"


async def test_entities_must_lie_in_the_text(bot: BotCaller) -> None:
    async def refusal(text: str, offset: int, length: int) -> str:
        entity = {"type": "bold", "offset": offset, "length": length}
        return (await bot.call("sendMessage", text=text, entities=[entity])).refusal

    assert "begins after the end" in await refusal("да", 3, 1)
    assert "ends after the end" in await refusal("да", 1, 2)
    assert "in a middle of a UTF-16 symbol" in await refusal("😀", 1, 1)


async def test_what_acts_is_found_outside_code_only(bot: BotCaller) -> None:
    text = "@somebody /start https://example.com #скидка a@example.com"
    shown = (await bot.call("sendMessage", text=text)).result
    kinds = [one["type"] for one in shown["entities"]]
    assert kinds == ["mention", "bot_command", "url", "hashtag", "email"]
    code = {"type": "code", "offset": 0, "length": len(text)}
    shown = (await bot.call("sendMessage", text=text, entities=[code])).result
    assert shown["entities"] == [code]


async def test_outer_white_space_goes_and_entities_move_with_it(bot: BotCaller) -> None:
    bold = {"type": "bold", "offset": 2, "length": 4}
    shown = (await bot.call("sendMessage", text="  да  ", entities=[bold])).result
    assert shown["text"] == "да"
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 2}]


async def test_ids_of_the_group_are_one_sequence(sim: Simulator, bot: BotCaller) -> None:
    one = await bot.topic("Ирина #1")
    first = await bot.post("да", one)
    staff = sim.staff.say(OPERATOR, "нет").id
    two = await bot.topic("Павел #2")
    assert [first, staff, two] == [one + 1, one + 2, one + 3]


async def test_a_post_lands_in_the_asked_topic(bot: BotCaller) -> None:
    thread = await bot.topic("Ирина #1")
    shown = (await bot.call("sendMessage", text="да", message_thread_id=thread)).result
    assert (shown["message_thread_id"], shown["is_topic_message"]) == (thread, True)
    assert shown["reply_to_message"]["forum_topic_created"]["name"] == "Ирина #1"


async def test_deleted_unknown_and_first_threads_are_not_found(
    sim: Simulator, bot: BotCaller
) -> None:
    thread = await bot.topic("Ирина #1")
    sim.staff.delete_topic(thread)
    for number in (thread, 987, 1):
        refused = await bot.call("sendMessage", text="да", message_thread_id=number)
        assert refused.refusal == "Bad Request: message thread not found"


async def test_with_topics_switched_off_everything_goes_into_the_open(
    sim: Simulator, bot: BotCaller
) -> None:
    thread = await bot.topic("Ирина #1")
    sim.group.is_forum = False
    shown = (await bot.call("sendMessage", text="да", message_thread_id=thread)).result
    assert "message_thread_id" not in shown
    refused = await bot.call("createForumTopic", name="Павел #2")
    assert refused.refusal == "Bad Request: the chat is not a forum"
    assert "is_forum" not in (await bot.call("getChat")).result


async def test_a_reply_follows_its_message_and_needs_one(sim: Simulator, bot: BotCaller) -> None:
    thread = await bot.topic("Ирина #1")
    staff = sim.staff.say(OPERATOR, "Добрый день", thread).id
    shown = (
        await bot.call("sendMessage", text="не дошло", reply_parameters={"message_id": staff})
    ).result
    assert shown["message_thread_id"] == thread
    assert shown["reply_to_message"]["message_id"] == staff
    gone = {"message_id": 9999}
    refused = await bot.call("sendMessage", text="да", reply_parameters=gone)
    assert refused.refusal == "Bad Request: message to be replied not found"
    lenient = gone | {"allow_sending_without_reply": True}
    assert (await bot.call("sendMessage", text="да", reply_parameters=lenient)).status == 200


async def test_a_closed_topic_is_open_to_who_may_manage_it(sim: Simulator, bot: BotCaller) -> None:
    thread = await bot.topic("Ирина #1")
    sim.staff.close_topic(thread)
    assert await bot.post("да", thread)
    sim.group.rights.discard("can_manage_topics")
    refused = await bot.call("sendMessage", text="да", message_thread_id=thread)
    assert refused.refusal == "Bad Request: TOPIC_CLOSED"
    sim.group.rights.add("can_manage_topics")
    sim.telegram.posts.is_closed_refused = True
    refused = await bot.call("sendMessage", text="да", message_thread_id=thread)
    assert refused.refusal == "Bad Request: TOPIC_CLOSED"


async def test_parameters_come_as_form_query_or_json(sim: Simulator, bot: BotCaller) -> None:
    url = f"{sim.telegram_url}/bot{sim.token}/sendMessage"
    params = {"chat_id": str(sim.group_id), "text": "да", "disable_notification": "true"}
    assert (await bot.request("GET", url, params=params)).status == 200
    assert (await bot.request("POST", url, data=params)).status == 200
    assert (await bot.request("POST", url, json=params)).status == 200
    assert (await bot.form("sendMessage", text="да", disable_notification=True)).status == 200
    assert [one.is_silent for one in sim.group.posts()] == [True] * 4


async def test_previews_silence_and_parse_mode_are_on_record(
    sim: Simulator, bot: BotCaller
) -> None:
    await bot.post("https://example.com", link_preview_options={"is_disabled": True})
    await bot.post("<b>да</b>", parse_mode="HTML")
    first, second = sim.group.posts()
    assert (first.has_preview, second.has_preview) == (False, True)
    assert (first.parse_mode, second.parse_mode) == ("", "HTML")


async def test_files_of_every_kind_go_out_and_can_be_fetched(
    sim: Simulator, bot: BotCaller
) -> None:
    for kind in ("document", "video", "audio", "voice", "animation", "photo"):
        shown = (await bot.form(f"send{kind.capitalize()}", **{kind: PICTURE})).result
        part = shown[kind][-1] if kind == "photo" else shown[kind]
        again = await bot.call(f"send{kind.capitalize()}", **{kind: part["file_id"]})
        assert again.status == 200
        told = (await bot.call("getFile", chat_id=None, file_id=part["file_id"])).result
        url = f"{sim.telegram_url}/file/bot{sim.token}/{told['file_path']}"
        async with bot.http.get(url) as response:
            assert await response.read() == PICTURE


async def test_files_that_telegram_would_not_take_are_refused(bot: BotCaller) -> None:
    assert "IMAGE_PROCESS_FAILED" in (await bot.form("sendPhoto", photo=b"text")).refusal
    long = png(420, 20, lambda x, y: (0, 0, 0))
    assert "PHOTO_INVALID_DIMENSIONS" in (await bot.form("sendPhoto", photo=long)).refusal
    assert "must be non-empty" in (await bot.form("sendDocument", document=b"")).refusal
    assert "no document" in (await bot.call("sendDocument")).refusal
    assert "wrong file identifier" in (await bot.call("sendDocument", document="BQACA")).refusal


async def test_files_over_20_megabytes_cannot_be_downloaded(sim: Simulator, bot: BotCaller) -> None:
    stored = sim.shelf.put("видео.mp4", bytes(20 * 1024 * 1024 + 1), kind="video")
    sim.staff.say(OPERATOR, files=[stored])
    (update,) = await bot.updates()
    file_id = update["message"]["video"]["file_id"]
    refused = await bot.call("getFile", chat_id=None, file_id=file_id)
    assert refused.refusal == "Bad Request: file is too big"


async def test_an_album_is_several_messages_of_one_group(sim: Simulator, bot: BotCaller) -> None:
    media = [
        {"type": "photo", "media": "attach://one", "caption": "две"},
        {"type": "photo", "media": "attach://two"},
    ]
    sent = (await bot.form("sendMediaGroup", media=media, one=PICTURE, two=PICTURE)).result
    assert len({one["media_group_id"] for one in sent}) == 1
    assert [one.get("caption") for one in sent] == ["две", None]
    refused = await bot.form("sendMediaGroup", media=media * 6, one=PICTURE, two=PICTURE)
    assert refused.refusal == "Bad Request: too many messages to send as an album"
    assert len(sim.group.posts()) == 2


async def test_button_data_has_64_bytes_at_most(bot: BotCaller) -> None:
    def markup(data: str) -> dict[str, object]:
        return {"inline_keyboard": [[{"text": "Ещё раз", "callback_data": data}]]}

    assert (await bot.call("sendMessage", text="да", reply_markup=markup("я" * 32))).status == 200
    refused = await bot.call("sendMessage", text="да", reply_markup=markup("я" * 32 + "1"))
    assert refused.refusal == "Bad Request: BUTTON_DATA_INVALID"


async def test_one_limit_is_shared_by_posts_edits_topics_and_pins() -> None:
    now = [1_000_000_000]
    async with (
        Simulator(rate=(4, 60), clock=lambda: now[0]) as sim,
        BotCaller(sim) as bot,
    ):
        thread = await bot.topic("Ирина #1")
        post = await bot.post("да", thread)
        assert (await bot.call("editMessageText", message_id=post, text="нет")).status == 200
        assert (await bot.call("pinChatMessage", message_id=post)).status == 200
        refused = await bot.call("sendMessage", text="ещё")
        assert refused.status == 429
        assert refused.body["parameters"] == {"retry_after": 60}
        assert refused.refusal == "Too Many Requests: retry after 60"
        thumb = [{"type": "emoji", "emoji": "👍"}]
        reacted = await bot.call("setMessageReaction", message_id=post, reaction=thumb)
        assert reacted.status == 200
        now[0] += 30_000
        ignored = await bot.call("sendMessage", text="ещё")
        assert ignored.body["parameters"] == {"retry_after": 31}
        now[0] += 31_000
        assert (await bot.call("sendMessage", text="ещё")).status == 200
        assert (sim.telegram.rate.floods, sim.telegram.rate.ignored) == (2, 1)
