"""Posting so that nothing lands where it was not meant to.

A group whose topics were switched off takes a post for a topic into the open, and says 200 (R28).
"""

from __future__ import annotations

import logging

from bot.relay.errors import Refused, RelayError
from bot.relay.ports import Forum
from bot.relay.posts import Post, Posted

log = logging.getLogger(__name__)


class Landing:
    def __init__(self, forum: Forum) -> None:
        self._forum = forum
        self._is_open = False  # topics were off when last seen

    async def ready(self) -> None:
        """Raises `Refused("topics_off")` as long as topics are known to be off."""
        if self._is_open and not await self._forum.is_forum():
            raise Refused("topics_off")
        self._is_open = False

    async def post(self, post: Post) -> Posted:
        """Post, and look where it landed; what stands in the open is taken back."""
        posted = await self._forum.post(post)
        if post.thread_id is not None and posted.thread_id != post.thread_id:
            self._is_open = True
            await self._take_back(posted)
            raise Refused("topics_off")
        return posted

    async def _take_back(self, posted: Posted) -> None:
        try:
            await self._forum.delete(posted.id)
        except RelayError as error:
            log.error("Post %s stands in the open and can't be deleted: %s", posted.id, error)
