"""The soak, trial after trial: progress on stderr, a table on stdout, the figures as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.databases import running_postgres
from tests.faults.kill_loop import Load, Plan
from tests.soak import trials
from tests.soak.figures import Endurance, Kills
from tools.figures import shown

TRIALS = ("sqlite", "postgres", "naive", "long-sqlite", "long-postgres")


def main(arguments: Sequence[str]) -> int:
    asked = _asked(arguments)
    found = [asyncio.run(_trial(name, asked)) for name in asked.trials]
    figures = {
        "date": time.strftime("%Y-%m-%d"),
        "faulty_percent": asked.faulty,
        "long_faulty_percent": round(100 * trials.STEADY_FAULTS),
        "kills": [one.as_json() for one in found if isinstance(one, Kills)],
        "long": [one.as_json() for one in found if isinstance(one, Endurance)],
    }
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(shown(figures, "en"))
    failures = [words for one in found for words in one.failures()]
    print(*failures, sep="\n", file=sys.stderr)
    return 1 if failures else 0


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--kills", type=int, default=200, help="of each relay")
    parser.add_argument("--messages", type=int, default=2000, help="each way, under kills")
    parser.add_argument("--faulty", type=int, default=20, help="percent of calls, under kills")
    parser.add_argument("--long", type=int, default=10_000, help="messages without a kill")
    parser.add_argument("--json", type=Path, help="where the figures go")
    parser.add_argument("trials", nargs="*", help=f"of {', '.join(TRIALS)}; all if none is named")
    asked = parser.parse_args(arguments)
    asked.trials = asked.trials or TRIALS
    if strange := set(asked.trials) - set(TRIALS):
        parser.error(f"no such trial: {', '.join(sorted(strange))}")
    return asked


async def _trial(name: str, asked: argparse.Namespace) -> Kills | Endurance:
    trials.say(f"{name} begins")
    async with _database("PostgreSQL" if "postgres" in name else "SQLite") as (database, url):
        if name.startswith("long"):
            return await trials.endurance(database, url, asked.long)
        relay = "naive" if name == "naive" else "market-relay"
        plan = Plan(
            asked.kills,
            life_s=5.0,
            rest_every=10,
            patience_s=10 if relay == "naive" else 120,
            stop_every=20,
        )
        load = Load(asked.messages, asked.messages)
        return await trials.kills(relay, database, url, plan, load, asked.faulty / 100)


@asynccontextmanager
async def _database(name: str) -> AsyncIterator[tuple[str, str]]:
    """With its address; empty for a file beside the relay."""
    if name == "SQLite":
        yield name, ""
        return
    with running_postgres() as server:
        async with server.database() as url:
            yield name, url
