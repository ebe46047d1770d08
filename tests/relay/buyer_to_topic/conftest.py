"""The topic of a chat to post into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.files.spool import DiskSpool, open_spool
from tests.relay.bench import Bench
from tests.relay.buyer_to_topic.board import Board


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[DiskSpool]:
    with open_spool(tmp_path / "files" / "1") as spool:
        yield spool


@pytest.fixture
async def board(bench: Bench, spool: DiskSpool, monkeypatch: pytest.MonkeyPatch) -> Board:
    monkeypatch.setattr("bot.relay.retry.backoff_ms", lambda *_: 0)
    board = Board(bench, spool)
    await board.set_up()
    return board
