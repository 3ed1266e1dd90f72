"""Statements that run for every message, without what the ORM spends on building them anew each time.

Building an UPDATE or a join in Django takes ten times as long as the database takes to run it; for one page that is
nothing, for each of ten thousand messages it is most of the work. Only conditions of the kinds below, only one table to
write; values are adapted by the models' own fields, so that both databases get what they store. Decides nothing.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)

_OPERATORS = {"": "=", "lte": "<=", "lt": "<", "gte": ">=", "gt": ">"}


def update(model: type[models.Model], where: Mapping[str, Any], fields: Mapping[str, Any]) -> int:
    """`UPDATE … SET fields WHERE where`; how many rows. Keys of `where` may end in __lte, __lt, __gte or __gt."""
    table = _quoted(model._meta.db_table)
    written = [_column(model, name, value) for name, value in fields.items()]
    sought = [_condition(model, key, value) for key, value in where.items()]
    sql = (
        f"UPDATE {table} SET {', '.join(f'{column} = %s' for column, _ in written)}"  # noqa: S608  names of our models
        f" WHERE {' AND '.join(condition for condition, _ in sought)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, value in written] + [value for _, values in sought for value in values])
        return int(cursor.rowcount)


def insert(model: type[models.Model], fields: Mapping[str, Any]) -> int:
    """`INSERT` of one row that names each of its columns but `id`; the id that the database gave it."""
    written = [_column(model, name, value) for name, value in fields.items()]
    sql = (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(column for column, _ in written)})"  # noqa: S608
        f" VALUES ({', '.join(['%s'] * len(written))}) RETURNING {_quoted('id')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, value in written])
        return int(cursor.fetchone()[0])


class ByKey(Generic[M]):
    """A query for one row by a uuid, compiled once. `make(key)` is the query; its rows are ordinary model instances.

    What `make` compares with the key must be equality, and nothing else in it may change from call to call.
    """

    _PROBE = uuid.UUID("6f1d1f0a-3b7e-4f4e-9a35-0c1f5d3b2a90")

    def __init__(self, make: Callable[[uuid.UUID], models.QuerySet[M]]) -> None:
        self._make = make
        self._compiled: tuple[Any, str, list[Any], list[int]] | None = None

    def first(self, key: uuid.UUID) -> M | None:
        compiled, sql, params, places = self._compiled or self._compile()
        compiler = copy.copy(compiled)
        compiler.connection = connections[DEFAULT_DB_ALIAS]  # each thread has its own
        params = list(params)
        for place in places:
            params[place] = _uuid_in_database(key)
        with compiler.connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows = cursor.fetchmany(1)
        return next((self._row(compiler, row) for row in compiler.results_iter([rows])), None)

    def _compile(self) -> tuple[Any, str, list[Any], list[int]]:
        compiler = self._make(self._PROBE).query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        probe = _uuid_in_database(self._PROBE)
        places = [place for place, param in enumerate(params) if param == probe]
        self._compiled = (compiler, sql, list(params), places)
        return self._compiled

    @staticmethod
    def _row(compiler: Any, row: Any) -> Any:
        """As Django's own `ModelIterable` makes an instance of a row, with what `select_related` joined."""
        info, select = compiler.klass_info, compiler.select
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column[0].target.attname for column in select[first:last]]
        made = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
        for populator in get_related_populators(info, select, DEFAULT_DB_ALIAS):  # type: ignore[call-arg]
            populator.populate(row, made)
        return made


def _uuid_in_database(key: uuid.UUID) -> Any:
    return key if connection.features.has_native_uuid_field else key.hex


def _condition(model: type[models.Model], key: str, value: Any) -> tuple[str, list[Any]]:
    name, _, lookup = key.partition("__")
    column, adapted = _column(model, name, value)
    if value is None and not lookup:  # nothing equals NULL
        return f"{column} IS NULL", []
    return f"{column} {_OPERATORS[lookup]} %s", [adapted]


def _column(model: type[models.Model], name: str, value: Any) -> tuple[str, Any]:
    field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    if isinstance(value, models.Model):
        value = value.pk
    return _quoted(str(field.column)), field.get_db_prep_save(value, connection)  # type: ignore[union-attr]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
