"""What waits for long is reported, twice: after two minutes and after fifteen (R22).

Answers of staff: on the oldest that waits of a chat, whatever the Market objects to. Messages of
buyers: in General and in the log, but only where nothing reaches the group any more or a chat fails
again and again. A backlog that flows at the group's allowance is no trouble, however long it waits.

All times are those of the ledger, so that a restart goes on where it was; only "again and again" is
seen anew. What was not the first of its lane at the look before has only just got its turn.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container, Sequence

from bot.relay.age import age
from bot.relay.alarms.voice import alarm, can_speak
from bot.relay.changes import Change, Remember
from bot.relay.errors import RelayError
from bot.relay.finder import ALONE
from bot.relay.model import Effect, EffectId, Queue, State
from bot.relay.notices import notice
from bot.relay.ports import Clock, Forum, Ledger, Words
from bot.relay.posts import Post, Span
from bot.relay.reasons import why

log = logging.getLogger(__name__)

STAGES_MS = (900_000, 120_000)
_REPORTED = "late for the group"  # the stage that was reported, while it lasts
# Reasons of rows that wait for their turn: the group's allowance as Telegram sees it is one.
_IN_TURN = ("", ALONE, "telegram_throttled")


def stage_of(waited_ms: int) -> int:
    """0 before the first."""
    return next((stage for stage in STAGES_MS if waited_ms >= stage), 0)


def fails(effect: Effect) -> bool:
    """Is it tried in vain, rather than waiting for its turn?"""
    return effect.state is State.UNKNOWN or effect.reason not in _IN_TURN


def held_up(
    heads: Sequence[Effect], again: Container[EffectId], last_post_ms: int, now_ms: int
) -> Sequence[Effect]:
    """Of the first posts that wait for chats, those that are late and not for a backlog's sake.
    `again`: those that failed more than once."""
    late = [head for head in heads if stage_of(now_ms - head.created_ms)]
    if now_ms - last_post_ms >= STAGES_MS[-1]:
        return late
    return [head for head in late if head.id in again]


class Late:
    """`rest_s`: between two looks; long enough for a row to be tried that could go."""

    def __init__(
        self, *, forum: Forum, ledger: Ledger, words: Words, clock: Clock, rest_s: float
    ) -> None:
        self._forum = forum
        self._ledger = ledger
        self._words = words
        self._clock = clock
        self._rest_s = rest_s
        self._seen: set[EffectId] = set()  # first of their lanes at the look before
        self._failed: dict[EffectId, int] = {}  # until when they wait since they were seen to fail
        self._again: set[EffectId] = set()
        self._told: set[str] = set()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._rest_s)
            try:
                await self.look()
            except RelayError as error:
                log.debug("What waits can't be looked at: %s", error)

    async def look(self) -> None:
        answers = await self._ledger.heads(Queue.MARKET)
        posts = [head for head in await self._ledger.heads(Queue.GROUP) if head.chat_id]
        await self._tell_of_answers(answers)
        await self._tell_of_posts(posts)
        self._seen = {head.id for head in (*answers, *posts)}

    # Answers of staff

    async def _tell_of_answers(self, heads: Sequence[Effect]) -> None:
        due = {key: head for head in heads if head.id in self._seen and (key := self._key(head))}
        for key in due.keys() - self._told:
            await self._ledger.commit(*await self._answer_waits(due[key], key))
        self._told = set(due)

    def _key(self, head: Effect) -> str:
        stage = stage_of(self._clock() - head.created_ms)
        return f"late/{head.id}/{head.created_ms}/{stage}" if stage else ""

    async def _answer_waits(self, head: Effect, key: str) -> list[Change]:
        reply = await self._ledger.reply(head.key)
        if reply is None:
            return []
        text = self._words.say(
            "⏳ Not delivered to the buyer for {age} now: {reason} The bot goes on trying. When it "
            "gets through, 👍 tells.",
            age=age(self._clock() - head.created_ms, self._words),
            reason=self._reason([head]),
        )
        post = Post((Span(text),), reply.thread_id, reply_to=reply.post_id)
        return [notice(key, post, about=head.key)]

    def _reason(self, effects: Sequence[Effect]) -> str:
        said = next((effect.reason for effect in effects if effect.reason not in ("", ALONE)), "")
        return why(said, {}, self._words) if said else self._words.say("there is no answer yet.")

    # Messages of buyers

    async def _tell_of_posts(self, heads: Sequence[Effect]) -> None:
        self._note_failures(heads)
        seen = [head for head in heads if head.id in self._seen]
        now = self._clock()
        late = held_up(seen, self._again, await self._ledger.last_post_ms(), now)
        since_ms = min((head.created_ms for head in late), default=now)
        reported = int(await self._ledger.recall(_REPORTED) or 0)
        stage = stage_of(now - since_ms)
        if late and stage > reported:
            log.error("Messages of %s chats do not get into the group", len(late))
            said = [self._posts_wait(late, since_ms)] if await can_speak(self._forum) else []
            await self._ledger.commit(Remember(_REPORTED, str(stage)), *said)
        elif reported and not late:
            await self._ledger.commit(Remember(_REPORTED, "0"))

    def _note_failures(self, heads: Sequence[Effect]) -> None:
        failing = {head.id: head.due_ms for head in heads if fails(head)}
        self._failed = {key: self._failed.get(key, due) for key, due in failing.items()}
        self._again = {key for key, due in failing.items() if due != self._failed[key]}

    def _posts_wait(self, late: Sequence[Effect], since_ms: int) -> Change:
        now = self._clock()
        text = self._words.count(
            "⏳ On {now} messages of buyers in {n} chat had been waiting for this group since "
            "{since}: {reason} The bot goes on trying, and nothing is lost.",
            "⏳ On {now} messages of buyers in {n} chats had been waiting for this group since "
            "{since}: {reason} The bot goes on trying, and nothing is lost.",
            len(late),
            now=self._words.date(now),
            since=self._words.date(since_ms),
            reason=self._reason(late),
        )
        return alarm("late", str(now), text, about=late[0].key)
