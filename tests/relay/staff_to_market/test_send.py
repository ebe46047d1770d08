"""Sending a reply once, and what its author hears of it; with the ledger, without the services."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.relay.buyer_to_topic.hints import Trust
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.changes import AddReply, Again, Enqueue, SaveChat
from bot.relay.errors import Gone, OutcomeUnknown, Refused, Throttled, Unreachable
from bot.relay.figures import QuotaLeft
from bot.relay.lanes import Lanes
from bot.relay.model import ChatId, Incoming, MessageId, NewEffect, Queue, State
from bot.relay.notices import from_json
from bot.relay.posts import Post
from bot.relay.pulse import Pulse, Source
from bot.relay.staff_to_market.send import SayWork
from tests.relay.bench import Bench, Shaky, running, until
from tests.relay.samples import CHAT, ENGLISH, by_shop, incoming, known, reply

SETTLE_MS = 60_000
LOST = OutcomeUnknown("market_timeout")


class Buyers:
    """The Market's chat: what stands in it, and how sends and readings go."""

    def __init__(self) -> None:
        self.history_: list[Incoming] = [incoming(number) for number in range(1, 11)]
        self.sent: list[str] = []
        self.fails: list[Exception | None] = []
        self.takes = True  # whether a send that fails took effect all the same
        self.unreadable: Exception | None = None
        self.left: QuotaLeft | None = None

    def quota(self) -> dict[str, QuotaLeft]:
        return {"sendMessageToChat": self.left} if self.left else {}

    async def send_text(self, chat_id: ChatId, text: str) -> None:
        error = self.fails.pop(0) if self.fails else None
        if error is None or (self.takes and isinstance(error, OutcomeUnknown)):
            self.sent.append(text)
            self.history_.append(by_shop(len(self.history_) + 1, text))
        if error:
            raise error

    async def history(self, chat_id: ChatId, after: MessageId) -> Sequence[Incoming]:
        if self.unreadable:
            raise self.unreadable
        return [message for message in self.history_ if message.id > after]


