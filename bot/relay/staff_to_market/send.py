"""Sending a reply to the buyer, once, and telling its author what became of it."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence

from bot.relay.changes import Change, Settle
from bot.relay.errors import Refused
from bot.relay.model import ChatId, Effect, MessageId, State
from bot.relay.notices import notice
from bot.relay.ports import Clock, Ledger, Market, Words
from bot.relay.posts import Post, Span
from bot.relay.reasons import why
from bot.relay.reply import Reply
from bot.relay.staff_to_market.album import report, whole_at
from bot.relay.staff_to_market.buttons import buttons
from bot.relay.staff_to_market.settle import Fate, delivered, fate, look_due_ms
from bot.relay.work import CannotTell, Done, Later, NotDone, Undecided, Verdict, Work, chat_of, ids

_SPARED_AT_MOST_MS = 60_000  # then it is looked at again, whatever the clocks did


class SayWork(Work):
    """`look` reads the chat's history; what it finds of our replies it writes to the ledger.
    `answered` is told of each chat that was written in."""

    _method = "sendMessageToChat"  # by which the Market counts the quota

    def __init__(
        self,
        *,
        market: Market,
        ledger: Ledger,
        look: Callable[[ChatId], Awaitable[object]],
        answered: Callable[[ChatId], None],
        words: Words,
        clock: Clock,
        settle_ms: int,
    ) -> None:
        self._market = market
        self._ledger = ledger
        self._look = look
        self._answered = answered
        self._words = words
        self._clock = clock
        self._settle_ms = settle_ms

    async def prepare(self, head: Effect) -> None:
        """A chat that was never read has no base to look from. A later file of an album may turn
        all of it into a note (R8)."""
        self._spare_quota(head)
        reply = await self._reply(head)
        if reply.album:
            now = self._clock()
            due = whole_at(await self._ledger.replies_in_album(reply.album), now)
            if now < due:
                raise Later(due)
        known = await self._ledger.known_chat(chat_of(head))
        if known is None:
            raise Refused("chat_unknown", chat=str(chat_of(head)))
        if known.read_ms < 0:
            with contextlib.suppress(Refused):  # what can't be read may be written to all the same
                await self._look(known.chat.id)

    def _spare_quota(self, head: Effect) -> None:
        """What is tried again must not take the last sends of the hour from what is new in another
        chat (R12)."""
        left, now = self._market.quota().get(self._method), self._clock()
        if head.attempts and left and left.is_short(now):
            raise Later(min(left.until_ms, now + _SPARED_AT_MOST_MS))

    async def base(self, head: Effect) -> int:
        known = await self._ledger.known_chat(chat_of(head))
        return known.cursor if known else 0

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        reply = await self._reply(effect)
        delivered = await self._delivered(reply)  # before: nothing may fail after the send
        await self._send(reply)
        self._answered(reply.chat_id)
        return Done(delivered)

    async def _send(self, reply: Reply) -> None:
        await self._market.send_text(reply.chat_id, reply.text)

    async def _delivered(self, reply: Reply) -> Sequence[Change]:
        parts = await self._ledger.replies_to_post(reply.post_id)
        return delivered(reply.effect_key, parts)

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        """Read what the chat says now; the reading itself claims the reply that it finds."""
        [effect] = batch
        reply = await self._reply(effect)
        try:
            await self._look(reply.chat_id)
        except Refused:  # the chat can't be read any more: nobody but a person can tell
            return self._ask(reply, effect, "perhaps_unreadable")
        reply = await self._reply(effect)
        others = await self._ledger.partner_words_above(reply.chat_id, MessageId(effect.base))
        match fate(reply.matched is not None, others, effect.looks, effect.rounds):
            case Fate.THERE:
                return Done(await self._delivered(reply))
            case Fate.NOT_THERE:
                return NotDone()
            case Fate.LOOK_AGAIN:
                due = look_due_ms(effect.unknown_ms, effect.looks + 1, self._settle_ms)
                return Undecided(max(due, self._clock() + 1))
            case Fate.ASK:
                return self._ask(reply, effect, "perhaps_sent" if others else "perhaps_unseen")

    def _ask(self, reply: Reply, effect: Effect, why: str) -> CannotTell:
        return CannotTell(self._failure(reply, effect, why, is_unsure=True))

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        [effect] = batch
        failed = Settle(ids(batch), State.FAILED, reason=error.key)
        reply = await self._reply(effect)
        return [failed, *self._failure(reply, effect, error.key, error.details)]

    def _failure(
        self,
        reply: Reply,
        effect: Effect,
        key: str,
        details: dict[str, str] | None = None,
        *,
        is_unsure: bool = False,
    ) -> list[Change]:
        reason = why(key, details or {}, self._words)
        if reply.file:
            reason = f"{reply.file.name}: {reason}"
        if is_unsure:
            said = self._words.say("❓ Perhaps not delivered to the buyer: {reason}", reason=reason)
        else:
            said = self._words.say("❌ Not delivered to the buyer: {reason}", reason=reason)
        post = Post(
            (Span(said),),
            reply.thread_id,
            reply_to=reply.post_id,
            buttons=buttons(effect.key, is_unsure=is_unsure, words=self._words),
        )
        said_at = f"{effect.id}/{self._clock()}"
        told: list[Change] = [notice(f"failed/{said_at}", post)]
        return [*told, report(reply.album, reply.chat_id, said_at)] if reply.album else told

    async def _reply(self, effect: Effect) -> Reply:
        reply = await self._ledger.reply(effect.key)
        if reply is None:
            raise Refused("reply_unknown")
        return reply
