"""A message of Telegram as the relay understands it."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.enums import ContentType
from aiogram.types import Message, Update

from bot.relay.reply import StaffFile
from bot.relay.staff_to_market.accept import StaffMessage
from bot.telegram.reading import CONTENTS, is_from_a_person, staff_message
from tests.telegram.samples import CONTENT_OF_MESSAGES

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


@pytest.mark.parametrize("text", ["// не для покупателя", " \n//", "/order 5"])
def test_a_note_stays_a_note_even_if_it_is_set_off_as_a_quote(text: str) -> None:
    quoted = {"type": "blockquote", "offset": 0, "length": len(text)}
    assert staff_message(message(text=text, entities=[quoted])).text == text
    answer = staff_message(message(text="да", entities=[quoted | {"length": 2}]))
    assert answer.text == "> да"


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


MIB = 1024 * 1024


def read(**content: Any) -> StaffMessage:
    """As it comes: an update of the Bot API with this content instead of a text."""
    body = message().model_dump(mode="json", exclude_none=True, by_alias=True)
    body = {name: value for name, value in (body | {"text": None} | content).items() if value}
    update = Update.model_validate({"update_id": 1, "message": body})
    assert update.message is not None
    return staff_message(update.message)


def handle(**changed: Any) -> dict[str, Any]:
    return {"file_id": "AgAC", "file_unique_id": "AQAD", "file_size": 2048} | changed


def size(name: str, side: int, file_size: int | None) -> dict[str, Any]:
    return handle(file_id=name, width=side, height=side, file_size=file_size)


def sticker(**changed: Any) -> dict[str, Any]:
    shape = {"type": "regular", "width": 512, "height": 512}
    return {"sticker": handle(**shape, is_animated=False, is_video=False) | changed}


MOVING = {"width": 320, "height": 320, "duration": 3}
STILLS = [size("small", 90, 900), size("large", 1280, 90_000), size("middle", 320, 9_000)]
PLACE = {"latitude": 55.751244, "longitude": 37.618423}
PLACE_SAID = "55.751244, 37.618423\nhttps://yandex.ru/maps/?pt=37.618423,55.751244&z=16&l=map"


def test_every_content_that_people_send_is_in_the_samples() -> None:
    assert set(CONTENT_OF_MESSAGES) == SENT_BY_PEOPLE


@pytest.mark.parametrize("content", sorted(SENT_BY_PEOPLE))
def test_every_content_is_read_and_only_what_is_a_file_has_one(content: str) -> None:
    said = read(**CONTENT_OF_MESSAGES[content])
    assert said.content == content
    assert type(said.content) is str
    files = {"animation", "audio", "document", "live_photo", "photo", "sticker", "video"}
    assert (said.file is not None) == (content in files | {"video_note", "voice"})
    assert bool(said.text) == (content in {"text", "contact", "venue", "location"})


@pytest.mark.parametrize(
    ("content", "kind", "name"),
    [
        ({"document": handle(file_name="Чек № 5.pdf")}, "document", "Чек № 5.pdf"),
        ({"document": handle(file_name="../x\u202egpj.exe")}, "document", "xgpj.exe"),
        ({"document": handle(file_name="\u202e\r\n")}, "document", "document"),
        ({"document": handle(mime_type="application/pdf")}, "document", "document.pdf"),
        ({"document": handle(mime_type="no/such")}, "document", "document"),
        ({"document": handle()}, "document", "document"),
        ({"video": handle(**MOVING)}, "video", "video.mp4"),
        ({"video": handle(**MOVING, mime_type="video/quicktime")}, "video", "video.mov"),
        ({"video": handle(**MOVING, file_name="мойка.mp4")}, "video", "мойка.mp4"),
        ({"audio": handle(duration=3)}, "audio", "audio.mp3"),
        ({"audio": handle(duration=3, mime_type="audio/mpeg")}, "audio", "audio.mp3"),
        ({"audio": handle(duration=3, mime_type="Audio/MP4; x=y")}, "audio", "audio.m4a"),
        ({"voice": handle(duration=3)}, "voice", "voice.ogg"),
        ({"voice": handle(duration=3, mime_type="audio/ogg")}, "voice", "voice.ogg"),
        ({"video_note": handle(length=240, duration=3)}, "video_note", "video_note.mp4"),
        ({"animation": handle(**MOVING)}, "animation", "animation.mp4"),
        ({"animation": handle(**MOVING, mime_type="image/gif")}, "animation", "animation.gif"),
        (sticker(), "sticker", "sticker.webp"),
        (sticker(is_video=True), "sticker", "sticker.webm"),
    ],
)
def test_a_file_has_the_name_it_was_given_or_a_plain_one(
    content: dict[str, Any], kind: str, name: str
) -> None:
    said = read(**content)
    assert said.file == StaffFile("AgAC", "AQAD", kind, name, 2048)
    assert said.content == kind


def test_a_size_that_telegram_does_not_tell_is_not_made_up() -> None:
    said = read(document={"file_id": "a", "file_unique_id": "b", "file_name": "a.pdf"})
    assert said.file == StaffFile("a", "b", "document", "a.pdf", None)


@pytest.mark.parametrize(
    ("mime_type", "is_picture"),
    [
        *(("image/jpeg", True), ("image/png", True), ("image/webp", True), ("IMAGE/BMP", True)),
        *(("image/tiff", True), ("image/gif", False), ("image/svg+xml", False), (None, False)),
    ],
)
def test_a_document_is_a_picture_if_its_type_says_so(mime_type: str, is_picture: bool) -> None:
    said = read(document=handle(file_name="a", mime_type=mime_type))
    assert said.file is not None
    assert said.file.is_picture == is_picture


@pytest.mark.parametrize(
    ("sizes", "chosen"),
    [
        (STILLS, "large"),
        ([size("small", 90, 900), size("large", 2560, 5 * MIB + 1)], "small"),
        ([size("small", 90, 900), size("large", 2560, 5 * MIB)], "large"),
        ([size("small", 90, 900), size("large", 2560, None)], "large"),
        ([size("less", 2000, 6 * MIB), size("more", 2560, 7 * MIB)], "less"),
    ],
)
def test_of_a_photo_the_largest_size_is_taken_that_the_market_takes(
    sizes: list[dict[str, Any]], chosen: str
) -> None:
    for content in ({"photo": sizes}, {"live_photo": handle(**MOVING, photo=sizes)}):
        said = read(**content)
        assert said.file is not None
        assert (said.file.file_id, said.file.name) == (chosen, "photo.jpg")
        assert (said.file.kind, said.file.is_picture) == ("photo", True)


def test_a_live_photo_is_its_still_even_where_only_the_message_has_it() -> None:
    moving = handle(**MOVING, file_id="film")
    said = read(live_photo=moving, photo=STILLS)
    assert said.file is not None
    assert said.file.file_id == "large"
    assert read(live_photo=moving).file is None


def test_an_animation_is_one_though_it_comes_as_a_document_too() -> None:
    said = read(animation=handle(**MOVING, file_name="кот.mp4"), document=handle())
    assert said.content == "animation"
    assert said.file == StaffFile("AgAC", "AQAD", "animation", "кот.mp4", 2048)


def test_an_animated_sticker_is_told_apart_for_no_buyer_can_see_it() -> None:
    said = read(**sticker(is_animated=True))
    assert (said.content, said.file) == ("animated_sticker", None)


def test_a_caption_and_its_album_come_with_the_file() -> None:
    said = read(photo=STILLS, caption="вот", media_group_id="13579")
    assert (said.text, said.album) == ("вот", "13579")
    assert said.file is not None
    assert read(photo=STILLS).album == ""


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (
            {
                "contact": {
                    "first_name": "Имя",
                    "last_name": "Фамилия",
                    "phone_number": "+79991234567",
                }
            },
            "Имя Фамилия\n+79991234567",
        ),
        ({"contact": {"first_name": "Имя", "phone_number": "112"}}, "Имя\n112"),
        ({"location": PLACE}, PLACE_SAID),
        (
            {"location": {"latitude": -0.0000001, "longitude": 5}},
            "-0.000000, 5.000000\nhttps://yandex.ru/maps/?pt=5.000000,-0.000000&z=16&l=map",
        ),
        (
            {
                "venue": {"location": PLACE, "title": "Склад", "address": "Тверская, 1"},
                "location": PLACE,
            },
            f"Склад\nТверская, 1\n{PLACE_SAID}",
        ),
    ],
)
def test_a_person_or_a_place_is_said_in_words(content: dict[str, Any], text: str) -> None:
    said = read(**content)
    assert (said.text, said.content, said.file) == (text, next(iter(content)), None)


def answered(post: int, **content: Any) -> dict[str, Any]:
    return message(message_id=post, **content).model_dump(
        mode="json", exclude_none=True, by_alias=True
    )


def test_an_answer_names_the_post_and_the_words_that_were_picked_of_it() -> None:
    quote = {"text": "едет", "position": 4, "is_manual": True}
    said = read(text="да", reply_to_message=answered(10), quote=quote)
    assert (said.reply_to, said.quote) == (10, "едет")
    assert read(text="да", reply_to_message=answered(10)).quote == ""


def test_words_that_telegram_picked_by_itself_are_no_quote() -> None:
    said = read(text="да", reply_to_message=answered(10), quote={"text": "едет", "position": 4})
    assert (said.reply_to, said.quote) == (10, "")


def test_what_answers_nothing_or_something_elsewhere_answers_no_post() -> None:
    made = answered(77, text=None, forum_topic_created={"name": "Иван", "icon_color": 1})
    assert read(text="да", reply_to_message=made).reply_to is None
    assert read(text="да", reply_to_message=answered(77)).reply_to is None
    assert read(text="да").reply_to is None
    origin = {"type": "hidden_user", "date": 1_795_338_000, "sender_user_name": "Иван"}
    quote = {"text": "едет", "position": 4, "is_manual": True}
    elsewhere = read(text="да", external_reply={"origin": origin}, quote=quote)
    assert (elsewhere.reply_to, elsewhere.quote) == (None, "")
