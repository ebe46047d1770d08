"""What the relay needs of the outside, and what an adapter must and must not do.

Every method may raise `bot.relay.errors.RelayError` and nothing else (besides cancellation).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from bot.relay.changes import Change
from bot.relay.figures import QuotaLeft
from bot.relay.model import (
    Attachment,
    Chat,
    ChatId,
    ChatStatus,
    Context,
    Effect,
    Incoming,
    KnownChat,
    MessageId,
    PostId,
    Queue,
    Role,
    StoredUpdate,
    ThreadId,
    Topic,
    UserId,
)
from bot.relay.posts import Button, FilePost, Found, Post, Posted
from bot.relay.reply import Reply
from bot.relay.upkeep import Upkeep


class Clock(Protocol):
    def __call__(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class Words(Protocol):
    """Every word a person reads. `msgid` is the English wording and the key of the catalog."""

    def say(self, msgid: str, /, **values: object) -> str: ...

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The plural form for `n`; `{n}` in the wording is the number."""
        ...

    def number(self, n: int, /) -> str: ...  # its digits in groups, as the language has them

    def date(self, at_ms: int, /) -> str:
        """Day and time, in the language and in the local zone, such as `21 Nov, 14:05`."""
        ...


class Market(Protocol):
    """The Market's side of the chats, for one cabinet.

    Must: keep to the allowed number of parallel requests; tolerate unknown fields and values;
    raise `OutcomeUnknown` from the sends (and from nothing else) whenever the request may have
    taken effect. Must not: retry, cache, or reorder anything by itself.
    """

    def chats(self, statuses: Sequence[ChatStatus] = ()) -> AsyncGenerator[Sequence[Chat], None]:
        """Pages of the cabinet's chats, in no promised order; all of them where no status is
        given."""
        ...

    async def chat(self, chat_id: ChatId) -> Chat: ...

    async def history(self, chat_id: ChatId, after: MessageId) -> Sequence[Incoming]:
        """Every message with an id above `after` (0: the whole history), sorted by id."""
        ...

    async def message(self, chat_id: ChatId, message_id: MessageId) -> Incoming: ...

    async def create_chat(self, context: Context) -> ChatId:
        """Start a chat, or find the one that exists. Repeating it is harmless: the Market
        returns the chat of the same context. So it raises `Unreachable`, not `OutcomeUnknown`."""
        ...

    async def send_text(self, chat_id: ChatId, text: str) -> None:
        """Send 1 to 4,096 characters to the buyer. The Market tells no id of what it took."""
        ...

    async def send_file(self, chat_id: ChatId, name: str, content: bytes) -> None:
        """Send a file of at most 5 MB to the buyer."""
        ...

    def download(self, attachment: Attachment) -> AsyncGenerator[bytes, None]:
        """The bytes of a buyer's file, piece by piece, from wherever it lies.

        Must: give the key to no host but the Market's own, at no redirect; speak to public
        addresses only, but for the Market's host. Must not: hold more than a piece in memory, or
        retry. Raises `Refused` with one of the keys `file_gone`, `file_denied`, `file_unsafe`
        (its address may not be asked), `file_nowhere` (it has none); `Unreachable` where it may
        come later."""
        ...

    def quota(self) -> Mapping[str, QuotaLeft]:
        """By method name, as far as the Market has said it."""
        ...

    def skew_ms(self) -> int | None: ...  # how far its clock is ahead of ours, once it answered


class Forum(Protocol):
    """The staff group.

    Must: show foreign spans exactly, with no mention, command or preview of theirs acting; raise
    `Gone("topic_gone")` where the topic is no longer there, `Refused("topic_closed")` where it is
    closed. Must not: retry, wait for a pause, or keep to a rate by itself (`pacing` does).
    """

    async def create_topic(self, name: str, icon: str = "") -> ThreadId:
        """`icon`: a custom emoji's id. Raises `Refused` where it may not be used."""
        ...

    async def reopen_topic(self, thread_id: ThreadId) -> None:
        """Does nothing where it is open."""
        ...

    async def close_topic(self, thread_id: ThreadId) -> None:
        """Does nothing where it is closed."""
        ...

    async def post(self, post: Post) -> Posted: ...

    async def post_file(self, post: FilePost) -> Posted: ...

    async def post_album(self, posts: Sequence[FilePost]) -> Sequence[Posted]:
        """2 to 10 files of one topic, all pictures or none, in order, in one call. A refusal may
        come half-way: then the first of them stand."""
        ...

    def download(self, file_id: str) -> AsyncGenerator[bytes, None]:
        """The bytes of a staff file, piece by piece. Raises `Refused` with the key `file_gone`, or
        `file_too_big_to_fetch` over Telegram's limit for bots (20 MB); `Unreachable` where it may
        come later."""
        ...

    async def delete(self, post_id: PostId) -> None: ...

    async def react(self, post_id: PostId, emoji: str) -> None: ...

    async def set_buttons(self, post_id: PostId, buttons: tuple[Button, ...]) -> None:
        """Does nothing where they are as asked."""
        ...

    async def probe(self, post_id: PostId, buttons: tuple[Button, ...]) -> Found:
        """Who stands under an id, asked by an edit that changes nothing: it gives the message the
        buttons that it would have if it were the sought one."""
        ...

    async def role(self, user_id: UserId) -> Role:
        """What a person may do now; may be up to a minute old."""
        ...

    async def is_forum(self) -> bool:
        """Are topics switched on?"""
        ...

    def link(self, thread_id: ThreadId) -> str:
        """Address of a topic, for members of the group."""
        ...


