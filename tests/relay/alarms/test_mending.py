"""What is said of findings: a message a problem, once, and once that it is mended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.relay.alarms.mending import Mending
from bot.relay.findings import Finding
from bot.relay.notices import from_json
from tests.relay.bench import Bench, until
from tests.relay.samples import ENGLISH

KEY = Finding("market_key", False, "The key is no good")
CHATS = Finding("market_chats", False, "The key is no good")  # for the same reason
TOPICS = Finding("telegram_topics", False, "No right to topics")
FINE = tuple(Finding(one.name, True, f"{one.name} is fine") for one in (KEY, CHATS, TOPICS))
AWAY = Finding("market_key", False, "The Market does not answer", is_passing=True)
MUTE = Finding("telegram_group", False, "The bot is not in the group")
DEAF = Finding("telegram_token", False, "Telegram does not answer", is_passing=True)
QUOTA = Finding("market_quota", False, "Little is left")
WEBHOOK = Finding("telegram_webhook", False, "There is a webhook")

Looks = list[tuple[Finding, ...]]


async def said(bench: Bench, looks: Looks) -> list[str]:
    """After these looks, each rung for."""
    bell, left = asyncio.Event(), iter(looks)
    is_over = asyncio.Event()

    async def findings() -> AsyncIterator[Finding]:
        bench.now_ms += 1
        bell.set()
        for one in _next(left, is_over):
            yield one

    mending = Mending(
        findings, ledger=bench.ledger, words=ENGLISH, clock=bench.clock, bell=bell, threshold_s=0
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(mending.run())
        await until(is_over.is_set)
        running.cancel()
    rows = await bench.ledger.waiting_in_lane("alarm/mending", 99)
    assert {row.rank for row in rows} <= {2}
    return [from_json(row.payload).text for row in rows]


def _next(looks: Iterator[tuple[Finding, ...]], is_over: asyncio.Event) -> tuple[Finding, ...]:
    found = next(looks, None)
    if found is None:
        is_over.set()
    return found or ()


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([FINE, FINE], []),
        ([(TOPICS,), (TOPICS,)], ["❗ No right to topics"]),
        ([(TOPICS,), FINE, FINE], ["❗ No right to topics", "✅ Mended:\ntelegram_topics is fine"]),
        ([(TOPICS,), FINE, (TOPICS,)], ["❗", "✅", "❗"]),
        ([(KEY, CHATS)], ["❗ The key is no good"]),
        ([(KEY, TOPICS)], ["❗ The key is no good", "❗ No right to topics"]),
        ([(AWAY,), FINE], []),
        ([(KEY,), (AWAY,), (KEY,)], ["❗ The key is no good"]),
        ([(KEY,), (), (KEY,)], ["❗ The key is no good"]),  # not asked, for something failed before
        ([(MUTE, KEY)], []),  # nobody would hear it
        ([(DEAF, KEY)], []),
        ([(MUTE, KEY), (KEY,)], ["❗ The key is no good"]),
        ([(QUOTA, WEBHOOK)], []),
    ],
)
async def test_a_problem_is_said_once_and_its_end_once(
    bench: Bench, looks: Looks, expected: list[str]
) -> None:
    texts = await said(bench, looks)
    assert len(texts) == len(expected)
    assert all(text.startswith(start) for text, start in zip(texts, expected, strict=True)), texts


async def test_a_restart_says_nothing_twice(bench: Bench) -> None:
    assert len(await said(bench, [(TOPICS,)])) == 1
    assert len(await said(bench, [(TOPICS,)])) == 1
    assert len(await said(bench, [FINE])) == 2


async def test_the_log_has_all_of_it_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await said(bench, [(MUTE, QUOTA), (MUTE, QUOTA)])
    assert [record.getMessage() for record in caplog.records] == [MUTE.text, QUOTA.text]
