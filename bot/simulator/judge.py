"""The judge of both streams: from the simulator's own records, never from the relay's database.

A topic belongs to the chat whose number ends its name as `#<number>`. What the bot posts in answer
to a person's message is not a delivery. Only chats that something happened in are judged anew.
"""

from __future__ import annotations

import re
from collections import defaultdict

from bot.simulator.group_world import GroupMessage, GroupWorld
from bot.simulator.judge_buyers import BuyerJudge
from bot.simulator.judge_files import Reading
from bot.simulator.judge_report import Counters, Report
from bot.simulator.judge_staff import ENTITLED, Piece, StaffJudge, Written, is_inside
from bot.simulator.judge_texts import TextIndex, key_of
from bot.simulator.market_world import MarketWorld

_CHAT = re.compile(r"#(\d+)\s*$")


class Judge:
    def __init__(self, market: MarketWorld, group: GroupWorld) -> None:
        self.market = market
        self.group = group
        self._index = TextIndex()
        self._market_seen = 0
        self._group_seen = 0
        self._readings: dict[int, dict[int, Reading]] = defaultdict(dict)
        self._written: dict[int, dict[int, GroupMessage]] = defaultdict(dict)
        self._pieces: dict[Piece, set[int]] = defaultdict(set)
        self._commands: list[str] = []
        self._answered: dict[int, set[int]] = defaultdict(set)
        self._albums: dict[str, set[int]] = defaultdict(set)
        self._file_chats: dict[bytes, set[int]] = defaultdict(set)
        self._verdicts: dict[int, tuple[Counters, Counters]] = {}
        self._report = Report(Counters(), Counters())

    def report(self) -> Report:
        """How things stand now."""
        dirty = self._read_market() | self._read_group()
        if dirty:
            for chat_id in dirty:
                if chat_id in self.market.chats:
                    self._verdicts[chat_id] = self._judge(chat_id)
            self._report = self._summed()
        return self._report

    def chat_of(self, thread: int | None) -> int | None:
        """The chat that a topic belongs to; None for General and for topics of people."""
        topic = self.group.topics.get(thread or 0)
        if topic is None or topic.author is not self.group.bot:
            return None
        match = _CHAT.search(topic.made_as)
        return int(match.group(1)) if match else None

    def _read_market(self) -> set[int]:
        news = self.market.touched[self._market_seen :]
        self._market_seen += len(news)
        for message in news:
            key = key_of(message.original)
            if key:
                self._index.add(key, message.chat_id)
            for stored in message.files:
                self._file_chats[stored.digest].add(message.chat_id)
        return {one.chat_id for one in news}

    def _read_group(self) -> set[int]:
        news = self.group.touched[self._group_seen :]
        self._group_seen += len(news)
        dirty: set[int] = set()
        for message_id in dict.fromkeys(news):
            message = self.group.messages[message_id]
            chat_id = self.chat_of(message.thread)
            if message.service is not None:
                continue
            if message.author is self.group.bot:
                self._read_post(message, chat_id, dirty)
            elif message.author.role in ENTITLED:
                self._read_staff(message, chat_id)
            if chat_id is not None:
                dirty.add(chat_id)
        return dirty

    def _read_post(self, post: GroupMessage, chat_id: int | None, dirty: set[int]) -> None:
        answered = self.group.messages.get(post.reply_to or 0)
        if answered is not None and not answered.author.is_bot:
            self._note_answer(post, answered, dirty)
        elif chat_id is not None:
            if post.is_withdrawn:
                self._readings[chat_id].pop(post.id, None)
            else:
                text = key_of(post.text)
                reading = Reading(post, text, self._index.find(text, chat_id))
                self._readings[chat_id][post.id] = reading

    def _note_answer(self, post: GroupMessage, answered: GroupMessage, dirty: set[int]) -> None:
        answers = self._answered[answered.id]
        (answers.discard if post.is_withdrawn else answers.add)(post.id)
        chat_id = self.chat_of(answered.thread)
        if chat_id is not None:
            dirty.add(chat_id)

    def _read_staff(self, message: GroupMessage, chat_id: int | None) -> None:
        if is_inside(message.text) and not message.text.lstrip().startswith("//"):
            self._commands.append(key_of(message.text))
        if chat_id is None:
            return
        self._written[chat_id][message.id] = message
        if message.album:
            self._albums[message.album].add(message.id)
        for text in (message.text, *message.versions):
            if text and not is_inside(text):
                self._pieces[key_of(text)].add(chat_id)
        for stored in (message.file, *message.earlier_files):
            if stored is not None:
                self._pieces[stored.digest].add(chat_id)

    def _judge(self, chat_id: int) -> tuple[Counters, Counters]:
        chat = self.market.chats[chat_id]
        readings = [one for _, one in sorted(self._readings[chat_id].items())]
        buyers = BuyerJudge(chat, readings).judge(self._index.chats, self._file_chats)
        written = [
            Written(one, self._is_answered(one), self._album_is_note(one))
            for _, one in sorted(self._written[chat_id].items())
            if not self._is_inside(one)
        ]
        staff = StaffJudge(
            chat_id,
            written,
            [one for one in chat.messages if one.through_api],
            lambda piece: bool(self._pieces.get(piece, set()) - {chat_id}),
            lambda text: any(command.endswith(text) for command in self._commands),
        ).judge()
        return buyers, staff

    def _is_inside(self, message: GroupMessage) -> bool:
        """A note, or what came after the caption that makes a note of its album."""
        if is_inside(message.text):
            return not message.versions
        return self._album_is_note(message, message.id)

    def _album_is_note(self, message: GroupMessage, before: int | None = None) -> bool:
        mates = [self.group.messages[one] for one in self._albums.get(message.album, ())]
        return any(
            is_inside(one.text) and not one.versions and (before is None or one.id < before)
            for one in mates
        )

    def _is_answered(self, message: GroupMessage) -> bool:
        mates = self._albums[message.album] if message.album else {message.id}
        return any(self._answered.get(one) for one in mates)

    def _summed(self) -> Report:
        buyers, staff = Counters(), Counters()
        for of_buyers, of_staff in self._verdicts.values():
            buyers.add(of_buyers)
            staff.add(of_staff)
        return Report(buyers, staff)