class Ledger(Upkeep, Protocol):
    """Everything that must survive. All rows belong to one cabinet, group and bot.

    Must: apply a commit wholly or not at all, and keep it over a power cut; ring the bell of a
    queue after a commit that gave it work. Must not: decide anything.
    """

    async def commit(self, *changes: Change) -> None: ...

    # Updates of Telegram

    async def store_updates(self, updates: Sequence[Mapping[str, object]], now_ms: int) -> int:
        """Store raw updates, all or none; those known by id, or by (chat, message, kind, edit
        date), are dropped. Returns how many were new."""
        ...

    async def waiting_updates(self, limit: int = 100) -> Sequence[StoredUpdate]:
        """Stored updates that are not done, in the order of their ids."""
        ...

    async def newest_updates(self, limit: int) -> Sequence[int]:
        """Ids of the updates that came last, newest first; none where none came for days, as
        `next_offset` has it."""
        ...

    async def next_offset(self) -> int | None:
        """One above the id of the newest update; None where none came for days, since then the
        ids may begin anew."""
        ...

    # Chats, their messages and topics

    async def known_chat(self, chat_id: ChatId) -> KnownChat | None: ...

    async def known_chats(self, chat_ids: Sequence[ChatId]) -> Mapping[ChatId, KnownChat]: ...

    async def unread_chats(self) -> Sequence[KnownChat]:
        """Chats whose history must be read: `chat.updated_ms > read_ms`, longest unread first."""
        ...

    async def active_chats(self, since_ms: int, above: ChatId, limit: int) -> Sequence[ChatId]:
        """Chats that were read before and in which something happened since, by id."""
        ...

    async def last_messages(self, chat_id: ChatId, limit: int) -> Sequence[MessageId]:
        """The highest ids that are stored of a chat, highest first."""
        ...

    async def incoming(self, chat_id: ChatId, ids: Sequence[MessageId]) -> Sequence[Incoming]:
        """Stored messages, by id."""
        ...

    async def partner_words_above(self, chat_id: ChatId, base: MessageId) -> int:
        """How many COLLEAGUE messages by PARTNER stand above `base`: something that the shop wrote
        and that is no known reply."""
        ...

    async def topic(self, chat_id: ChatId) -> Topic | None: ...

    async def topic_by_thread(self, thread_id: ThreadId) -> Topic | None: ...

    # Replies and the outbox

    async def reply(self, effect_key: str) -> Reply | None: ...

    async def replies_to_post(self, post_id: PostId) -> Sequence[tuple[Reply, Effect]]:
        """The parts of a staff message with the rows that carry them."""
        ...

    async def replies_in_album(self, album: str) -> Sequence[tuple[Reply, Effect]]:
        """The parts of an album, in the order of the topic, with the rows that carry them."""
        ...

    async def keys_at(self, post_id: PostId) -> Sequence[str]:
        """The effect keys of the rows that became this post."""
        ...

    async def unmatched_replies(self, chat_id: ChatId) -> Sequence[tuple[Reply, Effect]]:
        """Replies whose row is SENDING, UNKNOWN or SENT, or FAILED with reason `unsure`, that no
        message of the history proves yet, oldest first; of the SENT ones those of the last 7 days
        by `created_ms`."""
        ...

    async def effect(self, effect_key: str) -> Effect | None: ...

    async def heads(self, queue: Queue) -> Sequence[Effect]:
        """The first open row of every lane of a queue, by id, due or not."""
        ...

    async def waiting_in_lane(self, lane: str, limit: int) -> Sequence[Effect]:
        """The first open rows of a lane, by id."""
        ...

    async def batch(self, batch: int) -> Sequence[Effect]:
        """The open rows that went out with one call, by id."""
        ...

    async def is_longer(self, queue: Queue, count: int) -> bool:
        """Are more rows of a queue open than so many?"""
        ...

    async def recover(self, now_ms: int) -> int:
        """At start: every SENDING becomes UNKNOWN since now, every CREATING topic changed now, and
        nothing is due later than in ten minutes. What came or became UNKNOWN in the future did so
        now: the clock was ahead. Returns how many rows were SENDING."""
        ...

    async def highest_post(self) -> PostId:
        """The highest message id of the group known from updates and from our own posts."""
        ...

    async def last_post_ms(self) -> int:
        """When the call began that made our newest post; 0 where there is none."""
        ...

    async def has_posted_after(self, chat_id: ChatId, post_id: PostId) -> bool:
        """Stands a post of ours for this chat above `post_id`, or may one that is under way come to
        stand there, or words of the buyer that wait? They may have found the topic open already."""
        ...

    async def known_posts(self, first: PostId, last: PostId) -> set[PostId]:
        """Message ids of the group within [first, last] that updates or our own posts explain."""
        ...

    # Small facts

    async def recall(self, name: str) -> str | None: ...

    async def spent_since(self, since_ms: int) -> Sequence[int]:
        """When paced calls of Telegram began, oldest first."""
        ...
