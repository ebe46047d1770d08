"""Files come whole or not at all, under names of ours, and nothing outlives the spool."""

from __future__ import annotations

import asyncio
import shutil
import stat
import tracemalloc
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.files.spool import DiskSpool, open_spool
from bot.relay.errors import Refused, Unreachable

MB = 1 << 20
PLENTY = 100 * MB
HOSTILE = ["", ".", "..", "../../etc/passwd", "/etc/passwd", "a\0b", "\ud83d", "x" * 5000, "Анна\n"]

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[DiskSpool]:
    with open_spool(folder) as spool:
        yield spool


class Stream:
    """A source of bytes that knows whether it was closed."""

    def __init__(self, *pieces: bytes | BaseException) -> None:
        self._pieces = pieces
        self.is_closed = False
        self.has_begun = asyncio.Event()
        self.may_end = asyncio.Event()

    async def flow(self, then_wait: bool = False) -> AsyncIterator[bytes]:
        try:
            for piece in self._pieces:
                if isinstance(piece, BaseException):
                    raise piece
                yield piece
            self.has_begun.set()
            if then_wait:
                await self.may_end.wait()
        finally:
            self.is_closed = True


async def fill(spool: DiskSpool, key: str, *pieces: bytes) -> int:
    return await spool.fill(key, Stream(*pieces).flow(), PLENTY)


def inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def content(spool: DiskSpool, key: str) -> bytes | None:
    path = spool.path(key)
    return path.read_bytes() if path else None


