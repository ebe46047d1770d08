"""The topic of a chat: made when the first message is due, found again, reopened, made anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.relay.changes import Change, Enqueue, Hurry, Remember, SaveTopic
from bot.relay.errors import OutcomeUnknown, Refused, RelayError
from bot.relay.model import ChatId, NewEffect, Queue, ThreadId, Topic, TopicState
from bot.relay.notices import notice
from bot.relay.pacing import Pace
from bot.relay.ports import Clock, Forum, Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.pulse import Pulse, Source
from bot.relay.reasons import why
from bot.relay.titles import title, with_number
from bot.relay.work import Later

log = logging.getLogger(__name__)

SHUT = "shut"  # the work of closing a topic that was made twice

MOVED_AT = "moved at"  # when the group got another number
_ICON = "icon/{}"  # of a chat's topic, as staff chose it
_FORMER = "thread/{}"  # of a topic that was replaced → its chat
_LOSSES = "topics lost"  # `chat@time` of topics found gone within the last minutes
_INCIDENT_MS = 300_000
_LISTEN_AGAIN_MS = 1_000
_INCIDENT_TOPICS = 3
_MOVED_MS = 3_600_000  # how long after a move it is no incident that topics are not there
_ASKED_AGAIN = 3  # of the time to settle a creation (half of SETTLE_SECONDS): a sixth of it


def lane_of(chat_id: ChatId) -> str:
    """What goes to a chat's topic goes one after the other."""
    return f"topic/{chat_id}"


class Topics:
    """`settle_ms`: how long to wait for the group's own word on a creation of unknown outcome."""

    def __init__(
        self,
        *,
        forum: Forum,
        ledger: Ledger,
        pace: Pace,
        words: Words,
        clock: Clock,
        pulse: Pulse,
        settle_ms: int,
    ) -> None:
        self._forum = forum
        self._ledger = ledger
        self._pace = pace
        self._words = words
        self._clock = clock
        self._pulse = pulse
        self._settle_ms = settle_ms

    async def of(self, chat_id: ChatId) -> Topic:
        return await self._ledger.topic(chat_id) or Topic(chat_id)

    async def ensure(self, chat_id: ChatId) -> Topic:
        """The chat's topic, open; made or reopened if it must be.

        Raises `Later` while it is not known whether the last creation took effect.
        """
        topic = await self.of(chat_id)
        match topic.state:
            case TopicState.OPEN:
                return topic
            case TopicState.CLOSED:
                return await self._reopen(topic)
            case TopicState.CREATING:
                await self._wait_for_word(topic)
                log.warning("Nothing was heard of the topic of chat %s: making it again", chat_id)
        return await self._create(chat_id)

    async def _wait_for_word(self, topic: Topic) -> None:
        """The group itself tells of a topic that was made; as long as nobody listens, or what was
        heard is not worked off, silence means nothing."""
        now, due = self._clock(), topic.changed_ms + self._settle_ms
        if now < due:
            raise Later(due)
        is_deaf = self._pulse.signs[Source.TELEGRAM_READS].is_down
        if is_deaf or await self._ledger.waiting_updates(1):
            raise Later(now + _LISTEN_AGAIN_MS)

    async def _create(self, chat_id: ChatId) -> Topic:
        known = await self._ledger.known_chat(chat_id)
        if known is None:
            raise Refused("chat_unknown", chat=str(chat_id))
        await self._pace.take()
        former = (await self.of(chat_id)).name  # perhaps staff gave it another one
        name = with_number(former, chat_id) if former else title(known.chat, self._words)
        icon = await self._ledger.recall(_ICON.format(chat_id)) or ""
        topic = Topic(chat_id, name, None, TopicState.CREATING)
        await self._claim(topic)
        try:
            thread_id = await self._forum.create_topic(topic.name, icon)
        except OutcomeUnknown:
            raise Later(self._clock() + self._settle_ms) from None
        except RelayError as error:  # certainly not made
            await self._claim(replace(topic, state=TopicState.ABSENT))
            if icon and isinstance(error, Refused):  # staff may have had it, a bot may not
                await self._ledger.commit(Remember(_ICON.format(chat_id), ""))
                raise Later(self._clock()) from None
            raise
        made = replace(topic, state=TopicState.OPEN, thread_id=thread_id)
        try:
            return await self._save(made, unless_made=True)
        except Refused:  # an earlier attempt was heard of meanwhile
            current = await self.of(chat_id)
            await self._ledger.commit(*created(current, thread_id, self._clock()))
            return current

    async def _claim(self, topic: Topic) -> None:
        """Raises `Later` where an earlier attempt was heard of in this very moment: the topic is
        there, and must not be forgotten for one that would be made beside it."""
        try:
            await self._save(topic, unless_made=True)
        except Refused:
            raise Later(self._clock()) from None

    async def gone(self, topic: Topic, is_asked_twice: bool) -> tuple[int, Sequence[Change]]:
        """Telegram says that the topic is not there: when to try again, and what changes (R29).

        The sentence is ambiguous, so it is asked once more before it is believed. Then the topic
        is made anew by the next try. But where the new one is gone before anything stood in it, or
        three are within five minutes, it is Telegram and not the staff: nothing is made, and it is
        tried again every five minutes.
        """
        now = self._clock()
        if not is_asked_twice:
            return now + self._settle_ms // _ASKED_AGAIN, []
        recent = [
            entry
            for entry in (await self._ledger.recall(_LOSSES) or "").split()
            if int(entry.partition("@")[2]) > now - _INCIDENT_MS
        ]
        own = f"{topic.chat_id}@"
        others = [entry for entry in recent if not entry.startswith(own)]
        losses = Remember(_LOSSES, " ".join([*others, f"{own}{now}"]))
        is_again = len(others) < len(recent) and not topic.is_headed
        moved_ms = int(await self._ledger.recall(MOVED_AT) or 0)
        is_expected = now < moved_ms + _MOVED_MS
        if not is_expected and (is_again or len(others) >= _INCIDENT_TOPICS - 1):
            text = why("topic_gone", {}, self._words)
            said = notice(f"incident/{now // 3_600_000}", Post((Span(text),)))
            return now + _INCIDENT_MS, [losses, said]
        former = [_former(topic.thread_id, topic.chat_id)] if topic.thread_id else []
        return now, [losses, SaveTopic(Topic(topic.chat_id, topic.name, changed_ms=now)), *former]

    async def _reopen(self, topic: Topic) -> Topic:
        assert topic.thread_id is not None
        await self._pace.take()
        await self._forum.reopen_topic(topic.thread_id)  # Gone: as for a post, see `gone`
        return await self._save(replace(topic, state=TopicState.OPEN))

    async def _save(self, topic: Topic, *, unless_made: bool = False) -> Topic:
        topic = replace(topic, changed_ms=self._clock())
        await self._ledger.commit(SaveTopic(topic, unless_made))
        return topic


