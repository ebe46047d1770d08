"""Speaking up in General: behind the buyers' messages, and only while Telegram listens."""

from __future__ import annotations

from bot.relay.changes import Change
from bot.relay.errors import RelayError
from bot.relay.notices import notice
from bot.relay.ports import Forum
from bot.relay.posts import Post, Span, Style

_AFTER_BUYERS = 2  # rank: no alarm delays a buyer's message (R26)


def alarm(subject: str, key: str, text: str, *, about: str = "") -> Change:
    """Say something in General, once a `key`; what is about one `subject` comes in its order.
    `about`: the row without which there is nothing to be said any more."""
    post = Post((Span(text, Style.FOREIGN),))  # names and the services' own words are in it
    lane = f"alarm/{subject}"
    return notice(f"{lane}/{key}", post, rank=_AFTER_BUYERS, lane=lane, about=about)


async def can_speak(forum: Forum) -> bool:
    """Would a post go out now? One that does not would stand in the queue and be posted when what
    it says is long over, or be in doubt and hold up the buyers' messages when Telegram is back."""
    try:
        await forum.is_forum()
    except RelayError:
        return False
    return True
