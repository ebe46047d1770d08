"""What staff have for a buyer: texts and files, each a part of its own. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from bot.relay.model import ChatId, MessageId, PostId, ThreadId, UserId


@dataclass(frozen=True, slots=True)
class StaffFile:
    """A file that staff attached in a topic.

    `file_id` is Telegram's handle for fetching it, `unique_id` stays the same whoever asks. `kind`
    is Telegram's word for it (`photo`, `document`, …). `name` is what the buyer will see, safe.
    `size` in bytes; None where Telegram does not tell it. `is_picture`: Telegram calls it one;
    only its content can prove it. `fitted_from`: the size before it was made smaller for the
    Market; None where it goes as it is.
    """

    file_id: str
    unique_id: str
    kind: str
    name: str
    size: int | None = None
    is_picture: bool = False
    fitted_from: int | None = None


Content = str | StaffFile  # what one message to the buyer can hold: a text or a file


@dataclass(frozen=True, slots=True)
class Reply:
    """A part of a staff message that is meant for the buyer: a text or a file, never both.

    `effect_key` names the outbox row that carries it; the row's state is the reply's state.
    `matched` is the message of the Market's history that proves it, None until seen. `album`:
    Telegram's id of the album that the message belongs to. `edition`: 0 as first written, one more
    each time the author edited it into other parts, or sent the correction as a new message.
    `wanted`: what the author edited it to after it had gone; on an edition's first part only.
    """

    effect_key: str
    chat_id: ChatId
    post_id: PostId
    author: UserId
    at_ms: int
    text: str
    thread_id: ThreadId
    part: int = 0
    matched: MessageId | None = None
    file: StaffFile | None = None
    album: str = ""
    edition: int = 0
    wanted: tuple[Content, ...] = ()

    @property
    def content(self) -> Content:
        return self.file or self.text
