"""What the relay says of its health, and whether that is so."""

from __future__ import annotations

import asyncio
import json
import re
import time

import pytest

from bot import __version__
from bot.app import App
from bot.relay.desk.status import Status
from bot.relay.figures import QueueDepth, QuotaLeft, Unhandled
from bot.relay.health import ills, is_ready
from bot.relay.model import Queue
from bot.relay.pulse import Sign, Source
from bot.relay.tally import Counted
from bot.web.health import Health
from bot.web.inside import Inside
from bot.web.metrics import Prometheus
from tests.cli.program import ROOT
from tests.faults import clocks
from tests.web.side import Side
from tests.world import World

NOW_MS = 1_795_338_000_000
READ = {Source.TELEGRAM_READS: 120, Source.MARKET_READS: 300}


def signs(**worked_s_ago: int) -> dict[Source, Sign]:
    found = {source: Sign() for source in Source}
    for name, ago in worked_s_ago.items():
        found[Source[name]].worked_ms = NOW_MS - ago * 1000
    return found


@pytest.mark.parametrize(
    ("worked", "started_s_ago", "ill"),
    [
        ({}, 0, []),
        ({}, 120, []),
        ({}, 121, ["telegram"]),
        ({}, 301, ["telegram", "market"]),
        ({"TELEGRAM_READS": 120, "MARKET_READS": 300}, 9999, []),
        ({"TELEGRAM_READS": 121, "MARKET_READS": 300}, 9999, ["telegram"]),
        ({"TELEGRAM_READS": 0, "MARKET_READS": 301}, 9999, ["market"]),
        ({"TELEGRAM_READS": 9999, "MARKET_READS": 9999}, 60, []),
    ],
)
def test_a_service_that_is_not_read_any_more_is_an_ill(
    worked: dict[str, int], started_s_ago: int, ill: list[str]
) -> None:
    found = ills(signs(**worked), NOW_MS - started_s_ago * 1000, NOW_MS)
    assert [("telegram" if "Telegram" in one else "market") for one in found] == ill


def test_ready_means_that_both_can_be_read_now() -> None:
    both = signs(TELEGRAM_READS=5, MARKET_READS=5)
    assert is_ready(both)
    assert not is_ready(signs(TELEGRAM_READS=5))
    both[Source.MARKET_READS].down_ms = NOW_MS
    assert not is_ready(both)


async def test_a_relay_at_work_is_well_and_ready(side: Side) -> None:
    async with side.relay():
        await side.until_ready()
        chat = side.world.buyer()
        side.world.sim.market.say(chat.id, "личные слова")
        await side.world.until(lambda: side.world.posts(chat))
        said = await side.get("/healthz")
        assert said.status == 200
        assert said.json["status"] == "well"
        assert said.json["problems"] == []
        assert said.json["version"] == __version__
        assert said.json["sources"]["telegram_reads"] < 60
        assert said.json["queues"]["group"]["unknown"] == 0
        assert "личные" not in said.text


async def test_what_waits_and_for_how_long_is_told(side: Side) -> None:
    side.world.sim.faults.add("telegram", "refused", "createForumTopic")
    async with side.relay():
        await side.until_ready()
        side.world.sim.market.say(side.world.buyer().id, "ждёт")
        await side.world.until(lambda: side.world.sim.faults.fired)
        group = (await side.get("/healthz")).json["queues"]["group"]
        assert group["waiting"] == 1
        assert 0 <= group["oldest_seconds"] < 60


async def test_a_database_that_hangs_is_told_soon_and_by_name(
    side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(self: App) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(App, "depths", hang)
    async with side.relay():
        await side.until_ready()
        began = time.monotonic()
        said = await side.get("/healthz")
        assert time.monotonic() - began < 4
        assert said.status == 503
        assert said.json["problems"] == ["the database can't be worked with"]


async def test_updates_that_wait_and_that_were_set_aside_are_counted(side: Side) -> None:
    sim = side.world.sim
    async with side.relay():
        await side.until_ready()
        chat = {"id": sim.group_id, "type": "supergroup"}
        sim.updates.put("message", {"message_id": 5, "chat": chat, "date": "never"})
        await side.world.until(lambda: side.world.bot_says())
        assert (await side.get("/healthz")).json["updates"] == {"waiting": 0, "aside": 1}


@pytest.mark.parametrize(("shore", "seconds"), [("telegram", 121), ("market", 301)])
async def test_a_service_that_was_not_read_for_long_is_told_with_503(
    side: Side, shore: str, seconds: int
) -> None:
    async with clocks.adjustable() as clock, side.relay():
        await side.until_ready()
        side.world.sim.faults.add(shore, "outage")
        # a long poll that began before the outage ends with a word of the group
        side.world.sim.staff.say(501, "кто-нибудь тут?", None)
        await side.world.until(lambda: side.world.sim.faults.fired)
        assert (await side.get("/readyz")).status == 503
        assert (await side.get("/healthz")).status == 200
        clock.move(seconds * 1000)
        said = await side.get("/healthz")
        assert said.status == 503
        assert said.json["status"] == "ill"
        assert any(shore in problem.lower() for problem in said.json["problems"])


async def test_a_relay_that_was_opened_anew_is_not_ill_for_the_time_before() -> None:
    class Anew:
        signs = signs()

        async def depths(self) -> dict[Queue, QueueDepth]:
            return {}

        async def unhandled(self) -> Unhandled:
            return Unhandled(0, 0)

    now_ms = NOW_MS
    inside = Inside(now_ms)
    healthz = Health(inside, lambda: now_ms).routes()[0].handler

    async def answers() -> int:
        return (await healthz(None)).status  # type: ignore[arg-type,misc,union-attr]

    now_ms += 86_400_000  # another relay worked all day
    inside.begin(Anew(), now_ms)  # type: ignore[arg-type]
    assert await answers() == 200
    now_ms += 86_400_000  # it has no time to be silent for: the database went away
    inside.end(now_ms)
    assert await answers() == 200
    now_ms += 121_000
    inside.end(now_ms)  # a further try
    assert await answers() == 503


@pytest.mark.postgres
async def test_while_the_database_is_away_at_the_start_it_lives_and_is_not_ready(
    side: Side,
) -> None:
    side.world.database_url = "postgres://nobody:nothing@127.0.0.1:1/none"
    async with side.relay():
        assert (await side.get("/readyz")).status == 503
        said = await side.get("/healthz")
        assert (said.status, said.json["status"]) == (200, "starting")


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/healthz/", 404),
        ("POST", "/healthz", 405),
        ("GET", "/telegram/webhook", 404),
        ("POST", "/telegram/webhook", 404),
        ("POST", "/market/notification/", 404),
        ("POST", "/market/notification/x", 404),
    ],
)
async def test_strangers_learn_nothing(side: Side, verb: str, path: str, status: int) -> None:
    async with side.relay():
        answer = await side.call(verb, path, data=b"{}")
    assert answer.status == status
    assert answer.headers["Server"] == "market-relay"
    assert len(answer.text) < 40


