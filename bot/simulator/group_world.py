"""The staff's forum group: people, topics, messages on one id sequence; no HTTP, no Bot API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.files import Shelf, StoredFile
from bot.simulator.telegram_text import Entity
from bot.simulator.version import Version

ICON_COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
ROLES = ("admin", "operator", "outsider")
BOT_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_pin_messages",
    "can_manage_topics",
    "can_invite_users",
    "can_restrict_members",
    "can_change_info",
)


@dataclass(slots=True)
class Person:
    """Somebody in the group. `status` is the membership that Telegram tells."""

    id: int
    name: str
    role: str = "operator"
    status: str = "member"
    username: str = ""
    is_bot: bool = False


@dataclass(slots=True)
class GroupTopic:
    """A topic. `made_as` is the name it was created with, whatever staff renamed it to."""

    thread: int
    name: str
    made_as: str
    author: Person
    icon_color: int
    icon: str = ""
    is_closed: bool = False
    is_deleted: bool = False


@dataclass(slots=True)
class GroupMessage:
    """A message of the group. `versions` are the texts it had before edits, `earlier_files` the
    files. `share`: what it holds besides text and file, such as `contact`; then `details` are its
    fields."""

    id: int
    author: Person
    at_ms: int
    text: str = ""
    thread: int | None = None
    entities: list[Entity] = field(default_factory=list)
    reply_to: int | None = None
    buttons: list[list[dict[str, Any]]] = field(default_factory=list)
    reactions: list[str] = field(default_factory=list)
    service: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    file: StoredFile | None = None
    share: str = ""
    album: str = ""
    parse_mode: str = ""
    is_silent: bool = False
    has_preview: bool = True
    edited_ms: int = 0
    versions: list[str] = field(default_factory=list)
    earlier_files: list[StoredFile] = field(default_factory=list)
    is_deleted: bool = False
    is_withdrawn: bool = False  # deleted by the bot itself
    is_pinned: bool = False


@dataclass(slots=True)
class Press:
    """A pressed button that the bot may answer once."""

    id: str
    person: Person
    message: GroupMessage
    is_answered: bool = False


class GroupWorld:
    """State of one group and of the bot in it.

    `on_message` and `on_edit` are called with what the bot is to hear of. `rights` and
    `bot.status` say what the bot may do; `is_forum` whether topics are switched on.
    """

    def __init__(
        self, group_id: int, bot: Person, shelf: Shelf, version: Version, clock: Callable[[], int]
    ) -> None:
        self.id = group_id
        self.former_id = 0  # the number that it had before it moved
        self.title = "Заказы и вопросы"
        self.bot = bot
        self.shelf = shelf
        self.version = version
        self.clock = clock
        self.is_forum = True
        self.rights = set(BOT_RIGHTS)
        self.is_privacy_on = True
        self.people: dict[int, Person] = {}
        self.topics: dict[int, GroupTopic] = {}
        self.messages: dict[int, GroupMessage] = {}
        self.presses: dict[str, Press] = {}
        self.popups: list[str] = []
        self.touched: list[int] = []  # every message that came, changed or went, for the judge
        self.last_id = 100
        self.on_message: Callable[[GroupMessage], None] = lambda _: None
        self.on_edit: Callable[[GroupMessage], None] = lambda _: None

    def add_person(
        self, person_id: int, name: str, role: str = "operator", username: str = ""
    ) -> Person:
        """An admin may do everything; operators and outsiders are plain members to Telegram."""
        status = "administrator" if role == "admin" else "member"
        person = Person(person_id, name, role, status, username)
        self.people[person_id] = person
        self.version.bump()
        return person

    def next_id(self) -> int:
        self.last_id += 1
        return self.last_id

    def add(self, message: GroupMessage) -> GroupMessage:
        """The message stands in the group from now on, and the bot hears of it if it may."""
        self.messages[message.id] = message
        self.touched.append(message.id)
        if self._is_heard(message):
            self.on_message(message)
        self.version.bump()
        return message

    def _is_heard(self, message: GroupMessage) -> bool:
        if self.bot.status in ("left", "kicked"):
            return False
        if message.service is not None:
            return True
        if message.author.is_bot:
            return False
        if self.bot.status == "administrator" or not self.is_privacy_on:
            return True
        replied = self.messages.get(message.reply_to or 0)
        return message.text.startswith("/") or (replied is not None and replied.author is self.bot)

    def notice(self, kind: str, author: Person, thread: int | None, **details: Any) -> GroupMessage:
        """A service message, such as that a topic was closed."""
        return self.add(
            GroupMessage(
                self.next_id(), author, self.clock(), thread=thread, service=kind, details=details
            )
        )

    def migrate(self, new_id: int) -> None:
        """The group gets another number, and says so where it was and where it is."""
        old = self.id
        self.notice("migrate_to_chat_id", self.bot, None, to=new_id)
        self.former_id, self.id = old, new_id
        self.version.bump()

    def create_topic(
        self, name: str, author: Person, icon_color: int = ICON_COLORS[0], icon: str = ""
    ) -> GroupTopic:
        thread = self.last_id + 1
        topic = GroupTopic(thread, name, name, author, icon_color, icon)
        self.topics[thread] = topic
        icon_part = {"icon_custom_emoji_id": icon} if icon else {}
        self.notice(
            "forum_topic_created", author, thread, name=name, icon_color=icon_color, **icon_part
        )
        return topic

    def rename_topic(self, topic: GroupTopic, author: Person, **changed: str) -> None:
        """`changed` holds `name` and/or `icon_custom_emoji_id`."""
        topic.name = changed.get("name", topic.name)
        topic.icon = changed.get("icon_custom_emoji_id", topic.icon)
        self.notice("forum_topic_edited", author, topic.thread, **changed)

    def set_closed(self, topic: GroupTopic, author: Person, is_closed: bool) -> None:
        topic.is_closed = is_closed
        kind = "forum_topic_closed" if is_closed else "forum_topic_reopened"
        self.notice(kind, author, topic.thread)

    def delete_topic(self, topic: GroupTopic) -> None:
        """Gone with all its messages; nobody tells the bot."""
        topic.is_deleted = True
        self.version.bump()

    def standing(self, message_id: int) -> GroupMessage | None:
        """The message of that id, if it was not deleted, alone or with its topic."""
        message = self.messages.get(message_id)
        if message is None or message.is_deleted:
            return None
        topic = self.topics.get(message.thread or 0)
        return None if topic is not None and topic.is_deleted else message

    def remove(self, message: GroupMessage, *, by_bot: bool = False) -> None:
        message.is_deleted, message.is_withdrawn = True, by_bot
        self.touched.append(message.id)
        self.version.bump()

    def rewrite(
        self,
        message: GroupMessage,
        text: str,
        entities: list[Entity],
        file: StoredFile | None = None,
    ) -> None:
        """An edit: the text becomes another one, and the file too where one is given; the bot hears
        of it if it is not its own."""
        self.touched.append(message.id)
        message.versions.append(message.text)
        message.text, message.entities = text, entities
        if file is not None and message.file is not None:
            message.earlier_files.append(message.file)
            message.file = file
        message.edited_ms = self.clock()
        if self._is_heard(message):
            self.on_edit(message)
        self.version.bump()

    def posts(self, thread: int | None = None) -> Sequence[GroupMessage]:
        """What the bot posted and what still stands, in one topic or everywhere, by id."""
        return [
            one
            for one in self.messages.values()
            if one.author is self.bot
            and one.service is None
            and not one.is_deleted
            and (thread is None or one.thread == thread)
        ]
