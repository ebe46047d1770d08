"""`market-relay demo`: the relay as a process that can be stopped, killed and started again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.cli.demo import RelayInItsOwnProcess, environment, operators
from bot.settings import Settings
from bot.simulator.server import Simulator
from bot.simulator.story import tell
from tests.cli.program import DEADLINE_S
from tests.world import OPERATOR, World

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="the demo's relay is found by what Linux shows"
)


@pytest.fixture
async def relay(simulator: Simulator, tmp_path: Path) -> AsyncIterator[RelayInItsOwnProcess]:
    relay = RelayInItsOwnProcess(environment(simulator, tmp_path), tmp_path)
    yield relay
    await relay.kill()


@pytest.mark.slow
async def test_it_is_stopped_killed_and_started_as_often_as_one_likes(
    world: World, relay: RelayInItsOwnProcess
) -> None:
    sim = world.sim
    assert (relay.is_running, relay.pid, relay.starts, relay.kills) == (False, None, 0, 0)
    await relay.stop()
    await relay.kill()
    assert (relay.starts, relay.kills) == (0, 0)

    await asyncio.gather(relay.start(), relay.start())
    first = relay.pid
    assert first is not None
    assert (relay.is_running, relay.starts) == (True, 1)
    await world.until(lambda: sim.updates.readers, DEADLINE_S)
    await relay.kill()
    assert (relay.is_running, relay.pid, relay.starts, relay.kills) == (False, None, 1, 1)

    sim.market_http.calls.clear()
    await relay.start()
    assert relay.pid not in (None, first)
    await world.until(lambda: sim.market_http.calls, DEADLINE_S)
    await relay.stop()
    assert (relay.is_running, relay.pid, relay.starts, relay.kills) == (False, None, 2, 1)
    assert not _lives(first)


async def test_one_that_ended_by_itself_counts_as_not_running(
    simulator: Simulator, tmp_path: Path
) -> None:
    nothing_set = {name: os.environ[name] for name in ("PATH",)} | {
        "PYTHONPATH": environment(simulator, tmp_path)["PYTHONPATH"]
    }
    relay = RelayInItsOwnProcess(nothing_set, tmp_path)
    await relay.start()
    world = World(simulator, "")

    await world.until(lambda: not relay.is_running, DEADLINE_S)
    await relay.kill()

    assert (relay.pid, relay.starts, relay.kills) == (None, 1, 0)


def test_the_relay_of_the_demo_gets_nothing_of_the_persons_own_settings(
    simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "the person's own")
    monkeypatch.setenv("LOCALE", "en")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")

    given = environment(simulator, tmp_path)

    assert "the person's own" not in given.values()
    assert (given["LOCALE"], given["LOG_LEVEL"]) == ("en", "ERROR")
    assert given["DATABASE_URL"].startswith(f"sqlite://{tmp_path}")
    assert {url.partition("://")[2].partition(":")[0] for url in _addresses(given)} == {"127.0.0.1"}


def test_only_those_who_may_answer_in_the_story_are_operators(simulator: Simulator) -> None:
    assert operators(simulator) == str(OPERATOR)


async def test_the_settings_of_the_demo_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Simulator() as simulator:
        tell(simulator)
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        for name, value in environment(simulator, tmp_path).items():
            monkeypatch.setenv(name, value)

        taken = Settings(_env_file=None)

    assert taken.telegram_operator_ids
    assert taken.market_api_url == simulator.market_url


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """`market-relay demo` in a process of its own, with a folder of its own for what it makes."""
    variables = os.environ | {
        "LOCALE": "en",
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONUNBUFFERED": "1",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo"),
        env=variables,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
    )
    yield process
    if process.returncode is None:
        process.kill()
        await process.wait()


@pytest.mark.slow
@on_linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_demo_that_is_ended_at_once_leaves_nothing_behind(
    number: signal.Signals, demo: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    world = World(Simulator(), "")
    await world.until(lambda: _children(demo.pid), DEADLINE_S)
    [relay] = _children(demo.pid)

    with _ended_in_any_case(relay):
        demo.send_signal(number)
        async with asyncio.timeout(DEADLINE_S):
            await demo.wait()

        assert demo.returncode == 0
        assert not _lives(relay)
        assert os.listdir(tmp_path) == []


@pytest.mark.slow
@on_linux
async def test_the_demo_says_its_address_and_ends_with_0(
    demo: asyncio.subprocess.Process, tmp_path: Path
) -> None:
    assert demo.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        address = (await demo.stdout.readline()).decode()
        how_to_end = (await demo.stdout.readline()).decode()
    [relay] = _children(demo.pid)
    made = os.listdir(tmp_path)

    with _ended_in_any_case(relay):
        demo.terminate()
        async with asyncio.timeout(DEADLINE_S):
            await demo.wait()

    assert address.startswith("The demo runs. Open http://127.0.0.1:")
    assert "Ctrl+C" in how_to_end
    assert len(made) == 1
    assert demo.returncode == 0
    assert os.listdir(tmp_path) == []


@contextlib.contextmanager
def _ended_in_any_case(pid: int) -> Iterator[None]:
    """A relay that outlives its demo would outlive the tests."""
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in children.split()]


def _addresses(given: dict[str, str]) -> list[str]:
    return [given[name] for name in ("TELEGRAM_API_URL", "MARKET_API_URL")]


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
