"""`/chat`: start or find the chat of an order or a return, with its topic and a first message."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.relay.buyer_to_topic.post import card
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.changes import Change, Enqueue, Settle, Withdraw
from bot.relay.deeds import Reword
from bot.relay.errors import Refused
from bot.relay.model import (
    ChatId,
    Context,
    ContextKind,
    Effect,
    NewEffect,
    PostId,
    Queue,
    State,
    ThreadId,
    UserId,
)
from bot.relay.notices import notice
from bot.relay.ports import Market, Words
from bot.relay.posts import Post, Span
from bot.relay.reasons import why
from bot.relay.staff_to_market.message import NOTE, StaffMessage, contents, parts_of, written
from bot.relay.text import clean
from bot.relay.topics import lane_of
from bot.relay.work import Done, Work, ids

OPEN = "open"
LINK = "link"
_COMMAND = re.compile(r"/chat(@\w+)?", re.I)
_ARGUMENTS = re.compile(r"\s*(?:(return|возврат)\s+)?#?(\d{1,18})(?:\s+(.*))?\s*", re.S | re.I)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an admin asked for; `text` is the first message, may be empty."""

    context: Context
    text: str = ""


def parse(arguments: str) -> Wanted | None:
    """`123456`, `return 123`, each with a first message behind it; None where it is wrong."""
    found = _ARGUMENTS.fullmatch(arguments)
    if found is None or not (number := int(found[2])):
        return None
    kind = ContextKind.RETURN if found[1] else ContextKind.ORDER
    return Wanted(Context(kind, number), clean(found[3] or "").strip())


def ask(wanted: Wanted, message: StaffMessage, thread_id: ThreadId | None) -> Change:
    """Put it into the outbox: a Market that is down delays the command, it does not lose it."""
    payload = {
        **_payload(wanted),
        "post": message.post_id,
        "thread": thread_id,
        "author": message.author,
        "at": message.at_ms,
    }
    key = key_of(message.post_id)
    return Enqueue(NewEffect(key, Queue.DESK, key, OPEN, payload))


def edited(message: StaffMessage, opening: Effect, words: Words) -> Sequence[Change]:
    """The author edited the command, and nothing of it has been written for the buyer yet: as long
    as the chat is not being opened it counts as it reads now, and is withdrawn if it is none."""
    wanted, asked = _command(message), opening.payload
    if wanted and (_context(asked), asked.get("text")) == (wanted.context, wanted.text):
        return []
    late = _notice(
        message,
        "late",
        words.say("✏️ This edit comes too late: the command counts as it was. Give it anew."),
    )
    if wanted:
        payload = {**asked, **_payload(wanted)}
        return [Reword(opening.key, payload, late)]
    said = words.say("✏️ Withdrawn: the command does nothing.")
    return [Withdraw((opening.key,), _notice(message, "withdrawn", said), late, late)]


def first_message(message: StaffMessage, opening: Effect) -> StaffMessage:
    """Of the edited command what is for the buyer of the chat that it opened: the words behind the
    number, and nothing where it is another number, or no such command any more."""
    wanted = _command(message)
    is_same = wanted is not None and wanted.context == _context(opening.payload)
    return replace(message, text=wanted.text if wanted and is_same else NOTE)


def _command(message: StaffMessage) -> Wanted | None:
    name, *arguments = message.text.split(maxsplit=1) or [""]
    return parse(" ".join(arguments)) if _COMMAND.fullmatch(name) else None


def _context(asked: Mapping[str, Any]) -> Context | None:
    """None where it is so long ago that it was emptied."""
    return Context(ContextKind(asked["kind"]), asked["id"]) if asked else None


def _payload(wanted: Wanted) -> dict[str, Any]:
    return {"kind": wanted.context.kind.value, "id": wanted.context.id, "text": wanted.text}


def _notice(message: StaffMessage, what: str, said: str) -> NewEffect:
    post = Post((Span(said),), message.thread_id or None, reply_to=message.post_id)
    return notice(f"edited/{message.post_id}/open {what}", post).effect


def key_of(post_id: PostId) -> str:
    return f"open/{post_id}"


class OpenWork(Work):
    """Repeating it is harmless: the Market returns the chat that is there."""

    def __init__(self, *, market: Market, watch: Watch, words: Words) -> None:
        self._market = market
        self._watch = watch
        self._words = words

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        context = _context(effect.payload)
        assert context, "what is open is never emptied"
        chat_id = await self._market.create_chat(context)
        await self._watch.note([await self._market.chat(chat_id)], is_wanted=True)
        with contextlib.suppress(Refused):  # it is open all the same; the watch tells of that
            await self._watch.look(chat_id)
        return Done([*self._topic(chat_id, effect), *self._first_message(chat_id, effect)])

    def _topic(self, chat_id: ChatId, effect: Effect) -> list[Change]:
        """The header where there is none, then the link, in the topic's own lane."""
        lane = lane_of(chat_id)
        link = {"post": effect.payload["post"], "thread": effect.payload["thread"]}
        return [
            card(chat_id, f"card/{effect.id}"),
            Enqueue(NewEffect(f"link/{effect.id}", Queue.GROUP, lane, LINK, link, 0, chat_id)),
        ]

    def _first_message(self, chat_id: ChatId, effect: Effect) -> list[Change]:
        asked = effect.payload
        if not asked["text"]:
            return []
        message = StaffMessage(
            PostId(asked["post"]),
            ThreadId(asked["thread"] or 0),
            UserId(asked["author"]),
            asked["text"],
            asked["at"],
        )
        return written(parts_of(message, chat_id, contents(asked["text"])))

    async def refused(self, batch: Sequence[Effect], error: Refused) -> Sequence[Change]:
        [effect] = batch
        asked = effect.payload
        said = self._words.say(
            "❌ No chat was opened for {number}: {reason}",
            number=str(asked["id"]),
            reason=why(error.key, error.details, self._words),
        )
        thread = ThreadId(asked["thread"]) if asked["thread"] else None
        post = Post((Span(said),), thread, reply_to=PostId(asked["post"]))
        return [
            Settle(ids(batch), State.FAILED, reason=error.key),
            notice(f"open/{effect.id}", post),
        ]
