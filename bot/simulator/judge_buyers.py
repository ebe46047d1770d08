"""Buyer to topic, one chat: what stands in its topics against what came in at the Market."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.judge_report import Counters
from bot.simulator.judge_texts import Find, LongText, is_long, is_marked, key_of
from bot.simulator.market_world import MarketChat, MarketMessage

NAME_SHOWN = 60  # characters of a file's name that must stand where it is told, not carried
Place = tuple[int, int]  # post, offset in it: the order in which a reader meets things


@dataclass(slots=True)
class Reading:
    """A post of a chat's topic and what was found in it."""

    post: GroupMessage
    text: str
    finds: list[Find]


@dataclass(slots=True)
class _Seen:
    """Where the pieces of messages stand: by text, and by file."""

    texts: dict[str, deque[Place]] = field(default_factory=lambda: defaultdict(deque))
    unmarked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    files: dict[bytes, deque[Place]] = field(default_factory=lambda: defaultdict(deque))
    unmarked_files: dict[bytes, int] = field(default_factory=lambda: defaultdict(int))


class BuyerJudge:
    """Judges one chat from scratch; `chats_of` tells which chats a text belongs to."""

    def __init__(self, chat: MarketChat, readings: Sequence[Reading]) -> None:
        self.chat = chat
        self.readings = readings
        self.counters = Counters()
        self._seen = _Seen()
        self._incoming = [one for one in chat.messages if not one.through_api]
        self._long: dict[str, LongText] = {}

    def judge(self, chats_of: Mapping[str, set[int]]) -> Counters:
        own = {key_of(one.text) for one in self._incoming if one.text}
        sent = {key_of(one.original) for one in self.chat.messages if one.through_api}
        self._look(own, sent, chats_of)
        self._look_for_long(own)
        self._compare()
        self._count_twice()
        return self.counters

    def _look(self, own: set[str], sent: set[str], chats_of: Mapping[str, set[int]]) -> None:
        for reading in self.readings:
            for find in reading.finds:
                if find.key in own:
                    self._see(find, reading)
                elif find.key in sent:
                    self._blame("echoed", find.key)
                elif self.chat.id not in chats_of.get(find.key, {self.chat.id}):
                    self._blame("misrouted", find.key)
            if reading.post.file is not None:
                self._see_file(reading)

    def _see(self, find: Find, reading: Reading) -> None:
        self._seen.texts[find.key].append((reading.post.id, find.start))
        if find.is_marked:
            self.counters.repeats += 1
        else:
            self._seen.unmarked[find.key] += 1

    def _see_file(self, reading: Reading) -> None:
        stored = reading.post.file
        assert stored is not None
        self._seen.files[stored.digest].append((reading.post.id, 0))
        if not is_marked(reading.text):
            self._seen.unmarked_files[stored.digest] += 1

    def _look_for_long(self, own: set[str]) -> None:
        for key in own:
            if not is_long(key) or key in self._seen.texts:
                continue
            sought = LongText(key)
            for reading in self.readings:
                sought.read(reading.post.id, reading.text)
            self._long[key] = sought
            places = [(sought.first_post, 0)] * sought.found
            self._seen.texts[key].extend(places)
            self._seen.unmarked[key] += sought.found

    def _compare(self) -> None:
        """Messages take what stands in the topic first come, first served."""
        places = [self._place(one) for one in self._incoming]
        highest: Place = (0, 0)
        last = max((n for n, place in enumerate(places) if place is not None), default=-1)
        for n, (message, place) in enumerate(zip(self._incoming, places, strict=True)):
            if place is not None and place < highest:
                self._blame("disordered", message.text)
            highest = max(highest, place or highest)
            if message.is_due:
                self._count(message, place, n < last)

    def _count(self, message: MarketMessage, place: Place | None, is_later_there: bool) -> None:
        self.counters.sent += 1
        if place is not None:
            self.counters.delivered += 1
        elif is_later_there:
            self._blame("lost", message.text or message.files[0].name)
        else:
            self.counters.waiting += 1

    def _place(self, message: MarketMessage) -> Place | None:
        """Where the message stands; None where a piece of it is missing."""
        found = [self._place_of_file(one) for one in message.files]
        if message.text:
            places = self._seen.texts.get(key_of(message.text))
            found.insert(0, places.popleft() if places else None)
        if not found or None in found:
            return None
        return found[0]

    def _place_of_file(self, stored: StoredFile) -> Place | None:
        """By content; else by a name that stands in a post or on another file (it was fitted)."""
        places = self._seen.files.get(stored.digest)
        if places:
            return places.popleft()
        name = " ".join(stored.name.split())[:NAME_SHOWN]
        for reading in self.readings:
            posted = reading.post.file
            if name in reading.text or (posted is not None and posted.name == stored.name):
                return (reading.post.id, 0)
        return None

    def _count_twice(self) -> None:
        expected: dict[str, int] = defaultdict(int)
        files: dict[bytes, int] = defaultdict(int)
        for message in self._incoming:
            if message.text:
                expected[key_of(message.text)] += 1
        for stored in chain.from_iterable(one.files for one in self._incoming):
            files[stored.digest] += 1
        for key, seen in self._seen.unmarked.items():
            for _ in range(seen - expected[key]):
                self._blame("twice", key)
        for digest, count in files.items():
            for _ in range(self._seen.unmarked_files.get(digest, 0) - count):
                self._blame("twice", "a file")
        for sought in self._long.values():
            for _ in range(sought.doubled):
                self._blame("twice", sought.key)

    def _blame(self, what: str, text: str) -> None:
        self.counters.blame(what, self.chat.id, text)
