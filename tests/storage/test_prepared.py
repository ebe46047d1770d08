"""A query whose SQL is made once gives what it gives when it is made anew."""

from __future__ import annotations

from functools import partial
from typing import cast

import pytest
from tortoise.queryset import QuerySet, UpdateQuery

from bot.relay.changes import Begin, Remember, Spent
from bot.relay.errors import Refused
from bot.relay.model import State
from bot.relay.ports import Ledger
from bot.storage.ledger import TortoiseLedger
from bot.storage.prepared import prepared
from bot.storage.scope import Scope
from bot.storage.tables import FactRow
from tests.storage.samples import NOW_MS, ids, put, state

made: list[tuple[str, ...]] = []


@prepared
def named(scope: Scope, names: list[str]) -> QuerySet[FactRow]:
    made.append(tuple(names))
    return FactRow.filter(group_id=scope.group_id, name__in=names).order_by("name")


@prepared
def write(scope: Scope, name: str, value: str) -> UpdateQuery:
    return FactRow.filter(group_id=scope.group_id, name=name).update(value=value)


@prepared
def shouted(scope: Scope, name: str) -> QuerySet[FactRow]:
    return FactRow.filter(name=name.upper())


@pytest.fixture
async def facts(ledger: Ledger) -> TortoiseLedger:
    await ledger.commit(*[Remember(name, f"value of {name}") for name in "abc"])
    return cast(TortoiseLedger, ledger)


async def read(facts: TortoiseLedger, *names: str) -> list[str]:
    rows = await facts.units.read(partial(named, facts.scope, list(names)))
    return [row.value for row in rows]


async def test_each_run_has_values_of_its_own(facts: TortoiseLedger) -> None:
    assert await read(facts, "a") == ["value of a"]
    assert await read(facts, "b") == ["value of b"]
    assert await read(facts, "b", "c") == ["value of b", "value of c"]
    assert await read(facts, "c", "a") == ["value of a", "value of c"]


async def test_a_query_is_made_once_for_each_length_of_a_list(facts: TortoiseLedger) -> None:
    for names in (["a"], ["b"], ["a", "b"], ["b", "c"]):
        await read(facts, *names)
    before = len(made)
    await read(facts, "c")
    await read(facts, "a", "c")

    assert len(made) == before


async def test_words_that_no_database_can_hold_are_mended(facts: TortoiseLedger) -> None:
    changed = await facts.units.write(partial(write, facts.scope, "a", "new\0 \ud83d words"))

    assert changed == 1
    assert await read(facts, "a", "b") == ["new\ufffd \ufffd words", "value of b"]


async def test_a_value_that_is_not_handed_on_as_it_is_is_a_bug(facts: TortoiseLedger) -> None:
    with pytest.raises(LookupError, match="not handed on"):
        await facts.units.read(partial(shouted, facts.scope, "a"))


async def test_what_a_call_spends_is_written_with_its_beginning_or_not_at_all(
    ledger: Ledger,
) -> None:
    await ledger.commit(put("k"))
    [row] = await ids(ledger, "k")
    await ledger.commit(Begin((row,), NOW_MS, 0, row), Spent(NOW_MS, 0))
    with pytest.raises(Refused):
        await ledger.commit(Spent(NOW_MS + 1, 0), Begin((row,), NOW_MS + 1, 0, row))

    assert await ledger.spent_since(0) == [NOW_MS]
    assert await state(ledger, "k") is State.SENDING
