"""What is written is ours alone, and a disk that objects is told from all else."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from bot.files.disk import append, need_room, remove, writing
from bot.relay.errors import Unreachable

FULL = Path("/dev/full")


def test_a_file_takes_the_place_of_another_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"long enough", b"short"):
        with writing(path) as file:
            append(file, content)
            assert path.read_bytes() == content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_write_that_the_disk_refuses_is_known_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 0, 10**12))
    with pytest.raises(Unreachable) as full, writing(FULL) as file:
        append(file, b"x")
    assert (full.value.key, full.value.details) == ("disk_full", {"reason": "OSError"})


def test_trouble_beside_the_disk_is_not_blamed_on_it(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError), writing(tmp_path / "file"):
        raise ConnectionResetError


def test_room_is_needed_for_what_comes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    usage = shutil._ntuple_diskusage(10**9, 0, 200_000_500)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    need_room(tmp_path, 500)
    with pytest.raises(Unreachable, match="disk_full"):
        need_room(tmp_path, 501)


def test_what_can_not_be_removed_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    remove(tmp_path, tmp_path / "none", path / "below", path)
    assert not path.exists()
