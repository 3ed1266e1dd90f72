"""What the sandbox's page shows as it happens: the last few hundred calls and changes. Nothing is decided by it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connections.sandbox.database import Database, moment

KEPT = 200


@dataclass(frozen=True, slots=True)
class Event:
    id: int
    at: datetime
    what: str
    detail: str


class Events:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, what: str, detail: str) -> None:
        with self._db.transaction():
            self._db.run("INSERT INTO event (at, what, detail) VALUES (?, ?, ?)", self._db.clock(), what, detail)
            self._db.run("DELETE FROM event WHERE id <= (SELECT max(id) FROM event) - ?", KEPT)

    def latest(self, limit: int = 30) -> list[Event]:
        """Newest first."""
        rows = self._db.rows("SELECT * FROM event ORDER BY id DESC LIMIT ?", limit)
        return [Event(row["id"], moment(row["at"]), row["what"], row["detail"]) for row in rows]
