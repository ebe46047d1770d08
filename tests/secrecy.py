"""No secret in any output of the suite (R41): whatever a test printed or logged is searched."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from urllib.parse import quote

import pytest

from bot.simulator.server import API_KEY, TOKEN
from tests.databases import PASSWORD

# As they are, and as they stand in an address.
SECRETS = tuple(
    {form for secret in (TOKEN, API_KEY, PASSWORD) for form in (secret, quote(secret, safe=""))}
)


def shown(said: str) -> bool:
    return any(secret in said for secret in SECRETS)


def leaks(sections: Sequence[tuple[str, str]], when: str) -> list[str]:
    """Names of the sections of a phase that show a secret; the secret itself is not repeated."""
    return [name for name, content in sections if name.endswith(when) and shown(content)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that shows a secret fails, however well it did otherwise."""
    report = yield
    if found := leaks(report.sections, call.when):
        report.outcome = "failed"
        report.longrepr = f"a secret was shown in: {', '.join(found)}"
        report.sections.clear()
    return report
