"""What people write while the relay suffers, each text with a token of its own; and who got it.

The count here knows nothing of the simulator's judge: it is the second opinion.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from dataclasses import dataclass, field

from bot.simulator.market_world import MarketChat
from tests.world import ADMIN, OPERATOR, World

_TOKEN = re.compile(r"\b[bs]\d{4}\b")
_CHAT = re.compile(r"#(\d+)$")
_SENDERS = ("CUSTOMER",) * 7 + ("MARKET", "SUPPORT", "PARTNER")


@dataclass
class Traffic:
    """Seeded: the same number, the same people and words."""

    world: World
    seed: int
    chats_at_most: int = 15
    chats: list[MarketChat] = field(default_factory=list)
    said: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    answered: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    buyers: int = 0
    replies: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def buyer_writes(self) -> None:
        chat = self._some_chat()
        token = f"b{self.buyers:04d}"
        self.buyers += 1
        sender = self._random.choice(_SENDERS)
        self.world.sim.market.say(chat.id, f"{token} пишет {sender}", sender)
        self.said[chat.id].append(token)

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
        self.world.sim.staff.say(who, f"{token} отвечают", self.topics_of(chat)[-1])
        self.answered[chat.id].append(token)
        return True

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
        return [*self._of_topics(), *self._of_buyers()]

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

    def _of_buyers(self) -> list[str]:
        seen: dict[int, list[str]] = defaultdict(list)
        for chat in self.world.sim.market.chats.values():
            for message in chat.messages:
                if message.through_api:
                    seen[chat.id] += _TOKEN.findall(message.original)
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
        texts = (group.messages[number].text for number in told if number)
        return {token for text in texts for token in _TOKEN.findall(text)}


def _differences(
    where: str, expected: dict[int, list[str]], seen: dict[int, list[str]]
) -> list[str]:
    return [
        f"{where} of chat {chat_id}: expected {expected.get(chat_id)}, got {seen.get(chat_id)}"
        for chat_id in {*expected, *seen}
        if expected.get(chat_id, []) != seen.get(chat_id, [])
    ]
