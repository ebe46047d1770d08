"""What the ledger reported as committed is there after a SIGKILL, and nothing is half there."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.relay.model import State
from tests.storage.conftest import Store
from tests.storage.samples import state

ROOT = Path(__file__).parents[2]
COMMITTER = """
import asyncio, sys
from bot.relay.changes import AddReply
from bot.storage.database import open_ledger
from tests.storage.conftest import Store
from tests.storage.samples import add_reply, put

async def main():
    async with Store(sys.argv[1]).open() as ledger:
        number = int(sys.argv[2])
        while True:
            key = f"k{number}"
            await ledger.commit(put(key), put(f"{key}/mark"), add_reply(key, post_id=number))
            print(number, flush=True)
            number += 1

asyncio.run(main())
"""


async def test_what_was_reported_as_committed_outlives_a_kill(store: Store) -> None:
    first = 1
    for commits in (1, 7, 30):
        last = await _killed_after(store.url, first, commits)
        async with store.open() as ledger:
            for number in range(first, last + 1):
                assert await state(ledger, f"k{number}") is State.NEW
            further = f"k{last + 1}"  # may have been committed, but whole or not at all
            rows = [await ledger.effect(key) for key in (further, f"{further}/mark")]
            there = {bool(row) for row in [*rows, await ledger.reply(further)]}
            assert len(there) == 1
        first = last + 2


async def _killed_after(url: str, first: int, commits: int) -> int:
    """The last number that a process reported as committed before it was killed in the act."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", COMMITTER, url, str(first), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout
    async with asyncio.timeout(30):
        for _ in range(commits):
            await process.stdout.readline()
        process.kill()
        rest = await process.stdout.read()
        await process.wait()
    reported = rest.split()
    return int(reported[-1]) if reported else first + commits - 1
