"""What can be written to the ledger: values, applied together or not at all.

Deciding makes a list of these; `Ledger.commit` writes the list in one transaction. So whatever a
decision means for several tables happens at one instant, and a decision can be tested without a
database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.relay.deeds import Audit, Erase, MoveGroup, Reword
from bot.relay.model import (
    ChatId,
    EffectId,
    KnownChat,
    MessageId,
    NewEffect,
    Queue,
    Sifted,
    State,
    Topic,
)
from bot.relay.reply import Content, Reply, StaffFile


@dataclass(frozen=True, slots=True)
class Enqueue:
    """Put an effect into the outbox. One whose key is there already is left as it stands."""

    effect: NewEffect


@dataclass(frozen=True, slots=True)
class Begin:
    """A call is about to begin: SENDING, one attempt more. `base`: the highest id known where it
    will show; `batch`: the first of those that go out with it.

    The commit raises `Refused` where one of them is not NEW any more: the call must not begin.
    """

    effects: tuple[EffectId, ...]
    now_ms: int
    base: int
    batch: int


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

    `round_lost`: the attempt ended unknown and was found not done."""

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
    """Open rows stay what they are; they are only not due before `due_ms`."""

    effects: tuple[EffectId, ...]
    due_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Become:
    """An open row turns, in its place in the lane, into another kind of work, due now. The rounds
    that it lost stay with it: what it becomes may be a repeat."""

    effect: EffectId
    kind: str
    payload: Mapping[str, Any]


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
class HurryAll:
    """What the open rows of a queue waited for may have come: due now."""

    queue: Queue
    now_ms: int


@dataclass(frozen=True, slots=True)
class AddReply:
    """Write down a staff message meant for the buyer. A repeated effect key is left alone."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The author edited a message: `replies` is what of it is for the buyer now, as a new edition,
    `effects` the rows that would carry it, in the same order.

    Only while every row of `keys` certainly has not reached the buyer: NEW without a lost round, or
    FAILED for certain. Where there are no more texts and files than before, they are put in their
    places and the rows stay in theirs, NEW again if withdrawn or never tried, and those too many
    are withdrawn; else all the old ones are withdrawn and the new edition goes behind what waits.
    Where it is too late, the new edition becomes `wanted` of the first old part, and `late`, which
    says so, is enqueued."""

    keys: tuple[str, ...]
    replies: tuple[Reply, ...]
    effects: tuple[NewEffect, ...]
    late: NewEffect


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The author edited such a message into one that is not for the buyer: nothing more goes out.

    Those rows that have certainly not reached the buyer become FAILED with reason `withdrawn`.
    `done` is enqueued if these are all, `rest` if they are some, `late` if there is none."""

    keys: tuple[str, ...]
    done: NewEffect
    rest: NewEffect
    late: NewEffect


@dataclass(frozen=True, slots=True)
class WithdrawAlbum:
    """A file of an album turned out to be a note: those that have not gone stay inside as well."""

    album: str


@dataclass(frozen=True, slots=True)
class SaveFile:
    """What is known now of the file of a reply, before it goes out; nothing where an edit has put
    another file in its place meanwhile."""

    effect_key: str
    file: StaffFile


@dataclass(frozen=True, slots=True)
class Want:
    """What the author edited a sent message to; empty once that is on its way."""

    effect_key: str
    wanted: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class SaveChat:
    """Insert or overwrite what is known of a chat. The cursor never moves back, and what was read
    of a chat that is there already is for `MarkRead` to say."""

    known: KnownChat


@dataclass(frozen=True, slots=True)
class MarkRead:
    """A history was read. The rest of the chat stays: it may have been listed anew meanwhile."""

    chat_id: ChatId
    cursor: MessageId
    read_ms: int


@dataclass(frozen=True, slots=True)
class StoreMessages:
    """Store messages of a chat; one whose id is stored already is left as it stands.

    For an echo the reply's `matched` is set too."""

    chat_id: ChatId
    messages: Sequence[Sifted]


@dataclass(frozen=True, slots=True)
class SaveTopic:
    """Insert or overwrite the topic of a chat. `unless_made`: raises `Refused("topic_made")` where
    there is one in the group by now."""

    topic: Topic
    unless_made: bool = False


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
    """A paced call of Telegram began at `at_ms`; times older than `forget_ms` are dropped, where
    that is not 0."""

    at_ms: int
    forget_ms: int


Change = (
    Enqueue
    | Begin
    | Settle
    | Postpone
    | Doubt
    | Wait
    | Become
    | Again
    | Confirm
    | Hurry
    | HurryAll
    | MoveGroup
    | AddReply
    | Rewrite
    | Reword
    | Withdraw
    | WithdrawAlbum
    | SaveFile
    | Want
    | SaveChat
    | MarkRead
    | StoreMessages
    | SaveTopic
    | Audit
    | Erase
    | UpdateDone
    | Remember
    | Spent
)
Changes = Iterable[Change]
