"""What staff send while the relay suffers, files and albums among it; and who got which bytes.

As in `traffic`, the count knows nothing of the simulator's judge: it is the second opinion.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.market_world import MarketChat
from tests.staffing import Got, as_sent, got, noise, notices, put
from tests.world import ADMIN, OPERATOR, World

_BIGGEST = 300_000  # bytes; some pieces on the wire, and quick all the same


@dataclass
class StaffTraffic:
    """Seeded: the same number, the same people, words and files. Every text and every file is
    there once."""

    world: World
    seed: int
    chats: list[MarketChat] = field(default_factory=list)
    count: int = 0
    wanted: dict[int, list[tuple[GroupMessage, Got]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    inside: list[Got] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def open_chats(self, count: int) -> None:
        for number in range(count):
            chat = self.world.buyer(f"Покупатель {number}")
            self.world.sim.market.say(chat.id, f"вопрос {number}")
            self.chats.append(chat)

    @property
    def have_topics(self) -> bool:
        return all(self.world.posts(chat) for chat in self.chats)

    def staff_send(self) -> None:
        """A text, a file with or without words, an album, or something that stays inside; or an
        edit of words, with luck before they went."""
        chat = self._random.choice(self.chats)
        acts = (self._text, self._file, self._file, self._album, self._note, self._edit)
        self._random.choice(acts)(chat)

    def _text(self, chat: MarketChat) -> None:
        self._expect(chat, self._said(chat, self._words()))

    def _edit(self, chat: MarketChat) -> None:
        worded = [message for message, part in self.wanted[chat.id] if isinstance(part, str)]
        if worded:
            message = self._random.choice(worded[-3:])
            self.world.sim.staff.edit(message.id, self._words())

    def _file(self, chat: MarketChat) -> None:
        words = self._random.choice(("", self._words()))
        self._expect(chat, self._said(chat, words, [self._paper()]))

    def _album(self, chat: MarketChat) -> None:
        papers = [self._paper() for _ in range(self._random.randint(2, 4))]
        first = self._said(chat, self._words(), papers)
        every = self.world.sim.group.messages.values()
        for item in [one for one in every if one.album == first.album]:
            self._expect(chat, item)

    def _note(self, chat: MarketChat) -> None:
        papers = [self._paper() for _ in range(self._random.randint(1, 3))]
        note = f"// {self._words()}"
        self._said(chat, note, papers)
        self.inside += [note, *map(as_sent, papers)]

    def _words(self) -> str:
        self.count += 1
        return f"слова {self.count:04d}"

    def _paper(self) -> StoredFile:
        self.count += 1
        size = self._random.choice((0, 1, 5_000, _BIGGEST))
        content = f"{self.count:04d}".encode() + noise(size, self.count)
        return put(self.world, f"лист {self.count:04d}.pdf", content)

    def _said(
        self, chat: MarketChat, words: str, files: list[StoredFile] | None = None
    ) -> GroupMessage:
        who = self._random.choice((ADMIN, OPERATOR))
        thread = self.world.thread_of(chat)
        assert thread
        return self.world.sim.staff.say(who, words, thread, files=files or [])

    def _expect(self, chat: MarketChat, message: GroupMessage) -> None:
        if message.text:
            self.wanted[chat.id].append((message, message.text))
        if message.file:
            self.wanted[chat.id].append((message, as_sent(message.file)))

    # The second opinion

    @property
    def is_settled(self) -> bool:
        """Everything is with its buyer, or its author was answered."""
        return not [missing for chat in self.chats for missing in self._missing(chat)]

    def _missing(self, chat: MarketChat) -> list[Got]:
        """Also words whose edit came too late, if its author does not know."""
        there = got(self.world, chat)
        return [
            part
            for message, part in self.wanted[chat.id]
            if _newest(message, part) not in there and not self.is_answered(message)
        ]

    def is_answered(self, message: GroupMessage) -> bool:
        return bool(notices(self.world, message))

    @property
    def asked(self) -> list[GroupMessage]:
        """Messages of which a person was asked whether they arrived."""
        every = {message.id: message for pairs in self.wanted.values() for message, _ in pairs}
        return [
            message
            for message in every.values()
            if any("Perhaps" in notice.text for notice in notices(self.world, message))
        ]

    def faults_found(self) -> list[str]:
        """Everything that is not as it should be, in words; empty where all is well."""
        found: list[str] = []
        for chat in self.chats:
            there = got(self.world, chat)
            expected = [
                wording
                for message, part in self.wanted[chat.id]
                for wording in _wordings(message, part)
                if wording in there
            ]
            if there != expected:
                found.append(f"chat {chat.id}: {_shown(there)} instead of {_shown(expected)}")
            found += [f"chat {chat.id} lacks {_shown([one])}" for one in self._missing(chat)]
            found += [f"leaked: {_shown([one])}" for one in there if one in self.inside]
            echoes = [post.id for post in self.world.posts(chat) if post.file]
            found += [f"chat {chat.id}: post {number} is an echo" for number in echoes]
        return found


def _newest(message: GroupMessage, part: Got) -> Got:
    return message.text if isinstance(part, str) else part


def _wordings(message: GroupMessage, part: Got) -> list[Got]:
    """As it was written, and as it was edited to."""
    return [*message.versions, message.text] if isinstance(part, str) else [part]


def _shown(parts: list[Got]) -> list[str]:
    return [part if isinstance(part, str) else f"{part[0]} ({len(part[1])})" for part in parts]
