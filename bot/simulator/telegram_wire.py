"""How the group looks in the Bot API's JSON: wire names live here, no decisions."""

from __future__ import annotations

from typing import Any

from bot.simulator import shares
from bot.simulator.group_world import BOT_RIGHTS, GroupMessage, GroupWorld, Person, Press
from bot.simulator.telegram_media import media

_NEVER = (
    "is_anonymous",
    "can_manage_video_chats",
    "can_promote_members",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
)


def user(person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": person.id,
        "is_bot": person.is_bot,
        "first_name": person.name,
    }
    if person.username:
        shown["username"] = person.username
    return shown


def chat(group: GroupWorld) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": group.id, "title": group.title, "type": "supergroup"}
    if group.is_forum:
        shown["is_forum"] = True
    return shown


def member(group: GroupWorld, person: Person) -> dict[str, Any]:
    shown: dict[str, Any] = {"user": user(person), "status": person.status}
    if person.status == "creator":
        shown["is_anonymous"] = False
    if person.status == "kicked":
        shown["until_date"] = 0
    if person.status == "administrator":
        rights = group.rights if person is group.bot else set(BOT_RIGHTS)
        shown["can_be_edited"] = False
        shown |= {name: name in rights for name in BOT_RIGHTS}
        shown |= dict.fromkeys(_NEVER, False)
    return shown


def message(group: GroupWorld, one: GroupMessage, *, is_inner: bool = False) -> dict[str, Any]:
    """`is_inner`: shown inside of another one, so without what it replies to itself."""
    shown: dict[str, Any] = {
        "message_id": one.id,
        "from": user(one.author),
        "chat": chat(group),
        "date": one.at_ms // 1000,
    }
    if one.edited_ms:
        shown["edit_date"] = one.edited_ms // 1000
    if one.album:
        shown["media_group_id"] = one.album
    if one.buttons:
        shown["reply_markup"] = {"inline_keyboard": one.buttons}
    _add_place(group, one, shown, is_inner)
    _add_content(group, one, shown)
    return shown


def _add_place(group: GroupWorld, one: GroupMessage, shown: dict[str, Any], is_inner: bool) -> None:
    replied = group.messages.get(one.reply_to or 0)
    if one.thread is not None:
        shown |= {"message_thread_id": one.thread, "is_topic_message": True}
        if replied is None and one.service != "forum_topic_created":
            # a message of a topic counts as an answer to the topic's first service message
            replied = group.messages.get(one.thread)
    elif replied is not None:
        shown["message_thread_id"] = _root(group, replied)
    if replied is not None and not is_inner and not replied.is_deleted:
        shown["reply_to_message"] = message(group, replied, is_inner=True)


def _root(group: GroupWorld, one: GroupMessage) -> int:
    while (above := group.messages.get(one.reply_to or 0)) is not None:
        one = above
    return one.id


def _add_content(group: GroupWorld, one: GroupMessage, shown: dict[str, Any]) -> None:
    if one.service == "pinned_message":
        pinned = group.messages[one.details["id"]]
        shown["pinned_message"] = message(group, pinned, is_inner=True)
    elif one.service == "migrate_to_chat_id":
        shown[one.service] = one.details["to"]
    elif one.service is not None:
        shown[one.service] = dict(one.details)
    elif one.share:
        shown |= shares.parts(one.share, one.details)
    elif one.file is not None:
        shown |= media(one.file)
        if one.text:
            shown["caption"] = one.text
            if one.entities:
                shown["caption_entities"] = one.entities
    else:
        shown["text"] = one.text
        if one.entities:
            shown["entities"] = one.entities


def press(group: GroupWorld, one: Press, data: str) -> dict[str, Any]:
    return {
        "id": one.id,
        "from": user(one.person),
        "message": message(group, one.message),
        "chat_instance": str(abs(group.id)),
        "data": data,
    }
