"""What the simulated Telegram makes of topics and of the bot's rights."""

from __future__ import annotations

import pytest

from bot.simulator.server import Simulator
from tests.simulator.callers import BotCaller
from tests.simulator.conftest import ADMIN, OPERATOR, OUTSIDER


async def test_a_new_topic_is_told_to_the_bot_by_its_service_message(bot: BotCaller) -> None:
    made = (await bot.call("createForumTopic", name="Ирина #1")).result
    assert made["name"] == "Ирина #1"
    (update,) = await bot.updates()
    message = update["message"]
    assert message["message_id"] == message["message_thread_id"] == made["message_thread_id"]
    assert message["forum_topic_created"]["name"] == "Ирина #1"
    assert message["from"]["is_bot"] is True


async def test_a_name_is_cut_at_128_characters_and_must_not_be_empty(
    sim: Simulator, bot: BotCaller
) -> None:
    made = (await bot.call("createForumTopic", name="я" * 200)).result
    assert made["name"] == "я" * 128
    assert (await bot.call("createForumTopic", name=" ")).status == 400


async def test_closing_reopening_and_renaming_say_when_nothing_changes(
    sim: Simulator, bot: BotCaller
) -> None:
    thread = await bot.topic("Ирина #1")

    async def call(method: str, **params: object) -> object:
        answer = await bot.call(method, message_thread_id=thread, **params)
        return answer.result if answer.status == 200 else answer.refusal

    unchanged = "Bad Request: TOPIC_NOT_MODIFIED"
    assert await call("reopenForumTopic") == unchanged
    assert await call("closeForumTopic") is True
    assert await call("closeForumTopic") == unchanged
    assert sim.group.topics[thread].is_closed
    assert await call("reopenForumTopic") is True
    assert await call("editForumTopic", name="Ирина #1") == unchanged
    assert await call("editForumTopic", name="Павел #1") is True
    kinds = [set(one["message"]) & SERVICES for one in await bot.updates()]
    assert kinds == [{one} for one in ORDER]


ORDER = (
    "forum_topic_created",
    "forum_topic_closed",
    "forum_topic_reopened",
    "forum_topic_edited",
)
SERVICES = set(ORDER)


async def test_topics_that_are_gone_or_never_were_have_errors_of_their_own(
    sim: Simulator, bot: BotCaller
) -> None:
    thread = await bot.topic("Ирина #1")
    sim.staff.delete_topic(thread)
    gone = await bot.call("closeForumTopic", message_thread_id=thread)
    assert gone.refusal == "Bad Request: TOPIC_DELETED"
    unknown = await bot.call("closeForumTopic", message_thread_id=987)
    assert unknown.refusal == "Bad Request: TOPIC_ID_INVALID"


async def test_icons_are_those_of_the_list(bot: BotCaller) -> None:
    thread = await bot.topic("Ирина #1")
    stickers = (await bot.call("getForumTopicIconStickers", chat_id=None)).result
    icon = stickers[0]["custom_emoji_id"]
    params = {"message_thread_id": thread, "icon_custom_emoji_id": icon}
    assert (await bot.call("editForumTopic", **params)).result is True
    wrong = await bot.call("editForumTopic", **params | {"icon_custom_emoji_id": "1"})
    assert wrong.status == 400


async def test_without_the_right_no_topic_is_made(sim: Simulator, bot: BotCaller) -> None:
    theirs = sim.staff.create_topic(ADMIN, "Разное").thread
    sim.group.rights.discard("can_manage_topics")
    made = await bot.call("createForumTopic", name="Ирина #1")
    assert made.refusal == "Bad Request: not enough rights to create a topic"
    closed = await bot.call("closeForumTopic", message_thread_id=theirs)
    assert closed.refusal == "Bad Request: not enough rights to edit the topic"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("kicked", "Forbidden: bot was kicked from the supergroup chat"),
        ("left", "Forbidden: bot is not a member of the supergroup chat"),
    ],
)
async def test_outside_of_the_group_everything_is_forbidden(
    sim: Simulator, bot: BotCaller, status: str, words: str
) -> None:
    sim.staff.set_bot_status(status)
    (update,) = await bot.updates()
    assert update["my_chat_member"]["new_chat_member"]["status"] == status
    for method in ("sendMessage", "createForumTopic", "getChat", "deleteMessage"):
        answer = await bot.call(method, text="да", name="да", message_id=1)
        assert (answer.status, answer.refusal) == (403, words)
    sim.staff.say(OPERATOR, "его тут нет")
    assert len(await bot.updates()) == 1


async def test_members_are_told_with_their_rights(sim: Simulator, bot: BotCaller) -> None:
    async def member(number: int) -> dict[str, object]:
        shown: dict[str, object] = (await bot.call("getChatMember", user_id=number)).result
        return shown

    assert (await member(ADMIN))["status"] == "administrator"
    assert (await member(OPERATOR))["status"] == (await member(OUTSIDER))["status"] == "member"
    sim.group.rights.discard("can_pin_messages")
    own = await member(sim.group.bot.id)
    assert (own["can_manage_topics"], own["can_pin_messages"]) == (True, False)
    admins = (await bot.call("getChatAdministrators")).result
    assert [one["user"]["id"] for one in admins] == [ADMIN, sim.group.bot.id]
    assert (await bot.call("getChatMember", user_id=1)).status == 400
