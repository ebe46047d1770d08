"""What the Market writes becomes the relay's values, whatever it adds, leaves out or breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bot.market import wire
from bot.relay.errors import Unreachable
from bot.relay.model import (
    Attachment,
    Chat,
    ChatId,
    ChatKind,
    ChatStatus,
    ContextKind,
    Incoming,
    MessageId,
    Sender,
)

NOW = 1_795_338_000_000
Recorded = Callable[[str], bytes]


def result(raw: bytes) -> wire.Json:
    answer = wire.read_object(raw)
    assert answer is not None
    return wire.result_of(answer)


def test_a_chat_is_read_whole(fixture_bytes: Recorded) -> None:
    chats = wire.chats_of(result(fixture_bytes("chats_page_2")), NOW)
    assert chats == [
        Chat(
            id=ChatId(9003),
            context=ContextKind.RETURN,
            kind=ChatKind.ARBITRAGE,
            status=ChatStatus.FINISHED,
            created_ms=1_795_155_302_120,
            updated_ms=1_795_336_837_913,
            order_id=501009003,
            return_id=330011,
            customer="Ольга",
        )
    ]


def test_a_message_with_a_file_is_read_whole(fixture_bytes: Recorded) -> None:
    messages = wire.messages_of(result(fixture_bytes("history_page_2")), NOW)
    assert messages[1] == Incoming(
        id=MessageId(37),
        sender=Sender.CUSTOMER,
        at_ms=1_795_336_620_000,
        attachments=(Attachment("чек.pdf", "https://files.messenger.yandex.net/a1b2c3", 48211),),
    )


def test_new_values_and_broken_entries_do_not_cost_the_page(
    fixture_bytes: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    chats = wire.chats_of(result(fixture_bytes("chats_of_tomorrow")), NOW)
    assert [chat.id for chat in chats] == [9010, 9011, 9012]
    first = chats[0]
    assert (first.context, first.kind, first.status) == ("OTHER", "OTHER", "OTHER")
    assert first.order_id == 77
    assert first.created_ms == 1_795_140_902_123
    assert "without a readable id" in caplog.text
    assert "no object" in caplog.text


def test_a_chat_without_a_readable_time_counts_as_changed_now(
    fixture_bytes: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    chat = wire.chats_of(result(fixture_bytes("chats_of_tomorrow")), NOW)[1]
    assert (chat.created_ms, chat.updated_ms) == (0, NOW)
    assert "chat 9011" in caplog.text


def test_a_message_of_an_unknown_shape_is_still_a_message(fixture_bytes: Recorded) -> None:
    messages = wire.messages_of(result(fixture_bytes("history_of_tomorrow")), NOW)
    assert messages == [
        Incoming(MessageId(50), Sender.OTHER, 1_795_334_400_000, "a\0b \ud83d c"),
        Incoming(MessageId(51), Sender.CUSTOMER, 1_795_334_400_000),
        Incoming(
            MessageId(52),
            Sender.CUSTOMER,
            NOW,
            attachments=(
                Attachment("a.jpg", "", 0),
                Attachment("b.jpg", "https://example.org/b", 12),
            ),
        ),
    ]


def message(**given: Any) -> wire.Json:
    answer = {"status": "OK", "result": {"messageId": 5, "sender": "CUSTOMER", **given}}
    return result(json.dumps(answer).encode())


@pytest.mark.parametrize("text", ["\0", "\ud83d", "\udc00x", "a\u202eb", "", "👍🏽", "<b>&amp;"])
def test_text_comes_through_to_the_letter(text: str) -> None:
    assert wire.only_message(message(message=text), NOW).text == text


def test_a_lone_surrogate_in_raw_bytes_comes_through() -> None:
    raw = '{"result": {"messageId": 5, "message": "a\ud83db"}}'.encode(errors="surrogatepass")
    assert wire.only_message(result(raw), NOW).text == "a\ud83db"


def test_a_byte_that_is_no_text_does_not_cost_the_page() -> None:
    raw = b'{"result": {"messageId": 5, "message": "a\xffb"}}'
    assert wire.only_message(result(raw), NOW).text == "a\ufffdb"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-22T12:00:00+03:00", NOW),
        ("2026-11-22T09:00:00Z", NOW),
        ("2026-11-22T09:00:00", NOW),
        ("2026-11-22T19:00:00.001+1000", NOW + 1),
        ("2026-11-21T23:30:00.999-09:30", NOW + 999),
        ("20261122T090000Z", NOW),
    ],
)
def test_any_offset_becomes_milliseconds_utc(written: str, expected: int) -> None:
    assert wire.only_message(message(createdAt=written), 7).at_ms == expected


@pytest.mark.parametrize(
    "written",
    [
        *(None, "", "soon", 0, [], "0000-00-00T00:00:00Z", "2026-13-01"),
        # Times that Python reads and, in another zone, can't show.
        *("0001-01-01T00:00:00+03:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_message_without_a_readable_time_was_written_now(written: object) -> None:
    assert wire.only_message(message(createdAt=written), NOW).at_ms == NOW


@pytest.mark.parametrize("number", [None, True, 0, -4, "", "x", 1.5, [], 2**63, "9" * 5000])
def test_what_is_no_int64_is_no_id(number: object) -> None:
    with pytest.raises(Unreachable) as caught:
        wire.only_message(message(messageId=number), NOW)
    assert caught.value.key == "market_unreadable"


def test_the_highest_id_is_an_id() -> None:
    assert wire.only_message(message(messageId=str(2**63 - 1)), NOW).id == 2**63 - 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"null", b"[]", b'"OK"', b"{", b"<html>502</html>", b"\xff\xfe\xfd", b"[" * 100_000],
    ids=lambda raw: repr(raw[:10]),
)
def test_what_is_no_json_object_is_nothing(raw: bytes) -> None:
    assert wire.read_object(raw) is None


@pytest.mark.parametrize("chats", [None, {}, "none", 5])
def test_a_page_without_its_list_is_no_empty_page(chats: object) -> None:
    with pytest.raises(Unreachable):
        wire.chats_of({"chats": chats}, NOW)


@pytest.mark.parametrize("paging", [None, {}, [], {"nextPageToken": None}, {"nextPageToken": ""}])
def test_without_a_token_there_is_no_next_page(paging: object) -> None:
    assert wire.next_token({"paging": paging}) == ""


@pytest.mark.parametrize("key", [None, {}, {"authScopes": "COMMUNICATION"}])
def test_a_token_without_its_scopes_is_unreadable(key: object) -> None:
    with pytest.raises(Unreachable):
        wire.token_info({"apiKey": key})
