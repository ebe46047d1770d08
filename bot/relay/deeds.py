"""Changes that are about people and the group, not about a message: values, as in `changes`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.relay.model import ChatId, PostId, UserId


@dataclass(frozen=True, slots=True)
class MoveGroup:
    """The group has another number: all of it goes along, and the old number leads there."""

    group_id: int


@dataclass(frozen=True, slots=True)
class Audit:
    """Who did what; no words. `act`: such as `answered`, `refused`, `opened`, `erased`."""

    actor: UserId
    act: str
    chat_id: ChatId | None
    post_id: PostId


@dataclass(frozen=True, slots=True)
class Erase:
    """All that was said in a chat, and its buyer's name, leave the ledger; nothing may wait."""

    chat_id: ChatId
