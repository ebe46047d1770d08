"""What a message of the history is to us: new, an echo of a reply, a colleague's, or old. Pure.

The Market gives no id for what we send. So a PARTNER message is ours when it says what an
unproven reply says; and when the Market altered it (it may mask phones and links), when it comes
at the time of a reply and resembles it. A colleague's message that is taken for an echo would be
lost to staff, an echo that is taken for a colleague's is only odd: in doubt it is a colleague's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from mimetypes import guess_type

from bot.relay.filenames import safe_name
from bot.relay.model import Effect, Incoming, KnownChat, Nature, Sender, Sifted, State
from bot.relay.reply import Reply, StaffFile
from bot.relay.text import normalised

RECENT = 300  # messages of a chat that are posted when it gets its topic; the rest by /history
_ALTERED_WINDOW_MS = 120_000  # how far an altered echo may lie from the send
_ALTERED_LIKENESS = 0.6  # of difflib's ratio: a masked phone leaves more than that standing
_SHORT = 200  # letters; longer texts are compared by words
_NONE_DUE = 2**63  # above every id

_Match = Callable[[Incoming, Reply, Effect], bool]


@dataclass(slots=True)
class Sieve:
    """Sifts one reading of a chat's history; `replies` are those that nothing proves yet."""

    known: KnownChat
    replies: list[tuple[Reply, Effect]]
    _claimed: dict[int, str] = field(default_factory=dict)

    def sift(self, messages: Sequence[Incoming]) -> list[Sifted]:
        """In the order of ids. Stops before a PARTNER message that can't be judged while a send is
        under way: the next reading will tell."""
        partner = [m for m in messages if m.sender is Sender.PARTNER]
        for message in partner:
            self._claim(message, self._says_the_same)
        for message in partner:
            self._claim(message, self._resembles)
        due_from = self._due_from(messages)
        sifted = []
        for message in messages:
            if self._is_open(message):
                break
            sifted.append(self._judge(message, message.id >= due_from))
        return sifted

    def _judge(self, message: Incoming, is_due: bool) -> Sifted:
        if key := self._claimed.get(message.id):
            return Sifted(message, Nature.ECHO, key)
        if not is_due:
            return Sifted(message, Nature.OLD)
        is_colleague = message.sender is Sender.PARTNER
        return Sifted(message, Nature.COLLEAGUE if is_colleague else Nature.NEW)

    def _due_from(self, messages: Sequence[Incoming]) -> int:
        """The first id that is due: on the first reading the recent ones or those since."""
        if self.known.cursor:
            return 0
        if self.known.since_ms is not None:
            # Where the list tells whole seconds, all of that second is meant.
            since = self.known.since_ms + (0 if self.known.since_ms % 1000 else 999)
            return min((m.id for m in messages if m.at_ms > since), default=_NONE_DUE)
        return messages[-RECENT].id if len(messages) > RECENT else 0

    def _claim(self, message: Incoming, is_his: _Match) -> None:
        if message.id in self._claimed:
            return
        # One that a person was asked about goes last: it may never have been sent.
        for pair in sorted(self.replies, key=lambda pair: pair[1].state is State.FAILED):
            reply, effect = pair
            if message.id > effect.base and is_his(message, reply, effect):
                self._claimed[message.id] = reply.effect_key
                self.replies.remove(pair)
                return

    @staticmethod
    def _says_the_same(message: Incoming, reply: Reply, effect: Effect) -> bool:
        if reply.file:
            return _only_file(message) == (safe_name(reply.file.name), reply.file.size)
        is_text = not message.attachments
        return is_text and normalised(message.text) == normalised(reply.text)

    @staticmethod
    def _resembles(message: Incoming, reply: Reply, effect: Effect) -> bool:
        if effect.state is not State.SENT:
            return False
        if abs(message.at_ms - effect.started_ms) > _ALTERED_WINDOW_MS:
            return False
        if reply.file or message.attachments:
            return reply.file is not None and _is_of_kind(message, reply.file)
        return _likeness(normalised(message.text), normalised(reply.text)) >= _ALTERED_LIKENESS

    def _is_open(self, message: Incoming) -> bool:
        if message.sender is not Sender.PARTNER or message.id in self._claimed:
            return False
        return any(
            effect.state is State.SENDING and message.id > effect.base for _, effect in self.replies
        )


def _likeness(one: str, other: str) -> float:
    """As difflib's ratio. Long texts are compared by words, each of its length: by letters it would
    take seconds in which nothing else goes on. What difflib leaves out as frequent, to be quicker,
    is nearly all of a long text."""
    if max(len(one), len(other)) < _SHORT:
        return SequenceMatcher(None, one, other, autojunk=False).ratio()
    mine, others = one.split(), other.split()
    matcher = SequenceMatcher(None, mine, others, autojunk=False)
    same = sum(
        len(word)
        for block in matcher.get_matching_blocks()
        for word in mine[block.a : block.a + block.size]
    )
    return 2 * same / sum(map(len, mine + others))


def _only_file(message: Incoming) -> tuple[str, int] | None:
    """Name and size, where a message is one file and nothing else, as ours are."""
    if message.text.strip() or len(message.attachments) != 1:
        return None
    [file] = message.attachments
    return safe_name(file.name), file.size


def _is_of_kind(message: Incoming, file: StaffFile) -> bool:
    """The Market may have made another picture of a picture, and given it another name."""
    found = _only_file(message)
    return found is not None and _kind(found[0]) == _kind(file.name)


def _kind(name: str) -> str:
    """`image`, `video`, `application` and the like, as the name says."""
    return (guess_type(name)[0] or name.rpartition(".")[2]).partition("/")[0]
