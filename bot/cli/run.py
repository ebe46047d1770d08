"""`market-relay run`: relay until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from collections.abc import Coroutine

from bot import __version__, settings
from bot.cli import logs
from bot.relay.ports import Words

log = logging.getLogger(__name__)


async def run(asked: argparse.Namespace, words: Words) -> int:
    await until_told(_relay(words))
    return 0


async def _relay(words: Words) -> None:
    wanted = settings.load(words)
    logs.set_up(wanted.log_level, wanted.log_format, wanted.secrets)
    log.info("market-relay %s starts", __version__)
    from bot.running import relay  # seconds to load: what is wrong with the settings is told before

    try:
        await relay(wanted)
    except asyncio.CancelledError:
        log.info("market-relay stops, as it was asked to")
        raise


async def until_told(work: Coroutine[object, object, None]) -> None:
    """Runs `work` until it ends or a signal asks for an end; then cancels and waits for it."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    try:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(work)
            listening = tasks.create_task(told.wait())
            await asyncio.wait((working, listening), return_when=asyncio.FIRST_COMPLETED)
            working.cancel()
            listening.cancel()
    except BaseExceptionGroup as group:  # one works, the other only listens
        raise group.exceptions[0] from None
