"""`market-relay check`: a line a check, and what to mend where it does not hold."""

from __future__ import annotations

import os

import pytest

from bot.simulator.server import Simulator
from bot.texts.catalog import Catalog
from tests.cli.program import PASSWORD, Ended, Programs, make_newer, settings
from tests.cli.wrong import WRONG, Wrong

LANGUAGES = ("en", "ru")
POINTERS = ("→", "@BotFather", "TELEGRAM_", "MARKET_")  # to where it is mended


def problems(ended: Ended, language: str = "en") -> list[str]:
    """The lines that name one; every line is either that or all right."""
    words = Catalog(language)
    lines = ended.out.splitlines()
    assert ended.err == ""
    assert "Traceback" not in ended.said
    fine = [line for line in lines if line.startswith(f"{words.say('ok'):<9} ")]
    wrong = [line for line in lines if line.startswith(f"{words.say('PROBLEM'):<9} ")]
    assert len(fine) + len(wrong) == len(lines) > 0, ended.out
    return wrong


@pytest.mark.parametrize("language", LANGUAGES)
async def test_where_all_holds_it_ends_with_0(
    language: str, programs: Programs, simulator: Simulator
) -> None:
    ended = await programs.run("check", settings(simulator, LOCALE=language))

    assert problems(ended, language) == []
    assert ended.code == 0
    assert len(ended.out.splitlines()) >= 11


async def test_it_changes_nothing(programs: Programs, simulator: Simulator) -> None:
    await programs.run("check", settings(simulator))

    assert list(programs.folder.iterdir()) == []
    assert not any(message.author.is_bot for message in simulator.group.messages.values())
    assert {call.method for call in simulator.market_http.calls} <= {
        "getAuthTokenInfo",
        "getChats",
        "getChatHistory",
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("wrong", WRONG, ids=str)
async def test_what_is_wrong_is_one_line_with_its_remedy(
    wrong: Wrong, language: str, programs: Programs, simulator: Simulator
) -> None:
    wrong.spoil(simulator)

    ended = await programs.run("check", settings(simulator, LOCALE=language, **wrong.changed))

    lines = problems(ended, language)
    assert ended.code == 1
    assert 1 <= len(lines) <= 2
    assert [word for word in wrong.remedy if word not in lines[0]] == []
    assert all(any(sign in line for sign in POINTERS) for line in lines), lines
    assert "another-" not in ended.said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["TELEGRAM_API_URL", "MARKET_API_URL"])
async def test_a_service_that_is_not_reached_is_named(
    name: str, language: str, programs: Programs, simulator: Simulator, closed_port: str
) -> None:
    changed = {name: closed_port, "LOCALE": language}
    ended = await programs.run("check", settings(simulator, **changed))

    lines = problems(ended, language)
    assert ended.code == 1
    assert lines
    assert all(name in line for line in lines)


async def test_a_service_that_answers_with_rubbish_is_named(
    programs: Programs, simulator: Simulator
) -> None:
    changed = {"TELEGRAM_API_URL": f"{simulator.url}/app", "MARKET_API_URL": f"{simulator.url}/app"}
    ended = await programs.run("check", settings(simulator, **changed))

    assert ended.code == 1
    assert len(problems(ended)) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
async def test_settings_that_cannot_be_used_are_all_said_and_end_with_2(
    language: str, programs: Programs
) -> None:
    ended = await programs.run("check", {"LOCALE": language, "LOG_LEVEL": "LOUD"})

    assert ended.code == 2
    assert "Traceback" not in ended.said
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_GROUP_ID", "MARKET_BUSINESS_ID", "LOG_LEVEL"):
        assert sum(name in line for line in ended.complaints) == 1


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "url",
    [
        f"mysql://relay:{PASSWORD}@127.0.0.1/relay",
        f"postgres://relay:{PASSWORD}@[127.0.0.1/relay",
        f"postgres://relay:{PASSWORD}@/",
        "sqlite://",
        "sqlite://:memory:",
        "relay.db",
    ],
)
async def test_an_address_that_names_no_database_is_said_without_its_password(
    url: str, language: str, programs: Programs, simulator: Simulator
) -> None:
    ended = await programs.run("check", settings(simulator, DATABASE_URL=url, LOCALE=language))

    [line] = problems(ended, language)
    assert "DATABASE_URL" in line
    assert ended.code == 1


async def test_a_postgres_that_is_not_there_is_said_without_its_password(
    programs: Programs, simulator: Simulator, closed_port: str
) -> None:
    url = f"postgres://relay:{PASSWORD}@{closed_port.removeprefix('http://')}/relay"
    ended = await programs.run("check", settings(simulator, DATABASE_URL=url))

    [line] = problems(ended)
    assert "DATABASE_URL" in line
    assert ended.code == 1


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_file_in_the_place_of_the_folder_is_said(
    language: str, programs: Programs, simulator: Simulator
) -> None:
    (programs.folder / "data").write_text("no folder")

    ended = await programs.run("check", settings(simulator, LOCALE=language))

    database, files = problems(ended, language)
    assert "data/market-relay.db" in database
    assert "FILES_DIR" in files
    assert ended.code == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_folder_without_the_right_to_write_is_said(
    programs: Programs, simulator: Simulator
) -> None:
    (programs.folder / "data").mkdir(mode=0o500)

    ended = await programs.run("check", settings(simulator))

    database, files = problems(ended)
    assert "data/market-relay.db" in database
    assert "FILES_DIR" in files
    assert ended.code == 1


async def test_a_folder_for_files_that_cannot_be_had_is_said(
    programs: Programs, simulator: Simulator
) -> None:
    (programs.folder / "taken").write_text("no folder")

    ended = await programs.run("check", settings(simulator, FILES_DIR="taken/files"))

    [line] = problems(ended)
    assert "FILES_DIR" in line
    assert ended.code == 1


async def test_a_folder_for_files_that_can_be_made_is_fine_and_not_made(
    programs: Programs, simulator: Simulator
) -> None:
    ended = await programs.run("check", settings(simulator, FILES_DIR="new/files"))

    assert ended.code == 0, ended.said
    assert "new/files" in ended.out
    assert not (programs.folder / "new").exists()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_broken_file_is_said_and_not_touched(
    language: str, programs: Programs, simulator: Simulator
) -> None:
    (programs.folder / "data").mkdir()
    database = programs.folder / "data" / "market-relay.db"
    database.write_bytes(b"this is no database" * 400)

    ended = await programs.run("check", settings(simulator, LOCALE=language))

    [line] = problems(ended, language)
    assert "data/market-relay.db" in line
    assert ended.code == 1
    assert database.read_bytes() == b"this is no database" * 400
    assert list(database.parent.iterdir()) == [database]


async def test_a_database_of_a_newer_program_is_said(
    programs: Programs, simulator: Simulator
) -> None:
    (programs.folder / "data").mkdir()
    make_newer(programs.folder / "data" / "market-relay.db")

    ended = await programs.run("check", settings(simulator))

    [line] = problems(ended)
    assert "9999_of_tomorrow" in line
    assert ended.code == 1


async def test_it_works_beside_a_relay_that_runs(programs: Programs, simulator: Simulator) -> None:
    running = programs.start("run", settings(simulator))
    await running.until(lambda: simulator.updates.readers)

    ended = await programs.run("check", settings(simulator))

    assert problems(ended) == []
    assert ended.code == 0
    assert simulator.updates.readers == 1
