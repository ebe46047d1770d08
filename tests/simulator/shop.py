"""A history made by hand for the judge: two chats with a topic each, and words for what happens."""

from __future__ import annotations

from bot.simulator.group_world import GroupMessage
from bot.simulator.judge_report import Counters
from bot.simulator.server import Simulator

ADMIN, OPERATOR, OUTSIDER = 501, 502, 503


class Shop:
    """Two chats with a topic each, and short words for what happens in them."""

    def __init__(self) -> None:
        self.sim = Simulator()
        for person, role in ((ADMIN, "admin"), (OPERATOR, "operator"), (OUTSIDER, "outsider")):
            self.sim.group.add_person(person, role, role)
        self.chats = [self.sim.market.open_chat().id for _ in range(2)]
        self.threads = [self.topic(f"Покупатель · #{chat}") for chat in self.chats]

    def topic(self, name: str) -> int:
        return self.sim.group.create_topic(name, self.sim.group.bot).thread

    def buyer(self, *texts: str, chat: int = 0, sender: str = "CUSTOMER") -> None:
        for text in texts:
            self.sim.market.say(self.chats[chat], text, sender)

    def post(self, *texts: str, chat: int = 0, reply_to: int | None = None) -> GroupMessage:
        group = self.sim.group
        for text in texts:
            post = GroupMessage(group.next_id(), group.bot, 0, text, self.threads[chat])
            post.reply_to = reply_to
            group.add(post)
        return post

    def staff(self, text: str, chat: int = 0, person: int = OPERATOR) -> int:
        return self.sim.staff.say(person, text, self.threads[chat]).id

    def sent(self, *texts: str, chat: int = 0) -> None:
        for text in texts:
            self.sim.market.say(self.chats[chat], text, "PARTNER", through_api=True)

    @property
    def buyers(self) -> Counters:
        return self.sim.judge.report().buyer_to_topic

    @property
    def replies(self) -> Counters:
        return self.sim.judge.report().staff_to_buyer


def found(counters: Counters) -> dict[str, int]:
    """The counters that are not zero."""
    return {
        name: value
        for name in Counters.__dataclass_fields__
        if name != "offences" and (value := getattr(counters, name))
    }
