"""Queries whose SQL is made once and run often.

tortoise makes the SQL of a query anew each time, which costs several times what running it does: on
the way of a message that was most of what the relay's processor did (`bench_throughput`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import astuple
from functools import wraps
from itertools import count
from typing import Any, Literal, TypeVar, TypeVarTuple, cast, overload

from tortoise.models import Model
from tortoise.queryset import DeleteQuery, QuerySet, UpdateQuery, ValuesQuery

from bot.storage.columns import storable
from bot.storage.scope import Scope

Args = TypeVarTuple("Args")
M = TypeVar("M", bound=Model)
Change = UpdateQuery | DeleteQuery
Query = QuerySet[Any] | ValuesQuery[Any] | Change
Shape = tuple[int | None, ...]

_OF_A_SCOPE = 3  # values


class _Number(int):
    """Stands for a value to come, and is its place among the values of a call."""


class _Word(str):
    """Stands for a value to come; the text of its place."""


@overload
def prepared(
    make: Callable[[Scope, *Args], QuerySet[M]],
) -> Callable[[Scope, *Args], Awaitable[list[M]]]: ...
@overload
def prepared(
    make: Callable[[Scope, *Args], ValuesQuery[Literal[False]]],
) -> Callable[[Scope, *Args], Awaitable[Sequence[Mapping[str, Any]]]]: ...
@overload
def prepared(
    make: Callable[[Scope, *Args], Change],
) -> Callable[[Scope, *Args], Awaitable[int]]: ...
def prepared(make: Callable[..., Query]) -> Callable[..., Awaitable[Any]]:
    """Runs what `make` makes: the rows, or how many it changed. Rows of `values` come as the
    database has them, which costs a third: JSON as text, truth as 0 and 1.

    `make` is called once for each kind of database, and for each length of a list among its
    arguments. It may only hand them to the query: a whole number or None, a word of our own, or a
    list of such.
    """
    made: dict[tuple[str, Shape], _Statement] = {}
    model: type[Model] | None = None

    @wraps(make)
    async def run(scope: Scope, *arguments: Any) -> Any:
        nonlocal model
        values, shape = _flat(scope, arguments)
        statement = made.get((_kind(model), shape)) if model else None
        if statement is None:
            statement = _Statement(make(*_stand_ins(scope, arguments)), len(values))
            model = statement.model
            made[_kind(model), shape] = statement
        return await statement.run(values)

    return run


class _Statement:
    """SQL and its values; `places`: which of them are another at each run, and the place of that
    one among the values that are given."""

    def __init__(self, query: Query, count: int) -> None:
        query.sql()
        self.model = cast("type[Model]", query.model)
        self._kind = type(query)
        self._sql, self._values = query.query.get_parameterized_sql()
        stand_ins = (_Number, _Word)
        self._places = [
            (at, int(one)) for at, one in enumerate(self._values) if isinstance(one, stand_ins)
        ]
        lost = set(range(_OF_A_SCOPE, count)).difference(place for _, place in self._places)
        if lost:
            raise LookupError(f"a value is not handed on as it is: {self._sql}")

    async def run(self, given: Sequence[Any]) -> Any:
        values = list(self._values)
        for at, place in self._places:
            value = given[place]
            values[at] = storable(value) if isinstance(value, str) else value
        db = self.model._meta.db  # that of the transaction, if one is open
        if self._kind is QuerySet:
            executor = db.executor_class(model=self.model, db=db)
            return await executor.execute_select(self._sql, values)
        changed, rows = await db.execute_query(self._sql, values)
        return rows if self._kind is ValuesQuery else changed


def _flat(scope: Scope, arguments: Sequence[Any]) -> tuple[list[Any], Shape]:
    """All values, and how long each of the lists among the arguments is."""
    values: list[Any] = [scope.business_id, scope.group_id, scope.bot_id]
    shape: list[int | None] = []
    for one in arguments:
        if isinstance(one, list):
            values += one
            shape.append(len(one))
        else:
            values.append(one)
            shape.append(None)
    return values, tuple(shape)


def _stand_ins(scope: Scope, arguments: Sequence[Any]) -> list[Any]:
    """The same with a stand-in for each value."""
    places = count()

    def one(value: Any) -> Any:
        place = next(places)
        return _Word(place) if isinstance(value, str) else _Number(place)

    numbers = Scope(*(one(value) for value in astuple(scope)))
    return [
        numbers,
        *(
            [one(each) for each in value] if isinstance(value, list) else one(value)
            for value in arguments
        ),
    ]


_inserts: dict[tuple[Any, ...], str] = {}


async def insert(
    *rows: Model,
    unless_there: bool = False,
    key: tuple[str, ...] = (),
    replace: tuple[str, ...] = (),
) -> None:
    """Add rows of one table, with all columns. `unless_there`: what has the same key stays as it
    is; `replace`: the columns of what has the same `key` that are overwritten."""
    if not rows:
        return
    model = type(rows[0])
    db = model._meta.db
    how = (_kind(model), model, unless_there, key, replace)
    sql = _inserts.get(how)
    if sql is None:
        more: dict[str, Any] = {"on_conflict": key, "update_fields": replace} if key else {}
        query = model.bulk_create(rows, ignore_conflicts=unless_there, **more)
        sql = _inserts[how] = query.sql()
    columns = db.executor_class(model=model, db=db).regular_columns
    fields = model._meta.fields_map
    values = [
        [fields[name].to_db_value(getattr(row, name), row) for name in columns] for row in rows
    ]
    if len(rows) > 1:
        return await db.execute_many(sql, values)
    await db.execute_query(sql, values[0])


def _kind(model: type[Model]) -> str:
    return model._meta.db.capabilities.dialect
