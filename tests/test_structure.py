"""Rules of the code that neither the linter nor the import rules can express."""

from __future__ import annotations

import ast
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
UNITS = Path("bot/storage/units.py")
READS_ENVIRONMENT = {
    Path("bot/settings.py"),
    # Starts the real relay as a process of its own and hands it its settings.
    Path("bot/cli/demo.py"),
}


def sources(*folders: str) -> list[Path]:
    """Python files below the folders, as paths from the root."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert found, f"nothing below {folders}: the rule would hold for want of code"
    return sorted(path.relative_to(ROOT) for path in found)


def breaches(rule: Callable[[ast.AST], bool], paths: list[Path]) -> list[str]:
    """Where code breaks a rule, as `file:line`."""
    return [
        f"{path}:{getattr(node, 'lineno', 1)}"
        for path in paths
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if rule(node)
    ]


def name_of(node: ast.AST) -> str:
    """The last name of an expression: `c` of `c`, `a.c` and `a.b().c`."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return getattr(node, "attr", getattr(node, "id", ""))


def is_foreign_to_the_relay(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(level=0, module=str(module)):
            modules = [module]
        case ast.ImportFrom():
            return True  # a relative import hides where it leads
        case ast.Import(names=names):
            modules = [alias.name for alias in names]
        case _:
            return False
    return any(
        module.split(".")[0] not in sys.stdlib_module_names
        and not f"{module}.".startswith("bot.relay.")
        for module in modules
    )


def starts_a_loose_task(node: ast.AST) -> bool:
    """A task outside a TaskGroup: of `asyncio` or of a loop, whatever the loop is called."""
    match node:
        case ast.ImportFrom(module="asyncio", names=names):
            return any(alias.name in ("create_task", "ensure_future") for alias in names)
        case ast.Attribute(attr="ensure_future"):
            return True
        case ast.Attribute(attr="create_task", value=owner):
            return name_of(owner) == "asyncio" or "loop" in name_of(owner)
    return False


def opens_a_transaction(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=names):
            return any(alias.name in ("in_transaction", "atomic") for alias in names)
        case ast.Attribute(attr="in_transaction" | "atomic" | "_in_transaction"):
            return True
    return False


def reads_the_environment(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module="os", names=names):
            return any(alias.name in ("environ", "getenv") for alias in names)
        case ast.Attribute(attr="environ" | "getenv", value=ast.Name(id="os")):
            return True
    return False


def asks_for_markup(node: ast.AST) -> bool:
    match node:
        case ast.keyword(arg="parse_mode") | ast.Constant(value="parse_mode"):
            return True
        case ast.Attribute(attr="parse_mode") | ast.Name(id="ParseMode"):
            return True
    return False


def says_what_no_catalog_knows(node: ast.AST) -> bool:
    """`say(f"…")`, `say(name)` and the like: only literals are taken into the catalogs."""
    match node:
        case ast.Call(func=func, args=[wording, *_]) if name_of(func) == "say":
            wordings = [wording]
        case ast.Call(func=func, args=[one, many, _]) if name_of(func) == "count":
            wordings = [one, many]
        case _:
            return False
    return not all(isinstance(wording, ast.Constant) for wording in wordings)


@pytest.mark.parametrize(
    ("rule", "broken", "kept"),
    [
        (is_foreign_to_the_relay, "import aiogram.types", "import asyncio.locks"),
        (is_foreign_to_the_relay, "from bot.texts import catalog", "from bot.relay.model import C"),
        (is_foreign_to_the_relay, "from . import model", "from collections import abc"),
        (starts_a_loose_task, "asyncio.create_task(f())", "group.create_task(f())"),
        (starts_a_loose_task, "asyncio.get_running_loop().create_task(f())", "tasks.append(f())"),
        (starts_a_loose_task, "from asyncio import create_task", "from asyncio import TaskGroup"),
        (opens_a_transaction, "from tortoise.transactions import in_transaction as t", "unit(f)"),
        (opens_a_transaction, "connection._in_transaction()", "connection.execute_query(q)"),
        (reads_the_environment, "os.getenv('X')", "os.getpid()"),
        (reads_the_environment, "from os import environ", "from os import path"),
        (asks_for_markup, "bot.send_message(1, 't', parse_mode='HTML')", "bot.send_message(1)"),
        (says_what_no_catalog_knows, "words.say(f'Hello {name}')", "words.say('{n}', n=name)"),
        (says_what_no_catalog_knows, "words.say('a' if b else 'c')", "words.say('a' 'b')"),
        (says_what_no_catalog_knows, "words.count('a', bs, 3)", "[1].count(1 + 2)"),
    ],
)
def test_a_rule_knows_a_breach_from_good_code(
    rule: Callable[[ast.AST], bool], broken: str, kept: str
) -> None:
    assert any(rule(node) for node in ast.walk(ast.parse(broken)))
    assert not any(rule(node) for node in ast.walk(ast.parse(kept)))


def test_the_relay_imports_nothing_but_itself_and_the_standard_library() -> None:
    assert breaches(is_foreign_to_the_relay, sources("bot/relay")) == []


def test_no_task_is_started_outside_a_task_group() -> None:
    assert breaches(starts_a_loose_task, _without(UNITS)) == []


def test_no_transaction_is_opened_outside_the_unit_of_work() -> None:
    assert breaches(opens_a_transaction, _without(UNITS)) == []


def test_only_the_settings_read_the_environment() -> None:
    assert breaches(reads_the_environment, _without(*READS_ENVIRONMENT)) == []


def test_nothing_goes_to_telegram_as_markup() -> None:
    assert breaches(asks_for_markup, sources("bot/telegram")) == []


def test_every_wording_stands_in_the_code_as_a_literal() -> None:
    # In the simulator buyers and staff speak, not the relay.
    ours = [path for path in sources("bot") if path.parts[1] != "simulator"]
    assert breaches(says_what_no_catalog_knows, ours) == []


def test_no_file_has_more_than_300_lines() -> None:
    lengths = {path: len((ROOT / path).read_bytes().splitlines()) for path in sources("bot")}
    assert {str(path): lines for path, lines in lengths.items() if lines > 300} == {}


def test_every_module_says_what_it_is() -> None:
    parsed = {path: ast.parse((ROOT / path).read_bytes()) for path in sources("bot")}
    assert [str(path) for path, tree in parsed.items() if not ast.get_docstring(tree)] == []


def test_nothing_is_left_for_later_in_a_comment() -> None:
    marks = ("TODO", "FIXME")
    assert [
        f"{path}: {comment}"
        for path in sources("bot", "tests", "tools")
        for comment in _comments(path)
        if any(mark in comment for mark in marks)
    ] == []


def test_the_wheel_holds_the_whole_package_and_the_catalogs(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="hatchling is not installed: run `make test`")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert held == _files("bot", "bot") | _files("locales", "bot/texts/locales")


def _files(folder: str, as_folder: str) -> set[str]:
    """Files below a folder that belong to the project, under the name of another folder."""
    return {
        f"{as_folder}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def _without(*exceptions: Path) -> list[Path]:
    return [path for path in sources("bot") if path not in exceptions]


def _comments(path: Path) -> Iterator[str]:
    with tokenize.open(ROOT / path) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.string
