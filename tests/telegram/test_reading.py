"""A message of Telegram as the relay understands it."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.enums import ContentType
from aiogram.types import Message, MessageEntity
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.reading import CONTENTS, is_from_a_person, plain, staff_message

USER = {"id": 502, "is_bot": False, "first_name": "Oleg"}
BOT = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Заказы", "is_forum": True}
CHANNEL = {"id": -1002, "type": "channel", "title": "Новости"}
URL = "https://example.ru/a"

# What people write, as against what Telegram itself writes down. A kind that is new in a library
# has to be put here by a person.
SENT_BY_PEOPLE = {
    *("text", "animation", "audio", "document", "live_photo", "paid_media", "photo", "sticker"),
    *("story", "video", "video_note", "voice", "checklist", "contact", "dice", "game", "poll"),
    *("venue", "location", "invoice", "rich_message"),
    "unknown",  # newer than the library: said to be unsupported rather than passed over
}
WRITTEN_BY_TELEGRAM = {
    *("new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed"),
    *("new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created"),
    *("supergroup_chat_created", "channel_chat_created", "message_auto_delete_timer_changed"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "successful_payment"),
    *("refunded_payment", "users_shared", "user_shared", "chat_shared", "gift", "unique_gift"),
    *(
        "giveaway",
        "giveaway_winners",
        "gift_upgrade_sent",
        "connected_website",
        "write_access_allowed",
        "passport_data",
    ),
    *("proximity_alert_triggered", "boost_added", "chat_background_set", "checklist_tasks_done"),
    *("checklist_tasks_added", "direct_message_price_changed", "forum_topic_created"),
    *("forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"),
    *("general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created"),
    *("giveaway_completed", "managed_bot_created", "paid_message_price_changed"),
    *("poll_option_added", "poll_option_deleted", "suggested_post_approved"),
    *("suggested_post_approval_failed", "suggested_post_declined", "suggested_post_paid"),
    *("suggested_post_refunded", "video_chat_scheduled", "video_chat_started"),
    *("video_chat_ended", "video_chat_participants_invited", "web_app_data"),
    *("community_chat_added", "community_chat_removed", "community_chat_joined"),
}
NO_KIND_OF_MESSAGE = {"any"}


def message(**changed: Any) -> Message:
    values = {
        "message_id": 11,
        "date": 1_795_338_000,
        "chat": GROUP,
        "from": USER,
        "message_thread_id": 77,
        "is_topic_message": True,
        "text": "Уже едет",
    }
    values = {name: value for name, value in (values | changed).items() if value is not None}
    return Message.model_validate(values)


def test_every_kind_of_message_is_known_to_be_of_people_or_of_telegram() -> None:
    kinds = {kind.value for kind in ContentType}
    assert kinds == SENT_BY_PEOPLE | WRITTEN_BY_TELEGRAM | NO_KIND_OF_MESSAGE
    assert not SENT_BY_PEOPLE & WRITTEN_BY_TELEGRAM


def test_no_kind_that_people_send_is_passed_over() -> None:
    assert SENT_BY_PEOPLE - {str(kind.value) for kind in CONTENTS} == set()


def test_nothing_that_telegram_writes_down_is_taken_for_staffs() -> None:
    assert {str(kind.value) for kind in CONTENTS} & (
        WRITTEN_BY_TELEGRAM | NO_KIND_OF_MESSAGE
    ) == set()


def test_a_message_is_read_with_place_author_and_time() -> None:
    read = staff_message(message())
    assert (read.post_id, read.thread_id, read.author) == (11, 77, 502)
    assert (read.text, read.content, read.is_anonymous) == ("Уже едет", "text", False)
    assert read.at_ms == 1_795_338_000_000


def test_a_picture_is_read_with_its_caption() -> None:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    link = {"type": "text_link", "offset": 0, "length": 4, "url": URL}
    sent = message(text=None, photo=photo, caption="сюда", caption_entities=[link])
    read = staff_message(sent)
    assert (read.content, read.text) == ("photo", f"сюда ({URL})")


@pytest.mark.parametrize("sender", [GROUP, CHANNEL])
def test_who_hides_behind_the_group_or_a_channel_is_anonymous(sender: dict[str, Any]) -> None:
    sent = message(**{"from": BOT, "sender_chat": sender})
    assert is_from_a_person(sent)
    assert staff_message(sent).is_anonymous


@pytest.mark.parametrize(
    "changed",
    [{"from": BOT}, {"from": None}, {"sender_chat": CHANNEL, "is_automatic_forward": True}],
)
def test_bots_and_forwards_of_a_channel_are_nobody(changed: dict[str, Any]) -> None:
    assert not is_from_a_person(message(**changed))
    assert is_from_a_person(message())


def link(offset: int, length: int, url: str = URL, kind: str = "text_link") -> MessageEntity:
    return MessageEntity(type=kind, offset=offset, length=length, url=url)


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("сюда!", [link(0, 4)], f"сюда ({URL})!"),
        ("😀 сюда!", [link(3, 4)], f"😀 сюда ({URL})!"),
        ("😀", [link(0, 2)], f"😀 ({URL})"),
        (
            "раз два",
            [link(0, 3, "http://a"), link(4, 3, "http://b")],
            "раз (http://a) два (http://b)",
        ),
        (
            "раз два",
            [link(4, 3, "http://b"), link(0, 3, "http://a")],
            "раз (http://a) два (http://b)",
        ),
        (URL, [link(0, len(URL))], URL),
        ("http://a", [link(0, 8, "http://a/")], "http://a"),
        ("жирно", [MessageEntity(type="bold", offset=0, length=5)], "жирно"),
        ("сюда ", [link(0, 5)], f"сюда  ({URL})"),
        ("без", [], "без"),
    ],
)
def test_an_address_behind_words_is_written_out(
    text: str, entities: list[MessageEntity], expected: str
) -> None:
    assert plain(text, entities) == expected


@given(st.text(max_size=60))
def test_a_text_without_links_stays_as_it_is(text: str) -> None:
    assert plain(text, []) == text
