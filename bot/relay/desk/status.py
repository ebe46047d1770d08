"""`/status`: both services, queues, what is unknown or failed, quota left, how far behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.relay.age import age
from bot.relay.figures import QueueDepth, QuotaLeft
from bot.relay.model import Queue
from bot.relay.ports import Clock, Ledger, Market, Words
from bot.relay.pulse import Pulse, Sign, Source

_QUOTAS = ("getChats", "getChatHistory", "sendMessageToChat")


@dataclass(frozen=True, slots=True)
class Status:
    signs: Mapping[Source, Sign]
    queues: Mapping[Queue, QueueDepth]
    counts: Mapping[str, int]
    quota: Mapping[str, QuotaLeft]
    has_room: bool
    now_ms: int


async def gather(market: Market, ledger: Ledger, pulse: Pulse, clock: Clock) -> Status:
    queues = {queue: await ledger.depth(queue) for queue in (Queue.GROUP, Queue.MARKET)}
    counts, room = await ledger.counts(), ledger.has_room()
    return Status(pulse.signs, queues, counts, market.quota(), room, clock())


def wording(status: Status, words: Words) -> str:
    """A line a fact; trouble first in its line."""
    lines = [
        _service(words.say("Market"), status, Source.MARKET_READS, words),
        _service(words.say("Telegram"), status, Source.TELEGRAM_READS, words),
        _queue(words.say("To the group"), status.queues[Queue.GROUP], status.now_ms, words),
        _queue(words.say("To the buyers"), status.queues[Queue.MARKET], status.now_ms, words),
        words.say(
            "Chats: {chats}, with a topic: {topics}",
            chats=str(status.counts["chats"]),
            topics=str(status.counts["topics"]),
        ),
    ]
    if aside := status.counts["updates_aside"]:
        lines.append(
            words.count(
                "⚠️ {n} message of Telegram could not be read and was set aside",
                "⚠️ {n} messages of Telegram could not be read and were set aside",
                aside,
            )
        )
    if not status.has_room:
        lines.append(words.say("🔴 The disk is nearly full: no new messages are taken"))
    return "\n".join(lines + _quotas(status, words))


def _service(name: str, status: Status, source: Source, words: Words) -> str:
    sign = status.signs[source]
    if sign.down_ms:
        since = words.date(sign.down_ms)
        return words.say("🔴 {name}: no answer since {since}", name=name, since=since)
    if not sign.worked_ms:
        return words.say("⚪ {name}: not asked yet", name=name)
    return words.say("🟢 {name}: works", name=name)


def _queue(name: str, depth: QueueDepth, now_ms: int, words: Words) -> str:
    said = [words.say("waiting: {number}", number=str(depth.waiting))]
    if depth.oldest_ms is not None:
        said.append(words.say("the oldest for {age}", age=age(now_ms - depth.oldest_ms, words)))
    if depth.unknown:
        said.append(words.say("unknown: {number}", number=str(depth.unknown)))
    if depth.failed:
        said.append(words.say("failed: {number}", number=str(depth.failed)))
    return f"{name}: {', '.join(said)}"


def _quotas(status: Status, words: Words) -> list[str]:
    return [
        words.say(
            "Quota of {method}: {left} of {limit} left",
            method=method,
            left=str(quota.remaining),
            limit=str(quota.limit),
        )
        for method in _QUOTAS
        if (quota := status.quota.get(method))
    ]
