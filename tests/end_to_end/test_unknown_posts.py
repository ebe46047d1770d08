"""Posts and topics whose answer was lost: found again, not repeated."""

from __future__ import annotations

from tests.world import OPERATOR, World

KINDS = ("dropped_after", "truncated", "dropped_before", "error_html")


async def test_a_post_whose_answer_is_lost_is_there_once(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        for kind in KINDS:
            world.sim.faults.add("telegram", kind, "sendMessage", times=1)
            for number in range(3):
                world.sim.market.say(chat.id, f"{kind} {number}")
            await world.quiet()
    expected = [f"{kind} {number}" for kind in KINDS for number in range(3)]
    assert [p.text for p in world.posts(chat)][1:] == expected
    assert world.is_clean()


async def test_the_lost_post_is_told_from_what_others_wrote_meanwhile(world: World) -> None:
    async with world.relay():
        chat, other = world.buyer(), world.buyer("Другой")
        world.sim.market.say(chat.id, "первое")
        world.sim.market.say(other.id, "у меня вопрос")
        await world.until(lambda: world.posts(chat) and world.posts(other))
        world.sim.faults.add("telegram", "dropped_after", "sendMessage", times=1)
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: "второе" in world.reads(chat))
        for number in range(3):
            world.sim.staff.say(OPERATOR, f"// заметка {number}", world.thread_of(chat))
            world.sim.market.say(other.id, f"ещё {number}")
        world.sim.market.say(chat.id, "третье")
        await world.quiet()
    assert [p.text for p in world.posts(chat)][1:] == ["второе", "третье"]
    assert world.is_clean()


async def test_a_topic_whose_answer_is_lost_is_there_once(world: World) -> None:
    async with world.relay():
        for number, kind in enumerate(KINDS[:3], 1):
            world.sim.faults.add("telegram", kind, "createForumTopic", times=1)
            chat = world.buyer()
            world.sim.market.say(chat.id, "первое")
            await world.until(lambda c=chat: world.posts(c))
            world.sim.market.say(chat.id, "второе")
            await world.quiet()
            assert len(world.sim.group.topics) == number
    assert world.is_clean()


async def test_a_post_that_nobody_can_find_comes_again_with_a_mark(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        world.sim.faults.add("telegram", "dropped_after", "sendMessage", times=1)
        # Whoever stands under an id can't be told when the group's edits are refused outright.
        world.sim.telegram.refusals["editMessageReplyMarkup"] = "Bad Request: BUTTON_DATA_INVALID"
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: world.reads(chat).count("второе") == 2)
    assert "⚠️ Perhaps a repeat" in world.posts(chat)[-1].text
    assert world.is_clean()
