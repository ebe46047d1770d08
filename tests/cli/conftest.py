"""Fixtures of the tests that start the program."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.program import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    folder = tmp_path / "here"
    folder.mkdir()
    programs = Programs(folder)
    yield programs
    programs.close()


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An address where nobody listens, and nobody else begins to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"
