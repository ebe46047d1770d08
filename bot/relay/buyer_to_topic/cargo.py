"""A buyer's files as rows of the outbox: what each carries, and in which order they go. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePath
from typing import Any

from bot.relay.changes import Change, Enqueue
from bot.relay.model import (
    Attachment,
    ChatId,
    MessageId,
    Nature,
    NewEffect,
    Queue,
    Sender,
    Sifted,
)
from bot.relay.topics import lane_of

SHOW = "show"  # a picture as a picture
KEEP = "file"  # the file itself: where it is no picture, or shown with less than it has

# By its name it may be a picture that Telegram shows. Only the content tells, and that comes later.
_PICTURES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", "")
_LONGEST_EXTENSION = 5


@dataclass(frozen=True, slots=True)
class Cargo:
    """A file of a message. `index`: its place among the files of the message, from 0."""

    chat_id: ChatId
    message_id: MessageId
    index: int
    sender: Sender
    nature: Nature
    at_ms: int
    file: Attachment

    @property
    def key(self) -> str:
        """Names the file, whichever row carries it."""
        return f"{self.chat_id}/{self.message_id}/{self.index}"

    def row_key(self, kind: str) -> str:
        return f"{kind}/{self.key}"

    def to_json(self) -> dict[str, Any]:
        return {
            "message": self.message_id,
            "index": self.index,
            "sender": self.sender.value,
            "nature": self.nature.value,
            "at": self.at_ms,
            "name": self.file.name,
            "url": self.file.url,
            "size": self.file.size,
        }

    @classmethod
    def from_json(cls, chat_id: ChatId, raw: Mapping[str, Any]) -> Cargo:
        return cls(
            chat_id,
            MessageId(raw["message"]),
            raw["index"],
            Sender(raw["sender"]),
            Nature(raw["nature"]),
            raw["at"],
            Attachment(raw["name"], raw["url"], raw["size"]),
        )


def cargo_of(chat_id: ChatId, sifted: Sifted) -> list[Change]:
    """The rows for the files of a message, in the order in which they stand in the topic.

    Pictures that follow each other are shown first, so that they can be one album; then come the
    files themselves, of which those shown whole need not be posted.
    """
    message = sifted.message
    cargo = [
        Cargo(chat_id, message.id, index, message.sender, sifted.nature, message.at_ms, file)
        for index, file in enumerate(message.attachments)
    ]
    return [
        Enqueue(
            NewEffect(
                key=one.row_key(kind),
                queue=Queue.GROUP,
                lane=lane_of(chat_id),
                kind=kind,
                payload=one.to_json(),
                chat_id=chat_id,
            )
        )
        for kind, one in _in_order(cargo)
    ]


def _in_order(cargo: Sequence[Cargo]) -> Iterator[tuple[str, Cargo]]:
    for may_be_pictures, run in groupby(cargo, key=may_be_a_picture):
        files = list(run)
        for kind in (SHOW, KEEP) if may_be_pictures else (KEEP,):
            for one in files:
                yield kind, one


def may_be_a_picture(one: Cargo) -> bool:
    """Then it has a row that shows it."""
    extension = PurePath(one.file.name.lower()).suffix
    return extension in _PICTURES or len(extension) > _LONGEST_EXTENSION
