"""How the program logs: for people or as JSON, and never a secret."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from bot.cli.logs import set_up

TOKEN = "123456789:AAE-of_no-value"
KEY = "ACMA:key-of-no-value"


Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """As they were, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []  # or they would be closed
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("aiogram", "aiohttp", "aiosqlite", "asyncio", "tortoise"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_are_hidden_in_messages_and_in_their_values(form: str, capsys: Said) -> None:
    set_up("INFO", form, [TOKEN, KEY])

    logging.getLogger("bot.x").warning("with %s and %s", KEY, {"url": f"/bot{TOKEN}/getMe"})

    said = capsys.readouterr().err
    assert KEY not in said
    assert "AAE-of_no-value" not in said
    assert said.count("[hidden]") == 2


@pytest.mark.parametrize("form", ["console", "json"])
def test_secrets_are_hidden_in_tracebacks_and_what_led_to_them(form: str, capsys: Said) -> None:
    set_up("INFO", form, [TOKEN, KEY])

    try:
        try:
            raise OSError(f"https://api.telegram.org/file/bot{TOKEN}/photo")
        except OSError as error:
            raise RuntimeError(f"key {KEY}") from error
    except RuntimeError:
        logging.getLogger("bot.x").exception("It went wrong")

    said = capsys.readouterr().err
    assert "RuntimeError" in said
    assert "OSError" in said
    assert KEY not in said
    assert "AAE-of_no-value" not in said


def test_a_secret_is_hidden_as_it_stands_in_an_address(capsys: Said) -> None:
    set_up("INFO", "console", [TOKEN, KEY])

    logging.getLogger("bot.x").warning("asked for ?key=%s", KEY.replace(":", "%3A"))

    said = capsys.readouterr().err
    assert "key-of-no-value" not in said
    assert "[hidden]" in said


def test_a_token_in_an_address_is_hidden_even_if_it_is_nobodys(capsys: Said) -> None:
    set_up("INFO", "console", [])

    logging.getLogger("bot.x").warning("POST https://api.telegram.org/bot77:BBF-else/getMe failed")

    said = capsys.readouterr().err
    assert "BBF-else" not in said
    assert "https://api.telegram.org/bot[hidden]/getMe failed" in said


def test_a_secret_that_holds_another_is_hidden_whole(capsys: Said) -> None:
    set_up("INFO", "console", ["abc-12", "abc-12345678", ""])

    logging.getLogger("bot.x").warning("abc-12345678 and abc-12, and nothing else")

    assert capsys.readouterr().err.endswith("[hidden] and [hidden], and nothing else\n")


def test_a_line_for_people_says_when_how_bad_and_where(capsys: Said) -> None:
    set_up("INFO", "console", [])

    logging.getLogger("bot.x").warning("Something")

    assert capsys.readouterr().err.rstrip().endswith("WARNING bot.x: Something")


def test_json_is_one_object_a_line_whatever_is_said(capsys: Said) -> None:
    set_up("INFO", "json", [])

    logging.getLogger("bot.x").warning("two\nlines and “quotes” of %s", "Вера")
    try:
        raise ValueError("bad")
    except ValueError:
        logging.getLogger("bot.y").exception("And an error")

    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["level"], first["logger"]) == ("WARNING", "bot.x")
    assert first["message"] == "two\nlines and “quotes” of Вера"
    assert first["at"].endswith("+00:00")
    assert "ValueError: bad" in second["error"]


def test_a_secret_is_hidden_in_json_in_whatever_way_it_is_written(capsys: Said) -> None:
    secret = 'pass"word\\of-no-value'
    set_up("INFO", "json", [secret])

    logging.getLogger("bot.x").warning("with %s", secret)

    assert "of-no-value" not in capsys.readouterr().err


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_libraries_do_not_say_what_people_wrote(level: str, capsys: Said) -> None:
    set_up(level, "console", [])

    for name in ("aiogram.event", "aiosqlite", "tortoise.db_client", "aiohttp.client"):
        logging.getLogger(name).info("INSERT … 'words of a buyer'")
    logging.getLogger("tortoise").warning("a warning is worth it")

    said = capsys.readouterr().err
    assert "words of a buyer" not in said
    assert "a warning is worth it" in said


def test_what_is_below_the_level_is_not_said(capsys: Said) -> None:
    set_up("ERROR", "console", [])

    logging.getLogger("bot.x").warning("not now")
    logging.getLogger("aiohttp").warning("nor this")

    assert capsys.readouterr().err == ""
