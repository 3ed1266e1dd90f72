"""The gateway's own tables as findMessages and findStatusMessage search them, with the real one's blind spots.

A time window counts only with both of its ends, a text cannot be searched for, and `fromMe` filters only when it is
true: the real one takes false for "not given".
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections.sandbox.database import Database
from connections.sandbox.inbox import RECEIPTS, Received, received_of


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the gateway's own table, as it stood at `now`."""

    total: int
    pages: int
    page: int
    messages: list[Received]
    now: float


class Search:
    def __init__(self, database: Database) -> None:
        self._db = database

    def messages(self, instance_id: str, where: dict[str, Any], size: int, page: int) -> Found:
        """The rows of an instance, newest first."""
        now = self._db.clock()
        clauses, values = _filters(instance_id, where, now)
        total = self._db.rows(f"SELECT count(*) FROM message WHERE {clauses}", *values)[0][0]  # noqa: S608 (no value in it)
        rows = self._db.rows(
            f"SELECT * FROM message WHERE {clauses} ORDER BY at DESC, row DESC LIMIT ? OFFSET ?",  # noqa: S608
            *(*values, size, (page - 1) * size),
        )
        return Found(total, math.ceil(total / size), page, [received_of(row) for row in rows], now)

    def receipts(self, instance_id: str, where: dict[str, Any], size: int, page: int) -> list[tuple[Received, str]]:
        """Each receipt with its message, in the order in which they came; without a size, all of them."""
        now = self._db.clock()
        clauses, values = ["instance_id = ?", "recorded = 1", "recorded_at <= ?"], [instance_id, now]
        for name, column in (("id", "id"), ("remoteJid", "jid")):
            if where.get(name):
                clauses.append(f"{column} = ?")
                values.append(str(where[name]))
        had = " OR ".join(f"{column} <= ?" for column in RECEIPTS.values())
        rows = self._db.rows(
            f"SELECT * FROM message WHERE {' AND '.join(clauses)} AND ({had})",  # noqa: S608
            *(*values, *[now] * len(RECEIPTS)),
        )
        all_of_them = [
            (at, message.row, message, status)
            for message in map(received_of, rows)
            for status, at in message.receipts
            if at <= now
        ]
        found = [(message, status) for _, _, message, status in sorted(all_of_them, key=lambda one: one[:2])]
        return found[(page - 1) * size : page * size] if size else found


def _filters(instance_id: str, where: dict[str, Any], now: float) -> tuple[str, list[Any]]:
    clauses = ["instance_id = ?", "recorded = 1", "recorded_at <= ?"]
    values: list[Any] = [instance_id, now]
    key = where.get("key")
    if isinstance(key, dict):
        for name, column in (("id", "id"), ("remoteJid", "jid")):
            if key.get(name):
                clauses.append(f"{column} = ?")
                values.append(str(key[name]))
        if key.get("fromMe"):
            clauses.append("from_me = 1")
    span = where.get("messageTimestamp")
    if isinstance(span, dict) and span.get("gte") and span.get("lte"):
        first, last = (math.floor(datetime.fromisoformat(str(span[end])).timestamp()) for end in ("gte", "lte"))
        clauses.append("at >= ? AND at < ?")
        values += [first, last + 1]
    return " AND ".join(clauses), values
