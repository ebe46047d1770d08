"""Which work does which row of the outbox: the second half of the composition root."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.relay.buyer_to_topic.cargo import KEEP, SHOW
from bot.relay.buyer_to_topic.carry import KeepWork, ShowWork
from bot.relay.buyer_to_topic.freight import Content, Freight
from bot.relay.buyer_to_topic.missing import LINE, REFETCH, LineWork, RefetchWork
from bot.relay.buyer_to_topic.post import CARD, CardWork, PostWork
from bot.relay.buyer_to_topic.post import KIND as POST
from bot.relay.buyer_to_topic.watch import Watch
from bot.relay.desk.answers import CLOSE, CloseWork, LinkWork, ShutWork
from bot.relay.desk.history import HISTORY, HistoryWork
from bot.relay.desk.open_chat import LINK, OPEN, OpenWork
from bot.relay.fetching import Fetcher
from bot.relay.files import Pictures, Spool
from bot.relay.finder import Finder
from bot.relay.landing import TAKE_BACK, Landing, TakeBackWork
from bot.relay.model import ChatId, Queue
from bot.relay.notices import BUTTONS, NOTICE, REACTION, ButtonsWork, NoticeWork, ReactionWork
from bot.relay.pacing import Pace
from bot.relay.parking import Parking
from bot.relay.ports import Clock, Forum, Ledger, Market, Words
from bot.relay.pulse import Pulse
from bot.relay.staff_to_market.album import ALBUM, AlbumWork
from bot.relay.staff_to_market.hand import HandWork
from bot.relay.staff_to_market.message import HAND, SAY
from bot.relay.staff_to_market.parcels import Parcel, Parcels
from bot.relay.staff_to_market.send import SayWork
from bot.relay.topics import SHUT, Topics
from bot.relay.work import Work

_POST_SETTLE = 20 / 60  # R18: of SETTLE_SECONDS, before a lost post is looked for
_TOPIC_SETTLE = 30 / 60  # R19: of SETTLE_SECONDS, before a lost topic is made again
_STAFF_PATIENCE_S = 3600.0  # with a Telegram that does not hand out what staff sent


@dataclass(frozen=True, slots=True)
class Parts:
    """What works are made of. `settle_ms`: SETTLE_SECONDS."""

    market: Market
    forum: Forum
    ledger: Ledger
    spool: Spool
    pictures: Pictures
    words: Words
    clock: Clock
    pulse: Pulse
    pace: Pace
    watch: Watch
    answered: Callable[[ChatId], None]
    settle_ms: int

    @property
    def settle_s(self) -> float:
        return self.settle_ms / 1000


@dataclass(frozen=True, slots=True)
class Works:
    """The works of a queue, and who brings them their files."""

    of: dict[str, Work]
    fetcher: Fetcher[Content] | Fetcher[Parcel] | None = None


def works_of(queue: Queue, parts: Parts, parking: Parking) -> Works:
    match queue:
        case Queue.GROUP:
            return _group(parts, Fetcher(parts.spool, parking, parts.settle_s))
        case Queue.MARKS:
            reaction = ReactionWork(parts.forum, parts.words, parts.pace, parts.clock)
            return Works({REACTION: reaction, TAKE_BACK: TakeBackWork(parts.forum)})
        case Queue.MARKET:
            return _market(parts, Fetcher(parts.spool, parking, _STAFF_PATIENCE_S))
        case Queue.DESK:
            return _desk(parts)


def _group(parts: Parts, fetcher: Fetcher[Content]) -> Works:
    finder = _finder(parts, parts.settle_ms * _POST_SETTLE)
    topics = Topics(
        forum=parts.forum,
        ledger=parts.ledger,
        pace=parts.pace,
        words=parts.words,
        clock=parts.clock,
        pulse=parts.pulse,
        settle_ms=int(parts.settle_ms * _TOPIC_SETTLE),
    )
    landing = Landing(parts.forum, parts.ledger)
    freight = Freight(
        market=parts.market, spool=parts.spool, pictures=parts.pictures, fetcher=fetcher
    )
    post: dict[str, Any] = {
        "landing": landing,
        "ledger": parts.ledger,
        "topics": topics,
        "words": parts.words,
        "clock": parts.clock,
    }
    carry: dict[str, Any] = {**post, "freight": freight, "finder": _finder(parts, parts.settle_ms)}
    link = LinkWork(
        forum=parts.forum,
        landing=landing,
        ledger=parts.ledger,
        topics=topics,
        finder=finder,
        words=parts.words,
    )
    works: dict[str, Work] = {
        POST: PostWork(**post, finder=finder),
        CARD: CardWork(**post, finder=finder),
        SHOW: ShowWork(**carry, pace=parts.pace),
        KEEP: KeepWork(**carry, pace=parts.pace),
        LINE: LineWork(**post, freight=freight, finder=finder),
        REFETCH: RefetchWork(**carry),
        LINK: link,
        NOTICE: NoticeWork(landing=landing, ledger=parts.ledger, finder=finder),
        CLOSE: CloseWork(forum=parts.forum, topics=topics, clock=parts.clock),
        SHUT: ShutWork(parts.forum),
        BUTTONS: ButtonsWork(parts.forum),
    }
    return Works(works, fetcher)


def _finder(parts: Parts, settle_ms: float) -> Finder:
    return Finder(parts.forum, parts.ledger, parts.pace, parts.clock, int(settle_ms))


def _market(parts: Parts, fetcher: Fetcher[Parcel]) -> Works:
    parcels = Parcels(
        forum=parts.forum, spool=parts.spool, pictures=parts.pictures, fetcher=fetcher
    )
    say: dict[str, Any] = {
        "market": parts.market,
        "ledger": parts.ledger,
        "look": parts.watch.look,
        "answered": parts.answered,
        "words": parts.words,
        "clock": parts.clock,
        "settle_ms": parts.settle_ms,
    }
    return Works({SAY: SayWork(**say), HAND: HandWork(**say, parcels=parcels)}, fetcher)


def _desk(parts: Parts) -> Works:
    market, words = parts.market, parts.words
    return Works(
        {
            OPEN: OpenWork(market=market, watch=parts.watch, words=words),
            HISTORY: HistoryWork(market=market, words=words, clock=parts.clock),
            ALBUM: AlbumWork(ledger=parts.ledger, words=words, clock=parts.clock),
        }
    )
