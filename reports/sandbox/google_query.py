"""A query of Google Ads (GAQL) as far as Adscape asks: one SELECT of one resource, conditions joined by AND. Pure.

https://developers.google.com/google-ads/api/docs/query/grammar
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>[\w.,\s]+?)\s+FROM\s+(?P<resource>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?(?:\s+ORDER\s+BY\s+[\w.,\s]+?)?(?:\s+LIMIT\s+(?P<limit>[0-9]+))?"
    r"(?:\s+PARAMETERS\s+.+)?\s*",
    re.IGNORECASE | re.DOTALL,
)
_BETWEEN = re.compile(r"([\w.]+)\s+BETWEEN\s+('[^']*'|\"[^\"]*\"|\S+)\s+AND\s+('[^']*'|\"[^\"]*\"|\S+)", re.IGNORECASE)
_CONDITION = re.compile(r"([\w.]+)\s*(!=|<=|>=|=|<|>)\s*('[^']*'|\"[^\"]*\"|[\w.]+)")


class QueryError(ValueError):
    """`name` is that of Google's queryError."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class Query:
    fields: tuple[str, ...]
    resource: str
    #: Field, sign, value as it was written.
    conditions: tuple[tuple[str, str, str], ...]
    limit: int | None

    def keeps(self, row: Mapping[str, Any]) -> bool:
        return all(_holds(row.get(field), sign, value) for field, sign, value in self.conditions)

    def days(self) -> tuple[date, date] | None:
        """What the conditions on `segments.date` leave; None where there are none. Raises QueryError."""
        since, until = date.min, date.max
        found = [(sign, value) for field, sign, value in self.conditions if field == "segments.date"]
        for sign, value in found:
            try:
                day = date.fromisoformat(value)
            except ValueError:
                raise QueryError("INVALID_VALUE_WITH_BETWEEN_OPERATOR", f"Invalid date: '{value}'.") from None
            since = max(since, day) if sign in (">=", "=", ">") else since
            until = min(until, day) if sign in ("<=", "=", "<") else until
        return (since, until) if found else None


@lru_cache(maxsize=4096)
def parsed(text: str) -> Query:
    """Raises QueryError."""
    found = _QUERY.fullmatch(text)
    if found is None:
        raise QueryError("UNEXPECTED_INPUT", "Error in query: unexpected input.")
    fields = tuple(name.strip() for name in found["fields"].split(",") if name.strip())
    limit = int(found["limit"]) if found["limit"] else None
    return Query(fields, found["resource"], tuple(_conditions(found["where"] or "")), limit)


def _conditions(where: str) -> Iterable[tuple[str, str, str]]:
    for field, first, last in _BETWEEN.findall(where):
        yield field, ">=", _bare(first)
        yield field, "<=", _bare(last)
    for part in filter(None, (part.strip() for part in re.split(r"\bAND\b", _BETWEEN.sub("", where), flags=re.I))):
        found = _CONDITION.fullmatch(part)
        if found is None:
            raise QueryError("UNEXPECTED_INPUT", f"Error in WHERE clause: unexpected input {part[:40]}.")
        yield found[1], found[2], _bare(found[3])


def _bare(value: str) -> str:
    return value[1:-1] if value[:1] in "'\"" and value[-1:] == value[:1] else value


def _holds(have: Any, sign: str, value: str) -> bool:
    if isinstance(have, bool):
        want: Any = value.lower() == "true"
    elif isinstance(have, int | float):
        want = float(value)
    else:
        have, want = "" if have is None else str(have), value
    return bool(
        {
            "=": have == want,
            "!=": have != want,
            "<": have < want,
            "<=": have <= want,
            ">": have > want,
            ">=": have >= want,
        }[sign]
    )
