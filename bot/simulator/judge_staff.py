"""Staff to buyer, one chat: what went out through the API against what staff wrote in topics."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.judge_parts import Parts, body_of, squeezed
from bot.simulator.judge_report import Counters
from bot.simulator.judge_texts import key_of
from bot.simulator.market_world import FILE_LIMIT, MarketMessage
from bot.simulator.pictures import dimensions
from bot.simulator.shares import marks

ENTITLED = ("admin", "operator")
Span = tuple[int, int]  # the first and the last Market message that a staff message became
Piece = str | bytes  # a text as it is compared, or the digest of a file


def is_inside(text: str) -> bool:
    """Notes and commands stay inside."""
    return text.lstrip().startswith("/")


@dataclass(slots=True)
class Written:
    """A staff message of a topic. `is_answered`: the bot answered it, or its album. `may_stay`: its
    album turned out to be a note when it may have gone already."""

    message: GroupMessage
    is_answered: bool
    may_stay: bool = False
    wordings: list[str] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)

    def __post_init__(self) -> None:
        message = self.message
        texts = [message.text, *reversed(message.versions)]
        self.wordings = [key_of(one) for one in texts if one and not is_inside(one)]
        if message.file is not None:
            self.files = [message.file, *reversed(message.earlier_files)]

    @property
    def is_optional(self) -> bool:
        """A message that is, or was for a while, a note: it may go out, it need not."""
        texts = [self.message.text, *self.message.versions]
        return self.may_stay or any(is_inside(one) for one in texts)

    @property
    def has_link(self) -> bool:
        return any(one["type"] == "text_link" for one in self.message.entities)

    @property
    def title(self) -> str:
        """What an offence is known by."""
        named = [one.name for one in self.files] or [self.message.share]
        return self.message.text or named[0] or "a file"


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
        self._sent_files: dict[bytes, StoredFile] = {}
        for message in sent:
            for piece in pieces_sent(message):
                self._there[piece].append(message.id)
            for stored in message.files:
                self._sent_files[stored.origin] = stored
        self._parts = Parts(self._there)
        self._own: set[Piece] = {wording for one in written for wording in one.wordings}
        self._own |= {stored.digest for one in written for stored in one.files}

    def judge(self) -> Counters:
        places: dict[int, Span | None] = {}
        # a failed one and a later one may have the same words: who was told takes what is left
        for is_answered in (False, True):
            for one in self.written:
                if one.is_answered == is_answered:
                    places[one.message.id] = self._place(one)
        self._compare(places)
        self._blame_the_rest()
        return self.counters

    def _place(self, one: Written) -> Span | None:
        """The Market messages that one became; None where a piece of it is missing."""
        found: list[Span | None] = []
        if one.wordings:
            found.append(self._take_text(one))
        if one.files:
            found.append(self._take_file(one))
        if one.message.share:
            found.append(self._take_marked(one.message))
        there = [span for span in found if span is not None]
        if not there or len(there) < len(found):
            return None
        return min(first for first, _ in there), max(last for _, last in there)

    def _take_text(self, one: Written) -> Span | None:
        for wording in one.wordings:
            place = self._take(wording) or self._parts.take(wording)
            if place is not None:
                return place
        if one.has_link:
            words = one.wordings[0].split()
            for piece in self._texts():
                if _are_in_order(words, piece):
                    return self._take(piece)
        return None

    def _take_file(self, one: Written) -> Span | None:
        for stored in one.files:
            place = self._take(stored.digest)
            if place is not None:
                return place
        if any(stored.size > FILE_LIMIT and _is_picture(stored) for stored in one.files):
            return self._take_fitted()
        return None

    def _take_fitted(self) -> Span | None:
        """A large picture goes out as a smaller one: as the next that nobody else sent."""
        fitted = [
            (places[0], piece)
            for piece, places in self._there.items()
            if isinstance(piece, bytes) and places and self._may_be_fitted(piece)
        ]
        return self._take(min(fitted)[1]) if fitted else None

    def _may_be_fitted(self, digest: bytes) -> bool:
        stored = self._sent_files[digest]
        is_jpeg = stored.name.lower().endswith((".jpg", ".jpeg"))
        return is_jpeg and digest not in self._own and not self._is_elsewhere(digest)

    def _take_marked(self, message: GroupMessage) -> Span | None:
        """A contact or a place goes out as a text that says the same."""
        wanted = marks(message.share, message.details)
        if wanted is None:
            return None
        for piece in self._texts():
            if all(_says(piece, one) for one in wanted):
                return self._take(piece)
        return None

    def _texts(self) -> list[str]:
        """The texts that nobody took yet, in the order of sending."""
        left = [(places[0], one) for one, places in self._there.items() if places]
        return [one for _, one in sorted(left, key=lambda it: it[0]) if isinstance(one, str)]

    def _take(self, piece: Piece) -> Span | None:
        places = self._there.get(piece)
        if not places:
            return None
        place = places.popleft()
        return place, place

    def _compare(self, places: dict[int, Span | None]) -> None:
        highest = 0
        there = [one.message.id for one in self.written if places[one.message.id] is not None]
        last = max(there, default=0)
        for one in self.written:
            span = places[one.message.id]
            if span is not None and not one.is_answered:
                if span[0] < highest:
                    self._blame("disordered", one.title)
                highest = max(highest, span[1])
            if not one.is_optional:
                self._count(one, span, one.message.id < last)

    def _count(self, one: Written, span: Span | None, is_later_there: bool) -> None:
        self.counters.sent += 1
        if span is not None:
            self.counters.delivered += 1
        elif one.is_answered:
            self.counters.told += 1
        elif is_later_there:
            self._blame("lost", one.title)
        else:
            self.counters.waiting += 1

    def _blame_the_rest(self) -> None:
        """What is at the buyer and was not asked for (any more)."""
        for piece, places in self._there.items():
            for _ in places:
                self._blame_piece(piece)

    def _blame_piece(self, piece: Piece) -> None:
        words = piece if isinstance(piece, str) else self._sent_files[piece].name
        if piece in self._own or self._is_own_part(piece):
            self._blame("twice", words)
        elif self._is_elsewhere(piece):
            self._blame("misrouted", words)
        elif not (isinstance(piece, str) and self._is_commanded(piece)):
            self._blame("leaked", words)

    def _is_own_part(self, piece: Piece) -> bool:
        body = body_of(piece) if isinstance(piece, str) else None
        if not body:
            return False
        return any(body in squeezed(one) for one in self._own if isinstance(one, str))

    def _blame(self, what: str, text: str) -> None:
        self.counters.blame(what, self.chat_id, text)


def pieces_sent(message: MarketMessage) -> list[Piece]:
    pieces: list[Piece] = [stored.origin for stored in message.files]
    return [key_of(message.original), *pieces] if message.original else pieces


def _are_in_order(words: Sequence[str], text: str) -> bool:
    at = 0
    for word in words:
        at = text.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True


def _is_picture(stored: StoredFile) -> bool:
    return stored.kind == "photo" or dimensions(stored.content) is not None


def _says(text: str, mark: str) -> bool:
    """Telephone numbers however they are spaced."""
    if mark.strip("+0123456789 ()-"):
        return mark in text
    return _digits(mark) in _digits(text)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
