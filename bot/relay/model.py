"""What the relay speaks about: frozen values, no behaviour that reaches outside.

Times are integer milliseconds since 1970 UTC (`…_ms`), so that no zone and no clock change can
reorder them. Ids are int64 whatever the transport.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType, Self

ChatId = NewType("ChatId", int)  # a chat of the Market
MessageId = NewType("MessageId", int)  # a message of a Market chat
ThreadId = NewType("ThreadId", int)  # a topic of the staff group
PostId = NewType("PostId", int)  # a message of the staff group; one sequence over all its topics
UserId = NewType("UserId", int)  # a person in Telegram
EffectId = NewType("EffectId", int)  # a row of the outbox


class Tolerant(StrEnum):
    """An enum of the Market: a value that we don't know yet becomes OTHER, never an error."""

    @classmethod
    def _missing_(cls, value: object) -> Self:
        return cls("OTHER")


class Sender(Tolerant):
    """Who wrote a message of a Market chat."""

    CUSTOMER = "CUSTOMER"  # the buyer
    PARTNER = "PARTNER"  # the shop: through this bot, or in the seller's cabinet
    MARKET = "MARKET"  # an automatic message of the Market
    SUPPORT = "SUPPORT"  # a person of the Market's support
    OTHER = "OTHER"


class ContextKind(Tolerant):
    """What a Market chat is about."""

    ORDER = "ORDER"
    RETURN = "RETURN"
    DIRECT = "DIRECT"  # a question without an order; only buyers start one
    OTHER = "OTHER"


class ChatKind(Tolerant):
    CHAT = "CHAT"
    ARBITRAGE = "ARBITRAGE"  # a dispute
    OTHER = "OTHER"


class ChatStatus(Tolerant):
    NEW = "NEW"
    WAITING_FOR_CUSTOMER = "WAITING_FOR_CUSTOMER"
    WAITING_FOR_PARTNER = "WAITING_FOR_PARTNER"
    WAITING_FOR_ARBITER = "WAITING_FOR_ARBITER"
    WAITING_FOR_MARKET = "WAITING_FOR_MARKET"
    FINISHED = "FINISHED"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Context:
    """What a chat is to be started about. `id` is the order's or the return's number."""

    kind: ContextKind
    id: int


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat as the Market lists it. `updated_ms` is the time of its last message."""

    id: ChatId
    context: ContextKind
    kind: ChatKind
    status: ChatStatus
    created_ms: int
    updated_ms: int
    order_id: int | None = None
    return_id: int | None = None
    customer: str = ""  # as the buyer wrote it; empty where the Market names nobody


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a buyer's message. `size` in bytes, as the Market says it."""

    name: str
    url: str
    size: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of a Market chat, whoever wrote it, exactly as it was written."""

    id: MessageId
    sender: Sender
    at_ms: int
    text: str = ""
    attachments: tuple[Attachment, ...] = ()


class Nature(StrEnum):
    """What an incoming message is to us."""

    NEW = "new"  # the buyer, the Market or its support: to be posted
    COLLEAGUE = "colleague"  # staff, but not through the bot: posted with a label
    ECHO = "echo"  # what staff sent through the bot, come back: proof, not posted
    OLD = "old"  # older than what is due: kept so that it is never taken for new, not posted


@dataclass(frozen=True, slots=True)
class Sifted:
    """An incoming message and what it is; for an echo, the reply it proves."""

    message: Incoming
    nature: Nature
    echo_of: str | None = None  # effect key of the reply


@dataclass(frozen=True, slots=True)
class KnownChat:
    """A chat with what the ledger knows of our reading it.

    `cursor`: highest message id stored, 0 before the first read. It means "stored", never
    "delivered".
    `read_ms`: the `updated_ms` up to which the history has been read; -1 before the first read.
    `since_ms`: messages at or before it are old news and get no post; None where all are due.
    """

    chat: Chat
    cursor: MessageId = MessageId(0)
    read_ms: int = -1
    since_ms: int | None = None


class TopicState(StrEnum):
    ABSENT = "absent"  # wanted, not made yet
    CREATING = "creating"  # the call may be under way: committed before it
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Topic:
    """The topic of a Market chat. `name` is what it was made with and holds the chat's number,
    so that the group's own service message tells which chat a topic belongs to."""

    chat_id: ChatId
    name: str = ""
    thread_id: ThreadId | None = None
    state: TopicState = TopicState.ABSENT
    is_headed: bool = False  # its first post, with the header, is there
    changed_ms: int = 0


class Queue(StrEnum):
    """The queues of the outbox; each is worked off by a runner of its own, so that none waits for
    another's kind of work."""

    MARKET = "market"  # what goes to the buyers
    DESK = "desk"  # what staff asked the Market by command: a chat to open, a history to fetch
    GROUP = "group"  # what posts, edits or makes a topic in the staff group; paced
    MARKS = "marks"  # reactions: never paced, never in the way of a post


class State(StrEnum):
    """The life of an outbox row: new → sending → sent | unknown | failed."""

    NEW = "new"
    SENDING = "sending"  # committed before the call; found at start, it means UNKNOWN
    UNKNOWN = "unknown"  # may have been done: it is looked for before anything else
    SENT = "sent"
    FAILED = "failed"  # certainly not done and given up; stays visible

    @property
    def is_open(self) -> bool:
        return self in (State.NEW, State.SENDING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class NewEffect:
    """An outside effect to be: one row of the outbox.

    `key` is unique for ever: the same cause written twice makes one row. Rows of one `lane` are
    done one at a time, in the order of their ids. `rank`: lower goes first among lanes (R26).
    `payload` is JSON. `given_up`: why it is FAILED from the start; written down all the same, so
    that it stays visible.
    """

    key: str
    queue: Queue
    lane: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    rank: int = 1
    chat_id: ChatId | None = None
    given_up: str = ""


@dataclass(frozen=True, slots=True)
class Effect:
    """A row of the outbox as it stands.

    `base`: the highest id known when the last attempt began (Market: message of the chat;
    Telegram: message of the group). What the attempt made, if it made anything, lies above it.
    `batch`: id of the first row of the call this row went out with; rows of one batch share
    their fate. `unknown_ms`: when its outcome became unknown. `looks`: how often it has been looked
    for since. `rounds`: how many attempts ended unknown and were found not done. `result`: the
    post it became.
    """

    id: EffectId
    key: str
    queue: Queue
    lane: str
    kind: str
    payload: Mapping[str, Any]
    rank: int
    chat_id: ChatId | None
    state: State
    created_ms: int
    due_ms: int
    attempts: int = 0
    rounds: int = 0
    looks: int = 0
    started_ms: int = 0
    unknown_ms: int = 0
    base: int = 0
    batch: int = 0
    result: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StoredUpdate:
    """An update of Telegram, stored before Telegram was told that we have it. `raw` is its JSON."""

    update_id: int
    raw: Mapping[str, Any]
    received_ms: int


class Role(StrEnum):
    """What a person of the group may do."""

    ADMIN = "admin"  # everything
    OPERATOR = "operator"  # answer buyers
    OUTSIDER = "outsider"  # neither
