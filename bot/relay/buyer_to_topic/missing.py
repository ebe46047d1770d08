"""A buyer's file that can't be brought: a line in its place that says why, and the ways to bring it
after all: by itself where the reason may pass, by button in any case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.relay.buyer_to_topic.cargo import Cargo
from bot.relay.buyer_to_topic.freight import Freight, Missing
from bot.relay.buyer_to_topic.post import PostWork
from bot.relay.buyer_to_topic.wording import file_name
from bot.relay.changes import Again, Become, Change, Enqueue, Hurry, Postpone, Settle, Wait
from bot.relay.errors import RelayError, Unreachable
from bot.relay.filenames import safe_name
from bot.relay.model import Effect, NewEffect, PostId, Queue, State
from bot.relay.notices import notice, without_buttons
from bot.relay.ports import Words
from bot.relay.posts import Button, FilePost, Post, Span, Style
from bot.relay.reasons import why
from bot.relay.sizes import size
from bot.relay.work import Done, Later, NotDone, Verdict, chat_of, ids

LINE = "line"  # stands where the file would
REFETCH = "refetch"  # brings the file later, under its line
FETCH = "fetch"  # action of the button under the line
NOT_AS_A_PHOTO = "not as a photo"  # reason of a row whose picture Telegram did not take as one
LOST = "lost"  # reason of a row whose upload surely did not take effect, though nobody said so
_AWAITED_MS = 86_400_000  # a reason that has not passed in a day will not pass by itself
_SOONEST_MS, _LATEST_MS = 10_000, 3_600_000  # between two tries


def instead(effect: Effect, error: RelayError) -> Change:
    """The row of a file becomes the line that stands in for it."""
    is_passing = isinstance(error, Missing) and error.is_passing
    # Telegram has one sentence for both of its limits.
    key = "file_too_big_to_post" if error.key == "file_too_big_to_fetch" else error.key
    reason = {"why": key, "details": error.details, "is_passing": is_passing}
    return Become(effect.id, LINE, {**effect.payload, **reason})


class LineWork(PostWork):
    """Name, size, reason, and a button."""

    def __init__(self, *, freight: Freight, **parts: Any) -> None:
        super().__init__(**parts)
        self._freight = freight

    def joinable(self, waiting: Sequence[Effect]) -> int:
        return 1

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        topic = await self._topics.of(chat_of(effect))
        spans = [*await self._top(topic, batch), *self._line(effect)]
        posted = await self._landing.post(
            Post(tuple(spans), topic.thread_id, buttons=self._buttons(effect))
        )
        self._freight.forget(_cargo(effect))
        return self._done(topic, [posted], self._awaited(effect, PostId(posted.id)))

    def _line(self, effect: Effect) -> list[Span]:
        cargo, payload = _cargo(effect), effect.payload
        reason = why(payload["why"], payload["details"], self._words)
        said = [
            self._words.say("Not brought here: {reason}", reason=reason),
            self._words.say("See it in the seller's cabinet."),
        ]
        if payload["is_passing"]:
            said.append(self._words.say("The bot keeps trying for a day."))
        is_told = cargo.file.size or payload["why"] == "file_empty"
        sized = f" ({size(cargo.file.size, self._words)})" if is_told else ""
        return [
            Span("📎 "),
            Span(file_name(cargo.file.name, self._words), Style.FOREIGN_LABEL),
            Span(f"{sized}\n{' '.join(said)}"),
        ]

    def _buttons(self, effect: Effect) -> tuple[Button, ...]:
        return (Button(self._words.say("Fetch again"), f"{FETCH} {effect.key}"),)

    def _awaited(self, effect: Effect, line: PostId) -> list[Change]:
        return [refetch(effect, line)] if effect.payload["is_passing"] else []

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        [effect] = batch
        verdict = await self._found(batch, await self._finder.find(batch, self._buttons(effect)))
        if isinstance(verdict, Done) and verdict.results:
            self._freight.forget(_cargo(effect))
            awaited = self._awaited(effect, PostId(verdict.results[0]))
            return Done([*verdict.changes, *awaited], verdict.results)
        return verdict


def refetch(effect: Effect, line: PostId) -> Change:
    """Have the file brought under its line, in a lane of its own: it holds up nobody's words."""
    cargo = _cargo(effect)
    key = cargo.row_key(REFETCH)
    payload = {**cargo.to_json(), "line": line, "is_repeat": effect.rounds > 0}
    return Enqueue(NewEffect(key, Queue.GROUP, key, REFETCH, payload, chat_id=cargo.chat_id))


