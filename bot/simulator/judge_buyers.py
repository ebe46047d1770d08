"""Buyer to topic, one chat: what stands in its topics against what came in at the Market."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.simulator.files import StoredFile
from bot.simulator.judge_files import FilePlaces, Place, Reading, strangers
from bot.simulator.judge_report import Counters
from bot.simulator.judge_texts import Find, LongText, is_long, is_marked, key_of
from bot.simulator.market_world import MarketChat, MarketMessage

FileKey = tuple[bytes, bool]  # content, and whether it stands there as a photo


class _Stretch(NamedTuple):
    """Where the first and the last piece of a message stand: nothing of the next one lies within.
    A file that is told stands where it is told, and may follow later."""

    begin: Place
    end: Place


@dataclass(slots=True)
class _Seen:
    """Where the texts of messages stand, and how often what stands there without a mark."""

    texts: dict[str, deque[Place]] = field(default_factory=lambda: defaultdict(deque))
    unmarked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    files: dict[FileKey, int] = field(default_factory=lambda: defaultdict(int))


class BuyerJudge:
    """Judges one chat from scratch; `chats_of` tells which chats a text belongs to,
    `chats_of_file` which a content."""

    def __init__(self, chat: MarketChat, readings: Sequence[Reading]) -> None:
        self.chat = chat
        self.readings = readings
        self.counters = Counters()
        self._seen = _Seen()
        self._incoming = [one for one in chat.messages if not one.through_api]
        self._long: dict[str, LongText] = {}
        self._files: list[StoredFile] = [file for one in self._incoming for file in one.files]
        self._places = FilePlaces(readings, {one.digest for one in self._files})

    def judge(
        self, chats_of: Mapping[str, set[int]], chats_of_file: Mapping[bytes, set[int]]
    ) -> Counters:
        own = {key_of(one.text) for one in self._incoming if one.text}
        sent = {key_of(one.original) for one in self.chat.messages if one.through_api}
        self._look(own, sent, chats_of)
        self._look_for_strangers(chats_of_file)
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
            if reading.post.file is not None and not is_marked(reading.text):
                self._seen.files[reading.post.file.digest, reading.post.file.kind == "photo"] += 1

    def _look_for_strangers(self, chats_of_file: Mapping[bytes, set[int]]) -> None:
        sent = [file for one in self.chat.messages if one.through_api for file in one.files]
        for what, name in strangers(self.readings, self._files, sent, chats_of_file):
            self._blame(what, name)

    def _see(self, find: Find, reading: Reading) -> None:
        self._seen.texts[find.key].append((reading.post.id, find.start))
        if find.is_marked:
            self.counters.repeats += 1
        else:
            self._seen.unmarked[find.key] += 1

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
        places = self._all_places()
        highest: Place = (0, 0)
        last = max((n for n, place in enumerate(places) if place is not None), default=-1)
        for n, (message, place) in enumerate(zip(self._incoming, places, strict=True)):
            if place is not None:
                if place.begin < highest:
                    self._blame("disordered", message.text or message.files[0].name)
                highest = max(highest, place.end)
            if message.is_due:
                self._count(message, place is not None, n < last)

    def _count(self, message: MarketMessage, is_there: bool, is_later_there: bool) -> None:
        self.counters.sent += 1
        if is_there:
            self.counters.delivered += 1
        elif is_later_there:
            self._blame("lost", message.text or message.files[0].name)
        else:
            self.counters.waiting += 1

    def _all_places(self) -> list[_Stretch | None]:
        places: list[_Stretch | None] = []
        highest: Place = (0, 0)
        for message in self._incoming:
            place = self._place(message, highest)
            highest = max(highest, place.end) if place else highest
            places.append(place)
        return places

    def _place(self, message: MarketMessage, highest: Place) -> _Stretch | None:
        """Where the message stands; None where a piece of it is missing."""
        found: list[Place | None] = []
        if message.text:
            places = self._seen.texts.get(key_of(message.text))
            found.append(places.popleft() if places else None)
        found.extend([self._places.take(one, highest) for one in message.files])
        there = [one for one in found if one is not None]
        is_whole = bool(there) and len(there) == len(found)
        return _Stretch(min(there), max(there)) if is_whole else None

    def _count_twice(self) -> None:
        expected: dict[str, int] = defaultdict(int)
        files: dict[bytes, int] = defaultdict(int)
        for message in self._incoming:
            if message.text:
                expected[key_of(message.text)] += 1
        for stored in self._files:
            files[stored.digest] += 1
        for key, seen in self._seen.unmarked.items():
            for _ in range(seen - expected[key]):
                self._blame("twice", key)
        for (digest, _), seen in self._seen.files.items():
            if digest in files:
                for _ in range(seen - files[digest]):
                    self._blame("twice", "a file")
        for sought in self._long.values():
            for _ in range(sought.doubled):
                self._blame("twice", sought.key)

    def _blame(self, what: str, text: str) -> None:
        self.counters.blame(what, self.chat.id, text)
