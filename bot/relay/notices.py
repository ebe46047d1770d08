"""What the relay itself has to say in the group: answers, refusals, warnings; and reactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.relay.changes import Change, Enqueue, Settle
from bot.relay.errors import AccessDenied, Gone, Refused
from bot.relay.finder import Finder
from bot.relay.landing import Landing
from bot.relay.model import Effect, NewEffect, PostId, Queue, State, ThreadId
from bot.relay.pacing import Pace
from bot.relay.ports import Clock, Forum, Ledger, Words
from bot.relay.posts import Button, Post, Span, Style
from bot.relay.work import Done, Later, Verdict, Work, ids

NOTICE, REACTION, BUTTONS = "notice", "reaction", "buttons"
DELIVERED = "👍"
CORRECTED = "👌"  # the correction of it as well


def notice(
    key: str, post: Post, *, rank: int = 0, lane: str | None = None, about: str = ""
) -> Enqueue:
    """Say something, once. Notices of staff errors go before everything else (R26). `about`: the
    row without which there is nothing to be said any more: one that waits."""
    key = f"notice/{key}"
    payload = {**to_json(post), "about": about}
    return Enqueue(NewEffect(key, Queue.GROUP, lane or key, NOTICE, payload, rank))


def reaction(post_id: PostId, emoji: str) -> Change:
    """Put a mark on a message. All marks share a lane, so that a pause asked of one is kept by
    all."""
    key = f"reaction/{post_id}/{emoji}"
    payload = {"post": post_id, "emoji": emoji}
    return Enqueue(NewEffect(key, Queue.MARKS, "reactions", REACTION, payload))


def without_buttons(post_id: PostId) -> Change:
    """Take the buttons from a notice: its question has been answered."""
    key = f"buttons/{post_id}"
    return Enqueue(NewEffect(key, Queue.GROUP, key, BUTTONS, {"post": post_id}, rank=3))


def to_json(post: Post) -> dict[str, Any]:
    return {
        "spans": [[span.text, span.style.value] for span in post.spans],
        "thread": post.thread_id,
        "reply_to": post.reply_to,
        "buttons": [[button.label, button.action] for button in post.buttons],
        "silent": post.is_silent,
    }


def from_json(raw: Mapping[str, Any]) -> Post:
    return Post(
        tuple(Span(text, Style(style)) for text, style in raw["spans"]),
        ThreadId(raw["thread"]) if raw["thread"] else None,
        PostId(raw["reply_to"]) if raw["reply_to"] else None,
        tuple(Button(label, action) for label, action in raw["buttons"]),
        raw["silent"],
    )


def actions_of(effect: Effect) -> Sequence[str]:
    """Of the buttons under a notice."""
    return [action for _, action in effect.payload.get("buttons", ())]


class NoticeWork(Work):
    is_exclusive = True

    def __init__(self, *, landing: Landing, ledger: Ledger, finder: Finder) -> None:
        self._landing = landing
        self._ledger = ledger
        self._finder = finder

    async def base(self, head: Effect) -> int:
        """What is answered, and the topic it stands in, came before."""
        post = from_json(head.payload)
        highest = await self._ledger.highest_post()
        return max(highest, post.thread_id or 0, post.reply_to or 0)

    async def perform(self, batch: Sequence[Effect]) -> Done:
        payload = batch[0].payload
        if about := payload.get("about"):
            waiting = await self._ledger.effect(about)
            if waiting is None or not waiting.state.is_open:
                return Done()
        posted = await self._landing.post(from_json(payload))
        return Done(results=[posted.id])

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        return await self._finder.find(batch, from_json(batch[0].payload).buttons)

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        """The topic can't be posted in: said in General instead, so that it is not lost, with the
        name of the topic. Not so what holds a buyer's words: those stay in topics."""
        failed = Settle(ids(batch), State.FAILED, reason=error.key)
        post = from_json(batch[0].payload)
        if post.thread_id is None or any(span.style is Style.FOREIGN for span in post.spans):
            return [failed]
        topic = await self._ledger.topic_by_thread(post.thread_id)
        name = Span(f"{topic.name}\n" if topic else "", Style.FOREIGN_LABEL)
        in_general = Post((name, *post.spans), buttons=post.buttons)
        return [failed, notice(f"general/{batch[0].id}", in_general)]


class ReactionWork(Work):
    """Best effort: where the group does not allow it, that is said once and nothing waits. It takes
    nothing of the allowance of posts, but keeps silent where Telegram asked for it (R25)."""

    def __init__(self, forum: Forum, words: Words, pace: Pace, clock: Clock) -> None:
        self._forum = forum
        self._words = words
        self._pace = pace
        self._clock = clock

    async def prepare(self, head: Effect) -> None:
        if self._clock() < self._pace.silent_until_ms:
            raise Later(self._pace.silent_until_ms)

    async def perform(self, batch: Sequence[Effect]) -> Done:
        payload = batch[0].payload
        try:
            await self._forum.react(PostId(payload["post"]), payload["emoji"])
        except AccessDenied as error:
            raise Refused(error.key, **error.details) from None
        return Done()

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        failed = Settle(ids(batch), State.FAILED, reason=error.key)
        if isinstance(error, Gone):  # the message itself was deleted
            return [failed]
        text = self._words.say(
            "The bot can't mark messages as delivered: allow the reaction {emoji} in the settings "
            "of this group. Messages are delivered all the same; failures are always said.",
            emoji=DELIVERED,
        )
        return [failed, notice("no reactions", Post((Span(text),)))]


class ButtonsWork(Work):
    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def perform(self, batch: Sequence[Effect]) -> Done:
        await self._forum.set_buttons(PostId(batch[0].payload["post"]), ())
        return Done()
