"""What people do in the group: write, edit, press buttons, handle topics; as Telegram shows it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.simulator import telegram_wire
from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage, GroupTopic, GroupWorld, Person, Press
from bot.simulator.telegram_text import Entity, clean, detected
from bot.simulator.updates import Updates


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
    ) -> GroupMessage:
        """A person writes; several files become an album, of which the first part is returned.

        The text is the caption of the first file.
        """
        person = self._person(person_id)
        if thread is not None:
            self._topic(thread)
        album = self._album() if len(files) > 1 else ""
        first: GroupMessage | None = None
        for stored in files or (None,):
            message = self._message(person, text if first is None else "", thread, entities)
            message.reply_to, message.file, message.album = reply_to, stored, album
            self.group.add(message)
            first = first or message
        assert first is not None
        return first

    def _message(
        self, person: Person, text: str, thread: int | None, entities: Sequence[Entity]
    ) -> GroupMessage:
        text = clean(text)
        message = GroupMessage(self.group.next_id(), person, self.group.clock(), text, thread)
        message.entities = detected(text, entities) if text else []
        return message

    def edit(self, message_id: int, text: str) -> GroupMessage:
        message = self._message_of(message_id)
        if message.author.is_bot:
            raise NoSuchThing(f"message {message_id} is the bot's")
        self.group.rewrite(message, clean(text), detected(clean(text), ()))
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

    def _album(self) -> str:
        self._albums += 1
        return str(13_700_000_000_000_000 + self._albums)

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
