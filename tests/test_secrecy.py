"""A test that shows a secret goes red, wherever it shows it."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

LEAKING = """
import logging, sys
from urllib.parse import quote

import pytest

from bot.simulator.server import API_KEY, TOKEN
from tests.databases import PASSWORD

def logged():
    try:
        raise RuntimeError from ValueError(f"key {API_KEY}")
    except RuntimeError:
        logging.getLogger("x").exception("it failed")

@pytest.mark.parametrize("show", [
    lambda: print(TOKEN),
    lambda: print(f"https://api.telegram.org/bot{TOKEN}/getMe"),
    lambda: sys.stderr.write(API_KEY),
    lambda: logging.getLogger("x").warning("with %s", TOKEN),
    lambda: print("postgres://relay:" + quote(PASSWORD, safe="")),
    logged,
])
def test_that_shows_one(show):
    show()

@pytest.fixture
def ends_with_one():
    yield
    print(TOKEN)

def test_that_shows_one_in_the_end(ends_with_one):
    pass

def test_that_shows_none():
    print("7000000001:another")
"""


def test_a_test_that_shows_a_secret_fails(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.secrecy import pytest_runtest_makereport")
    pytester.makepyfile(LEAKING)
    result = pytester.runpytest_subprocess("-p", "no:asyncio", "-p", "no:cacheprovider")
    result.assert_outcomes(failed=6, passed=2, errors=1)
    assert result.stdout.str().count("a secret was shown in: Captured") >= 7
