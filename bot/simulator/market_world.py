"""The cabinet at the Market: chats, their messages, orders; no HTTP and no wire names."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.simulator.files import Shelf, StoredFile
from bot.simulator.version import Version

CONTEXTS = ("ORDER", "RETURN", "DIRECT")
SENDERS = ("CUSTOMER", "PARTNER", "MARKET", "SUPPORT")
STATUSES = (
    "NEW",
    "WAITING_FOR_CUSTOMER",
    "WAITING_FOR_PARTNER",
    "WAITING_FOR_ARBITER",
    "WAITING_FOR_MARKET",
    "FINISHED",
)
FILE_LIMIT = 5 * 1024 * 1024  # of a file that the shop sends
_PHONE = re.compile(r"\+?\d[\d\s()-]{8,}\d")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class NoSuchChat(LookupError):
    """There is no chat, order or return of that number in the cabinet."""


@dataclass(slots=True)
class MarketMessage:
    """A message of a chat. `original` is what was asked to be sent, before any masking.

    `is_due`: the relay owes it to the topic (not so for what was finished before its first start).
    """

    id: int
    chat_id: int
    sender: str
    at_ms: int
    text: str
    original: str
    files: tuple[StoredFile, ...]
    through_api: bool
    is_due: bool


@dataclass(slots=True)
class MarketChat:
    id: int
    context: str
    kind: str
    status: str
    created_ms: int
    updated_ms: int
    order_id: int | None = None
    return_id: int | None = None
    customer: str = ""
    messages: list[MarketMessage] = field(default_factory=list)


class MarketWorld:
    """State of one cabinet. Message ids grow over all its chats; chats keep the order of making."""

    def __init__(self, shelf: Shelf, version: Version, clock: Callable[[], int] = now_ms) -> None:
        self.shelf = shelf
        self.version = version
        self.clock = clock
        self.chats: dict[int, MarketChat] = {}
        self.orders: dict[int, str] = {}  # order → name of the buyer
        self.returns: dict[int, tuple[int, str]] = {}  # return → order, name of the buyer
        self.touched: list[MarketMessage] = []  # every message in its time, for the judge
        self.masks_phones = False
        self._by_context: dict[tuple[str, int], int] = {}
        self._last_chat = 40_000
        self._last_message = 700_000
        self._last_order = 51_200_000

    def chat(self, chat_id: int) -> MarketChat:
        try:
            return self.chats[chat_id]
        except KeyError:
            raise NoSuchChat(chat_id) from None

    def add_order(self, customer: str, order_id: int | None = None) -> int:
        """An order that a chat may be started about."""
        if order_id is None:
            self._last_order += 1
            order_id = self._last_order
        self.orders[order_id] = customer
        return order_id

    def add_return(self, customer: str, order_id: int, return_id: int | None = None) -> int:
        return_id = return_id or order_id + 900_000_000
        self.returns[return_id] = (order_id, customer)
        return return_id

    def open_chat(
        self,
        customer: str = "",
        context: str = "ORDER",
        *,
        kind: str = "CHAT",
        status: str = "NEW",
        order_id: int | None = None,
        return_id: int | None = None,
        at_ms: int | None = None,
    ) -> MarketChat:
        """A new chat, with an order (and a return) made for it where none is named."""
        if context != "DIRECT":
            order_id = self.add_order(customer, order_id)
        if context == "RETURN":
            assert order_id is not None
            return_id = self.add_return(customer, order_id, return_id)
        return self._new_chat(context, kind, status, order_id, return_id, customer, at_ms)

    def start_chat(self, context: str, number: int) -> MarketChat:
        """What the shop's own start of a chat does: the chat of the same context, or a new one."""
        known = self._by_context.get((context, number))
        if known is not None:
            return self.chats[known]
        if context == "ORDER" and number in self.orders:
            return self._new_chat(context, "CHAT", "NEW", number, None, self.orders[number], None)
        if context == "RETURN" and number in self.returns:
            order_id, customer = self.returns[number]
            return self._new_chat(context, "CHAT", "NEW", order_id, number, customer, None)
        raise NoSuchChat(number)

    def _new_chat(
        self,
        context: str,
        kind: str,
        status: str,
        order_id: int | None,
        return_id: int | None,
        customer: str,
        at_ms: int | None,
    ) -> MarketChat:
        self._last_chat += 1
        at = self.clock() if at_ms is None else at_ms
        chat = MarketChat(
            self._last_chat, context, kind, status, at, at, order_id, return_id, customer
        )
        self.chats[chat.id] = chat
        number = return_id if context == "RETURN" else order_id
        if number is not None:
            self._by_context[context, number] = chat.id
        self.version.bump()
        return chat

    def say(
        self,
        chat_id: int,
        text: str = "",
        sender: str = "CUSTOMER",
        *,
        files: Iterable[StoredFile] = (),
        through_api: bool = False,
        is_due: bool = True,
        at_ms: int | None = None,
    ) -> MarketMessage:
        """A message comes into the chat and moves its status as the Market would."""
        chat = self.chat(chat_id)
        self._last_message += 1
        shown = self._masked(text) if through_api else text
        at = self.clock() if at_ms is None else at_ms
        message = MarketMessage(
            self._last_message, chat_id, sender, at, shown, text, tuple(files), through_api, is_due
        )
        chat.messages.append(message)
        self.touched.append(message)
        chat.updated_ms = max(chat.updated_ms, at)
        chat.status = _status_after(chat, sender)
        self.version.bump()
        return message

    def finish(self, chat_id: int) -> None:
        self.chat(chat_id).status = "FINISHED"
        self.version.bump()

    def message(self, chat_id: int, message_id: int) -> MarketMessage:
        for message in self.chat(chat_id).messages:
            if message.id == message_id:
                return message
        raise NoSuchChat(message_id)

    def texts(self, chat_id: int, *senders: str) -> Sequence[str]:
        """Texts of a chat in their order, of some senders or of all."""
        messages = self.chat(chat_id).messages
        return [one.text for one in messages if not senders or one.sender in senders]

    def _masked(self, text: str) -> str:
        return _PHONE.sub("***", text) if self.masks_phones else text


def _status_after(chat: MarketChat, sender: str) -> str:
    if sender == "CUSTOMER":
        return "WAITING_FOR_PARTNER"
    if sender == "PARTNER":
        return "WAITING_FOR_ARBITER" if chat.kind == "ARBITRAGE" else "WAITING_FOR_CUSTOMER"
    return chat.status
