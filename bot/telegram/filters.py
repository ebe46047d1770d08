"""Which updates a handler wants, asked on the spot."""

from __future__ import annotations

from aiogram.filters import Filter
from aiogram.types import TelegramObject
from aiogram.utils.magic_filter import MagicFilter


class Where(Filter):
    """As the rule itself, which aiogram would hand to a thread for each update and handler: a dozen
    of such trips took a fifth of the processor time of a message of staff (`bench_throughput`)."""

    def __init__(self, rule: MagicFilter) -> None:
        self._rule = rule

    async def __call__(self, event: TelegramObject) -> bool:
        return bool(self._rule.resolve(event))
