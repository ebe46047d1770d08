"""An album of which not everything arrived: one message that says what did and offers the rest."""

from __future__ import annotations

from collections.abc import Sequence

from bot.relay.changes import Again, Change, Enqueue
from bot.relay.model import ChatId, Effect, NewEffect, PostId, Queue, State
from bot.relay.notices import notice, without_buttons
from bot.relay.ports import Clock, Ledger, Words
from bot.relay.posts import Button, Post, Span
from bot.relay.reply import Reply
from bot.relay.work import UNSURE, WITHDRAWN, Done, Later, Work

ALBUM = "album"
REST = "rest"  # action of the button
QUIET_MS = 1_500  # R8: without a further file, the album is whole
_WAIT_AT_MOST_MS = 10_000  # R8
_LOOK_AGAIN_MS = 2_000
_FOR_GOOD = frozenset(
    {"file_too_big", "picture_too_big", "not_for_buyers"}
    | {"anonymous", "no_right_to_answer", "unknown_command"}
)

Item = tuple[Reply, Effect]


def report(album: str, chat_id: ChatId, cause: str) -> Change:
    """Have it said what became of an album; `cause`: what names the failure, such as its row."""
    lane = f"album/{album}"
    payload = {"album": album}
    return Enqueue(NewEffect(f"{lane}/{cause}", Queue.DESK, lane, ALBUM, payload, 1, chat_id))


class AlbumWork(Work):
    """Waits until everything of the album is settled; of several failures the last one speaks."""

    def __init__(self, *, ledger: Ledger, words: Words, clock: Clock) -> None:
        self._ledger = ledger
        self._words = words
        self._clock = clock

    async def prepare(self, head: Effect) -> None:
        items = await self._ledger.replies_in_album(head.payload["album"])
        now = self._clock()
        quiet_from = whole_at(items, now)
        if now < quiet_from:
            raise Later(quiet_from)
        if any(effect.state.is_open for _, effect in items):
            raise Later(now + _LOOK_AGAIN_MS)

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        if len(await self._ledger.waiting_in_lane(effect.lane, 2)) > 1:
            return Done()
        parts = await self._ledger.replies_in_album(effect.payload["album"])
        items = [part for part in parts if part[0].file]
        posts = sorted({reply.post_id for reply, _ in items})  # an edit may have added parts
        numbers = {post: number for number, post in enumerate(posts, 1)}
        said = [(numbers[item[0].post_id], item) for item in items if not _is_withdrawn(item)]
        missing = [(n, item) for n, item in said if item[1].state is State.FAILED]
        if not missing or len(posts) < 2:
            return Done()
        return Done([self._notice(effect, items, said, missing)])

    def _notice(
        self,
        effect: Effect,
        items: Sequence[Item],
        said: Sequence[tuple[int, Item]],
        missing: Sequence[tuple[int, Item]],
    ) -> Change:
        arrived = [str(n) for n, item in said if item[1].state is State.SENT]
        lines = [
            self._words.say(
                "Of this album the buyer got {count} of {all}: {numbers}.",
                count=str(len(arrived)),
                all=str(len(said)),
                numbers=", ".join(arrived) or "–",
            ),
            self._words.say("Not delivered:"),
            *(self._line(number, item) for number, item in missing),
        ]
        album = effect.payload["album"]
        is_rest = any(_may_go_again(item) for _, item in missing)
        button = Button(self._words.say("Send the rest"), f"{REST} {album}")
        post = Post(
            (Span("\n".join(lines)),),
            items[0][0].thread_id,
            reply_to=items[0][0].post_id,
            buttons=(button,) if is_rest else (),
        )
        return notice(f"album/{effect.id}", post)

    def _line(self, number: int, item: Item) -> str:
        reply, effect = item
        name = reply.file.name if reply.file else ""
        if effect.reason == UNSURE:
            return self._words.say("{number}. {name} (perhaps)", number=str(number), name=name)
        return f"{number}. {name}"


def whole_at(items: Sequence[Item], now_ms: int) -> int:
    """When nothing more of the album is to be expected, by the times of its files. Whatever the
    clock did since they came, nothing waits for long."""
    came = [effect.created_ms for _, effect in items if effect.created_ms <= now_ms]
    return min(max(came) + QUIET_MS, min(came) + _WAIT_AT_MOST_MS) if came else now_ms


def pressed(
    items: Sequence[Item], notice_id: PostId, now_ms: int, words: Words
) -> tuple[Sequence[Change], str]:
    """The button: everything that certainly did not arrive goes again."""
    again = [Again(item[1].key, now_ms) for item in items if _may_go_again(item)]
    said = words.say("Sending again…") if again else words.say("It is on its way.")
    return [*again, without_buttons(notice_id)], said


def _may_go_again(item: Item) -> bool:
    effect = item[1]
    gone_for_good = effect.reason in _FOR_GOOD or effect.reason in (UNSURE, WITHDRAWN)
    return effect.state is State.FAILED and not gone_for_good


def _is_withdrawn(item: Item) -> bool:
    return item[1].state is State.FAILED and item[1].reason == WITHDRAWN
