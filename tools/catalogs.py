"""Keeps the catalogs in step with the code: `update` writes them, `check` only looks.

A wording is what stands as a literal in `say("…")` or `count("…", "…", n)`. The simulator is left
out: what is said there, buyers and staff say.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from bot.texts.catalog import catalog_path, languages

CODE = Path(__file__).parents[1] / "bot"
KEYWORDS = {"say": None, "count": (1, 2)}
NOT_OURS = CODE / "simulator"


def extracted() -> Catalog:
    """Every wording of the code, with the file it comes from."""
    template = Catalog()
    for name, line, wording, comments, _ in extract_from_dir(
        CODE,
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        directory_filter=lambda folder: Path(folder) != NOT_OURS,
    ):
        if wording:
            template.add(wording, locations=[(f"bot/{name}", line)], auto_comments=comments)
    return template


def brought_up_to_date(language: str, template: Catalog) -> Catalog:
    """The catalog with the wordings of the code and no others; nothing is guessed."""
    with catalog_path(language).open("rb") as source:
        catalog = read_po(source)
    # Babel takes the template's messages over as they are: a copy, or languages would share them.
    catalog.update(deepcopy(template), no_fuzzy_matching=True, update_creation_date=False)
    if language == "en":
        for message in catalog:
            message.string = message.string if is_translated(message) else message.id
    return catalog


def is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(strings) and all(strings)


def written(catalog: Catalog) -> bytes:
    target = BytesIO()
    # Line numbers would change the catalogs with every edit of the code.
    write_po(target, catalog, width=0, include_lineno=False, ignore_obsolete=True)
    return target.getvalue()


def problems(language: str, catalog: Catalog) -> Iterator[str]:
    if catalog_path(language).read_bytes() != written(catalog):
        yield f"{language}: not in step with the code; `make fix` mends that"
    for message in catalog:
        if message.id and not is_translated(message):
            yield f"{language}: not translated: {message.id!r}"
        elif message.id and message.fuzzy:
            yield f"{language}: marked fuzzy, which is never shown: {message.id!r}"


def main(task: str) -> int:
    template = extracted()
    found: list[str] = []
    for language in languages():
        catalog = brought_up_to_date(language, template)
        if task == "update":
            catalog_path(language).write_bytes(written(catalog))
        found.extend(problems(language, catalog))
    print("\n".join(found) or f"{len(template)} wordings in {', '.join(languages())}")
    return 1 if found and task == "check" else 0


if __name__ == "__main__":
    if sys.argv[1:] not in (["check"], ["update"]):
        sys.exit("usage: python -m tools.catalogs check|update")
    sys.exit(main(sys.argv[1]))
