"""A bench to work at: a ledger of its own with a clock set by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.relay.bench import Bench, opened


@pytest.fixture
async def bench(made_sqlite_url: str) -> AsyncIterator[Bench]:
    async with opened(made_sqlite_url) as bench:
        yield bench
