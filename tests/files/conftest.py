"""Fixtures for what is done with pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.files.pictures import PillowPictures


@pytest.fixture
def pictures() -> PillowPictures:
    return PillowPictures()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "made.jpg"
