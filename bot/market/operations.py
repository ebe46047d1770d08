"""The methods of the Partner API that the relay calls, as values; no traffic here.

Names are the `operationId`s of the official contract: the Market counts quotas by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    READ = auto()  # changes nothing
    OPEN = auto()  # changes something, and repeating it is harmless
    SEND = auto()  # a second one would be a second message to the buyer


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` holds `{business}`. `is_of_chat`: a 404 means that the chat is not there."""

    name: str
    verb: str
    path: str
    kind: Kind = Kind.READ
    is_of_chat: bool = False
    is_file: bool = False

    @property
    def is_urgent(self) -> bool:
        """A person waits for it: it may take the place that is kept from the reads."""
        return self.kind is not Kind.READ


_CABINET = "/v2/businesses/{business}"

GET_CHATS = Operation("getChats", "POST", f"{_CABINET}/chats")
GET_CHAT = Operation("getChat", "GET", f"{_CABINET}/chat", is_of_chat=True)
GET_MESSAGE = Operation("getChatMessage", "GET", f"{_CABINET}/chats/message", is_of_chat=True)
GET_HISTORY = Operation("getChatHistory", "POST", f"{_CABINET}/chats/history", is_of_chat=True)
CREATE_CHAT = Operation("createChat", "POST", f"{_CABINET}/chats/new", Kind.OPEN)
SEND_TEXT = Operation(
    "sendMessageToChat", "POST", f"{_CABINET}/chats/message", Kind.SEND, is_of_chat=True
)
SEND_FILE = Operation(
    "sendFileToChat",
    "POST",
    f"{_CABINET}/chats/file/send",
    Kind.SEND,
    is_of_chat=True,
    is_file=True,
)
GET_TOKEN = Operation("getAuthTokenInfo", "POST", "/v2/auth/token")

OPERATIONS = (
    GET_CHATS,
    GET_CHAT,
    GET_MESSAGE,
    GET_HISTORY,
    CREATE_CHAT,
    SEND_TEXT,
    SEND_FILE,
    GET_TOKEN,
)
