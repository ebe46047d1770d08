"""What can be wrong with both services, and what the program has to say about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.server import Simulator


def _no_forum(simulator: Simulator) -> None:
    simulator.group.is_forum = False


def _no_admin(simulator: Simulator) -> None:
    simulator.group.bot.status = "member"


def _no_topics(simulator: Simulator) -> None:
    simulator.group.rights.discard("can_manage_topics")


def _another_scope(simulator: Simulator) -> None:
    simulator.market_http.scopes = ["PRICING"]


def _read_only(simulator: Simulator) -> None:
    simulator.market_http.scopes = ["ALL_METHODS_READ_ONLY"]


def _a_webhook(simulator: Simulator) -> None:
    simulator.updates.webhook = "https://elsewhere.example/hook"


def _unchanged(_: Simulator) -> None:
    """What is wrong stands in the settings."""


@dataclass(frozen=True)
class Wrong:
    """`remedy`: words of the line that says what to do, whatever the language."""

    name: str
    remedy: Sequence[str]
    spoil: Callable[[Simulator], None] = _unchanged
    changed: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


WRONG = [
    Wrong(
        "a bot token that is not valid",
        ["TELEGRAM_BOT_TOKEN", "@BotFather"],
        changed={"TELEGRAM_BOT_TOKEN": "7000000001:another-token-of-no-value-0000"},
    ),
    Wrong(
        "another group",
        ["TELEGRAM_GROUP_ID", "-100", "@relay_bot"],
        changed={"TELEGRAM_GROUP_ID": -1009999999999},
    ),
    Wrong("a group that is no forum", ["Заказы и вопросы", "→"], _no_forum),
    Wrong("a bot that is no administrator", ["@relay_bot", "→"], _no_admin),
    Wrong("a bot that may not manage topics", ["→"], _no_topics),
    Wrong("a webhook of another program", ["@BotFather"], _a_webhook),
    Wrong(
        "a key that is not valid",
        ["MARKET_API_KEY", "→"],
        changed={"MARKET_API_KEY": "ACMA:another-key-of-no-value:0"},
    ),
    Wrong("a key without the access to chats", ["communication", "→", "pricing"], _another_scope),
    Wrong("a key that may only read", ["communication", "→"], _read_only),
    Wrong("another cabinet", ["MARKET_BUSINESS_ID"], changed={"MARKET_BUSINESS_ID": 77}),
]
