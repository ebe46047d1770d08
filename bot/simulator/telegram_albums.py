"""The Bot API's sendMediaGroup: what may stand together, and an album refused half-way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.simulator.files import StoredFile
from bot.simulator.group_world import GroupMessage
from bot.simulator.telegram_posts import Method, Posts
from bot.simulator.telegram_request import BotApiError, Params, bad
from bot.simulator.telegram_upload import taken_file

ALBUM_LIMIT = 10
FLOOD = "Bad Request: group send failed: Too Many Requests: retry after 3"
_KINDS = ("photo", "document", "video", "audio")
_ALONE = ("document", "audio")  # stand with their own kind only


@dataclass(slots=True)
class Refusal:
    """`after` items are posted, then comes a 400 with the sentence. `times` None: always."""

    after: int
    sentence: str
    times: int | None

    def take(self) -> bool:
        if self.times == 0:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Albums:
    def __init__(self, posts: Posts) -> None:
        self.posts = posts
        self.refused = 0
        self._refusal: Refusal | None = None
        self._made = 0

    def methods(self) -> Mapping[str, Method]:
        return {"sendMediaGroup": self._send}

    def refuse(self, after: int, sentence: str = FLOOD, times: int | None = 1) -> None:
        """From now on albums break off behind their first `after` items."""
        self._refusal = Refusal(after, sentence, times)

    def mend(self) -> None:
        self._refusal = None

    def _send(self, params: Params) -> list[dict[str, Any]]:
        params.in_group(self.posts.group)
        items = params.json("media", [])
        if not isinstance(items, list) or not items:
            raise bad("there are no messages to send as an album")
        if len(items) > ALBUM_LIMIT:
            raise bad("too many messages to send as an album")
        _check_kinds([str(one.get("type")) for one in items])
        files = [self._file(params, one) for one in items]
        drafts = [self._draft(params, item) for item in items]
        self.posts.rate.spend(len(items))
        return self._put(drafts, files)

    def _draft(self, params: Params, item: dict[str, Any]) -> GroupMessage:
        draft = self.posts.draft(params)
        self.posts.caption(draft, item)
        return draft

    def _file(self, params: Params, item: dict[str, Any]) -> StoredFile:
        return taken_file(self.posts.group.shelf, params, item.get("media"), str(item.get("type")))

    def _put(
        self, drafts: Sequence[GroupMessage], files: Sequence[StoredFile]
    ) -> list[dict[str, Any]]:
        refusal = self._refusal if self._refusal and self._refusal.take() else None
        self._made += 1
        album = str(13_800_000_000_000_000 + self._made) if len(drafts) > 1 else ""
        shown: list[dict[str, Any]] = []
        for draft, stored in zip(drafts, files, strict=True):
            if refusal is not None and len(shown) == refusal.after:
                self.refused += 1
                raise BotApiError(400, refusal.sentence)
            draft.file, draft.album = stored, album
            shown.append(self.posts.put(draft))
        return shown


def _check_kinds(kinds: Sequence[str]) -> None:
    if not set(kinds) <= set(_KINDS):
        raise bad("can't parse InputMedia: type must be one of photo, document, video, audio")
    for kind in _ALONE:
        if kind in kinds and len(set(kinds)) > 1:
            raise bad(f"{kind.capitalize()} can't be mixed with other media types")
