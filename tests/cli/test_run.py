"""`market-relay run`: starting, ending, and what it says on the way."""

from __future__ import annotations

import json
import logging
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from bot.simulator.server import Simulator
from tests.cli.program import PASSWORD, Programs, Running, make_newer, settings
from tests.cli.wrong import WRONG, Wrong
from tests.world import ADMIN, FAST

ENDS_WITHIN_S = 10.0  # promised
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def is_relaying(simulator: Simulator) -> bool:
    """Both services are read."""
    return bool(simulator.updates.readers and simulator.market_http.calls)


async def started(programs: Programs, simulator: Simulator, **changed: Any) -> Running:
    running = programs.start("run", settings(simulator, **changed))
    await running.until(lambda: is_relaying(simulator))
    return running


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_ends_it_with_0_and_in_time(
    number: signal.Signals, programs: Programs, simulator: Simulator
) -> None:
    running = await started(programs, simulator)

    asked = time.monotonic()
    running.signal(number)
    ended = await running.end()

    assert ended.code == 0
    assert ended.out == ""
    assert time.monotonic() - asked < ENDS_WITHIN_S
    assert "market-relay stops" in ended.complaints[-1]
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("number", SIGNALS)
async def test_a_signal_ends_it_while_nothing_can_be_reached(
    number: signal.Signals, programs: Programs, simulator: Simulator
) -> None:
    await simulator.stop()
    running = programs.start("run", settings(simulator))
    await running.until(lambda: running.err.count(" fails: ") >= 2)

    running.signal(number)
    ended = await running.end()

    assert ended.code == 0
    assert "Traceback" not in ended.err


async def test_a_signal_ends_it_while_it_waits_for_its_database(
    programs: Programs, simulator: Simulator, closed_port: str
) -> None:
    url = f"postgres://relay:{PASSWORD}@{closed_port.removeprefix('http://')}/relay"
    running = programs.start("run", settings(simulator, DATABASE_URL=url))
    await running.until(lambda: "Trying again until it works" in running.err)

    running.signal(signal.SIGTERM)

    assert (await running.end()).code == 0


@pytest.mark.slow
async def test_services_that_are_down_at_its_start_are_said_once_and_waited_for(
    programs: Programs, simulator: Simulator
) -> None:
    await simulator.stop()
    running = programs.start("run", settings(simulator))
    await running.until(lambda: running.err.count(" fails: ") >= 2)
    for shore, method in (("telegram", "getUpdates"), ("market", "getChats")):
        simulator.faults.add(shore, "refused", method, times=2)
    await simulator.start()

    await running.until(lambda: is_relaying(simulator))
    simulator.staff.say(ADMIN, "ends the long poll")
    await running.until(lambda: running.err.count(" works again after ") >= 2)

    said = [line.split(": ", 1)[1] for line in running.err.splitlines()]
    assert len(said) == len(set(said)), "the same is said again and again"


async def test_a_buyer_who_wrote_while_everything_was_down_is_brought_afterwards(
    programs: Programs, simulator: Simulator
) -> None:
    await simulator.stop()
    running = programs.start("run", settings(simulator))
    await running.until(lambda: running.err.count(" fails: ") >= 2)
    chat = simulator.market.open_chat("Вера")
    simulator.market.say(chat.id, "Здравствуйте, где мой заказ?")
    await simulator.start()

    await running.until(lambda: simulator.judge.report().is_done)

    assert simulator.judge.report().is_clean


async def test_as_json_every_line_is_an_object(programs: Programs, simulator: Simulator) -> None:
    running = await started(programs, simulator, LOG_FORMAT="json", LOG_LEVEL="DEBUG")
    await simulator.stop()
    await running.until(lambda: " fails: " in running.err)
    running.signal(signal.SIGTERM)
    ended = await running.end()

    records = [json.loads(line) for line in ended.complaints]
    assert len(records) >= 4
    assert all({"at", "level", "logger", "message"} <= set(record) for record in records)
    assert {record["level"] for record in records} <= set(logging.getLevelNamesMapping())


@pytest.mark.slow
@pytest.mark.parametrize("form", ["console", "json"])
async def test_no_secret_is_said_however_much_goes_wrong(
    form: str, programs: Programs, simulator: Simulator
) -> None:
    chat = simulator.market.open_chat("Вера")
    simulator.market.say(chat.id, "Слова покупателя")
    for kind in ("dropped_after", "error_html", "truncated"):
        for method in ("getMe", "setMyCommands", "createForumTopic", "sendMessage"):
            simulator.faults.add("telegram", kind, method, times=1)
        simulator.faults.add("market", kind, times=2)
    simulator.faults.add("telegram", "error_html", "getUpdates", times=1)
    changed = {
        "LOG_LEVEL": "DEBUG",
        "LOG_FORMAT": form,
        "MARKET_OAUTH_TOKEN": PASSWORD,
        "SETTLE_SECONDS": "1",
        "TELEGRAM_GROUP_RATE": FAST,
    }
    running = programs.start("run", settings(simulator, **changed))
    await running.until(lambda: simulator.judge.report().is_done)
    await simulator.stop()
    await running.until(lambda: running.err.count(" fails: ") >= 4)
    running.signal(signal.SIGTERM)
    ended = await running.end()

    for secret in (simulator.token.partition(":")[2], simulator.api_key, PASSWORD):
        assert secret not in ended.said
    assert "Слова покупателя" not in ended.said


