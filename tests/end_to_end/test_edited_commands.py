"""`/chat` with a first message, edited: words go to the buyer of the number that stands there."""

from __future__ import annotations

import asyncio

import pytest

from bot.simulator.group_world import GroupMessage
from tests.staffing import button, hold, notices
from tests.world import ADMIN, World

ORDER, OTHER = 777001, 777002


@pytest.fixture
def shop(world: World) -> World:
    world.sim.market.add_order("Вера", ORDER)
    world.sim.market.add_order("Мария", OTHER)
    return world


async def edited(world: World, asked: GroupMessage, text: str) -> None:
    """Edited, and the relay has understood it."""
    world.sim.staff.edit(asked.id, text)
    marker = world.sim.staff.say(ADMIN, "/help")
    await world.until(lambda: world.answers_to(marker))


async def not_opened_yet(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[int, GroupMessage]:
    """The Market is away, and some seconds lie between two tries. What to remove when it is back,
    and the command."""
    monkeypatch.setattr("bot.relay.lanes.backoff_ms", lambda *_: 3000)
    outage = world.sim.faults.add("market", "outage")
    asked = world.sim.staff.say(ADMIN, f"/chat {ORDER} Здравствуйте, гад")
    marker = world.sim.staff.say(ADMIN, "/help")
    await world.until(lambda: world.answers_to(marker))
    await asyncio.sleep(0.3)
    return outage, asked


def sent(world: World) -> dict[str, list[str]]:
    """What each buyer got, by name."""
    return {chat.customer: world.sent_to(chat) for chat in world.sim.market.chats.values()}


@pytest.mark.parametrize(
    "edit",
    [
        f"/chat {OTHER} Мария, ждём вас",
        f"/chat return {ORDER} Мария, ждём вас",
        f"Заказ {ORDER} Мария, ждём вас",
        "Мария, ждём вас",
        "// Мария, ждём вас",
    ],
)
async def test_words_edited_for_somebody_else_are_withdrawn_while_they_wait(
    shop: World, edit: str
) -> None:
    async with shop.relay():
        hold(shop)
        asked = shop.sim.staff.say(ADMIN, f"/chat {ORDER} Вера, здравствуйте")
        await shop.until(lambda: shop.answers_to(asked))  # the link
        await edited(shop, asked, edit)
        shop.sim.faults.clear()
        await shop.until(lambda: any("Withdrawn" in said for said in shop.answers_to(asked)))
        await shop.looked()
    assert sent(shop) == {"Вера": []}


async def test_words_edited_for_somebody_else_after_the_send_have_no_button(shop: World) -> None:
    async with shop.relay():
        asked = shop.sim.staff.say(ADMIN, f"/chat {ORDER} Здравствуйте, Вера")
        await shop.until(lambda: asked.reactions)
        await edited(shop, asked, f"/chat {OTHER} Мария, ваш адрес Ленина 5")
        await shop.until(lambda: len(shop.answers_to(asked)) > 1)
        await shop.quiet()
    assert sent(shop) == {"Вера": ["Здравствуйте, Вера"]}
    assert not any(notice.buttons for notice in notices(shop, asked))


async def test_a_correction_for_the_same_number_goes_to_its_buyer(shop: World) -> None:
    async with shop.relay():
        asked = shop.sim.staff.say(ADMIN, f"/chat {ORDER} Здравствуйте, Вена")
        await shop.until(lambda: asked.reactions)
        await edited(shop, asked, f"/chat #{ORDER} Здравствуйте, Вера")
        await shop.until(lambda: len(shop.answers_to(asked)) > 1)
        late = notices(shop, asked)[-1]
        shop.sim.staff.press(late.id, ADMIN, button(late, "Send the correction"))
        await shop.until(lambda: len(sent(shop)["Вера"]) == 2)
    assert sent(shop) == {"Вера": ["Здравствуйте, Вена", "Здравствуйте, Вера"]}


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (f"/chat {ORDER} Здравствуйте, Вера", {"Вера": ["Здравствуйте, Вера"]}),
        (f"/chat {OTHER} Здравствуйте, Мария", {"Мария": ["Здравствуйте, Мария"]}),
        (f"/chat {ORDER}", {"Вера": []}),
    ],
    ids=["other words", "another number", "no words"],
)
async def test_an_edit_before_the_chat_is_opened_counts(
    shop: World, edit: str, expected: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.relay():
        outage, asked = await not_opened_yet(shop, monkeypatch)
        await edited(shop, asked, edit)
        shop.sim.faults.remove(outage)
        await shop.until(lambda: shop.answers_to(asked), 20)
        await shop.quiet()
    assert sent(shop) == expected


async def test_a_command_edited_into_a_note_before_the_chat_is_opened_does_nothing(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with shop.relay():
        outage, asked = await not_opened_yet(shop, monkeypatch)
        await edited(shop, asked, "// не надо")
        shop.sim.faults.remove(outage)
        await shop.until(lambda: shop.answers_to(asked))
        await shop.looked()
    assert sent(shop) == {}
    assert shop.answers_to(asked) == ["✏️ Withdrawn: the command does nothing."]


async def test_an_edit_after_a_chat_was_opened_without_words_is_told_to_be_late(
    shop: World,
) -> None:
    async with shop.relay():
        asked = shop.sim.staff.say(ADMIN, f"/chat {ORDER}")
        await shop.until(lambda: shop.answers_to(asked))
        await edited(shop, asked, f"/chat {ORDER} Здравствуйте")
        await shop.until(lambda: len(shop.answers_to(asked)) > 1)
        await edited(shop, asked, f"/chat {ORDER}  Здравствуйте!")
        await shop.quiet()
    assert sent(shop) == {"Вера": []}
    assert ["too late" in said for said in shop.answers_to(asked)] == [False, True]
