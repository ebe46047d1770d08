"""What can't be built here has the files that it names, and no rights that it does not need."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[1]


def instructions() -> list[tuple[str, str]]:
    text = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines]


def said(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def test_what_the_image_takes_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    sources = [source for rest in said("COPY") for source in rest.split()[:-1]]
    assert {"bot", "locales", "requirements.lock"} <= set(sources)
    for source in sources:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, line.removeprefix("!")) for line in ignored if line[0] == "!")


def test_the_image_runs_as_a_user_without_rights_and_hears_signals() -> None:
    order = [word for word, _ in instructions()]
    [user], [entry], [command] = said("USER"), said("ENTRYPOINT"), said("CMD")
    assert user not in ("root", "0")
    assert order.index("USER") > max(at for at, word in enumerate(order) if word == "RUN")
    # Not by a shell, which would keep SIGTERM to itself.
    assert [json.loads(entry), json.loads(command)] == [["market-relay"], ["run"]]


def test_what_is_installed_is_what_was_tested() -> None:
    assert any("--require-hashes -r requirements.lock" in rest for rest in said("RUN"))


def test_the_health_of_the_image_is_asked_where_it_listens() -> None:
    [listen] = [rest.partition("=")[2] for rest in said("ENV") if rest.startswith("HTTP_LISTEN")]
    [check] = said("HEALTHCHECK")
    [asked] = re.findall(r"http://([^/]+)/healthz", check)
    assert asked == listen


def test_the_unit_starts_again_and_has_no_rights() -> None:
    unit = (ROOT / "deploy" / "market-relay.service").read_text(encoding="utf-8")
    settings = dict(re.findall(r"^(\w+)=(.*)$", unit, re.M))
    assert settings["User"] not in ("", "root")
    assert settings["Restart"] in ("always", "on-failure")
    assert settings["ExecStart"].endswith("market-relay run")
