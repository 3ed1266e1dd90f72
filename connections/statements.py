"""Statements that run for every message, without what the ORM spends on building them anew each time.

Building an UPDATE or a join in Django takes ten times as long as the database takes to run it; for one page that is
nothing, for each of ten thousand messages it is most of the work. Only conditions of the kinds below, values are
adapted by the models' own fields, so that both databases get what they store. Decides nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, NotSupportedError, connection, connections, models, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)

_OPERATORS = {"": "=", "lte": "<=", "lt": "<", "gte": ">=", "gt": ">"}


@dataclass(slots=True)
class Along:
    """A row of another table to write with an UPDATE if that finds its row: the one of `pk`, or, where that is None, a
    new one that names each of its columns but `id`; its `pk` is known afterwards."""

    model: type[models.Model]
    fields: Mapping[str, Any]
    pk: int | None = None


def update(
    model: type[models.Model], where: Mapping[str, Any], fields: Mapping[str, Any], along: Along | None = None
) -> int:
    """`UPDATE … SET fields WHERE where`; how many rows. Keys of `where` may end in __lte, __lt, __gte or __gt.

    With `along` both rows are written or neither. On PostgreSQL that is one statement, so that two round trips to the
    database do what would take four, BEGIN and COMMIT among them.
    """
    sql = _update_sql(model, _shape(where), tuple(fields))
    params = [*_adapted(model, fields), *_adapted(model, {key: at for key, at in where.items() if at is not None})]
    if along is None:
        return _written(sql, params)
    second, more = _along_sql(along)
    if connection.vendor == "postgresql":
        written = _row(f"WITH moved AS ({sql} RETURNING 1) {second}", params + more)
    else:
        with transaction.atomic(savepoint=False):
            written = _row(second, more) if _written(sql, params) else None
    if written:
        along.pk = int(written[0])
    return 1 if written else 0


def insert_new(model: type[models.Model], rows: Sequence[models.Model]) -> set[Any]:
    """`INSERT … ON CONFLICT DO NOTHING` of rows as they stand, whose primary keys are set; the keys of those written.

    On PostgreSQL a column in which all rows hold the same is one value, any other one array, so that the statement has
    a value for each column and not for each field of each row: those took ten times as long to put in and to read.
    """
    if connection.vendor == "postgresql":
        written = _insert_arrays(model, rows)
    else:
        model._base_manager.bulk_create(rows, ignore_conflicts=True)
        some = [row.pk for row in rows]
        written = set(model._base_manager.filter(pk__in=some).values_list("pk", flat=True))
    for row in rows:
        row._state.adding, row._state.db = row.pk not in written, DEFAULT_DB_ALIAS
    return written


def _insert_arrays(model: type[models.Model], rows: Sequence[models.Model]) -> set[Any]:
    singles: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    kinds: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        values, column = [getattr(row, field.attname) for row in rows], _quoted(str(field.column))
        kinds[column] = str(field.db_type(connection)).partition("(")[0]
        if not field.primary_key and values.count(values[0]) == len(values):
            singles[column] = field.get_db_prep_save(values[0], connection)
        else:
            arrays[column] = [field.get_db_prep_save(value, connection) for value in values]
    sql = (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join([*arrays, *singles])})"  # noqa: S608
        f" SELECT {', '.join([*arrays, *(f'%s::{kinds[column]}' for column in singles)])}"
        f" FROM UNNEST({', '.join(f'%s::{kinds[column]}[]' for column in arrays)}) AS given({', '.join(arrays)})"
        f" ON CONFLICT DO NOTHING RETURNING {_quoted('id')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*singles.values(), *arrays.values()])
        return {key for (key,) in cursor.fetchall()}


def _along_sql(along: Along) -> tuple[str, list[Any]]:
    is_one = connection.vendor == "postgresql"
    values, id_column = _adapted(along.model, along.fields), _quoted("id")
    if along.pk is None:
        sql = _insert_sql(along.model, tuple(along.fields), "moved" if is_one else "")
        return f"{sql} RETURNING {id_column}", values
    sql = _update_sql(along.model, ("pk",), tuple(along.fields))
    only_if = " AND EXISTS (SELECT 1 FROM moved)" if is_one else ""
    return f"{sql}{only_if} RETURNING {id_column}", [*values, along.pk]


def _written(sql: str, params: list[Any]) -> int:
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def _row(sql: str, params: list[Any]) -> Any:
    """The first of the answer, None where there is none."""
    with _cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


@contextmanager
def _cursor() -> Iterator[CursorWrapper]:
    """Django's cursor; on PostgreSQL, under it, one whose statements the server parses and plans once for a connection.

    Planning takes longer than running. Only here: psycopg would keep the text of every statement that the ORM makes.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql" or not settings.PREPARED_STATEMENTS:
        with database.cursor() as cursor:
            yield cursor
        return
    from django.db.backends.postgresql.base import ServerBindingCursor  # needs psycopg

    database.ensure_connection()
    driver: Any = database.connection
    driver.prepare_threshold = 0
    make: Any = database.make_debug_cursor if database.queries_logged else database.make_cursor
    try:
        with make(ServerBindingCursor(driver)) as cursor:  # type: ignore[call-arg]
            yield cursor
    finally:
        driver.prepare_threshold = None


