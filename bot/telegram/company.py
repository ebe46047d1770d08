"""What comes in one album with a command: it stays inside as the command does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import Message, TelegramObject

from bot.relay.staff_to_market.accept import note_album
from bot.telegram.reading import staff_message


class Company(BaseMiddleware):
    """Adds to the changes of a handler those that keep an album from the buyer."""

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        changes = await handler(event, data)
        if isinstance(event, Message) and event.media_group_id and event.from_user:
            said = staff_message(event)
            return [*changes, *note_album(said)] if said.is_inside else changes
        return changes
