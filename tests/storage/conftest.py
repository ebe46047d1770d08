"""A ledger on each kind of database, with a clock that is set by hand and bells that are heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import pytest

from bot.relay.model import Queue
from bot.relay.ports import Ledger
from bot.storage.database import open_ledger
from tests.storage.samples import BOT, BUSINESS, GROUP, NOW_MS


@dataclass
class Store:
    """Where a ledger lies, what time it is there, and which bells it rang."""

    url: str
    now_ms: int = NOW_MS
    rung: list[Queue] = field(default_factory=list)

    def open(
        self, business_id: int = BUSINESS, group_id: int = GROUP, bot_id: int = BOT
    ) -> AbstractAsyncContextManager[Ledger]:
        return open_ledger(
            self.url,
            business_id=business_id,
            group_id=group_id,
            bot_id=bot_id,
            ring=self.rung.append,
            clock=lambda: self.now_ms,
        )


@pytest.fixture
def new_store(database_url: str) -> Store:
    """Where nothing is yet."""
    return Store(database_url)


@pytest.fixture
def store(made_database_url: str) -> Store:
    return Store(made_database_url)


@pytest.fixture
async def ledger(store: Store) -> AsyncIterator[Ledger]:
    async with store.open() as ledger:
        yield ledger
