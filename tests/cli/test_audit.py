"""Who did what and what became of it, beside a relay that works."""

from __future__ import annotations

import pytest

from bot.simulator.server import Simulator
from tests.cli.program import Programs, settings
from tests.world import ADMIN, FAST, OPERATOR, OUTSIDER

QUICK = {
    "TELEGRAM_GROUP_RATE": FAST,
    "TELEGRAM_TOTAL_RATE": FAST,
    "TELEGRAM_OPERATOR_IDS": OPERATOR,
}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["answered", "delivered", "was refused", "opened a chat", "not delivered"]),
        ("ru", ["ответ", "доставлено", "отказ", "открытие чата", "не доставлено"]),
    ],
)
async def test_every_answer_and_every_refusal_leaves_a_line_without_its_words(
    programs: Programs, simulator: Simulator, database_url: str, language: str, words: list[str]
) -> None:
    wanted = settings(simulator, **QUICK, LOCALE=language, DATABASE_URL=database_url)
    relay = programs.start("run", wanted)
    chat, other = simulator.market.open_chat("Вера"), simulator.market.open_chat("Олег")
    for one in (chat, other):
        simulator.market.say(one.id, "Здравствуйте")
    await relay.until(lambda: simulator.judge.report().is_done)
    threads = {
        topic.name.rsplit("#")[1]: thread for thread, topic in simulator.group.topics.items()
    }
    thread = threads[str(chat.id)]
    simulator.market_http.refusals[other.id] = ("BAD_REQUEST", "нельзя")
    simulator.staff.say(OPERATOR, "тайный ответ", thread)
    simulator.staff.say(OUTSIDER, "тайный отказ", thread)
    simulator.staff.say(OPERATOR, "// тайная заметка", thread)
    simulator.staff.say(ADMIN, f"/chat {simulator.market.add_order('Анна')}", thread)
    simulator.staff.say(OPERATOR, "тайный ответ без удачи", threads[str(other.id)])
    await relay.until(lambda: simulator.judge.report().is_done)
    await relay.until(lambda: simulator.updates.pending == 0)

    ended = await programs.run("audit", wanted)
    lines = ended.out.splitlines()
    assert (ended.code, ended.err) == (0, "")
    assert len(lines) == 4
    assert all(any(word in line for line in lines) for word in words), ended.out
    assert "тайн" not in ended.out
    assert str(OUTSIDER) in ended.out

    of_one = await programs.run(f"audit --chat {other.id} --days 1", wanted)
    assert len(of_one.out.splitlines()) == 1


async def test_where_nothing_was_done_that_is_said(
    programs: Programs, simulator: Simulator
) -> None:
    relay = programs.start("run", settings(simulator))
    await relay.until(lambda: "Relaying" in relay.err)
    ended = await programs.run("audit", settings(simulator))
    assert ended.out == "Nothing was done in this time.\n"
