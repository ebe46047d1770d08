"""What can be written to the ledger: values, applied together or not at all.

Deciding makes a list of these; `Ledger.commit` writes the list in one transaction. So whatever a
decision means for several tables happens at one instant, and a decision can be tested without a
database.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.relay.model import (
    ChatId,
    EffectId,
    KnownChat,
    NewEffect,
    Reply,
    Sifted,
    State,
    Topic,
)


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Put an effect into the outbox. One whose key is there already is left as it stands."""

    effect: NewEffect


@dataclass(frozen=True, slots=True)
class Settle:
    """Close rows of the outbox as SENT or FAILED. `result` is the post they became.

    Rows that are closed already stay as they are.
    """

    effects: tuple[EffectId, ...]
    state: State
    result: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Postpone:
    """Rows were certainly not done: back to NEW, not before `due_ms`.

    `round_lost`: the attempt ended unknown and was found not done.
    """

    effects: tuple[EffectId, ...]
    due_ms: int
    reason: str = ""
    round_lost: bool = False


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows may or may not have been done: UNKNOWN, to be looked for at `due_ms`.

    The first doubt of an attempt sets `unknown_ms` to `now_ms` and `looks` to 0; a further one
    (the row is UNKNOWN already) adds one to `looks`.
    """

    effects: tuple[EffectId, ...]
    now_ms: int
    due_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Open rows keep their state and their counts; they are only not due before `due_ms`."""

    effects: tuple[EffectId, ...]
    due_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """A FAILED row is to be done once more, now (a person pressed the button); what proved an
    earlier attempt of its reply counts no more.

    Nothing happens to a row that is open or SENT."""

    effect_key: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class Confirm:
    """A person says that a FAILED row was done after all: it becomes SENT."""

    effect_key: str


@dataclass(frozen=True, slots=True)
class Hurry:
    """What the open rows of a lane waited for has come: due now."""

    lane: str
    now_ms: int


@dataclass(frozen=True, slots=True)
class AddReply:
    """Write down a staff message meant for the buyer. A repeated effect key is left alone."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Reword:
    """The author edited a message that certainly has not reached the buyer: the new text counts.

    Only while its outbox row is NEW and has lost no round, or FAILED for certain; otherwise `late`
    is enqueued, which says so. A withdrawn row is NEW again."""

    effect_key: str
    text: str
    late: NewEffect


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The author edited such a message into one that is not for the buyer: nothing goes out.

    Under the same condition the row becomes FAILED with reason `withdrawn` and `done` is enqueued;
    otherwise `late`."""

    effect_key: str
    done: NewEffect
    late: NewEffect


@dataclass(frozen=True, slots=True)
class SaveChat:
    """Insert or overwrite what is known of a chat. The cursor never moves back."""

    known: KnownChat


@dataclass(frozen=True, slots=True)
class StoreMessages:
    """Store messages of a chat; one whose id is stored already is left as it stands.

    For an echo the reply's `matched` is set too."""

    chat_id: ChatId
    messages: Sequence[Sifted]


@dataclass(frozen=True, slots=True)
class SaveTopic:
    """Insert or overwrite the topic of a chat."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class UpdateDone:
    """An update of Telegram needs no more work. `aside` says why it could not be handled."""

    update_id: int
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Remember:
    """Keep a small fact under a name: cursors of the process, pauses, what was announced."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Spent:
    """A paced call of Telegram began at `at_ms`; times older than `forget_ms` are dropped."""

    at_ms: int
    forget_ms: int


Change = (
    Enqueue
    | Settle
    | Postpone
    | Doubt
    | Wait
    | Again
    | Confirm
    | Hurry
    | AddReply
    | Reword
    | Withdraw
    | SaveChat
    | StoreMessages
    | SaveTopic
    | UpdateDone
    | Remember
    | Spent
)
Changes = Iterable[Change]
