"""One call of the Bot API; what comes of it is a `RelayError` or the answer."""

from __future__ import annotations

from typing import TypeVar, cast

from aiogram import Bot
from aiogram.methods import TelegramMethod
from aiohttp import ClientTimeout

from bot.telegram.verdict import told

T = TypeVar("T")


async def call(
    bot: Bot,
    method: TelegramMethod[T],
    *,
    is_harmless: bool = False,
    limits: ClientTimeout | None = None,
) -> T:
    """Raises nothing but `RelayError`. `limits` in place of those of the connection."""
    try:
        # aiogram types the limit as a number and hands it to aiohttp as it is
        return await bot(method, request_timeout=cast(int | None, limits))
    except Exception as error:
        raise told(error, is_harmless=is_harmless) from None