class ByKey(Generic[M]):
    """A query for one row by a uuid, compiled once. `make(key)` is the query; its rows are ordinary model instances.

    What `make` compares with the key must be equality, and nothing else in it may change from call to call.
    """

    _PROBE = uuid.UUID("6f1d1f0a-3b7e-4f4e-9a35-0c1f5d3b2a90")

    def __init__(self, make: Callable[[uuid.UUID], models.QuerySet[M]]) -> None:
        self._make = make
        self._compiled: _Compiled | None = None

    def first(self, key: uuid.UUID) -> M | None:
        compiled, sought = self._compiled or self._compile(), _uuid_in_database(key)
        params = [sought if param is _KEY else param for param in compiled.params]
        try:
            row = _row(compiled.sql, params)
        except NotSupportedError:  # since it was prepared a migration has changed the type of a column
            if connection.in_atomic_block:
                raise
            _written("DEALLOCATE ALL", [])
            row = _row(compiled.sql, params)
        return compiled.instance(row) if row else None

    def _compile(self) -> _Compiled:
        compiler = self._make(self._PROBE).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        probe = _uuid_in_database(self._PROBE)
        self._compiled = _Compiled(compiler, sql, [_KEY if param == probe else param for param in params])
        return self._compiled


#: Stands among a compiled statement's parameters where the key belongs.
_KEY = object()


class _Compiled:
    """Makes an instance of a row as Django's own `ModelIterable` does, with what `select_related` joined."""

    def __init__(self, compiler: Any, sql: str, params: list[Any]) -> None:
        self.sql, self.params = sql, params
        info, select = compiler.klass_info, compiler.select
        self._model, self._first, self._end = info["model"], info["select_fields"][0], info["select_fields"][-1] + 1
        self._names = [column[0].target.attname for column in select[self._first : self._end]]
        self._populators = get_related_populators(info, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]
        self._converters = compiler.get_converters([column[0] for column in select[: compiler.col_count]])

    def instance(self, row: Any) -> Any:
        row, database = list(row), connections[DEFAULT_DB_ALIAS]
        for place, (converters, expression) in self._converters.items():
            for convert in converters:
                row[place] = convert(row[place], expression, database)
        made = self._model.from_db(DEFAULT_DB_ALIAS, self._names, row[self._first : self._end])
        for populator in self._populators:
            populator.populate(row, made)
        return made


def _uuid_in_database(key: uuid.UUID) -> Any:
    return key if connection.features.has_native_uuid_field else key.hex


def _shape(where: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{key}__isnull" if value is None else key for key, value in where.items())  # nothing equals NULL


@cache
def _update_sql(model: type[models.Model], where: tuple[str, ...], fields: tuple[str, ...]) -> str:
    written = ", ".join(f"{_column(model, name)} = %s" for name in fields)
    sought = " AND ".join(_condition(model, *key.partition("__")[::2]) for key in where)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {written} WHERE {sought}"  # noqa: S608  names of our models


@cache
def _insert_sql(model: type[models.Model], fields: tuple[str, ...], source: str) -> str:
    columns, values = ", ".join(_column(model, name) for name in fields), ", ".join(["%s"] * len(fields))
    what = f"SELECT {values} FROM {source}" if source else f"VALUES ({values})"  # noqa: S608
    return f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) {what}"


def _condition(model: type[models.Model], name: str, lookup: str) -> str:
    return _column(model, name) + (" IS NULL" if lookup == "isnull" else f" {_OPERATORS[lookup]} %s")


def _adapted(model: type[models.Model], fields: Mapping[str, Any]) -> list[Any]:
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up anew for each value
    return [
        _field(model, key).get_db_prep_save(value.pk if isinstance(value, models.Model) else value, database)
        for key, value in fields.items()
    ]


def _column(model: type[models.Model], name: str) -> str:
    return _quoted(str(_field(model, name).column))


@cache
def _field(model: type[models.Model], key: str) -> models.Field[Any, Any]:
    name = key.partition("__")[0]
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    return cast("models.Field[Any, Any]", field)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
