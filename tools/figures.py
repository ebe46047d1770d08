"""Puts the figures of the soak between two marks in both READMEs: `update` writes, `check` looks.

`make soak` measures and writes `docs/soak.json`; the tables are made from that alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "docs" / "soak.json"
READMES = {"en": ROOT / "README.md", "ru": ROOT / "README.ru.md"}
BEGIN, END = "<!-- soak: begin -->\n", "<!-- soak: end -->\n"

Figures = Mapping[str, Any]
Look = Callable[[Figures], str]


def whole(path: str) -> Look:
    """A number of a trial, by its path."""
    return lambda trial: f"{_at(trial, path)}"


def spread(path: str) -> Look:
    def look(trial: Figures) -> str:
        found = _at(trial, path)
        return " / ".join(f"{found[one]:.1f}" for one in ("p50", "p95", "max")) if found else "–"

    return look


def grown(trial: Figures) -> str:
    return f"{trial['warm_mb']} → {trial['end_mb']} ({trial['growth_percent']:+} %)"


def kept(what: str) -> Look:
    return lambda trial: f"{trial[f'warm_{what}']} → {trial[f'end_{what}']}"


def megabytes(what: str) -> Look:
    return lambda trial: "–" if trial[what] is None else f"{trial[what]}"


def _at(trial: Figures, path: str) -> Any:
    found: Any = trial
    for name in path.split("."):
        found = found[name]
    return found


INTRO = {
    "en": (
        "`make soak`, {date}. The relay is killed (SIGKILL) again and again, while {percent} % of "
        "all calls to both services fail in nine ways: lost answers are among them. The simulator "
        "of both services counts, not the relay. The *usual order* is that of most such bots, "
        "under the same kills and failures: acknowledge first, then send, and send again blindly "
        "([source](tests/soak/naive.py)). All of it goes faster than life: `SETTLE_SECONDS` is 2."
    ),
    "ru": (
        "`make soak`, {date}. Бота снова и снова убивают (SIGKILL), а {percent} % запросов к обоим "
        "сервисам срываются девятью способами; бывает, что теряется только ответ. Считает не бот, "
        "а симулятор обоих сервисов. *Обычный порядок* — так устроено большинство подобных "
        "ботов — в тех же условиях: сначала подтвердить получение, потом отправлять, а при сбое "
        "отправлять ещё раз вслепую ([код](tests/soak/naive.py)). Всё идёт быстрее, чем в жизни: "
        "`SETTLE_SECONDS` равно 2."
    ),
}
LASTING = {
    "en": "{count} messages in a row, without a kill, {percent} % of calls failing:",
    "ru": "{count} сообщений подряд, без убийств, срывается {percent} % запросов:",
}
NAMES = {
    "en": {"market-relay": "market-relay", "naive": "usual order"},
    "ru": {"market-relay": "market-relay", "naive": "обычный порядок"},
}
ROWS: Sequence[tuple[str, str, Look]] = (
    ("kills", "убийств", whole("kills")),
    ("calls that failed", "сорванных запросов", whole("faulty_calls")),
    (
        "**buyer → topic:** messages",
        "**покупатель → тема:** сообщений",
        whole("buyer_to_topic.written"),
    ),
    ("lost", "потеряно", whole("buyer_to_topic.lost")),
    ("twice", "пришло дважды", whole("buyer_to_topic.twice")),
    ("twice, with ⚠️", "дважды, с пометкой ⚠️", whole("buyer_to_topic.repeats")),
    ("in a wrong topic", "не в ту тему", whole("buyer_to_topic.misrouted")),
    ("out of order", "не по порядку", whole("buyer_to_topic.disordered")),
    (
        "**staff → buyer:** messages",
        "**сотрудник → покупатель:** сообщений",
        whole("staff_to_buyer.written"),
    ),
    ("lost, and nobody was told", "потеряно, и никто не узнал", whole("staff_to_buyer.lost")),
    ("not there, and the author was told", "не дошло, и автор знает", whole("staff_to_buyer.told")),
    ("the author was asked (❓)", "автора спросили (❓)", whole("staff_to_buyer.asked")),
    ("twice", "пришло дважды", whole("staff_to_buyer.twice")),
    ("to a wrong buyer", "не тому покупателю", whole("staff_to_buyer.misrouted")),
    ("out of order", "не по порядку", whole("staff_to_buyer.disordered")),
    (
        "**seconds** (median / 95 % / most): from a start, imports not counted, to the first "
        "answer of a service",
        "**секунды** (медиана / 95 % / больше всего): от запуска, без загрузки самого Python, до "
        "первого ответа сервиса",
        spread("first_call"),
    ),
    (
        "from a start until all that had waited is there, calls failing on",
        "от запуска, пока не дойдёт всё, что ждало; запросы всё так же срываются",
        spread("resumed"),
    ),
    ("from SIGTERM under load to the end", "от SIGTERM под нагрузкой до выхода", spread("stop")),
    (
        "starts after which not all that had waited was there within 120 s (usual order: 10 s)",
        "запусков, после которых за 120 с дошло не всё, что ждало (обычный порядок: за 10 с)",
        whole("stuck"),
    ),
)
LONG_ROWS: Sequence[tuple[str, str, Look]] = (
    ("memory in MB: warm → in the end", "память в МБ: после разогрева → в конце", grown),
    ("open files and connections", "открытых файлов и соединений", kept("descriptors")),
    ("threads", "потоков", kept("threads")),
    ("rows of the outbox left open", "осталось открытых строк исходящих", whole("open_rows")),
    ("WAL at its largest, MB", "наибольший WAL, МБ", megabytes("wal_mb")),
    ("database in the end, MB", "база в конце, МБ", megabytes("database_mb")),
)


def shown(figures: Figures, language: str) -> str:
    """The block of a README."""
    intro = INTRO[language].format(date=figures["date"], percent=figures["faulty_percent"])
    parts = [intro, *_table(figures["kills"], ROWS, language)]
    if figures["long"]:
        lasting = LASTING[language].format(
            count=figures["long"][0]["messages"], percent=figures["long_faulty_percent"]
        )
        parts += [lasting, *_table(figures["long"], LONG_ROWS, language)]
    return "\n\n".join(parts) + "\n"


def _table(
    trials: Sequence[Figures], rows: Sequence[tuple[str, str, Look]], language: str
) -> list[str]:
    if not trials:
        return []
    names = [NAMES[language][one.get("relay", "market-relay")] for one in trials]
    heads = [f"{name}, {one['database']}" for name, one in zip(names, trials, strict=True)]
    lines = [("", *heads), ("---", *["---:"] * len(trials))]
    for english, russian, look in rows:
        lines.append((english if language == "en" else russian, *map(look, trials)))
    return ["\n".join(f"| {' | '.join(line)} |" for line in lines)]


def brought_up_to_date(text: str, block: str) -> str:
    """The document with the block between the marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"The marks {BEGIN.strip()} and {END.strip()} are missing")
    return f"{before}{BEGIN}\n{block}\n{END}{after}"


def main(task: str) -> int:
    figures = json.loads(SOURCE.read_text(encoding="utf-8"))
    stale = []
    for language, path in READMES.items():
        text = path.read_text(encoding="utf-8")
        fresh = brought_up_to_date(text, shown(figures, language))
        if task == "update":
            path.write_text(fresh, encoding="utf-8")
        elif fresh != text:
            stale.append(f"{path.name}: other figures than {SOURCE.name}; `make soak` mends that")
    print("\n".join(stale) or "The figures of the soak stand in both READMEs")
    return 1 if stale else 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["check"], ["update"]):
        sys.exit("usage: python -m tools.figures check|update")
    sys.exit(main(sys.argv[1]))
