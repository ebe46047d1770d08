"""The bot's connection: address, time limits, no parse mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias, cast

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import ClientTimeout

Connection: TypeAlias = Bot

_CONNECT_S = 10.0  # R21


@asynccontextmanager
async def connect(token: str, api_url: str, request_timeout: float) -> AsyncIterator[Connection]:
    """`request_timeout` in seconds, for a call from its beginning to its whole answer."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url))
    # aiogram types it as a number and hands it to aiohttp as it is, which tells a connection that
    # was never made from an answer that never came only when both limits are given.
    limits = ClientTimeout(total=request_timeout, sock_connect=_CONNECT_S)
    session.timeout = cast(float, limits)
    async with Bot(token, session=session).context() as bot:
        yield bot
