"""The messages: what each phone received, and what the gateway's own table keeps of it. Sends nothing anywhere."""

from __future__ import annotations

import math
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connections.sandbox.database import Database, moment
from connections.sandbox.numbers import phone_of


@dataclass(frozen=True, slots=True)
class Received:
    """`sender` and `recipient` are E.164 (a group: its address); `jid` is the address that answered."""

    row: int
    id: str
    instance: str
    instance_id: str
    sender: str
    recipient: str
    jid: str
    text: str
    at: datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "from": self.sender,
            "to": self.recipient,
            "text": self.text,
            "at": self.at.isoformat(),
            "instance": self.instance,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the gateway's own table."""

    total: int
    pages: int
    page: int
    messages: list[Received]


class Inbox:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, *, instance: str, instance_id: str, sender: str, jid: str, text: str, recorded: bool = True
    ) -> Received:
        """A phone receives a text; `recorded` is False when the gateway fails to write its own row of it."""
        key = "3EB0" + secrets.token_hex(9).upper()
        values = (key, instance, instance_id, sender, phone_of(jid), jid, text, self._db.clock(), int(recorded))
        with self._db.transaction():
            self._db.run(
                "INSERT INTO message (id, instance, instance_id, sender, recipient, jid, text, at, recorded)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                *values,
            )
            row = self._db.row("SELECT * FROM message WHERE id = ?", key)
        if row is None:
            raise RuntimeError("The message just written is gone.")
        return _received(row)

    def received(self, *, to: str = "", sender: str = "") -> list[Received]:
        """What the phones hold, oldest first."""
        rows = self._db.rows(
            "SELECT * FROM message WHERE received = 1 AND (? = '' OR recipient = ?) AND (? = '' OR sender = ?)"
            " ORDER BY row",
            *(to, to, sender, sender),
        )
        return [_received(row) for row in rows]

    def recipients(self) -> list[str]:
        """The phones that hold messages, the one that received last first."""
        rows = self._db.rows(
            "SELECT recipient FROM message WHERE received = 1 GROUP BY recipient ORDER BY max(row) DESC"
        )
        return [row["recipient"] for row in rows]

    def empty(self) -> int:
        """Take the messages off the phones; the gateway's own table keeps its rows. How many there were."""
        return self._db.run("UPDATE message SET received = 0 WHERE received = 1")

    def find(self, instance_id: str, where: dict[str, Any], size: int, page: int) -> Found:
        """The gateway's rows of an instance, newest first. A time window counts only with both of its ends."""
        clauses, values = _filters(instance_id, where)
        total = self._db.rows(f"SELECT count(*) FROM message WHERE {clauses}", *values)[0][0]  # noqa: S608 (no value in it)
        rows = self._db.rows(
            f"SELECT * FROM message WHERE {clauses} ORDER BY row DESC LIMIT ? OFFSET ?",  # noqa: S608
            *(*values, size, (page - 1) * size),
        )
        return Found(total, math.ceil(total / size), page, [_received(row) for row in rows])

    def count(self, instance_id: str) -> int:
        rows = self._db.rows("SELECT count(*) FROM message WHERE instance_id = ? AND recorded = 1", instance_id)
        return int(rows[0][0])

    def know(self, jid: str) -> None:
        """WhatsApp answered for this address; lookups of all instances share what is known."""
        self._db.run("INSERT OR IGNORE INTO known_number (jid) VALUES (?)", jid)

    def knows(self, jid: str) -> bool:
        return self._db.row("SELECT 1 FROM known_number WHERE jid = ?", jid) is not None


def _filters(instance_id: str, where: dict[str, Any]) -> tuple[str, list[Any]]:
    clauses = ["instance_id = ?", "recorded = 1"]
    values: list[Any] = [instance_id]
    key = where.get("key")
    if isinstance(key, dict):
        for name, column in (("id", "id"), ("remoteJid", "jid")):
            if key.get(name):
                clauses.append(f"{column} = ?")
                values.append(str(key[name]))
        if key.get("fromMe") is False:
            clauses.append("0")  # nobody writes to these numbers
    span = where.get("messageTimestamp")
    if isinstance(span, dict) and span.get("gte") and span.get("lte"):
        clauses.append("CAST(at AS INTEGER) BETWEEN ? AND ?")
        values += [int(datetime.fromisoformat(str(span[end])).timestamp()) for end in ("gte", "lte")]
    return " AND ".join(clauses), values


def _received(row: sqlite3.Row) -> Received:
    return Received(
        row=row["row"],
        id=row["id"],
        instance=row["instance"],
        instance_id=row["instance_id"],
        sender=row["sender"],
        recipient=row["recipient"],
        jid=row["jid"],
        text=row["text"],
        at=moment(row["at"]),
    )
