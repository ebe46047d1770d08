"""A buyer's words reach the topic: through both services over HTTP, on both databases."""

from __future__ import annotations

import pytest

from tests.world import OPERATOR, World


async def test_first_message_makes_a_topic_with_header_and_message_in_one_post(
    any_world: World,
) -> None:
    world = any_world
    async with world.relay():
        chat = world.buyer("Иван Петров", order_id=123456)
        world.sim.market.say(chat.id, "Где мой заказ?")
        await world.until(lambda: world.posts(chat))
    [post] = world.posts(chat)
    assert "123456" in post.text
    assert post.text.endswith("Где мой заказ?")
    assert world.is_clean()


async def test_title_names_buyer_number_and_kind_without_markup(world: World) -> None:
    async with world.relay():
        returned = world.buyer("<b>Анна</b> *К*", context="RETURN", order_id=77, return_id=8104)
        dispute = world.buyer("Я" * 200, order_id=99, kind="ARBITRAGE")
        direct = world.buyer("", context="DIRECT")
        for chat in (returned, dispute, direct):
            world.sim.market.say(chat.id, "?")
        await world.quiet()
    names = {
        chat.id: world.sim.group.topics[world.thread_of(chat) or 0].name
        for chat in (returned, dispute, direct)
    }
    assert names[returned.id] == f"‹b›Анна‹∕b› ∗К∗ · Return 8104 · #{returned.id}"
    assert len(names[dispute.id]) == 128
    assert names[dispute.id].endswith(f"… · Dispute · Order 99 · #{dispute.id}")
    assert names[direct.id] == f"Buyer · Question · #{direct.id}"


async def test_messages_of_others_are_labelled_and_the_buyers_are_not(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "от покупателя")
        await world.until(lambda: world.posts(chat))
        for sender in ("CUSTOMER", "MARKET", "SUPPORT", "PARTNER"):
            world.sim.market.say(chat.id, f"{sender} говорит", sender)
            await world.quiet()
    assert [post.text for post in world.posts(chat)[1:]] == [
        "CUSTOMER говорит",
        "🤖 Market, automatic message\nMARKET говорит",
        "🛟 Market support\nSUPPORT говорит",
        "🏪 Colleague in the seller's cabinet\nPARTNER говорит",
    ]


async def test_foreign_text_arrives_as_it_is_and_cannot_act(world: World) -> None:
    hostile = "<b>&amp; *x* [y](http://z)\n/close@relay_bot @anna_posuda https://t.me/joinchat/1"
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, hostile)
        await world.until(lambda: world.posts(chat))
    [post] = world.posts(chat)
    assert hostile in post.text
    assert {e["type"] for e in post.entities} & {"mention", "bot_command"} == set()
    assert not post.has_preview
    assert post.parse_mode == ""


async def test_text_with_halves_of_pairs_and_nulls_still_arrives(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "до\x00\ud83dпосле\x07")
        empty = world.sim.market.say(chat.id, "\x00\x01")
        await world.until(lambda: "(an empty message)" in world.reads(chat))
    assert empty.id
    assert "допосле" in world.reads(chat)


async def test_text_over_telegrams_limit_arrives_whole_in_numbered_parts(world: World) -> None:
    text = " ".join(f"слово{number}" for number in range(1500))
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, text)
        await world.quiet()
    assert len(world.posts(chat)) > 1
    assert "part 1 of" in world.posts(chat)[0].text
    assert world.is_clean()


@pytest.mark.parametrize("order", ["newest", "oldest", "shuffled"])
async def test_all_chats_and_all_messages_arrive_in_any_order_of_the_list(
    world: World, order: str
) -> None:
    world.sim.market_http.chat_order = order
    chats = [world.buyer(f"Покупатель {number}") for number in range(45)]
    for number in range(230):
        world.sim.market.say(chats[7].id, f"сообщение {number:03d}")
    for chat in chats:
        world.sim.market.say(chat.id, f"привет из чата {chat.id}")
    async with world.relay():
        await world.quiet(60)
    assert world.is_clean()
    assert len([t for t in world.sim.group.topics.values() if not t.is_deleted]) == 45
    # joined, or the first start would be 230 posts
    assert len(world.posts(chats[7])) < 10


