"""Posting so that nothing lands where it was not meant to.

A group whose topics were switched off takes a post for a topic into the open, and says 200 (R28).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.relay.changes import Enqueue
from bot.relay.errors import Refused, RelayError
from bot.relay.model import Effect, NewEffect, PostId, Queue, ThreadId
from bot.relay.ports import Forum, Ledger
from bot.relay.posts import FilePost, Post, Posted
from bot.relay.work import Done, Work

log = logging.getLogger(__name__)

TAKE_BACK = "take back"  # the work of deleting what stands where it was not meant to


def key_of(astray: PostId) -> str:
    """Of the row that takes a post back."""
    return f"{TAKE_BACK}/{astray}"


class Landing:
    def __init__(self, forum: Forum, ledger: Ledger) -> None:
        self._forum = forum
        self._ledger = ledger
        self._topics_off = False  # when last seen

    async def ready(self) -> None:
        """Raises `Refused("topics_off")` as long as topics are known to be off."""
        if self._topics_off and not await self._forum.is_forum():
            raise Refused("topics_off")
        self._topics_off = False

    async def post(self, post: Post) -> Posted:
        """Post, and look where it landed; what stands in the open is taken back."""
        [posted] = await self._landed([await self._forum.post(post)], post.thread_id)
        return posted

    async def post_file(self, post: FilePost) -> Posted:
        [posted] = await self._landed([await self._forum.post_file(post)], post.thread_id)
        return posted

    async def post_album(self, posts: Sequence[FilePost]) -> Sequence[Posted]:
        return await self._landed(await self._forum.post_album(posts), posts[0].thread_id)

    async def _landed(
        self, posted: Sequence[Posted], thread_id: ThreadId | None
    ) -> Sequence[Posted]:
        astray = [one for one in posted if thread_id is not None and one.thread_id != thread_id]
        if not astray:
            return posted
        self._topics_off = True
        for one in astray:
            await self._take_back(one)
        raise Refused("topics_off")

    async def _take_back(self, posted: Posted) -> None:
        try:
            await self._forum.delete(posted.id)
        except RelayError as error:
            log.error("Post %s stands in the open and can't be deleted yet: %s", posted.id, error)
            key, payload = key_of(posted.id), {"post": posted.id}
            await self._ledger.commit(Enqueue(NewEffect(key, Queue.MARKS, key, TAKE_BACK, payload)))


class TakeBackWork(Work):
    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def perform(self, batch: Sequence[Effect]) -> Done:
        await self._forum.delete(PostId(batch[0].payload["post"]))
        return Done()
