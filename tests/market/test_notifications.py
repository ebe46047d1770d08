"""Which chat a notification hints at, and what is no notification at all."""

from __future__ import annotations

import json

import pytest
import yaml

from bot.market.notifications import Notification, read_notification
from bot.relay.errors import Refused
from bot.relay.model import ChatId
from tests.simulator.specs import FOLDER, needs_specs

BUSINESS = 4242
SENT = {
    "notificationType": "CHAT_MESSAGE_SENT",
    "chatId": 7,
    "messageId": "91",
    "businessId": BUSINESS,
    "sentAt": "2026-11-22T12:00:00+03:00",
}


def read(said: object) -> Notification:
    return read_notification(json.dumps(said).encode(), BUSINESS)


@pytest.mark.parametrize(
    "kind",
    ["CHAT_CREATED", "CHAT_MESSAGE_SENT", "CHAT_ARBITRAGE_STARTED", "CHAT_ARBITRAGE_FINISHED"],
)
def test_what_is_about_a_chat_hints_at_it(kind: str) -> None:
    assert read({**SENT, "notificationType": kind}) == Notification(kind, ChatId(7))


def test_ids_may_be_written_as_strings() -> None:
    assert read({**SENT, "chatId": "7", "businessId": str(BUSINESS)}).chat_id == 7


def test_another_cabinets_chat_is_none_of_ours() -> None:
    assert read({**SENT, "businessId": BUSINESS + 1}).chat_id is None


@needs_specs
def test_every_type_of_the_contract_is_welcome() -> None:
    contract = yaml.safe_load((FOLDER / "market-notifications.openapi.yaml").read_text("utf-8"))
    kinds = contract["components"]["schemas"]["NotificationType"]["enum"]
    assert len(kinds) == 17
    about_chats = {kind for kind in kinds if read({**SENT, "notificationType": kind}).chat_id}
    assert about_chats == {kind for kind in kinds if kind.startswith("CHAT_")}


@pytest.mark.parametrize(
    "said", [{"notificationType": "PING"}, {"notificationType": "MOON_LANDED", "chatId": "far"}]
)
def test_what_is_about_no_chat_needs_nothing_else(said: object) -> None:
    assert read(said).chat_id is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"notificationType": 5}',
        *(
            json.dumps({**SENT, name: wrong}).encode()
            for name in ("chatId", "businessId")
            for wrong in (None, "x", True, 0, -1, 2**63, 1.5, [1], {})
        ),
    ],
)
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="notification_wrong"):
        read_notification(body, BUSINESS)
