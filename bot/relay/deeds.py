"""Changes that are about people and the group, not about a message: values, as in `changes`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.relay.model import ChatId, NewEffect, PostId, UserId


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


@dataclass(frozen=True, slots=True)
class Reword:
    """`payload` takes the place of the row's, as long as it is open and its call is not under way:
    the author of a command edited it, say. Else `late`, which says so, is enqueued."""

    key: str
    payload: Mapping[str, Any]
    late: NewEffect | None = None
