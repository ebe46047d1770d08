"""Staff to buyer, one chat: what went out through the API against what staff wrote in topics."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.simulator.group_world import GroupMessage
from bot.simulator.judge_report import Counters
from bot.simulator.judge_texts import key_of
from bot.simulator.market_world import MarketMessage

ENTITLED = ("admin", "operator")
Piece = str | bytes  # a text as it is compared, or the digest of a file


def is_inside(text: str) -> bool:
    """Notes and commands stay inside."""
    return text.lstrip().startswith("/")


@dataclass(slots=True)
class Written:
    """A staff message of a topic. `is_answered`: the bot answered it, or its album."""

    message: GroupMessage
    is_answered: bool
    wordings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        texts = [self.message.text, *reversed(self.message.versions)]
        self.wordings = [key_of(one) for one in texts if one and not is_inside(one)]

    @property
    def is_optional(self) -> bool:
        """A message that is, or was for a while, a note: it may go out, it need not."""
        texts = [self.message.text, *self.message.versions]
        return any(is_inside(one) for one in texts)

    @property
    def has_link(self) -> bool:
        return any(one["type"] == "text_link" for one in self.message.entities)


class StaffJudge:
    """Judges one chat from scratch. `is_elsewhere` tells whether staff wrote a piece for another
    chat, `is_commanded` whether it stands in a command of theirs."""

    def __init__(
        self,
        chat_id: int,
        written: Sequence[Written],
        sent: Iterable[MarketMessage],
        is_elsewhere: Callable[[Piece], bool],
        is_commanded: Callable[[str], bool],
    ) -> None:
        self.chat_id = chat_id
        self.written = written
        self.counters = Counters()
        self._is_elsewhere = is_elsewhere
        self._is_commanded = is_commanded
        self._there: dict[Piece, deque[int]] = defaultdict(deque)
        self._names: dict[bytes, str] = {}
        for message in sent:
            for piece in pieces_sent(message):
                self._there[piece].append(message.id)
            for stored in message.files:
                self._names[stored.digest] = stored.name

    def judge(self) -> Counters:
        places: dict[int, int | None] = {}
        # a failed one and a later one may have the same words: who was told takes what is left
        for is_answered in (False, True):
            for one in self.written:
                if one.is_answered == is_answered:
                    places[one.message.id] = self._place(one)
        self._compare(places)
        self._blame_the_rest()
        return self.counters

    def _place(self, one: Written) -> int | None:
        """The Market message that one became; None where a piece of it is missing."""
        found: list[int | None] = []
        if one.wordings:
            found.append(self._take_text(one))
        if one.message.file is not None:
            found.append(self._take(one.message.file.digest))
        return None if not found or None in found else found[0]

    def _take_text(self, one: Written) -> int | None:
        for wording in one.wordings:
            place = self._take(wording)
            if place is not None:
                return place
        if one.has_link:
            words = one.wordings[0].split()
            for piece in list(self._there):
                if isinstance(piece, str) and _are_in_order(words, piece):
                    return self._take(piece)
        return None

    def _take(self, piece: Piece) -> int | None:
        places = self._there.get(piece)
        return places.popleft() if places else None

    def _compare(self, places: dict[int, int | None]) -> None:
        highest = 0
        there = [one.message.id for one in self.written if places[one.message.id] is not None]
        last = max(there, default=0)
        for one in self.written:
            place = places[one.message.id]
            if place is not None and not one.is_answered:
                if place < highest:
                    self._blame("disordered", one.message.text)
                highest = max(highest, place)
            if not one.is_optional:
                self._count(one, place, one.message.id < last)

    def _count(self, one: Written, place: int | None, is_later_there: bool) -> None:
        self.counters.sent += 1
        if place is not None:
            self.counters.delivered += 1
        elif one.is_answered:
            self.counters.told += 1
        elif is_later_there:
            self._blame("lost", one.message.text or "a file")
        else:
            self.counters.waiting += 1

    def _blame_the_rest(self) -> None:
        """What is at the buyer and was not asked for (any more)."""
        own: set[Piece] = {wording for one in self.written for wording in one.wordings}
        own |= {one.message.file.digest for one in self.written if one.message.file is not None}
        for piece, places in self._there.items():
            for _ in places:
                self._blame_piece(piece, own)

    def _blame_piece(self, piece: Piece, own: set[Piece]) -> None:
        words = piece if isinstance(piece, str) else self._names.get(piece, "a file")
        if piece in own:
            self._blame("twice", words)
        elif self._is_elsewhere(piece):
            self._blame("misrouted", words)
        elif not (isinstance(piece, str) and self._is_commanded(piece)):
            self._blame("leaked", words)

    def _blame(self, what: str, text: str) -> None:
        self.counters.blame(what, self.chat_id, text)


def pieces_sent(message: MarketMessage) -> list[Piece]:
    pieces: list[Piece] = [stored.digest for stored in message.files]
    return [key_of(message.original), *pieces] if message.original else pieces


def _are_in_order(words: Sequence[str], text: str) -> bool:
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True