@pytest.mark.parametrize("size", [0, 1, MB - 1, MB, MB + 1, 3 * MB + 7])
@pytest.mark.parametrize("piece", [1000, 65_536, 5 * MB])
async def test_what_comes_is_what_lies_there(spool: DiskSpool, size: int, piece: int) -> None:
    sent = bytes(range(251)) * (size // 251 + 1)
    sent = sent[:size]
    pieces = [sent[at : at + piece] for at in range(0, size, piece)]
    assert await fill(spool, "key", *pieces) == size
    assert content(spool, "key") == sent


async def test_a_file_of_just_the_limit_is_kept(spool: DiskSpool) -> None:
    assert await spool.fill("key", Stream(b"12", b"345").flow(), 5) == 5


async def test_a_file_over_the_limit_leaves_nothing(spool: DiskSpool, folder: Path) -> None:
    stream = Stream(b"x" * 2 * MB, b"y", b"z")
    with pytest.raises(Refused) as refused:
        await spool.fill("key", stream.flow(), 2 * MB)
    assert refused.value.key == "file_too_big"
    assert stream.is_closed
    assert spool.path("key") is None
    assert not inside(folder)


async def test_a_stream_that_breaks_leaves_nothing(spool: DiskSpool, folder: Path) -> None:
    stream = Stream(b"x" * 2 * MB, Unreachable("market_away"))
    with pytest.raises(Unreachable, match="market_away"):
        await spool.fill("key", stream.flow(), PLENTY)
    assert stream.is_closed
    assert not inside(folder)


async def test_trouble_of_the_stream_is_not_blamed_on_the_disk(spool: DiskSpool) -> None:
    with pytest.raises(ConnectionResetError):
        await spool.fill("key", Stream(ConnectionResetError()).flow(), PLENTY)


async def test_a_cancelled_fill_leaves_nothing(spool: DiskSpool, folder: Path) -> None:
    stream = Stream(b"x" * 2 * MB)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        filling = tasks.create_task(spool.fill("key", stream.flow(then_wait=True), PLENTY))
        await stream.has_begun.wait()
        assert [path.suffix for path in inside(folder)] == [".part"]
        assert spool.path("key") is None
        filling.cancel()
    assert filling.cancelled()
    assert stream.is_closed
    assert not inside(folder)


async def test_a_broken_fill_keeps_what_was_there(spool: DiskSpool) -> None:
    await fill(spool, "key", b"old")
    with pytest.raises(Refused):
        await spool.fill("key", Stream(b"much too long").flow(), 5)
    assert content(spool, "key") == b"old"


async def test_two_fills_of_one_key_at_once_never_mix(spool: DiskSpool, folder: Path) -> None:
    first, second = Stream(b"a" * MB, b"a" * MB), Stream(b"b" * MB, b"b")
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        one = tasks.create_task(spool.fill("key", first.flow(then_wait=True), PLENTY))
        await first.has_begun.wait()
        two = tasks.create_task(spool.fill("key", second.flow(then_wait=True), PLENTY))
        await second.has_begun.wait()
        first.may_end.set()
        assert await one == 2 * MB
        assert content(spool, "key") == b"a" * 2 * MB
        second.may_end.set()
        assert await two == MB + 1
    assert content(spool, "key") == b"b" * (MB + 1)
    assert len(inside(folder)) == 1


async def test_dropping_takes_along_what_was_made_and_nothing_else(
    spool: DiskSpool, folder: Path
) -> None:
    for key in ("one", "two"):
        await fill(spool, key, b"x")
        spool.beside(key, "preview").write_bytes(b"small")
    spool.drop("one")
    spool.drop("one")
    assert spool.path("one") is None
    assert not spool.beside("one", "preview").exists()
    assert content(spool, "two") == b"x"
    assert spool.beside("two", "preview").read_bytes() == b"small"


async def test_filled_anew_nothing_made_of_the_old_file_stays(spool: DiskSpool) -> None:
    await fill(spool, "key", b"old")
    spool.beside("key", "preview").write_bytes(b"of the old")
    await fill(spool, "key", b"new")
    assert not spool.beside("key", "preview").exists()


@pytest.mark.parametrize("what", ["", "..", "a/b", "../x", "1.part", "part", "Preview"])
def test_what_is_made_has_a_plain_word_for_a_name(spool: DiskSpool, what: str) -> None:
    with pytest.raises(ValueError, match="small letters"):
        spool.beside("key", what)


@pytest.mark.parametrize("key", HOSTILE)
async def test_no_key_leads_out_of_the_folder(spool: DiskSpool, folder: Path, key: str) -> None:
    await fill(spool, key, b"x")
    path = spool.path(key)
    assert path is not None
    assert path.parent == spool.beside(key, "preview").parent == folder
    assert inside(folder) == [path]


@given(st.text(st.characters()), st.text(st.characters()))
def test_keys_share_a_place_only_where_they_are_the_same(one: str, two: str) -> None:
    spool = DiskSpool(Path("/spool"))
    assert (spool.beside(one, "x") == spool.beside(two, "x")) == (one == two)


async def test_only_the_owner_reads_the_folder_and_the_files(
    spool: DiskSpool, folder: Path
) -> None:
    await fill(spool, "key", b"x")
    assert mode(folder) == 0o700
    assert [mode(path) for path in inside(folder)] == [0o600]


async def test_the_folder_of_the_cabinets_is_private_as_well(tmp_path: Path) -> None:
    with open_spool(tmp_path / "files" / "123"):
        assert mode(tmp_path / "files") == 0o700


async def test_a_new_start_empties_what_a_killed_process_left(folder: Path) -> None:
    killed = open_spool(folder)
    spool = killed.__enter__()
    await fill(spool, "key", b"x")
    spool.beside("key", "preview").write_bytes(b"x")
    spool.beside("key", "x").with_suffix(".7.part").write_bytes(b"x")
    with open_spool(folder) as again:
        assert again.path("key") is None
        assert not inside(folder)


async def test_files_of_others_stay(folder: Path) -> None:
    (folder / ("a" * 64)).mkdir(parents=True)  # not a file
    for name in ("notes.txt", "0" * 63, "0" * 64 + ".TXT", "market.db"):
        (folder / name).write_text("mine")
    others = inside(folder)
    with open_spool(folder) as spool:
        await fill(spool, "key", b"x")
        spool.drop("key")
    assert inside(folder) == others


async def test_nothing_is_left_at_the_end(folder: Path) -> None:
    with open_spool(folder) as spool:
        await fill(spool, "key", b"x")
    assert not inside(folder)


async def test_a_full_disk_is_noticed_before_anything_is_asked_for(
    spool: DiskSpool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 199_999_999))
    stream = Stream(b"x")
    with pytest.raises(Unreachable) as full:
        await spool.fill("key", stream.flow(), PLENTY)
    assert full.value.key == "disk_full"
    assert not inside(folder)


async def test_a_disk_that_fills_up_meanwhile_is_noticed(
    spool: DiskSpool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(_: object) -> Usage:
        taken = sum(path.stat().st_size for path in folder.iterdir())
        return Usage(10**9, 0, 200_000_000 + 3 * MB - taken)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert await spool.fill("fits", Stream(*[b"x" * MB] * 3).flow(), PLENTY) == 3 * MB
    spool.drop("fits")
    stream = Stream(*[b"x" * MB] * 4)
    with pytest.raises(Unreachable, match="disk_full"):
        await spool.fill("key", stream.flow(), PLENTY)
    assert stream.is_closed
    assert not inside(folder)


async def test_a_folder_that_is_gone_is_trouble_of_the_disk(folder: Path) -> None:
    spool = DiskSpool(folder)
    with pytest.raises(Unreachable) as full:
        await fill(spool, "key", b"x")
    assert (full.value.key, full.value.details) == ("disk_full", {"reason": "FileNotFoundError"})
    spool.drop("key")


async def test_a_large_file_is_never_whole_in_memory(spool: DiskSpool) -> None:
    async def flow() -> AsyncIterator[bytes]:
        for number in range(1024):
            yield bytes([number % 256]) * 65_536

    tracemalloc.start()
    try:
        assert await spool.fill("key", flow(), PLENTY) == 64 * MB
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * MB
