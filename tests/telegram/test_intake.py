"""Telegram is told that we have an update when it is stored, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiogram import Bot

from bot.relay.errors import LedgerAway
from bot.relay.pulse import Pulse, Source
from bot.simulator.server import Simulator
from bot.telegram.inbox import ALLOWED_UPDATES, Inbox
from bot.telegram.intake import Intake
from tests.relay.bench import Bench, Shaky, until
from tests.relay.samples import ENGLISH
from tests.simulator.callers import BotCaller
from tests.world import OPERATOR


@asynccontextmanager
async def reading(bot: Bot, bench: Bench, ledger: Any = None) -> AsyncIterator[Pulse]:
    pulse = Pulse(bench.clock)
    inbox = Inbox(
        ledger=ledger or bench.ledger,
        words=ENGLISH,
        clock=bench.clock,
        pulse=pulse,
        bell=bench.bell,
    )
    intake = Intake(bot, inbox)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(intake.run())
        try:
            yield pulse
        finally:
            task.cancel()


async def stored(bench: Bench) -> list[str]:
    """The words of what is stored and waits."""
    updates = await bench.ledger.waiting_updates()
    return [str(update.raw.get("message", {}).get("text")) for update in updates]


def asked(simulator: Simulator) -> list[dict[str, Any]]:
    """The parameters of every getUpdates that was answered."""
    calls = simulator.telegram.calls
    return [dict(call.values) for call in calls if call.method == "getUpdates"]


async def test_what_is_stored_is_acknowledged_and_rings(
    simulator: Simulator, bot: Bot, bench: Bench
) -> None:
    simulator.staff.say(OPERATOR, "раз")
    simulator.staff.say(OPERATOR, "два")
    bench.bell.clear()
    async with reading(bot, bench):
        await until(lambda: simulator.updates.pending == 0)
        assert bench.bell.is_set()
    assert await stored(bench) == ["раз", "два"]


async def test_what_could_not_be_stored_is_not_acknowledged(
    simulator: Simulator, bot: Bot, bench: Bench, pauses: list[float]
) -> None:
    ledger = Shaky(bench.ledger)
    ledger.fails["store_updates"] = 3
    simulator.staff.say(OPERATOR, "раз")
    async with reading(bot, bench, ledger):
        await until(lambda: len(ledger.failed) == 3)
        assert simulator.updates.pending == 1
        assert all("offset" not in values for values in asked(simulator))
        await until(lambda: simulator.updates.pending == 0)
    assert await stored(bench) == ["раз"]
    assert pauses, "it must not knock without a rest"


async def test_what_is_stored_rings_though_the_answer_of_the_ledger_is_lost(
    simulator: Simulator, bot: Bot, bench: Bench, pauses: list[float]
) -> None:
    simulator.staff.say(OPERATOR, "раз")
    bench.bell.clear()
    async with reading(bot, bench, Answerless(bench.ledger)):
        await until(lambda: simulator.updates.pending == 0)
        assert bench.bell.is_set()
    assert await stored(bench) == ["раз"]


class Answerless(Shaky):
    """A ledger whose first storing of updates is done, and its answer lost."""

    async def store_updates(self, *args: Any) -> int:
        count = int(await self._ledger.store_updates(*args))
        if not self.failed:
            self.failed.append("store_updates")
            raise LedgerAway("database_unreachable")
        return count


async def test_a_restart_goes_on_where_the_ledger_ends(
    simulator: Simulator, bot: Bot, bench: Bench
) -> None:
    simulator.staff.say(OPERATOR, "раз")
    async with reading(bot, bench):
        await until(lambda: simulator.updates.pending == 0)
    simulator.staff.say(OPERATOR, "два")
    async with reading(bot, bench):
        await until(lambda: simulator.updates.pending == 0)
    assert await stored(bench) == ["раз", "два"]


async def test_an_update_that_does_not_parse_does_not_block_the_others(
    simulator: Simulator, bot: Bot, bench: Bench
) -> None:
    simulator.staff.say(OPERATOR, "раз")
    simulator.updates.put("message", {"message_id": "none", "chat": 5, "new": {"type": "?"}})
    simulator.staff.say(OPERATOR, "два")
    async with reading(bot, bench):
        await until(lambda: simulator.updates.pending == 0)
    assert await stored(bench) == ["раз", "None", "два"]


async def test_every_call_says_which_updates_it_wants(
    simulator: Simulator, bot: Bot, bench: Bench
) -> None:
    simulator.staff.say(OPERATOR, "раз")
    async with reading(bot, bench):
        await until(lambda: simulator.updates.pending == 0 and simulator.updates.readers)
    assert simulator.updates.allowed == ALLOWED_UPDATES
    assert all("allowed_updates" in values for values in asked(simulator))
    assert all("drop_pending_updates" not in values for values in asked(simulator))


async def test_a_webhook_that_was_left_behind_is_removed_with_nothing_lost(
    simulator: Simulator, bot: Bot, bench: Bench, pauses: list[float]
) -> None:
    simulator.staff.say(OPERATOR, "раз")
    simulator.updates.webhook = "https://old.example/hook"
    async with reading(bot, bench):
        await until(lambda: simulator.updates.pending == 0)
    assert simulator.updates.webhook == ""
    assert await stored(bench) == ["раз"]
    assert 30.0 not in pauses


async def test_a_rival_is_not_fought(
    simulator: Simulator, bot: Bot, bench: Bench, pauses: list[float]
) -> None:
    async with reading(bot, bench) as pulse, BotCaller(simulator) as rival:
        await until(lambda: simulator.updates.readers)
        assert not pulse.signs[Source.TELEGRAM_READS].down_ms
        while 30.0 not in pauses:  # it may come between two polls of ours
            await rival.call("getUpdates", chat_id=None, timeout=1)
        assert simulator.updates.webhook == ""


async def test_an_outage_is_rested_through_and_its_end_is_seen(
    simulator: Simulator, bot: Bot, bench: Bench, pauses: list[float]
) -> None:
    fault = simulator.faults.add("telegram", "outage")
    async with reading(bot, bench) as pulse:
        sign = pulse.signs[Source.TELEGRAM_READS]
        await until(lambda: len(pauses) >= 3)
        assert sign.down_ms == bench.now_ms
        simulator.faults.remove(fault)
        await until(lambda: sign.worked_ms)
    assert not sign.down_ms


async def test_a_pause_asked_for_is_kept_in_full(
    simulator: Simulator, bot: Bot, bench: Bench, pauses: list[float]
) -> None:
    simulator.faults.add("telegram", "throttled", "getUpdates", seconds=40, times=1)
    async with reading(bot, bench):
        await until(lambda: simulator.updates.readers)
    assert max(pauses) >= 40