async def test_a_second_one_on_the_same_file_is_refused_and_the_first_goes_on(
    programs: Programs, simulator: Simulator
) -> None:
    first = await started(programs, simulator)

    second = await programs.run("run", settings(simulator))

    assert second.code == 2
    assert second.out == ""
    assert "Traceback" not in second.err
    assert "data/market-relay.db" in second.complaints[-1]
    chat = simulator.market.open_chat("Вера")
    simulator.market.say(chat.id, "Вы тут?")
    await first.until(lambda: simulator.judge.report().is_done)
    assert simulator.judge.report().is_clean


async def test_after_a_kill_it_starts_again_without_any_tidying(
    programs: Programs, simulator: Simulator
) -> None:
    first = await started(programs, simulator)
    first.kill()
    simulator.market_http.calls.clear()

    second = programs.start("run", settings(simulator))

    await second.until(lambda: simulator.market_http.calls)


async def test_a_database_of_a_newer_program_is_refused_and_left_as_it_is(
    programs: Programs, simulator: Simulator
) -> None:
    running = await started(programs, simulator)
    running.signal(signal.SIGTERM)
    await running.end()
    database = programs.folder / "data" / "market-relay.db"
    make_newer(database)
    before = database.read_bytes()

    ended = await programs.run("run", settings(simulator))

    assert ended.code == 2
    assert "9999_of_tomorrow" in ended.complaints[-1]
    assert "Traceback" not in ended.err
    assert database.read_bytes() == before


async def test_a_broken_database_is_refused_and_left_as_it_is(
    programs: Programs, simulator: Simulator
) -> None:
    database = programs.folder / "data" / "market-relay.db"
    database.parent.mkdir()
    database.write_bytes(b"this is no database" * 400)

    ended = await programs.run("run", settings(simulator))

    assert ended.code == 2
    assert "data/market-relay.db" in ended.complaints[-1]
    assert "Traceback" not in ended.err
    assert database.read_bytes() == b"this is no database" * 400


async def test_a_database_that_cannot_be_made_is_said(
    programs: Programs, simulator: Simulator
) -> None:
    (programs.folder / "data").write_text("no folder")

    ended = await programs.run("run", settings(simulator))

    assert ended.code == 2
    assert "DATABASE_URL" in ended.complaints[-1]
    assert "Traceback" not in ended.err


async def test_an_address_of_no_database_is_said_without_its_password(
    programs: Programs, simulator: Simulator
) -> None:
    url = f"mysql://relay:{PASSWORD}@127.0.0.1/relay"
    ended = await programs.run("run", settings(simulator, DATABASE_URL=url))

    assert ended.code == 2
    assert "DATABASE_URL" in ended.complaints[-1]
    assert PASSWORD not in ended.said


@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_what_a_person_has_to_mend_is_said_as_an_error_with_its_remedy(
    wrong: Wrong, programs: Programs, simulator: Simulator
) -> None:
    wrong.spoil(simulator)

    def is_said() -> bool:
        lines = [line for line in running.err.splitlines() if " ERROR " in line]
        return any(all(word in line for word in wrong.remedy) for line in lines)

    running = programs.start("run", settings(simulator, **wrong.changed))
    await running.until(is_said)
    running.signal(signal.SIGTERM)
    ended = await running.end()

    assert ended.code == 0
    assert "another-" not in ended.said
    assert "Traceback" not in ended.said


async def test_the_database_is_private(programs: Programs, simulator: Simulator) -> None:
    await started(programs, simulator)

    made = sorted((programs.folder / "data").iterdir())

    assert Path(programs.folder / "data" / "market-relay.db") in made
    assert {path.name: oct(path.stat().st_mode & 0o077) for path in made} == {
        path.name: "0o0" for path in made
    }


async def test_an_address_that_is_taken_is_told_with_2(
    programs: Programs, simulator: Simulator
) -> None:
    taken = f"127.0.0.1:{simulator.port}"
    ended = await programs.run("run", settings(simulator, HTTP_LISTEN=taken))

    assert ended.code == 2
    assert [line for line in ended.complaints if line.startswith("HTTP_LISTEN can't be used: ")]
