"""What staff and Telegram do to topics, to the bot's rights and to the group itself."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.simulator.telegram_topics import ICONS
from tests.faults.process import RelayProcess
from tests.world import OPERATOR, World, environment_of

NEW_ID = -1001_700_000_777


async def test_a_name_and_an_icon_given_by_hand_are_kept_also_by_the_topic_made_anew(
    world: World,
) -> None:
    icon = next(iter(ICONS))
    async with world.relay():
        chat = world.buyer("Иван Петров")
        other = world.buyer("Другой")
        for one in (chat, other):
            world.sim.market.say(one.id, "вопрос")
        await world.until(lambda: world.posts(chat) and world.posts(other))
        thread = world.thread_of(chat)
        assert thread
        world.sim.staff.rename_topic(thread, f"СРОЧНО #{other.id}")
        world.sim.staff.give_icon(thread, icon)
        world.sim.market.say(chat.id, "ещё вопрос")
        await world.until(lambda: any("ещё" in post.text for post in world.sim.group.posts(thread)))
        assert world.sim.group.topics[thread].name == f"СРОЧНО #{other.id}"
        world.sim.staff.delete_topic(thread)
        world.sim.market.say(chat.id, "вы тут?")
        await world.quiet()
        anew = world.sim.group.topics[world.thread_of(chat) or 0]
        world.sim.staff.say(OPERATOR, "тут", anew.thread)
        await world.quiet()
    assert anew.thread != thread
    assert (anew.name, anew.icon) == (f"СРОЧНО #{other.id} · #{chat.id}", icon)
    assert (world.sent_to(chat), world.sent_to(other)) == (["тут"], [])
    assert world.is_clean()


async def test_an_icon_that_a_bot_may_not_use_holds_nothing_up(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat)
        assert thread
        world.sim.staff.give_icon(thread, "777")  # of somebody with Telegram Premium
        await world.until(lambda: world.sim.updates.pending == 0)
        world.sim.staff.delete_topic(thread)
        world.sim.market.say(chat.id, "вы тут?")
        await world.quiet()
    assert world.is_clean()


@pytest.mark.parametrize("status", ["member", "kicked"])
async def test_rights_that_are_taken_and_given_back_lose_nothing(world: World, status: str) -> None:
    async with world.relay():
        known, new = world.buyer("Старый"), world.buyer("Новый")
        world.sim.market.say(known.id, "раз")
        await world.until(lambda: world.posts(known))
        world.sim.staff.set_bot_status(status)
        world.sim.market.say(known.id, "два")
        world.sim.market.say(new.id, "я новый")
        if status == "member":  # what has a topic goes on
            await world.until(lambda: "два" in world.reads(known))
        await failing(world, "createForumTopic" if status == "member" else "sendMessage")
        world.sim.staff.set_bot_status("administrator")
        await world.until(lambda: "я новый" in world.reads(new), 5)
        await world.quiet()
    assert world.is_clean()


async def failing(world: World, method: str) -> None:
    """Wait until a call of the method was refused a few times."""

    def refused() -> int:
        calls = world.sim.telegram.calls
        return sum(call.method == method and call.status != 200 for call in calls)

    await world.until(lambda: refused() > 1)


async def test_without_the_right_to_make_topics_those_there_are_go_on(world: World) -> None:
    async with world.relay():
        known = world.buyer("Старый")
        world.sim.market.say(known.id, "раз")
        await world.until(lambda: world.posts(known))
        world.sim.group.rights.discard("can_manage_topics")
        for number in range(3):
            world.sim.market.say(world.buyer(f"Новый {number}").id, "я новый")
        await failing(world, "createForumTopic")
        for number in range(3):
            world.sim.market.say(known.id, f"и ещё {number}")
            await world.until(lambda n=number: f"и ещё {n}" in world.reads(known), 5)
        world.sim.group.rights.add("can_manage_topics")
        world.sim.staff.set_bot_status("administrator")
        await world.quiet()
    assert world.is_clean()


async def test_topics_switched_off_and_on_again_lose_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.relay.buyer_to_topic.post._OFF_PAUSE_MS", 300)
    async with world.relay():
        known, new = world.buyer("Старый"), world.buyer("Новый")
        world.sim.market.say(known.id, "раз")
        await world.until(lambda: world.posts(known))
        world.sim.group.is_forum = False
        world.sim.market.say(known.id, "два")
        world.sim.market.say(new.id, "я новый")
        await world.until(lambda: any("Topics → on" in post.text for post in world.bot_says()))
        world.sim.group.is_forum = True
        await world.quiet()
    assert world.is_clean()


@pytest.mark.parametrize("has_topics", [True, False], ids=["with topics", "without topics"])
async def test_a_group_that_gets_another_number_is_followed(
    any_world: World, tmp_path: Path, has_topics: bool
) -> None:
    world = any_world
    environment = environment_of(world.sim, world.database_url, settle_seconds=1.5)
    relay = RelayProcess(tmp_path, environment)
    await relay.start()
    try:
        chats = [world.buyer(f"Покупатель {number}") for number in range(4)]
        for chat in chats:
            world.sim.market.say(chat.id, "до переезда")
        await world.until(lambda: all(world.posts(chat) for chat in chats))
        world.sim.group.migrate(NEW_ID)
        if not has_topics:
            for topic in list(world.sim.group.topics.values()):
                world.sim.group.delete_topic(topic)
        for chat in chats:
            world.sim.market.say(chat.id, "после переезда")
        await world.quiet(30)
        for number, chat in enumerate(chats):
            world.sim.staff.say(OPERATOR, f"ответ {number}", world.thread_of(chat))
        await world.quiet(30)
        await relay.kill()
        await relay.start()  # with the old number in its settings
        world.sim.market.say(chats[0].id, "после перезапуска")
        await world.quiet(30)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{relay.said[-5000:]}") from None
    finally:
        await relay.kill()
    assert [world.sent_to(chat) for chat in chats] == [[f"ответ {n}"] for n in range(4)]
    assert all(world.reads(chat).count("после переезда") == 1 for chat in chats)
    said = [post.text for post in world.bot_says() if "another number" in post.text]
    assert len(said) == 1
    assert str(NEW_ID) in said[0]
    assert "Traceback" not in relay.said


async def test_a_kill_while_the_group_moves_loses_nothing(world: World, tmp_path: Path) -> None:
    environment = environment_of(world.sim, world.database_url, settle_seconds=1.5)
    relay = RelayProcess(tmp_path, environment)
    await relay.start()
    try:
        chat = world.buyer()
        world.sim.market.say(chat.id, "до переезда")
        await world.until(lambda: world.posts(chat))
        world.sim.group.migrate(NEW_ID)
        world.sim.market.say(chat.id, "после переезда")
        for _ in range(3):
            await world.until(lambda: "another number now" in relay.said, 20)
            await relay.kill()
            await relay.start()
            await asyncio.sleep(0.1)
        await world.quiet(30)
    finally:
        await relay.kill()
    assert world.reads(chat).count("после переезда") == 1
    assert world.is_clean()


async def test_a_group_that_is_nearly_full_is_told(world: World) -> None:
    world.sim.group.last_id = 900_100
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
    async with world.relay():
        await world.until(lambda: any("1,000,000" in post.text for post in world.bot_says()))
    async with world.relay():
        await world.looked()
    assert len([post for post in world.bot_says() if "1,000,000" in post.text]) == 1