def created(topic: Topic | None, thread_id: ThreadId, now_ms: int) -> Sequence[Change]:
    """The group says that the bot made this topic for the chat of `topic`.

    Settles a creation whose answer was lost, even where a later one was refused since. One that
    turns up although another was made since is closed; what staff wrote into it all the same still
    goes to the chat's buyer.
    """
    if topic is None or topic.thread_id == thread_id:
        return []
    if topic.thread_id is None:
        found = replace(topic, thread_id=thread_id, state=TopicState.OPEN, changed_ms=now_ms)
        return [SaveTopic(found), Hurry(lane_of(topic.chat_id), now_ms)]
    log.warning("Topic %s is a double of %s: closing it", thread_id, topic.thread_id)
    key, payload = f"shut/{thread_id}", {"thread": thread_id}
    shut = NewEffect(key, Queue.GROUP, key, SHUT, payload, rank=3)
    return [Enqueue(shut), _former(thread_id, topic.chat_id)]


def opened_or_closed(topic: Topic | None, is_open: bool, now_ms: int) -> Sequence[Change]:
    """Staff closed or reopened a topic by hand."""
    state = TopicState.OPEN if is_open else TopicState.CLOSED
    if topic is None or topic.thread_id is None or topic.state is state:
        return []
    return [SaveTopic(replace(topic, state=state, changed_ms=now_ms))]


def restyled(topic: Topic | None, name: str | None, icon: str | None) -> Sequence[Change]:
    """Staff gave a topic another name or icon: it keeps them, also when it has to be made anew."""
    if topic is None:
        return []
    changes: list[Change] = []
    if name is not None:
        changes.append(SaveTopic(replace(topic, name=name)))
    if icon is not None:
        changes.append(Remember(_ICON.format(topic.chat_id), icon))
    return changes


async def topic_at(ledger: Ledger, thread_id: ThreadId) -> Topic | None:
    """The topic of the chat that a thread belongs to, or belonged to before it was replaced."""
    if topic := await ledger.topic_by_thread(thread_id):
        return topic
    chat_id = await ledger.recall(_FORMER.format(thread_id))
    return await ledger.topic(ChatId(int(chat_id))) if chat_id else None


def _former(thread_id: ThreadId, chat_id: ChatId) -> Change:
    return Remember(_FORMER.format(thread_id), str(chat_id))