async def test_figures_are_there_for_prometheus(side: Side) -> None:
    world: World = side.world
    async with side.relay():
        await side.until_ready()
        chat = world.buyer()
        world.sim.market.say(chat.id, "вопрос")
        await world.until(lambda: world.posts(chat))
        world.sim.staff.say(502, "ответ", world.thread_of(chat))
        await world.quiet()
        said = await side.get("/metrics")
    assert said.status == 200
    assert said.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    figures = dict(line.rsplit(" ", 1) for line in said.text.splitlines() if line[0] != "#")
    assert figures['market_relay_delivery_seconds_count{queue="group"}'] == "1.0"
    assert figures['market_relay_delivery_seconds_count{queue="market"}'] == "1.0"
    sent = '{method="sendMessageToChat",outcome="ok",service="market"}'
    assert figures[f"market_relay_requests_total{sent}"] == "1.0"
    made = '{method="createForumTopic",outcome="ok",service="telegram"}'
    assert figures[f"market_relay_requests_total{made}"] == "1.0"
    assert float(figures['market_relay_quota_remaining{method="sendMessageToChat"}']) == 999
    assert figures['market_relay_queue_rows{queue="group",state="waiting"}'] == "0.0"
    assert figures['market_relay_stored{what="chats"}'] == "1.0"
    assert world.sim.token not in said.text


def figures(meter: Prometheus, status: Status | None) -> dict[str, str]:
    said = meter.text(status).decode()
    return dict(line.rsplit(" ", 1) for line in said.splitlines() if line[0] != "#")


def status(depth: QueueDepth, quota: QuotaLeft) -> Status:
    return Status(
        signs=signs(MARKET_READS=5),
        queues={Queue.GROUP: depth},
        counts={"chats": 1},
        quota={"getChats": quota},
        counted=Counted(NOW_MS, {}, {}),
        has_room=True,
        now_ms=NOW_MS,
    )


def test_a_row_is_counted_in_one_state() -> None:
    depth = QueueDepth(waiting=3, unknown=2, failed=1, oldest_ms=NOW_MS)
    said = figures(Prometheus(), status(depth, QuotaLeft(10, 3, NOW_MS + 1)))
    states = ("waiting", "unknown", "failed")
    rows = [said[f'market_relay_queue_rows{{queue="group",state="{one}"}}'] for one in states]
    assert rows == ["1.0", "2.0", "1.0"]


def test_no_figure_of_before_passes_for_one_of_now() -> None:
    meter, depth = Prometheus(), QueueDepth(0, 0, 0, None)
    quota = 'market_relay_quota_remaining{method="getChats"}'
    assert quota in figures(meter, status(depth, QuotaLeft(10, 3, NOW_MS + 1)))
    assert quota not in figures(meter, status(depth, QuotaLeft(10, 3, NOW_MS)))
    meter.doubted(Queue.GROUP)
    away = figures(meter, None)
    of_the_database = ("source_age", "queue_", "quota_", "stored")
    assert not [
        name
        for name in away
        if name.startswith(tuple(f"market_relay_{one}" for one in of_the_database))
    ]
    assert away['market_relay_unknown_outcomes_total{queue="group"}'] == "1.0"


def test_the_dashboard_shows_figures_that_there_are() -> None:
    dashboard = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"market_relay_\w+", target["expr"])
    }
    meter = Prometheus()
    meter.requested("market", "getChats", "ok")
    meter.delivered(Queue.GROUP, 1.0)
    meter.doubted(Queue.GROUP)
    told = set(re.findall(r"^# TYPE (\w+)", meter.text(None).decode(), re.MULTILINE))
    there = {
        form for name in told for form in (name, f"{name}_total", f"{name}_bucket", name + "_count")
    }
    assert len(asked) > 8
    assert asked <= there
