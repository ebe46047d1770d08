"""What a decision about a staff message holds, read out of its changes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.changes import AddReply, Change, Enqueue
from bot.relay.model import NewEffect, PostId, Queue, State
from bot.relay.notices import from_json
from bot.relay.posts import Post
from bot.relay.reply import Content, StaffFile

NOTICE_POST = PostId(900)
CERTAIN = {"state": State.FAILED, "reason": "market_refused"}
MB = 1024 * 1024
PHOTO = StaffFile("handle", "unique", "photo", "photo.jpg", 90_000, True)
DOCUMENT = StaffFile("handle 2", "unique 2", "document", "Счёт.pdf", 5_000)


def for_the_buyer(changes: Sequence[Change]) -> list[Content]:
    """What would go out, in order; not what is written down as given up."""
    given_up = {effect.key for effect in enqueued(changes) if effect.given_up}
    replies = [change.reply for change in changes if isinstance(change, AddReply)]
    return [reply.content for reply in replies if reply.effect_key not in given_up]


def enqueued(changes: Sequence[Change]) -> list[NewEffect]:
    return [change.effect for change in changes if isinstance(change, Enqueue)]


def rows(changes: Sequence[Change], queue: Queue) -> list[NewEffect]:
    return [effect for effect in enqueued(changes) if effect.queue is queue]


def said(changes: Sequence[Change]) -> Post:
    [row] = rows(changes, Queue.GROUP)
    return says(row)


def says(effect: NewEffect) -> Post:
    return from_json(effect.payload)
