"""Posting buyers' files into the topic: pictures as pictures, everything else as documents."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from bot.relay.buyer_to_topic.cargo import KEEP, SHOW, Cargo, may_be_a_picture
from bot.relay.buyer_to_topic.freight import UPLOAD_AT_MOST, Content, Freight, Missing
from bot.relay.buyer_to_topic.missing import LOST, NOT_AS_A_PHOTO, instead
from bot.relay.buyer_to_topic.post import PostWork
from bot.relay.buyer_to_topic.wording import HEADER_UNITS, Piece, labels
from bot.relay.changes import Change, Postpone, Settle
from bot.relay.deeds import Reword
from bot.relay.errors import OutcomeUnknown, Refused, RelayError, Throttled, Unreachable
from bot.relay.filenames import safe_name
from bot.relay.finder import ALONE, BROKEN
from bot.relay.model import Effect, State, Topic
from bot.relay.pacing import Pace
from bot.relay.ports import Words
from bot.relay.posts import FilePost, Posted, Span
from bot.relay.text import CAPTION_UNITS, units
from bot.relay.work import Done, NotDone, Parked, Verdict, chat_of, ids

_ALBUM_AT_MOST = 10  # files (Bot API: sendMediaGroup)
# Files of an album of several messages: it counts by its files, and other chats wait for it.
_ACROSS_AT_MOST = 4
_UPLOADS = 3  # lost ones of a file, after which its line stands in for it
_NEEDLESS = "nothing_to_post"
_WHOLE = "is_whole"  # in the payload of a picture's row: the photo shows all there is
_SAID_OF_THE_TOPIC = ("topic_gone", "topic_closed", "topics_off")  # before any of it is posted


class CarryWork(PostWork):
    """A file a row; files of one message that may be one album go out in one call."""

    joins_always = True

    def __init__(self, *, freight: Freight, pace: Pace, **parts: Any) -> None:
        super().__init__(**parts)
        self._freight = freight
        self._pace = pace

    @abstractmethod
    def _path(self, content: Content) -> Path | None:
        """What to post of a file, if anything."""

    @abstractmethod
    def _is_photo(self, effect: Effect, content: Content) -> bool:
        """Or is it a document?"""

    @abstractmethod
    async def _is_needless(self, cargo: Cargo, content: Content) -> bool:
        """Is there nothing (left) to post of it?"""

    @abstractmethod
    def _joins(self, content: Content) -> bool:
        """May it stand in an album?"""

    async def prepare(self, head: Effect) -> None:
        """Parked while any file of the message is on its way, since it may be an album."""
        cargo = cargo_in(head)
        company = await self._ledger.waiting_in_lane(head.lane, 2 * _ALBUM_AT_MOST)
        is_any_coming = [
            self._freight.is_coming(one, head.lane) for one in _of_message(company, cargo)
        ]
        content = self._freight.content(cargo, head.lane)
        if _is_hopeless(head):
            raise Missing(Unreachable("telegram_timeout"))
        if any(is_any_coming):
            raise Parked
        if await self._is_needless(cargo, content):
            raise Refused(_NEEDLESS)
        await super().prepare(head)

    def joinable(self, waiting: Sequence[Effect]) -> int:
        message = cargo_in(waiting[0]).message_id
        return self._fitting(
            list(takewhile(lambda effect: cargo_in(effect).message_id == message, waiting))
        )

    def _fitting(self, waiting: Sequence[Effect]) -> int:
        """How many of these files may be one album."""
        room = UPLOAD_AT_MOST
        most = min(_ALBUM_AT_MOST, self._pace.at_once)
        for count, effect in enumerate(waiting[:most]):
            content = self._freight.known(cargo_in(effect))
            room -= content.size if content else 0
            joins = content is not None and self._joins(content) and not _is_alone(effect)
            if not joins or room < 0:
                return max(1, count)
        return min(len(waiting), most)

    def weight(self, batch: Sequence[Effect]) -> int:
        return len(batch)

    async def perform(self, batch: Sequence[Effect]) -> Done:
        topic = await self._topics.of(chat_of(batch[0]))
        first, *others = [self._post_of(topic, effect) for effect in batch]
        caption = [*await self._top(topic, batch), *self._labels(batch)]
        posts = [replace(first, caption=tuple(caption)), *others]
        posted = await (self._album(posts) if others else self._single(posts[0]))
        for effect in batch:
            self._carried(cargo_in(effect))
        return self._done(topic, posted)

    def _post_of(self, topic: Topic, effect: Effect) -> FilePost:
        cargo = cargo_in(effect)
        content = self._freight.known(cargo)
        path = self._path(content) if content else None
        if content is None or path is None:  # somebody tidied up under our feet
            raise Unreachable("file_away")
        name, is_photo = safe_name(cargo.file.name), self._is_photo(effect, content)
        return FilePost(path, name, is_photo, topic.thread_id)

    def _labels(self, batch: Sequence[Effect]) -> list[Span]:
        return labels(_pieces(batch), self._clock(), self._words)

    async def _single(self, post: FilePost) -> list[Posted]:
        return [await self._landing.post_file(post)]

    async def _album(self, posts: Sequence[FilePost]) -> Sequence[Posted]:
        """Refused, it may stand half: that is looked for, and the rest goes item by item (R23)."""
        try:
            return await self._landing.post_album(posts)
        except (Refused, Throttled) as error:
            if error.key in _SAID_OF_THE_TOPIC:
                raise
            if isinstance(error, Throttled):
                await self._pace.pause(error.retry_after)
            raise OutcomeUnknown(BROKEN) from None

    def _carried(self, cargo: Cargo) -> None:
        """It stands in the topic; the last row of a file lets go of it."""

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        verdict = await self._finder.find(batch, is_album=len(batch) > 1)
        for effect in _there(batch, verdict):
            self._carried(cargo_in(effect))
        if verdict == NotDone(counts=False):
            verdict = NotDone(counts=False, reason=LOST)
        return await self._found(batch, verdict)


class ShowWork(CarryWork):
    """A picture as a picture; where it is none, the row of the file itself does it all."""

    def company(self, waiting: Sequence[Effect], is_crowded: bool) -> Sequence[Effect]:
        """Under backlog pictures of several messages are one album, as far as they are there."""
        own = super().company(waiting, is_crowded)
        if not is_crowded or _is_alone(waiting[0]):
            return own
        for effect in waiting[: 2 * _ALBUM_AT_MOST]:
            if effect.kind == SHOW:
                self._freight.is_coming(cargo_in(effect), effect.lane)  # for the next album
        shown = [effect for effect in self._uninterrupted(waiting) if effect.kind == SHOW]
        told = _told(shown, CAPTION_UNITS - HEADER_UNITS, self._words)
        return max(own, shown[: self._fitting(shown[: min(told, _ACROSS_AT_MOST)])], key=len)

    def _uninterrupted(self, waiting: Sequence[Effect]) -> Iterator[Effect]:
        """Pictures, and the files of those among them that are shown whole: of these nothing will
        be posted in between."""
        pictures: set[str] = set()
        for effect in waiting:
            if effect.kind not in (SHOW, KEEP):
                return
            cargo = cargo_in(effect)
            content = self._freight.known(cargo)
            if content is None:
                return
            if effect.kind == SHOW:
                pictures.add(cargo.key)
            elif not content.is_shown_whole or cargo.key not in pictures:
                return
            yield effect

    def notes(self, batch: Sequence[Effect]) -> Sequence[Change]:
        """That a photo shows all there is must outlive us, or its file would be brought once more
        to learn it."""
        whole = [
            effect
            for effect in batch
            if (content := self._freight.known(cargo_in(effect))) and content.is_shown_whole
        ]
        return [Reword(effect.key, {**effect.payload, _WHOLE: True}) for effect in whole]

    def _path(self, content: Content) -> Path | None:
        return content.shown

    def _is_photo(self, effect: Effect, content: Content) -> bool:
        return True

    async def _is_needless(self, cargo: Cargo, content: Content) -> bool:
        return content.shown is None

    def _joins(self, content: Content) -> bool:
        return content.shown is not None

    async def _given_up(self, batch: Sequence[Effect], error: RelayError) -> Sequence[Change]:
        return [Settle(ids(batch), State.SENT, reason=error.key)]


class KeepWork(CarryWork):
    """The file itself, as it is."""

    def _path(self, content: Content) -> Path | None:
        return content.path

    def _is_photo(self, effect: Effect, content: Content) -> bool:
        """A picture under another name; one that has a row to show it was refused there."""
        is_tried = may_be_a_picture(cargo_in(effect)) or effect.reason == NOT_AS_A_PHOTO
        return content.is_shown_whole and not is_tried

    async def prepare(self, head: Effect) -> None:
        """Without bringing what need not be posted: it may be gone by now."""
        shown = await self._shown(cargo_in(head))
        if shown and shown.payload.get(_WHOLE):
            raise Refused(_NEEDLESS)
        await super().prepare(head)

    async def _is_needless(self, cargo: Cargo, content: Content) -> bool:
        return content.is_shown_whole and await self._shown(cargo) is not None

    async def _shown(self, cargo: Cargo) -> Effect | None:
        """The row that shows it, where it stands in the topic: Telegram may have refused it."""
        shown = await self._ledger.effect(cargo.row_key(SHOW))
        return shown if shown and shown.result is not None else None

    def _joins(self, content: Content) -> bool:
        return not content.is_shown_whole

    def _carried(self, cargo: Cargo) -> None:
        self._freight.forget(cargo)

    async def _given_up(self, batch: Sequence[Effect], error: RelayError) -> Sequence[Change]:
        [effect] = batch
        if error.key == _NEEDLESS:
            self._freight.forget(cargo_in(effect))
            return [Settle(ids(batch), State.SENT, reason=error.key)]
        content = self._freight.known(cargo_in(effect))
        if content and self._is_photo(effect, content) and not isinstance(error, Missing):
            return [Postpone(ids(batch), self._clock(), NOT_AS_A_PHOTO)]
        return [instead(effect, error)]


def cargo_in(effect: Effect) -> Cargo:
    return Cargo.from_json(chat_of(effect), effect.payload)


def _pieces(batch: Sequence[Effect]) -> list[Piece]:
    """One a message."""
    cargo = {cargo.message_id: cargo for cargo in map(cargo_in, batch)}
    return [Piece(c.sender, c.nature, c.at_ms, "", (), 0, 1) for c in cargo.values()]


def _told(shown: Sequence[Effect], room: int, words: Words) -> int:
    """From how many of these the labels fit into one caption; all of them are by one author, for
    nobody could tell whose picture is whose."""
    for count in range(len(shown)):
        pieces = _pieces(shown[: count + 1])
        is_by_one = len({(piece.sender, piece.nature) for piece in pieces}) == 1
        said = "".join(span.text for span in labels(pieces, 0, words))
        if not is_by_one or units(said) > room:
            return count
    return len(shown)


def _is_alone(effect: Effect) -> bool:
    """Refused in company, perhaps a repeat, or lost twice: a smaller upload may get through."""
    is_lost_again = effect.reason == LOST and effect.attempts > 1
    return effect.rounds > 0 or effect.reason == ALONE or is_lost_again


def _is_hopeless(head: Effect) -> bool:
    """Lost again and again? So long a call holds up the whole group: not for ever."""
    is_lost_again = head.reason == LOST and head.attempts >= _UPLOADS
    return head.rounds >= _UPLOADS or is_lost_again


def _there(batch: Sequence[Effect], verdict: Verdict) -> Sequence[Effect]:
    """Those that were found to stand in the topic."""
    if isinstance(verdict, Done):
        return batch
    changes = verdict.changes if isinstance(verdict, NotDone) else ()
    settled = {id_ for change in changes if isinstance(change, Settle) for id_ in change.effects}
    return [effect for effect in batch if effect.id in settled]


def _of_message(company: Sequence[Effect], cargo: Cargo) -> Iterator[Cargo]:
    """The files of the same message that wait in the lane, the row's own among them."""
    for effect in company:
        if "url" in effect.payload and effect.payload["message"] == cargo.message_id:
            yield cargo_in(effect)