class Sender:
    def __init__(self, bench: Bench) -> None:
        self.bench, self.market, self.ledger = bench, Buyers(), Shaky(bench.ledger)

    def lanes(self) -> Lanes:
        ledger: Any = self.ledger
        market: Any = self.market
        clock, pulse = self.bench.clock, Pulse(self.bench.clock)
        watch = Watch(
            market=market, ledger=ledger, words=ENGLISH, clock=clock, pulse=pulse, trust=Trust()
        )
        say = SayWork(
            market=market,
            ledger=ledger,
            look=watch.look,
            answered=lambda _: None,
            words=ENGLISH,
            clock=clock,
            settle_ms=SETTLE_MS,
        )
        return Lanes(
            Queue.MARKET,
            {"say": say},
            ledger=ledger,
            clock=clock,
            bell=self.bench.bell,
            pulse=pulse,
            source=Source.MARKET_SENDS,
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        async with running(self.lanes()):
            yield

    async def write(self, post: int, *texts: str) -> None:
        """A staff message; of several parts where several texts are given."""
        for part, text in enumerate(texts):
            key = f"say/{post}/{part}"
            row = NewEffect(key, Queue.MARKET, f"chat/{CHAT}", "say", {}, 0, CHAT)
            words = reply(text, key, post_id=post, part=part)
            await self.bench.ledger.commit(Enqueue(row), AddReply(words))

    async def settle(self, key: str, state: State) -> None:
        """Let time pass in small steps until the row has come to its end."""
        for _ in range(400):
            row = await self.bench.row(key)
            if row.state is state:
                return
            if row.due_ms > self.bench.now_ms:
                self.bench.later(row.due_ms - self.bench.now_ms)
            await asyncio.sleep(0.002)
        raise AssertionError(f"{await self.bench.row(key)}")

    async def marks(self) -> list[int]:
        heads = await self.bench.ledger.heads(Queue.MARKS)
        return [head.payload["post"] for head in heads]

    async def notices(self) -> list[Post]:
        heads = await self.bench.ledger.heads(Queue.GROUP)
        return [from_json(head.payload) for head in heads if head.kind == "notice"]


@pytest.fixture
async def sender(bench: Bench) -> Sender:
    """With a chat that is read up to its tenth message."""
    await bench.ledger.commit(SaveChat(known(cursor=10)))
    return Sender(bench)


async def test_a_reply_is_sent_once_and_marked(sender: Sender) -> None:
    await sender.write(501, "Уже едет")
    async with sender.at_work():
        await sender.settle("say/501/0", State.SENT)
    assert sender.market.sent == ["Уже едет"]
    assert await sender.marks() == [501]
    assert await sender.notices() == []


async def test_a_reply_of_several_parts_is_marked_with_the_last(sender: Sender) -> None:
    await sender.write(501, "раз ", "два")
    sender.market.fails = [None, Unreachable("market_unreachable")]
    async with sender.at_work():
        await sender.bench.wait_until("say/501/1", lambda row: row.due_ms > sender.bench.now_ms)
        assert await sender.marks() == []
        await sender.settle("say/501/1", State.SENT)
    assert sender.market.sent == ["раз ", "два"]
    assert await sender.marks() == [501]


@pytest.mark.parametrize("name", ["replies_to_post", "reply", "begin", "known_chat", "commit"])
async def test_a_ledger_that_is_away_for_a_moment_makes_no_second_send(
    sender: Sender, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("lanes", "outcomes"):
        monkeypatch.setattr(f"bot.relay.{place}.backoff_ms", lambda *_: 1)
    await sender.write(501, "Уже едет")
    sender.ledger.fails = {name: 1}
    async with sender.at_work():
        await until(lambda: sender.ledger.failed)
        await sender.settle("say/501/0", State.SENT)
    assert sender.market.sent == ["Уже едет"]


async def test_a_lost_answer_of_a_send_that_was_done_is_settled_by_the_history(
    sender: Sender,
) -> None:
    await sender.write(501, "Уже едет")
    sender.market.fails = [LOST]
    async with sender.at_work():
        await sender.settle("say/501/0", State.SENT)
    assert sender.market.sent == ["Уже едет"]
    assert await sender.marks() == [501]
    proved = await sender.bench.ledger.reply("say/501/0")
    assert proved
    assert proved.matched == 11


async def test_a_lost_send_that_was_not_done_is_repeated_only_after_the_whole_time(
    sender: Sender,
) -> None:
    await sender.write(501, "Уже едет")
    sender.market.takes, sender.market.fails = False, [LOST]
    began = sender.bench.now_ms
    async with sender.at_work():
        await sender.settle("say/501/0", State.SENT)
    assert sender.market.sent == ["Уже едет"]
    assert sender.bench.now_ms - began >= SETTLE_MS
    assert (await sender.bench.row("say/501/0")).rounds == 1


async def test_after_five_lost_rounds_a_person_is_asked(sender: Sender) -> None:
    await sender.write(501, "Уже едет")
    sender.market.takes, sender.market.fails = False, [LOST] * 9
    async with sender.at_work():
        await sender.settle("say/501/0", State.FAILED)
    assert len(sender.market.fails) == 4
    [post] = await sender.notices()
    assert post.text.startswith("❓ Perhaps not delivered")
    assert [button.label for button in post.buttons] == ["Send again", "It is there"]


@pytest.mark.parametrize("error", [Gone("chat_gone"), Refused("market_refused", code="X")])
async def test_a_refused_send_is_told_with_its_reason_and_frees_the_lane(
    sender: Sender, error: Refused
) -> None:
    await sender.write(501, "первое")
    await sender.write(502, "второе")
    sender.market.fails = [error]
    async with sender.at_work():
        await sender.settle("say/502/0", State.SENT)
    assert sender.market.sent == ["второе"]
    [post] = await sender.notices()
    assert post.text.startswith("❌ Not delivered to the buyer")
    assert post.reply_to == 501
    assert [button.action for button in post.buttons] == ["again say/501/0"]


async def test_a_chat_that_cannot_be_read_any_more_leaves_the_question_to_a_person(
    sender: Sender,
) -> None:
    await sender.write(501, "первое")
    await sender.write(502, "второе")
    sender.market.fails, sender.market.unreadable = [LOST], Gone("chat_gone")
    async with sender.at_work():
        await sender.settle("say/501/0", State.FAILED)
        await sender.settle("say/502/0", State.SENT)
    assert sender.market.sent == ["первое", "второе"]
    assert [post.reply_to for post in await sender.notices()] == [501]


async def test_a_chat_that_could_never_be_read_can_be_written_to(bench: Bench) -> None:
    await bench.ledger.commit(SaveChat(replace(known(), read_ms=-1)))
    sender = Sender(bench)
    await sender.write(501, "Здравствуйте")
    sender.market.unreadable = Refused("market_refused")
    async with sender.at_work():
        await sender.settle("say/501/0", State.SENT)
    assert sender.market.sent == ["Здравствуйте"]


async def test_another_message_of_the_shop_is_no_reason_to_send_again(sender: Sender) -> None:
    await sender.write(501, "выслали сегодня")
    sender.market.takes, sender.market.fails = False, [LOST]
    sender.market.history_.append(by_shop(11, "совсем другое"))
    async with sender.at_work():
        await sender.settle("say/501/0", State.FAILED)
    assert sender.market.sent == []
    [post] = await sender.notices()
    assert "Perhaps not delivered" in post.text


async def test_a_pause_of_the_market_is_kept(sender: Sender) -> None:
    await sender.write(501, "Уже едет")
    sender.market.fails = [Throttled("market_throttled", 600)]
    async with sender.at_work():
        row = await sender.bench.wait_until("say/501/0", lambda row: row.attempts == 1)
        row = await sender.bench.wait_for("say/501/0", State.NEW)
        assert row.due_ms == sender.bench.now_ms + 601_000
        sender.bench.later(601_000)
        await sender.settle("say/501/0", State.SENT)
    assert sender.market.sent == ["Уже едет"]


@pytest.mark.parametrize(("remaining", "is_spared"), [(200, True), (201, False)])
async def test_the_last_fifth_of_the_quota_is_for_what_was_never_tried(
    sender: Sender, remaining: int, is_spared: bool
) -> None:
    ends_ms = sender.bench.now_ms + 300_000
    sender.market.left = QuotaLeft(1000, remaining, ends_ms)
    sender.market.fails = [Unreachable("market_unreachable")]
    sender.market.takes = False
    await sender.write(501, "первое")
    async with sender.at_work():
        await sender.bench.wait_until("say/501/0", lambda row: bool(row.attempts))
        await sender.settle("say/501/0", State.SENT)
    assert (sender.bench.now_ms >= ends_ms) is is_spared
    assert sender.market.sent == ["первое"]


async def test_sent_again_by_button_the_buyer_has_it_once(sender: Sender) -> None:
    """The first attempt came through late and the second was lost: one of them is enough."""
    await sender.write(501, "да")
    sender.market.takes, sender.market.fails = False, [LOST]
    sender.market.history_.append(by_shop(11, "другое"))
    async with sender.at_work():
        await sender.settle("say/501/0", State.FAILED)
        sender.market.history_.append(by_shop(12, "да"))
        await sender.write(502, "ещё")
        await sender.settle("say/502/0", State.SENT)
        sender.market.fails = [LOST]
        await sender.bench.ledger.commit(Again("say/501/0", sender.bench.now_ms))
        await sender.bench.wait_until("say/501/0", lambda row: row.attempts == 2)
        await sender.settle("say/501/0", State.SENT)
    assert "да" not in sender.market.sent
