"""`/status`: both services, queues, what is unknown or failed, quota left, how far behind; and what
was counted since the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.relay.age import age, duration
from bot.relay.figures import QueueDepth, QuotaLeft
from bot.relay.model import Queue
from bot.relay.ports import Clock, Ledger, Market, Words
from bot.relay.pulse import Pulse, Sign, Source
from bot.relay.tally import Counted, Deliveries, Tally

_QUOTAS = ("getChats", "getChatHistory", "sendMessageToChat")


@dataclass(frozen=True, slots=True)
class Status:
    signs: Mapping[Source, Sign]
    queues: Mapping[Queue, QueueDepth]
    counts: Mapping[str, int]
    quota: Mapping[str, QuotaLeft]
    counted: Counted
    has_room: bool
    now_ms: int

    @property
    def quota_now(self) -> Mapping[str, QuotaLeft]:
        """Without what was said of an hour that is over: the next one began full."""
        return {name: left for name, left in self.quota.items() if left.until_ms > self.now_ms}


async def gather(
    market: Market, ledger: Ledger, pulse: Pulse, tally: Tally, clock: Clock
) -> Status:
    queues = {queue: await ledger.depth(queue) for queue in Queue}
    return Status(
        signs=pulse.signs,
        queues=queues,
        counts=await ledger.counts(),
        quota=market.quota(),
        counted=tally.counted(),
        has_room=ledger.has_room(),
        now_ms=clock(),
    )


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
    return "\n".join([*lines, *_quotas(status, words), *_counted(status.counted, words)])


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


def _counted(counted: Counted, words: Words) -> list[str]:
    """What `/metrics` counts, in words; what did not happen is not said."""
    names = {Queue.GROUP: words.say("To the group"), Queue.MARKET: words.say("To the buyers")}
    delivered = [
        _delivered(name, done, words)
        for queue, name in names.items()
        if (done := counted.deliveries.get(queue))
    ]
    services = {"market": words.say("Market"), "telegram": words.say("Telegram")}
    requests = [
        words.say("Requests, {name}: {methods}", name=name, methods=_methods(methods))
        for service, name in services.items()
        if (methods := counted.requests.get(service))
    ]
    lines = [*delivered, *requests, *_rarities(counted, words)]
    since = words.say("Since the start, {since}:", since=words.date(counted.since_ms))
    return [since, *lines] if lines else []


def _delivered(name: str, done: Deliveries, words: Words) -> str:
    half, most = duration(done.half_s, words), duration(done.most_s, words)
    return words.say(
        "{name}: {number} delivered, half of them within {half}, nearly all within {most}",
        name=name,
        number=str(done.total),
        half=half,
        most=most,
    )


def _methods(methods: Mapping[str, int]) -> str:
    often_first = sorted(methods.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{method} {count}" for method, count in often_first)


def _rarities(counted: Counted, words: Words) -> list[str]:
    said = []
    if counted.joined_posts:
        said.append(
            words.say(
                "Joined under backlog: {messages} messages in {posts} posts",
                messages=str(counted.joined_rows),
                posts=str(counted.joined_posts),
            )
        )
    if counted.throttled:
        said.append(
            words.say("Asked to slow down (429, 420): {number}", number=str(counted.throttled))
        )
    if counted.doubts:
        said.append(words.say("Answers that got lost: {number}", number=str(counted.doubts)))
    if counted.repeats:
        said.append(words.say("Possible repeats: {number}", number=str(counted.repeats)))
    return said


def _quotas(status: Status, words: Words) -> list[str]:
    quotas = status.quota_now
    return [
        words.say(
            "Quota of {method}: {left} of {limit} left",
            method=method,
            left=str(quota.remaining),
            limit=str(quota.limit),
        )
        for method in _QUOTAS
        if (quota := quotas.get(method))
    ]
