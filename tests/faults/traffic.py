"""What people write while the relay suffers, each text with a token of its own; and who got it.

The count here knows nothing of the simulator's judge: it is the second opinion.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass, field

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from bot.simulator.pictures import png
from tests.world import ADMIN, OPERATOR, World

_TOKEN = re.compile(r"\b[bsf]\d{4}\b(?!-)")  # not in the name of a file, which its line shows
_CHAT = re.compile(r"#(\d+)$")
_SENDERS = ("CUSTOMER",) * 7 + ("MARKET", "SUPPORT", "PARTNER")
_NAMES = ("чек.pdf", "фото.jpg", "../скан.png", "без расширения")
_BIG_AT_MOST = 300_000  # bytes


PICTURE = png(40, 30, lambda x, y: (x * 6, y * 8, 0))


@dataclass
class Traffic:
    """Seeded: the same number, the same people and words."""

    world: World
    seed: int
    chats_at_most: int = 15
    files_share: float = 0.0  # of messages that hold files
    chats: list[MarketChat] = field(default_factory=list)
    said: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    sent: dict[int, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    tokens_of: dict[int, list[str]] = field(default_factory=dict)  # what a staff message holds
    buyers: int = 0
    replies: int = 0
    handed: int = 0  # files of staff

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def buyer_writes(self) -> None:
        chat = self._some_chat()
        token = f"b{self.buyers:04d}"
        self.buyers += 1
        sender = self._random.choice(_SENDERS)
        files = self._some_files(token) if self._random.random() < self.files_share else []
        text = f"{token} пишет {sender}" if not files or self._random.random() < 0.5 else ""
        self.world.sim.market.say(chat.id, text, sender, files=files)
        self.said[chat.id] += [token] if text else []
        self.sent[chat.id] += [one.content for one in files]

    def _some_files(self, token: str) -> list[StoredFile]:
        """Each with a content of its own; some are pictures."""
        return [
            self._some_file(f"{token}-{n}") for n in range(self._random.choice((1, 1, 2, 3, 6)))
        ]

    def _some_file(self, mark: str) -> StoredFile:
        name = self._random.choice(_NAMES)
        if self._random.random() < 0.5:
            content = PICTURE + mark.encode()
        else:
            content = mark.encode() + self._random.randbytes(self._random.randrange(_BIG_AT_MOST))
        return self.world.sim.shelf.put(f"{mark} {name}", content)

    def _some_chat(self) -> MarketChat:
        is_new = len(self.chats) < self.chats_at_most and self._random.random() < 0.2
        if is_new or not self.chats:
            self.chats.append(self.world.buyer(f"Покупатель {len(self.chats)}"))
        return self._random.choice(self.chats)

    def staff_answers(self) -> bool:
        """In some topic; False where there is none yet."""
        with_topic = [chat for chat in self.chats if self.topics_of(chat)]
        if not with_topic:
            return False
        chat = self._random.choice(with_topic)
        token = f"s{self.replies:04d}"
        self.replies += 1
        who = self._random.choice((ADMIN, OPERATOR))
        thread, text = self.topics_of(chat)[-1], f"{token} отвечают"
        if self._random.random() >= self.files_share:
            said = [self.world.sim.staff.say(who, text, thread)]
        else:
            said = self._files_answer(who, text, thread)
        for message in said:
            content = message.file.content[:5].decode() if message.file else ""
            self.tokens_of[message.id] = _TOKEN.findall(f"{message.text} {content}")
            self.answered[chat.id] += self.tokens_of[message.id]
        return True

    def _files_answer(self, who: int, text: str, thread: int) -> list[GroupMessage]:
        """One file, or an album of them; the words stand under the first."""
        staff, files = self.world.sim.staff, []
        for _ in range(self._random.choice((1, 1, 2, 3))):
            size = self._random.randrange(_BIG_AT_MOST)
            content = f"f{self.handed:04d}".encode() + self._random.randbytes(size)
            files.append(self.world.sim.shelf.put(f"ответ {self.handed}.pdf", content))
            self.handed += 1
        if len(files) == 1:
            return [staff.say(who, text, thread, files=files, kind="document")]
        album = staff.new_album()
        return [
            staff.album_item(who, file, thread, album, "" if number else text)
            for number, file in enumerate(files)
        ]

    def topics_of(self, chat: MarketChat) -> list[int]:
        """Open ones: staff write where they can."""
        return [
            thread
            for thread, topic in self.world.sim.group.topics.items()
            if topic.made_as.endswith(f"#{chat.id}")
            and not topic.is_deleted
            and not topic.is_closed
        ]

    # The second opinion

    def faults_found(self) -> list[str]:
        """Everything that is not as it should be, in words; empty where all is well."""
        return [*self._of_topics(), *self._of_files(), *self._of_buyers()]

    def _of_topics(self) -> list[str]:
        seen: dict[int, list[str]] = defaultdict(list)
        repeats: set[tuple[int, str]] = set()
        for post in self.world.sim.group.posts():
            name = self.world.sim.group.topics[post.thread].made_as if post.thread else ""
            chat_id = int(found[1]) if (found := _CHAT.search(name)) else 0
            for token in _TOKEN.findall(post.text):
                if "Perhaps a repeat" in post.text and token in seen[chat_id]:
                    repeats.add((chat_id, token))
                else:
                    seen[chat_id].append(token)
        return _differences("topic", self.said, seen)

    def _of_files(self) -> list[str]:
        """By their bytes, in the order of the topic; under a line a file may come later."""
        seen: dict[int, list[bytes]] = defaultdict(list)
        found: list[str] = []
        for post in self.world.sim.group.posts():
            if post.file is None:
                continue
            name = self.world.sim.group.topics[post.thread].made_as if post.thread else ""
            chat_id = int(match[1]) if (match := _CHAT.search(name)) else 0
            content = post.file.content
            if content not in self.sent[chat_id]:
                found.append(f"{post.file.name} is a stranger to chat {chat_id}")
            elif content not in seen[chat_id]:
                seen[chat_id].append(content)
            elif "Perhaps a repeat" not in post.text:
                found.append(f"{post.file.name} is twice in chat {chat_id}")
        for chat_id, sent in self.sent.items():
            lost = [one[:40] for one in sent if one not in seen[chat_id]]
            if lost:
                found.append(f"chat {chat_id} lacks {lost}")
        return found

    def _of_buyers(self) -> list[str]:
        seen: dict[int, list[str]] = defaultdict(list)
        for chat in self.chats:
            for message in chat.messages:
                if message.through_api:
                    seen[chat.id] += _TOKEN.findall(message.original)
                    seen[chat.id] += [file.content[:5].decode() for file in message.files]
        asked = self.asked
        for chat_id, tokens in seen.items():
            seen[chat_id] = [t for t in tokens if t not in asked or tokens.count(t) > 1]
        expected = {
            chat_id: [token for token in tokens if token not in asked]
            for chat_id, tokens in self.answered.items()
        }
        return _differences("buyer", expected, seen)

    @property
    def asked(self) -> set[str]:
        """Replies whose author was told that nobody can tell whether they arrived: they may be
        there, once, or not."""
        group = self.world.sim.group
        told = {
            post.reply_to
            for post in group.posts()
            if post.text.startswith("❓ Perhaps not delivered")
        }
        return {token for number in told if number for token in self.tokens_of[number]}


def _differences(
    where: str, expected: dict[int, list[str]], seen: dict[int, list[str]]
) -> list[str]:
    return [
        f"{where} of chat {chat_id}: expected {expected.get(chat_id)}, got {seen.get(chat_id)}"
        for chat_id in {*expected, *seen}
        if expected.get(chat_id, []) != seen.get(chat_id, [])
    ]