@pytest.mark.parametrize("precision", ["seconds", "milliseconds"])
async def test_messages_within_one_second_are_not_overlooked(world: World, precision: str) -> None:
    world.sim.market_http.wire.precision = precision
    async with world.relay():
        chat = world.buyer()
        for number in range(8):
            world.sim.market.say(chat.id, f"сообщение {number:03d}")
            await world.until(lambda n=number: f"{n:03d}" in world.reads(chat))
    assert world.is_clean()


async def test_first_start_makes_topics_for_waiting_chats_only(world: World) -> None:
    long_ago = world.sim.market.clock() - 30 * 24 * 3_600_000
    finished = [world.buyer(f"Готовый {n}", at_ms=long_ago) for n in range(120)]
    for chat in finished:
        world.sim.market.say(chat.id, "спасибо", at_ms=long_ago, is_due=False)
        world.sim.market.finish(chat.id)
    just = world.buyer("Только что")
    world.sim.market.say(just.id, "всё хорошо", is_due=False)
    world.sim.market.finish(just.id)
    waiting = [world.buyer(f"Ждущий {n}") for n in range(15)]
    for chat in waiting:
        world.sim.market.say(chat.id, f"вопрос {chat.id}")
    async with world.relay():
        await world.quiet(30)
        await world.looked()
        assert {world.thread_of(chat) for chat in [*finished, just]} == {None}
        assert all(world.thread_of(chat) for chat in waiting)
        world.sim.market.say(finished[60].id, "ещё вопрос")
        world.sim.market.say(just.id, "и ещё один")
        await world.quiet()
    assert "спасибо" not in world.reads(finished[60])
    assert "ещё вопрос" in world.reads(finished[60])
    assert "всё хорошо" not in world.reads(just)
    assert "и ещё один" in world.reads(just)
    assert len(world.sim.group.topics) == 17


async def test_what_staff_sent_through_the_bot_does_not_come_back(any_world: World) -> None:
    world = any_world
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "Где заказ?")
        await world.until(lambda: world.posts(chat))
        for text in ("Уже едет", "Уже едет", "Будет завтра"):
            world.sim.staff.say(OPERATOR, text, world.thread_of(chat))
        await world.quiet()
        world.sim.market.say(chat.id, "Спасибо!")
        world.sim.market.say(chat.id, "Уже едет", "PARTNER")
        await world.quiet()
    assert world.sent_to(chat) == ["Уже едет", "Уже едет", "Будет завтра"]
    assert world.reads(chat).count("Уже едет") == 1  # the colleague's own
    assert "Colleague in the seller's cabinet\nУже едет" in world.reads(chat)
    assert world.is_clean()


async def test_a_reply_that_the_market_masked_is_not_taken_for_a_colleagues(world: World) -> None:
    world.sim.market.masks_phones = True
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "Как позвонить?")
        await world.until(lambda: world.posts(chat))
        world.sim.staff.say(
            OPERATOR, "Позвоните нам, пожалуйста: +7 916 123-45-67", world.thread_of(chat)
        )
        await world.quiet()
        world.sim.market.say(chat.id, "Спасибо")
        await world.quiet()
    assert "Позвоните" not in world.reads(chat)


async def test_a_deleted_topic_comes_back_with_the_message(world: World) -> None:
    async with world.relay():
        chat = world.buyer("Иван Петров", order_id=555)
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        world.sim.staff.delete_topic(world.thread_of(chat) or 0)
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: "второе" in world.reads(chat))
        world.sim.staff.say(OPERATOR, "и ответ", world.thread_of(chat))
        await world.until(lambda: world.sent_to(chat) == ["и ответ"])
    assert "Order 555" in world.reads(chat)


async def test_a_closed_topic_is_reopened_by_a_new_message(world: World) -> None:
    async with world.relay():
        chat = world.buyer()
        world.sim.market.say(chat.id, "первое")
        await world.until(lambda: world.posts(chat))
        thread = world.thread_of(chat) or 0
        world.sim.staff.close_topic(thread, OPERATOR)
        await world.until(lambda: world.sim.group.topics[thread].is_closed)
        world.sim.market.say(chat.id, "второе")
        await world.until(lambda: "второе" in world.reads(chat))
    assert not world.sim.group.topics[thread].is_closed
    assert world.thread_of(chat) == thread
