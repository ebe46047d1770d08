"""What the care of the ledger needs: whose it is, its figures, and how what is old leaves it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from bot.relay.figures import QueueDepth, Unhandled
from bot.relay.model import Queue


class Upkeep(Protocol):
    """The part of `bot.relay.ports.Ledger` that no message is concerned with."""

    @property
    def group_id(self) -> int:
        """The number of the group; it may differ from the one that the ledger was opened for, where
        the group has moved since (`MoveGroup`)."""
        ...

    @property
    def is_ours(self) -> bool:
        """False once another relay works with it: whatever is under way has to be broken off."""
        ...

    def has_room(self) -> bool:
        """Is there disk enough? Without it the ledger takes no updates and no messages of chats:
        `LedgerAway`. True where the disk is the server's business."""
        ...

    async def copy(self, folder: Path, kept: int) -> bool:
        """Put a copy of the database of this day into the folder, where the last `kept` stay. False
        where copies are the business of the server's owner. Raises `LedgerAway` where it fails."""
        ...

    async def forget_texts(self, before_ms: int) -> int:
        """Empty a batch of texts, files and payloads of what is settled and older than that.
        Returns how many rows it came to; 0 at the end."""
        ...

    async def depth(self, queue: Queue) -> QueueDepth: ...

    async def unhandled(self) -> Unhandled: ...

    async def counts(self) -> Mapping[str, int]:
        """`chats`, `topics`, `updates_aside`. Walks over all chats: not for every probe."""
        ...

    async def forget_updates(self, before_ms: int) -> int:
        """Drop updates that are done and were received before. Returns how many."""
        ...