class RefetchWork(PostWork):
    """The file, as an answer to its line."""

    def __init__(self, *, freight: Freight, **parts: Any) -> None:
        super().__init__(**parts)
        self._freight = freight

    def joinable(self, waiting: Sequence[Effect]) -> int:
        return 1

    async def prepare(self, head: Effect) -> None:
        is_over = self._clock() - head.created_ms > _AWAITED_MS
        try:
            self._freight.content(_cargo(head), head.lane, is_patient=False)
        except Missing as error:
            self._freight.forget(_cargo(head))
            if not error.is_passing or is_over:
                raise
            raise Later(self._next_ms(head)) from None
        if is_over and head.reason == LOST:
            raise Missing(Unreachable("telegram_timeout"))
        await super().prepare(head)

    async def perform(self, batch: Sequence[Effect]) -> Done:
        [effect] = batch
        cargo = _cargo(effect)
        content = self._freight.known(cargo)
        if content is None:  # somebody tidied up under our feet
            raise Unreachable("file_away")
        topic = await self._topics.of(cargo.chat_id)
        post = FilePost(
            content.path,
            safe_name(cargo.file.name),
            content.is_shown_whole and effect.reason != NOT_AS_A_PHOTO,
            topic.thread_id,
            tuple(await self._top(topic, batch)),
            reply_to=PostId(effect.payload["line"]),
        )
        posted = await self._landing.post_file(post)
        return self._done(topic, [posted], self._brought(effect))

    def _brought(self, effect: Effect) -> list[Change]:
        self._freight.forget(_cargo(effect))
        return [without_buttons(PostId(effect.payload["line"]))]

    async def settle(self, batch: Sequence[Effect]) -> Verdict:
        [effect] = batch
        verdict = await super().settle(batch)
        if isinstance(verdict, Done):
            return Done([*verdict.changes, *self._brought(effect)], verdict.results)
        if isinstance(verdict, NotDone):  # so long a call holds up the whole group: not at once
            rests = Wait(ids(batch), self._next_ms(effect), LOST)
            return NotDone([*verdict.changes, rests], verdict.counts, LOST)
        return verdict

    def _next_ms(self, effect: Effect) -> int:
        """When to try again: the later the longer it has been tried."""
        age = self._clock() - effect.created_ms
        return self._clock() + min(_LATEST_MS, max(_SOONEST_MS, age // 2))

    async def _given_up(self, batch: Sequence[Effect], error: RelayError) -> Sequence[Change]:
        [effect] = batch
        content = self._freight.known(_cargo(effect))
        if content and content.is_shown_whole and effect.reason != NOT_AS_A_PHOTO:
            return [Postpone(ids(batch), self._clock(), NOT_AS_A_PHOTO)]
        self._freight.forget(_cargo(effect))
        topic = await self._topics.of(chat_of(effect))
        said = self._words.say(
            "Still not brought here: {reason}", reason=why(error.key, error.details, self._words)
        )
        line = PostId(effect.payload["line"])
        return [
            Settle(ids(batch), State.FAILED, reason=error.key),
            notice(
                f"refetch/{effect.id}/{self._clock()}",
                Post((Span(said),), topic.thread_id, reply_to=line),
            ),
        ]


def pressed(
    line: Effect | None, again: Effect | None, line_id: PostId, now_ms: int, words: Words
) -> tuple[Sequence[Change], str]:
    """The button under a line: what follows, and the word said to who pressed it. `line` and
    `again`: the rows of the line and of bringing it again, where there are any."""
    if line is None or line.kind != LINE or not line.payload:  # its file is not kept any more
        return [], words.say("This button is out of date.")
    if again is None:
        return [refetch(line, line_id)], words.say("Fetching…")
    if again.state is State.SENT:
        return [without_buttons(line_id)], words.say("It is there.")
    if again.state is State.FAILED:
        return [Again(again.key, now_ms)], words.say("Fetching…")
    return [Hurry(again.lane, now_ms)], words.say("Fetching…")


def refetch_key(line: Effect) -> str:
    return _cargo(line).row_key(REFETCH)


def _cargo(effect: Effect) -> Cargo:
    return Cargo.from_json(chat_of(effect), effect.payload)
