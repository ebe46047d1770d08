"""Where the files of buyers stand in a topic: whole, as a smaller picture, or told by name."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.judge_texts import Find

# bytes of a file's name that must stand where it is told: a careful client cuts long ones
NAME_SHOWN = 75
Place = tuple[int, int]  # post, offset in it: the order in which a reader meets things


@dataclass(slots=True)
class Reading:
    """A post of a chat's topic and what was found in it."""

    post: GroupMessage
    text: str
    finds: list[Find]


class _Words(NamedTuple):
    """What a post says besides the file it may hold, whose name (or stem of it) is `own`."""

    post_id: int
    text: str
    own: str
    squeezed: str

    def offsets(self, head: str) -> list[int]:
        """Where the text tells of a file whose name begins so. White space does not count: what is
        invisible is left out by one and a blank to another."""
        bare = "".join(head.split())
        if bare not in self.squeezed:
            return []
        pattern = r"\s*".join(map(re.escape, bare))
        return [one.start() for one in re.finditer(pattern, self.text)]


class FilePlaces:
    """The posts of a topic, as far as files are concerned. `known`: the digests that are sought.

    Every place is given to one file only.
    """

    def __init__(self, readings: Iterable[Reading], known: set[bytes]) -> None:
        self._whole: dict[bytes, deque[Place]] = defaultdict(deque)
        self._previews: list[_Words] = []
        self._lines: list[_Words] = []
        self._taken: dict[tuple[int, str], int] = defaultdict(int)
        if not known:
            return
        for reading in readings:
            self._read(reading, known)

    def _read(self, reading: Reading, known: set[bytes]) -> None:
        post, text = reading.post, _shown(reading.text)
        if post.file is None:
            self._lines.append(_words(post.id, text, ""))
        elif post.file.digest in known:
            self._whole[post.file.digest].append((post.id, 0))
            # it may tell of others in its caption, but not of another one of its own name
            self._lines.append(_words(post.id, text, _head(post.file.name)))
        else:
            self._previews.append(_words(post.id, text, _stem(post.file.name)))

    def take(self, stored: StoredFile, highest: Place) -> Place | None:
        """Where the file stands first, not before `highest` if that can be helped; None where it
        neither stands nor is told of."""
        whole = self._whole.get(stored.digest)
        places = [whole.popleft()] if whole else []
        latest = places[0][0] if places else None
        for place in (self._take_preview(stored, latest), self._take_line(stored, latest)):
            if place is not None:
                places.append(place)
        if not places:
            return None
        return min((one for one in places if one >= highest), default=_beside(places, highest))

    def _take_preview(self, stored: StoredFile, latest: int | None) -> Place | None:
        head, stem = _head(stored.name), _stem(stored.name)
        for words in self._previews:
            is_meant = words.own == stem or bool(words.offsets(head))
            if is_meant and self._take_one(words.post_id, head, [0], latest) is not None:
                return (words.post_id, 0)
        return None

    def _take_line(self, stored: StoredFile, latest: int | None) -> Place | None:
        head = _head(stored.name)
        for words in self._lines:
            if words.own == head:
                continue
            offset = self._take_one(words.post_id, head, words.offsets(head), latest)
            if offset is not None:
                return (words.post_id, offset)
        return None

    def _take_one(
        self, post_id: int, head: str, offsets: Sequence[int], latest: int | None
    ) -> int | None:
        is_late = latest is not None and post_id > latest
        taken = self._taken[post_id, head]
        if is_late or taken >= len(offsets):
            return None
        self._taken[post_id, head] += 1
        return offsets[taken]


def strangers(
    readings: Sequence[Reading],
    own: Sequence[StoredFile],
    sent: Sequence[StoredFile],
    chats_of_file: Mapping[bytes, set[int]],
) -> Iterable[tuple[str, str]]:
    """Files that should not stand in the topic: with the offence and the name."""
    known = {one.digest for one in own}
    names = {_head(one.name) for one in own}
    echoes = {one.digest for one in sent} | {one.origin for one in sent}
    echo_names = {_head(one.name) for one in sent} - names
    for reading in readings:
        stored = reading.post.file
        if stored is None or stored.digest in known:
            continue
        if stored.digest in echoes or _head(stored.name) in echo_names:
            yield "echoed", stored.name
        elif stored.digest in chats_of_file:
            yield "misrouted", stored.name


def _beside(places: Sequence[Place], highest: Place) -> Place:
    """A file and its caption are met together, whatever the caption tells of before."""
    last = max(places)
    return highest if last[0] == highest[0] else last


def _shown(text: str) -> str:
    """Sign for sign as a careful client shows it: nothing invisible, no double quote."""
    return "".join(sign if sign.isprintable() else " " for sign in text).replace('"', "'")


def _head(name: str) -> str:
    base = " ".join(_shown(name.replace("\\", "/").rpartition("/")[2]).split())
    if not base.strip(". "):
        return "file"
    return base.encode()[:NAME_SHOWN].decode(errors="ignore").rstrip()


def _stem(name: str) -> str:
    return PurePosixPath(_head(name)).stem


def _words(post_id: int, text: str, own: str) -> _Words:
    return _Words(post_id, text, own, "".join(text.split()))
