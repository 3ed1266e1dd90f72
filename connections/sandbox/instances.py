"""An instance as the sandbox keeps it, its table, and what of it a webhook may tell. Rows only; the rules are the
store's."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Protocol

from connections.sandbox.database import Database
from connections.sandbox.numbers import jid_of

SETTINGS: dict[str, Any] = {
    "rejectCall": False,
    "msgCall": "",
    "groupsIgnore": False,
    "alwaysOnline": False,
    "readMessages": False,
    "readStatus": False,
    "syncFullHistory": False,
    "wavoipToken": "",
}


#: What an instance is set to whose session is neither stuck nor in a storm.
QUIET: dict[str, Any] = {"stuck": "", "storm_at": 0, "storm_until": 0, "storm_ends": ""}


class Done(Protocol):
    """Called once an event has been delivered, given up, or found to have nobody who wants it."""

    def __call__(self) -> None: ...


class Announce(Protocol):
    """Tells an instance's webhook what happened; `data` may be a function that makes it, called only when wanted."""

    def __call__(
        self, name: str, event: str, data: Any = None, *, delay: float = 0.0, number: str = "", done: Done | None = None
    ) -> None: ...


def silence(
    name: str, event: str, data: Any = None, *, delay: float = 0.0, number: str = "", done: Done | None = None
) -> None:
    """Where no server runs (the demo seed), nobody is told."""
    if done:
        done()


@dataclass(frozen=True, slots=True)
class Instance:
    """`state` is open, connecting or close; `socket` (none, waiting, open, gone) decides which error a send meets.

    `phone` (E.164) and `profile_name` outlive a logout. Times are seconds since the epoch, 0 for never. `stuck` is why
    its connecting leads nowhere until it is logged out: "read" (a phone read the QR, and nothing opens), "code"
    (WhatsApp gives no pairing code), "lost" (a session that does not come back); "" where it is not stuck.
    """

    name: str
    id: str
    token: str
    state: str
    socket: str
    number: str
    phone: str
    profile_name: str
    qr_code: str
    qr_count: int
    qr_at: float
    pairing_code: str
    webhook: dict[str, Any] | None
    settings: dict[str, Any]
    disconnection: str
    disconnected_at: float
    deleted_at: float
    created_at: float
    updated_at: float
    stuck: str = ""
    storm_at: float = 0.0
    storm_until: float = 0.0
    storm_ends: str = ""

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def has_qr(self) -> bool:
        return self.state == "connecting" and bool(self.qr_code)

    @property
    def is_stormy(self) -> bool:
        """Its session comes and goes by the second, until `storm_until`."""
        return self.storm_until > 0

    @property
    def owner_jid(self) -> str:
        return jid_of(self.phone) if self.phone else ""

    @property
    def hook_url(self) -> str:
        """Where its events go, "" for nowhere."""
        return str(self.webhook.get("url") or "") if self.webhook and self.webhook.get("enabled") else ""

    def wants(self, event: str) -> bool:
        return bool(self.hook_url) and event in (self.webhook or {}).get("events", ())


class InstanceTable:
    """The rows, as they stand: no time passes by reading them here."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def all(self) -> list[Instance]:
        """In the order of creation."""
        return [_instance_of(row) for row in self._db.rows("SELECT * FROM instance ORDER BY created_at, rowid")]

    def get(self, name: str) -> Instance | None:
        row = self._db.row("SELECT * FROM instance WHERE name = ?", name)
        return _instance_of(row) if row else None

    def moved_on(self, qr_before: float) -> list[Instance]:
        """Those with a QR that was shown before then and renews itself, or in a storm."""
        due = "SELECT * FROM instance WHERE (qr_code <> '' AND qr_at <= ? AND stuck = '') OR storm_until > 0"
        return [_instance_of(row) for row in self._db.rows(due, qr_before)]

    def add(self, **columns: Any) -> None:
        now = self._db.clock()
        self._db.insert("instance", {**columns, "created_at": now, "updated_at": now})

    def change(self, name: str, **columns: Any) -> None:
        columns["updated_at"] = self._db.clock()
        names = ", ".join(f"{column} = ?" for column in columns)
        self._db.run(f"UPDATE instance SET {names} WHERE name = ?", *columns.values(), name)  # noqa: S608 (our own names)

    def free(self, deleted_before: float) -> None:
        """Delete the names that were given up until then."""
        self._db.run("DELETE FROM instance WHERE deleted_at > 0 AND deleted_at <= ?", deleted_before)


def _instance_of(row: sqlite3.Row) -> Instance:
    values = dict(row)
    values["webhook"] = json.loads(values["webhook"])
    values["settings"] = json.loads(values["settings"])
    return Instance(**values)
