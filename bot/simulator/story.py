"""A small shop to begin with: its buyers, orders and staff; what the demo shows at its start."""

from __future__ import annotations

from dataclasses import dataclass

from bot.simulator.files import StoredFile
from bot.simulator.market_world import MarketChat, MarketWorld
from bot.simulator.pictures import Colour, png
from bot.simulator.server import Simulator

ANNA = 5_010_001  # admin of the group
OLEG = 5_010_002  # operator
GUEST = 5_010_003  # member of the group without the right to answer buyers
FREE_ORDER = 51_300_777  # an order that nobody wrote about yet: for starting a chat by command
_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class _Line:
    """One message of the story. `is_due`: the relay is expected to bring it to the topic."""

    minutes_ago: int
    sender: str
    text: str
    is_due: bool = False


_ORDER = (
    _Line(190, "MARKET", "Заказ передан в доставку. Ожидаемая дата — завтра."),
    _Line(42, "CUSTOMER", "Здравствуйте! Заказ придёт завтра? Хочу успеть к юбилею мамы", True),
    _Line(41, "CUSTOMER", "И можно положить открытку?", True),
)
_RETURN = (
    _Line(1500, "CUSTOMER", "Добрый день, в коробке не та чашка: заказывала синюю"),
    _Line(1440, "PARTNER", "Извините за ошибку! Оформите, пожалуйста, возврат — примем сразу."),
    _Line(95, "CUSTOMER", "Возврат оформила, когда вернутся деньги?", True),
)
_DIRECT = (_Line(12, "CUSTOMER", "Подскажите, чайник «Север» есть в чёрном цвете?", True),)
_DISPUTE = (
    _Line(4400, "CUSTOMER", "Лампа перестала включаться на третий день"),
    _Line(4300, "PARTNER", "Пришлите, пожалуйста, фотографию шнура и вилки."),
    _Line(2900, "CUSTOMER", "Я уже всё объяснил, открываю спор"),
    _Line(2880, "SUPPORT", "Арбитр рассматривает обращение. Мы напишем, когда будет решение."),
)
_FINISHED = (
    _Line(20_200, "CUSTOMER", "Скажите, можно изменить адрес?"),
    _Line(20_180, "PARTNER", "Да, адрес меняется в приложении до отправки заказа."),
    _Line(20_150, "CUSTOMER", "Получилось, спасибо!"),
)


def tell(sim: Simulator) -> None:
    """Put the shop into an empty simulator."""
    group, market = sim.group, sim.market
    group.title = "Посуда и уют — покупатели"
    group.add_person(ANNA, "Анна", "admin", "anna_posuda")
    group.add_person(OLEG, "Олег", "operator", "oleg_posuda")
    group.add_person(GUEST, "Гость", "outsider")
    market.add_order("Вера Лебедева", FREE_ORDER)

    finished = _chat(market, _FINISHED, "Павел Орлов", order_id=51_198_340)
    market.finish(finished.id)
    dispute = _chat(market, _DISPUTE, "Тимур Ахметов", kind="ARBITRAGE", order_id=51_230_912)
    dispute.status = "WAITING_FOR_ARBITER"
    _chat(market, _RETURN, "Мария Соколова", "RETURN", order_id=51_245_007, return_id=8_104_221)
    order = _chat(market, _ORDER, "Ирина Кузнецова", order_id=51_287_463)
    postcard = _postcard(sim)
    at = market.clock() - 40 * _MINUTE_MS
    market.say(order.id, "Вот такую", files=[postcard], at_ms=at)
    _chat(market, _DIRECT, "Дмитрий", "DIRECT")


def _chat(
    market: MarketWorld,
    lines: tuple[_Line, ...],
    customer: str,
    context: str = "ORDER",
    *,
    kind: str = "CHAT",
    order_id: int | None = None,
    return_id: int | None = None,
) -> MarketChat:
    now = market.clock()
    chat = market.open_chat(
        customer,
        context,
        kind=kind,
        order_id=order_id,
        return_id=return_id,
        at_ms=now - (lines[0].minutes_ago + 1) * _MINUTE_MS,
    )
    for line in lines:
        at = now - line.minutes_ago * _MINUTE_MS
        market.say(chat.id, line.text, line.sender, is_due=line.is_due, at_ms=at)
    return chat


def _postcard(sim: Simulator) -> StoredFile:
    return sim.shelf.put("открытка.png", png(240, 160, _postcard_colour), "image/png", "photo")


def _postcard_colour(x: int, y: int) -> Colour:
    """A frame, and three flowers on one stem."""
    if not (8 < x < 231 and 8 < y < 151):
        return (200, 85, 61)
    for left, colour in ((70, (200, 85, 61)), (120, (88, 139, 139)), (170, (242, 143, 59))):
        if (x - left) ** 2 + (y - 55) ** 2 < 400:
            return colour
        if y > 70 and abs((x - left) * 70 - (120 - left) * (y - 70)) < 150:
            return (58, 90, 64)
    return (253, 243, 231)
