"""Chats and their messages: stored once, read when they must be, the cursor never behind."""

from __future__ import annotations

from dataclasses import replace

from bot.relay.changes import MarkRead, SaveChat, StoreMessages
from bot.relay.model import Attachment, ChatId, MessageId, Nature, Sender
from bot.relay.ports import Ledger
from tests.storage.samples import CHAT, NOW_MS, known_chat, sifted


async def unread(ledger: Ledger) -> list[int]:
    return [known.chat.id for known in await ledger.unread_chats()]


async def test_a_chat_comes_back_as_it_was_saved(ledger: Ledger) -> None:
    known = known_chat(2**62, cursor=2**61, order_id=2**60, return_id=7, customer="Ёлка & Co")
    known = replace(known, since_ms=NOW_MS - 5)
    await ledger.commit(SaveChat(known))

    assert await ledger.known_chat(known.chat.id) == known
    assert await ledger.known_chat(ChatId(1)) is None


async def test_several_chats_are_found_at_once(ledger: Ledger) -> None:
    await ledger.commit(*[SaveChat(known_chat(number)) for number in (1, 2, 3)])
    found = await ledger.known_chats([ChatId(1), ChatId(3), ChatId(9)])

    assert found == {ChatId(1): known_chat(1), ChatId(3): known_chat(3)}
    assert await ledger.known_chats([]) == {}


async def test_a_later_save_overwrites_all_but_a_higher_cursor(ledger: Ledger) -> None:
    await ledger.commit(SaveChat(known_chat(cursor=50, customer="Old", order_id=1)))
    await ledger.commit(SaveChat(known_chat(cursor=40, customer="New")))

    assert await ledger.known_chat(CHAT) == known_chat(cursor=50, customer="New")
    await ledger.commit(SaveChat(known_chat(cursor=60)))
    assert await ledger.known_chat(CHAT) == known_chat(cursor=60)


async def test_a_chat_with_news_is_unread_until_they_are_read(ledger: Ledger) -> None:
    await ledger.commit(SaveChat(known_chat(1)), SaveChat(known_chat(2, read_ms=NOW_MS)))
    assert await unread(ledger) == [1]

    await ledger.commit(MarkRead(ChatId(1), MessageId(0), NOW_MS))
    assert await unread(ledger) == []

    await ledger.commit(SaveChat(known_chat(2, updated_ms=NOW_MS + 1, read_ms=NOW_MS)))
    assert await unread(ledger) == [2]


async def test_a_busy_chat_does_not_lose_its_place_among_the_unread(ledger: Ledger) -> None:
    await ledger.commit(SaveChat(known_chat(1, updated_ms=10)), SaveChat(known_chat(2, 20)))
    await ledger.commit(SaveChat(known_chat(1, updated_ms=30)))

    assert await unread(ledger) == [1, 2]


async def test_a_message_is_stored_once_and_left_as_it_stands(ledger: Ledger) -> None:
    await ledger.commit(StoreMessages(CHAT, [sifted(1, Nature.NEW, Sender.PARTNER)]))
    again = sifted(1, Nature.COLLEAGUE, Sender.PARTNER)
    await ledger.commit(StoreMessages(CHAT, [again, sifted(2), sifted(2)]))

    asked = [MessageId(number) for number in (1, 2, 3)]
    assert [one.id for one in await ledger.incoming(CHAT, asked)] == [1, 2]
    assert await ledger.incoming(ChatId(CHAT + 1), asked) == []
    assert await ledger.partner_words_above(CHAT, MessageId(0)) == 0


async def test_words_that_no_database_can_hold_do_not_stop_a_message(ledger: Ledger) -> None:
    odd = sifted(1)
    files = (Attachment("a\0\ud83d.jpg", "https://files.example/1", 5),)
    message = replace(odd.message, text="broken \ud83d, nothing \0, whole 😀", attachments=files)
    await ledger.commit(StoreMessages(CHAT, [replace(odd, message=message)]))

    [stored] = await ledger.incoming(CHAT, [MessageId(1)])
    assert stored.text == "broken \ufffd, nothing \ufffd, whole 😀"
    assert stored.attachments == files


async def test_words_of_the_shop_that_are_no_known_reply_are_counted(ledger: Ledger) -> None:
    shop = (Nature.COLLEAGUE, Sender.PARTNER)
    await ledger.commit(
        StoreMessages(CHAT, [sifted(10, *shop), sifted(11, *shop), sifted(12, *shop)]),
        StoreMessages(CHAT, [sifted(13), sifted(14, Nature.ECHO, Sender.PARTNER, "k")]),
        StoreMessages(ChatId(CHAT + 1), [sifted(15, *shop)]),
    )

    assert await ledger.partner_words_above(CHAT, MessageId(10)) == 2
    assert await ledger.partner_words_above(CHAT, MessageId(12)) == 0


async def test_a_chat_that_was_read_while_it_was_listed_stays_read(ledger: Ledger) -> None:
    before = known_chat(updated_ms=10)
    await ledger.commit(SaveChat(before))
    await ledger.commit(MarkRead(CHAT, MessageId(7), 10))
    renamed = replace(before, chat=replace(before.chat, customer="New"))
    await ledger.commit(SaveChat(renamed))

    assert await ledger.known_chat(CHAT) == replace(renamed, cursor=MessageId(7), read_ms=10)
    assert await unread(ledger) == []


async def test_reading_a_chat_hides_nothing_that_was_listed_meanwhile(ledger: Ledger) -> None:
    await ledger.commit(SaveChat(known_chat(updated_ms=10)))
    await ledger.commit(SaveChat(known_chat(updated_ms=30, customer="New")))
    await ledger.commit(MarkRead(CHAT, MessageId(7), 10))

    expected = known_chat(updated_ms=30, read_ms=10, cursor=7, customer="New")
    assert await ledger.known_chat(CHAT) == expected
    assert await unread(ledger) == [CHAT]
    await ledger.commit(MarkRead(CHAT, MessageId(6), 9))
    assert await ledger.known_chat(CHAT) == expected
    await ledger.commit(MarkRead(CHAT, MessageId(7), 30))
    assert await unread(ledger) == []
