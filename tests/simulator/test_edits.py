"""What the simulated Telegram makes of edits, deletions, reactions, pins and pressed buttons."""

from __future__ import annotations

from bot.simulator.server import Simulator
from tests.simulator.callers import BotCaller
from tests.simulator.conftest import OPERATOR

BUTTON = {"inline_keyboard": [[{"text": "Ещё раз", "callback_data": "again:1"}]]}


async def test_an_edit_that_changes_nothing_tells_whose_message_it_is(
    sim: Simulator, bot: BotCaller
) -> None:
    thread = await bot.topic("Ирина #1")
    own = await bot.post("да", thread, reply_markup=BUTTON)
    staff = sim.staff.say(OPERATOR, "нет", thread).id

    async def refusal(number: int) -> str:
        answer = await bot.call("editMessageReplyMarkup", message_id=number, reply_markup=BUTTON)
        return answer.refusal

    assert (await refusal(own)).startswith("Bad Request: message is not modified: ")
    assert await refusal(staff) == "Bad Request: message can't be edited"
    assert await refusal(thread) == "Bad Request: message can't be edited"
    assert await refusal(staff + 1) == "Bad Request: message to edit not found"


async def test_an_edit_without_a_keyboard_takes_it_away(sim: Simulator, bot: BotCaller) -> None:
    own = await bot.post("да", reply_markup=BUTTON)
    assert (await bot.call("editMessageReplyMarkup", message_id=own)).status == 200
    assert sim.group.messages[own].buttons == []


async def test_a_text_can_be_edited_into_another_one_only(sim: Simulator, bot: BotCaller) -> None:
    own = await bot.post("да")
    shown = (await bot.call("editMessageText", message_id=own, text="нет")).result
    assert shown["text"] == "нет"
    assert shown["edit_date"]
    same = await bot.call("editMessageText", message_id=own, text="нет")
    assert "message is not modified" in same.refusal


async def test_a_message_can_be_deleted_once(sim: Simulator, bot: BotCaller) -> None:
    own = await bot.post("да")
    assert (await bot.call("deleteMessage", message_id=own)).result is True
    again = await bot.call("deleteMessage", message_id=own)
    assert again.refusal == "Bad Request: message to delete not found"
    sim.group.rights.discard("can_delete_messages")
    staff = sim.staff.say(OPERATOR, "нет").id
    foreign = await bot.call("deleteMessage", message_id=staff)
    assert foreign.refusal == "Bad Request: message can't be deleted"


async def test_only_one_reaction_out_of_the_list_is_taken(sim: Simulator, bot: BotCaller) -> None:
    staff = sim.staff.say(OPERATOR, "нет").id

    async def react(*emojis: str) -> object:
        reaction = [{"type": "emoji", "emoji": one} for one in emojis]
        answer = await bot.call("setMessageReaction", message_id=staff, reaction=reaction)
        return answer.result if answer.status == 200 else answer.refusal

    assert await react("👌") is True
    assert sim.group.messages[staff].reactions == ["👌"]
    assert await react("✅") == "Bad Request: REACTION_INVALID"
    assert await react("👍", "👎") == "Bad Request: REACTIONS_TOO_MANY"
    assert await react() is True
    assert sim.group.messages[staff].reactions == []


async def test_pinning_needs_the_right_and_leaves_a_service_message(
    sim: Simulator, bot: BotCaller
) -> None:
    own = await bot.post("да")
    assert (await bot.call("pinChatMessage", message_id=own)).result is True
    (update,) = await bot.updates()
    assert update["message"]["pinned_message"]["message_id"] == own
    sim.group.rights.discard("can_pin_messages")
    refused = await bot.call("pinChatMessage", message_id=own)
    assert "not enough rights to manage pinned messages" in refused.refusal


async def test_a_pressed_button_is_answered_once(sim: Simulator, bot: BotCaller) -> None:
    own = await bot.post("не дошло", reply_markup=BUTTON)
    sim.staff.press(own, OPERATOR, "again:1")
    (update,) = await bot.updates()
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("again:1", OPERATOR)
    assert query["message"]["message_id"] == own

    async def answer() -> int:
        answered = await bot.call(
            "answerCallbackQuery", chat_id=None, callback_query_id=query["id"], text="Отправляю"
        )
        return answered.status

    assert [await answer(), await answer()] == [200, 400]
    assert sim.group.popups == ["Отправляю"]
