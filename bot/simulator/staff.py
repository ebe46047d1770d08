"""What people do in the group: write, edit, press buttons, handle topics; as Telegram shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.simulator import shares, telegram_wire
from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage, GroupTopic, GroupWorld, Person, Press
from bot.simulator.telegram_text import Entity, clean, detected
from bot.simulator.updates import Updates

ALBUM_LIMIT = 10


class NoSuchThing(LookupError):
    """No person, message, topic or button of that name in the group."""


class Staff:
    def __init__(self, group: GroupWorld, updates: Updates) -> None:
        self.group = group
        self.updates = updates
        group.on_message = self._tell_message
        group.on_edit = self._tell_edit
        self._albums = 0

    def say(
        self,
        person_id: int,
        text: str = "",
        thread: int | None = None,
        *,
        reply_to: int | None = None,
        files: Sequence[StoredFile] = (),
        entities: Sequence[Entity] = (),
        kind: str = "",
    ) -> GroupMessage:
        """A person writes; the first message of what is made of it is returned.

        Several files become albums: of pictures and videos, of documents, of audios, ten at most
        in each. The text is the caption of the first file. `kind`: what the files are sent as.
        """
        draft = self._draft(person_id, text, thread, reply_to, entities)
        if not files:
            return self.group.add(draft)
        files = [replace(one, kind=kind or one.kind) for one in files]
        first: GroupMessage | None = None
        for mates in _albums(files):
            album = self.new_album() if len(mates) > 1 else ""
            for stored in mates:
                if first is not None:
                    draft = self._draft(person_id, "", thread, reply_to, ())
                draft.file, draft.album = stored, album
                self.group.add(draft)
                first = first or draft
        assert first is not None
        return first

    def album_item(
        self,
        person_id: int,
        file: StoredFile,
        thread: int | None,
        album: str,
        caption: str = "",
        *,
        reply_to: int | None = None,
    ) -> GroupMessage:
        """One item of an album (see `new_album`), so that the others may come later."""
        message = self._draft(person_id, caption, thread, reply_to, ())
        message.file, message.album = file, album
        return self.group.add(message)

    def share(
        self,
        person_id: int,
        thread: int | None,
        kind: str,
        content: Mapping[str, Any] | None = None,
        *,
        reply_to: int | None = None,
    ) -> GroupMessage:
        """A person shares a contact, a place, a poll (see `shares.KINDS`); the fields that are not
        given are made up."""
        if kind not in shares.KINDS:
            raise NoSuchThing(f"kind {kind!r}")
        message = self._draft(person_id, "", thread, reply_to, ())
        message.share, message.details = kind, shares.body(kind, content or {})
        return self.group.add(message)

    def new_album(self) -> str:
        """Telegram's number of an album that nothing belongs to yet."""
        self._albums += 1
        return str(13_700_000_000_000_000 + self._albums)

    def _draft(
        self,
        person_id: int,
        text: str,
        thread: int | None,
        reply_to: int | None,
        entities: Sequence[Entity],
    ) -> GroupMessage:
        """A message that is not in the group yet; it takes its number at once."""
        person = self._person(person_id)
        if thread is not None:
            self._topic(thread)
        text = clean(text)
        message = GroupMessage(self.group.next_id(), person, self.group.clock(), text, thread)
        message.entities = detected(text, entities) if text else []
        message.reply_to = reply_to
        return message

    def edit(
        self, message_id: int, text: str | None = None, file: StoredFile | None = None
    ) -> GroupMessage:
        """Another text or caption, another file, or both; what is not given stays."""
        message = self._message_of(message_id)
        if message.author.is_bot:
            raise NoSuchThing(f"message {message_id} is the bot's")
        if text is None:
            text, entities = message.text, message.entities
        else:
            text = clean(text)
            entities = detected(text, ())
        self.group.rewrite(message, text, entities, file)
        return message

    def delete(self, message_id: int) -> None:
        """Nobody tells the bot."""
        self.group.remove(self._message_of(message_id))

    def press(self, message_id: int, person_id: int, data: str) -> Press:
        message = self._message_of(message_id)
        known = {button.get("callback_data") for row in message.buttons for button in row}
        if data not in known:
            raise NoSuchThing(f"button {data!r}")
        press = Press(str(len(self.group.presses) + 9_000_001), self._person(person_id), message)
        self.group.presses[press.id] = press
        self.updates.put("callback_query", telegram_wire.press(self.group, press, data))
        self.group.version.bump()
        return press

    def create_topic(self, person_id: int, name: str) -> GroupTopic:
        return self.group.create_topic(name, self._person(person_id))

    def close_topic(self, thread: int, person_id: int | None = None) -> None:
        self.group.set_closed(self._topic(thread), self._anyone(person_id), True)

    def reopen_topic(self, thread: int, person_id: int | None = None) -> None:
        self.group.set_closed(self._topic(thread), self._anyone(person_id), False)

    def rename_topic(self, thread: int, name: str, person_id: int | None = None) -> None:
        self.group.rename_topic(self._topic(thread), self._anyone(person_id), name=name)

    def give_icon(self, thread: int, icon: str, person_id: int | None = None) -> None:
        who = self._anyone(person_id)
        self.group.rename_topic(self._topic(thread), who, icon_custom_emoji_id=icon)

    def delete_topic(self, thread: int) -> None:
        self.group.delete_topic(self._topic(thread))

    def set_bot_status(self, status: str) -> None:
        """An admin makes the bot `administrator`, `member`, `left` or `kicked`; it hears of it."""
        group = self.group
        old = telegram_wire.member(group, group.bot)
        group.bot.status = status
        self.updates.put(
            "my_chat_member",
            {
                "chat": telegram_wire.chat(group),
                "from": telegram_wire.user(self._anyone(None)),
                "date": group.clock() // 1000,
                "old_chat_member": old,
                "new_chat_member": telegram_wire.member(group, group.bot),
            },
        )
        group.version.bump()

    def _tell_message(self, message: GroupMessage) -> None:
        self.updates.put("message", telegram_wire.message(self.group, message))

    def _tell_edit(self, message: GroupMessage) -> None:
        self.updates.put("edited_message", telegram_wire.message(self.group, message))

    def _person(self, person_id: int) -> Person:
        person = self.group.people.get(person_id)
        if person is None:
            raise NoSuchThing(f"person {person_id}")
        return person

    def _anyone(self, person_id: int | None) -> Person:
        if person_id is not None:
            return self._person(person_id)
        people = self.group.people.values()
        return next((one for one in people if one.role == "admin"), self.group.bot)

    def _topic(self, thread: int) -> GroupTopic:
        topic = self.group.topics.get(thread)
        if topic is None or topic.is_deleted:
            raise NoSuchThing(f"topic {thread}")
        return topic

    def _message_of(self, message_id: int) -> GroupMessage:
        message = self.group.standing(message_id)
        if message is None:
            raise NoSuchThing(f"message {message_id}")
        return message


def _albums(files: Sequence[StoredFile]) -> list[list[StoredFile]]:
    """Neighbours that Telegram's clients put together."""
    albums: list[list[StoredFile]] = []
    for stored in files:
        last = albums[-1] if albums else []
        if last and len(last) < ALBUM_LIMIT and _family(last[0]) == _family(stored) != "":
            last.append(stored)
        else:
            albums.append([stored])
    return albums


def _family(stored: StoredFile) -> str:
    if stored.kind in ("photo", "video"):
        return "visual"
    return stored.kind if stored.kind in ("document", "audio") else ""
