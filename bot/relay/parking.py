"""Lanes that wait for something which this process brings, such as a file: in memory alone, since a
restart begins to bring it anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set

from bot.relay.model import EffectId


class Parking:
    """A lane waits with the row at its head; where that has been taken back meanwhile, the next one
    need not wait, and `left` is told. `bell` tells the lanes' runner to look again."""

    def __init__(self, bell: asyncio.Event) -> None:
        self._bell = bell
        self._heads: dict[str, EffectId] = {}
        self.left: Callable[[str], None] = lambda lane: None

    @property
    def lanes(self) -> Set[str]:
        return self._heads.keys()

    def park(self, lane: str, head: EffectId) -> None:
        self._heads[lane] = head

    def holds(self, lane: str, head: EffectId) -> bool:
        waiting = self._heads.get(lane)
        if waiting is not None and waiting != head:
            del self._heads[lane]
            self.left(lane)
        return waiting == head

    def free(self, lane: str) -> None:
        self._heads.pop(lane, None)
        self._bell.set()
