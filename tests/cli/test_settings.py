"""Settings that can't be used: each is named, none is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.relay.pacing import Rate
from bot.settings import Settings, SettingsWrong, load
from bot.simulator.server import Simulator
from bot.texts.catalog import Catalog
from tests.cli.program import Programs, settings

GOOD = {
    "TELEGRAM_BOT_TOKEN": "123456789:AAE-good_token",
    "TELEGRAM_GROUP_ID": "-1001234567890",
    "MARKET_API_KEY": "ACMA:good:key",
    "MARKET_BUSINESS_ID": "123456",
}
WRONG = [
    ("TELEGRAM_BOT_TOKEN", "AAE-kept-quiet"),
    ("TELEGRAM_BOT_TOKEN", "123456789-kept-quiet"),
    ("TELEGRAM_BOT_TOKEN", "123456789:kept quiet"),
    ("TELEGRAM_BOT_TOKEN", "123456789:тихо-kept-quiet/.."),
    ("TELEGRAM_GROUP_ID", "1234567890"),
    ("TELEGRAM_GROUP_ID", "-1234567890"),
    ("TELEGRAM_GROUP_ID", "@group"),
    ("TELEGRAM_API_URL", "api.telegram.org"),
    ("TELEGRAM_API_URL", "ftp://api.telegram.org"),
    ("TELEGRAM_API_URL", "https://"),
    ("TELEGRAM_ADMIN_IDS", "1;2"),
    ("TELEGRAM_ADMIN_IDS", "@anna"),
    ("TELEGRAM_OPERATOR_IDS", "1 2"),
    ("TELEGRAM_OPERATOR_IDS", "oleg"),
    ("TELEGRAM_GROUP_RATE", "18"),
    ("TELEGRAM_GROUP_RATE", "0/60"),
    ("TELEGRAM_GROUP_RATE", "18/0"),
    ("TELEGRAM_GROUP_RATE", "-18/60"),
    ("TELEGRAM_TOTAL_RATE", "many"),
    ("MARKET_API_KEY", "ключ-kept-quiet"),
    ("MARKET_OAUTH_TOKEN", "жетон-kept-quiet"),
    ("MARKET_BUSINESS_ID", "0"),
    ("MARKET_BUSINESS_ID", "-5"),
    ("MARKET_BUSINESS_ID", "shop"),
    ("MARKET_API_URL", "market"),
    ("MARKET_MAX_PARALLEL", "0"),
    ("MARKET_MAX_PARALLEL", "101"),
    ("MARKET_MAX_PARALLEL", "four"),
    ("POLL_INTERVAL", "0"),
    ("POLL_INTERVAL", "nan"),
    ("REQUEST_TIMEOUT", "-1"),
    ("REQUEST_TIMEOUT", "inf"),
    ("SETTLE_SECONDS", "soon"),
    ("QUOTE_REPLIES", "perhaps"),
    ("LOCALE", "de"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
    ("HTTP_LISTEN", "8080"),
    ("HTTP_LISTEN", "127.0.0.1"),
    ("HTTP_LISTEN", "127.0.0.1:65536"),
    ("HTTP_LISTEN", "::1:8080"),
    ("HTTP_TRUSTED_PROXIES", "proxy"),
    ("HTTP_TRUSTED_PROXIES", "10.0.0.1/8"),
    ("MARKET_NOTIFICATION_SOURCES", "yandex.ru"),
    ("MARKET_NOTIFICATION_SECRET", "kept/quiet"),
    ("MARKET_NOTIFICATION_SECRET", "секрет"),
    ("TELEGRAM_WEBHOOK_URL", "https://example.com/"),
    ("TELEGRAM_WEBHOOK_URL", "example.com/telegram/webhook"),
]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Good settings, and none of the person's own."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_good_settings_are_taken(environment: pytest.MonkeyPatch) -> None:
    taken = load(Catalog("en"))

    assert taken.bot_id == 123456789
    assert taken.telegram_group_rate == Rate(18, 60)
    assert taken.secrets == ("123456789:AAE-good_token", "ACMA:good:key")


@pytest.mark.parametrize(("name", "value"), WRONG, ids=[f"{n}={v}" for n, v in WRONG])
def test_a_setting_that_cannot_be_used_is_named_and_not_shown(
    name: str, value: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(name, value)

    with pytest.raises(SettingsWrong) as caught:
        load(Catalog("en"))

    [problem] = caught.value.problems
    assert problem.startswith(f"{name} can't be used: ")
    assert "kept" not in problem
    assert "see .env.example" not in problem
    assert "\n" not in problem
    # Whoever prints the error with all that led to it shows no secret either.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_setting_is_named(name: str, environment: pytest.MonkeyPatch) -> None:
    environment.delenv(name)

    with pytest.raises(SettingsWrong) as caught:
        load(Catalog("en"))

    [problem] = caught.value.problems
    assert problem.startswith(f"{name} is not set: ")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"MARKET_NOTIFICATION_SECRET": "n3xT"}, "HTTP_LISTEN"),
        ({"TELEGRAM_WEBHOOK_URL": "https://example.com/telegram/webhook"}, "HTTP_LISTEN"),
        ({"MARKET_NOTIFICATION_SOURCES": "10.0.0.0/8"}, "MARKET_NOTIFICATION_SECRET"),
    ],
)
def test_what_is_wanted_needs_what_it_works_by(
    given: dict[str, str], missing: str, environment: pytest.MonkeyPatch
) -> None:
    for name, value in given.items():
        environment.setenv(name, value)

    with pytest.raises(SettingsWrong) as caught:
        load(Catalog("en"))

    [problem] = caught.value.problems
    assert problem.startswith(f"{missing} is not set: ")


@pytest.mark.parametrize(
    ("listen", "taken"),
    [
        ("", None),
        ("127.0.0.1:8080", ("127.0.0.1", 8080)),
        ("[::1]:80", ("::1", 80)),
        ("localhost:0", ("localhost", 0)),
    ],
)
def test_an_address_to_listen_at(
    listen: str, taken: tuple[str, int] | None, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("HTTP_LISTEN", listen)
    assert load(Catalog("en")).listen == taken


def test_spaces_and_a_comma_at_the_end_of_a_list_do_no_harm(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("TELEGRAM_OPERATOR_IDS", " 12, 34 ,")
    environment.setenv("TELEGRAM_GROUP_RATE", " 5 / 1.5 ")

    taken = load(Catalog("en"))

    assert taken.telegram_operator_ids == {12, 34}
    assert taken.telegram_group_rate == Rate(5, 1.5)


def test_capitals_and_a_slash_at_the_end_make_no_difference(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("LOG_LEVEL", "debug")
    environment.setenv("MARKET_API_URL", "http://127.0.0.1:8080/market/")

    taken = load(Catalog("en"))

    assert (taken.log_level, taken.market_api_url) == ("DEBUG", "http://127.0.0.1:8080/market")


def test_files_lie_with_the_data_and_nothing_is_quoted_unless_it_is_asked_for(
    environment: pytest.MonkeyPatch,
) -> None:
    assert (load(Catalog("en")).files_dir, load(Catalog("en")).quote_replies) == (
        Path("data/files"),
        False,
    )
    environment.setenv("FILES_DIR", "/srv/relay files")
    environment.setenv("QUOTE_REPLIES", "true")

    taken = load(Catalog("en"))

    assert (taken.files_dir, taken.quote_replies) == (Path("/srv/relay files"), True)


async def test_every_problem_is_said_at_once_and_no_secret_with_it(
    programs: Programs, simulator: Simulator
) -> None:
    wrong = {
        "TELEGRAM_BOT_TOKEN": f"{simulator.token} ",
        "TELEGRAM_GROUP_ID": "12",
        "TELEGRAM_GROUP_RATE": "fast",
        "MARKET_API_KEY": f"{simulator.api_key}ё",
        "LOG_LEVEL": "LOUD",
    }
    ended = await programs.run("run", settings(simulator, **wrong))

    assert ended.code == 2
    assert ended.out == ""
    assert sorted(line.split()[0] for line in ended.complaints) == sorted(wrong)


async def test_the_older_token_alone_is_enough(programs: Programs, simulator: Simulator) -> None:
    simulator.market_http.oauth_token = "y0_older-token-of-no-value"
    older = settings(simulator, MARKET_OAUTH_TOKEN="y0_older-token-of-no-value")
    del older["MARKET_API_KEY"]

    ended = await programs.run("check", older)

    assert ended.code == 0, ended.said
    assert "y0_older" not in ended.said
