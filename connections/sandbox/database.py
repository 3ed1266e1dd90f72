"""The sandbox's own SQLite file: one connection behind one lock, with its tables. Knows nothing of what the rows mean.

It is not the product's database and not Django's: the sandbox stands in for a foreign server, so it shares no state
with the application but what goes over HTTP.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS instance (
  name TEXT PRIMARY KEY,
  id TEXT NOT NULL,
  token TEXT NOT NULL,
  state TEXT NOT NULL,               -- open, connecting, close: what connectionState answers
  socket TEXT NOT NULL,              -- none, waiting, open, gone: which error a send meets
  number TEXT NOT NULL DEFAULT '',   -- of the pairing code, as given
  phone TEXT NOT NULL DEFAULT '',    -- E.164 of the phone that scanned; survives a logout, as the owner's address does
  profile_name TEXT NOT NULL DEFAULT '',
  qr_code TEXT NOT NULL DEFAULT '',
  qr_count INTEGER NOT NULL DEFAULT 0,
  qr_at REAL NOT NULL DEFAULT 0,
  pairing_code TEXT NOT NULL DEFAULT '',
  webhook TEXT NOT NULL DEFAULT 'null',
  settings TEXT NOT NULL DEFAULT '{}',
  disconnection TEXT NOT NULL DEFAULT '',
  disconnected_at REAL NOT NULL DEFAULT 0,
  deleted_at REAL NOT NULL DEFAULT 0,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  stuck TEXT NOT NULL DEFAULT '',    -- read, code, lost: why connecting leads nowhere
  storm_at REAL NOT NULL DEFAULT 0,
  storm_until REAL NOT NULL DEFAULT 0,  -- 0: its session is quiet
  storm_ends TEXT NOT NULL DEFAULT ''   -- the state in which a storm leaves it
);
CREATE TABLE IF NOT EXISTS message (
  row INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL,
  instance TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipient TEXT NOT NULL,
  jid TEXT NOT NULL,
  text TEXT NOT NULL,
  at REAL NOT NULL,
  recorded INTEGER NOT NULL,         -- 0: the phone has it, findMessages does not
  received INTEGER NOT NULL DEFAULT 1,  -- 0: the phone's list was emptied, the gateway's own rows stay
  arrived INTEGER NOT NULL DEFAULT 1,   -- 0: the gateway took it, and no phone ever got it
  recorded_at REAL NOT NULL DEFAULT 0,  -- until then findMessages does not show it
  private INTEGER NOT NULL DEFAULT 0,   -- 1: invented, of the phone's own chats
  file TEXT NOT NULL DEFAULT '',        -- JSON: what is known of its document or image
  from_me INTEGER NOT NULL DEFAULT 1,
  push_name TEXT NOT NULL DEFAULT '',
  server_at REAL,                    -- receipts: from which moment each is there, NULL for never
  delivered_at REAL,
  read_at REAL,
  failed_at REAL
);
CREATE TABLE IF NOT EXISTS content (message INTEGER PRIMARY KEY, size INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS known_number (jid TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS fault (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  call TEXT NOT NULL,
  left INTEGER,                      -- NULL: until it is switched off
  seconds REAL NOT NULL,
  number TEXT NOT NULL DEFAULT '',
  event TEXT NOT NULL DEFAULT ''     -- of a webhook, where only one kind of event is struck
);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL
);
"""
#: Columns that files of an earlier version lack, by table.
ADDED = {
    "instance": (
        "stuck TEXT NOT NULL DEFAULT ''",
        "storm_at REAL NOT NULL DEFAULT 0",
        "storm_until REAL NOT NULL DEFAULT 0",
        "storm_ends TEXT NOT NULL DEFAULT ''",
    ),
    "message": (
        "arrived INTEGER NOT NULL DEFAULT 1",
        "recorded_at REAL NOT NULL DEFAULT 0",
        "private INTEGER NOT NULL DEFAULT 0",
        "file TEXT NOT NULL DEFAULT ''",
        "from_me INTEGER NOT NULL DEFAULT 1",
        "push_name TEXT NOT NULL DEFAULT ''",
        "server_at REAL",
        "delivered_at REAL",
        "read_at REAL",
        "failed_at REAL",
    ),
    "fault": ("event TEXT NOT NULL DEFAULT ''",),
}
INDEXES = """
CREATE INDEX IF NOT EXISTS message_id ON message (id);
CREATE INDEX IF NOT EXISTS message_found ON message (instance_id, at);
CREATE INDEX IF NOT EXISTS message_held ON message (recipient, row) WHERE received = 1;
CREATE INDEX IF NOT EXISTS message_private ON message (instance_id) WHERE private = 1;
"""


class Database:
    """Safe to use from any thread, and from a second process that writes the same file now and then."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._after: list[Callable[[], None]] = []
        self._connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)
        self._add_columns()
        self._connection.executescript(INDEXES)

    def _add_columns(self) -> None:
        with self.transaction():
            for table, columns in ADDED.items():
                known = {row["name"] for row in self.rows(f"PRAGMA table_info({table})")}
                for column in columns:
                    if column.split()[0] not in known:
                        self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; takes the write lock at once, so that two writers queue. May be nested."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                self._after.clear()
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0
            due, self._after = self._after, []
        for call in due:
            call()

    def on_commit(self, call: Callable[[], None]) -> None:
        """Have it called once what is being written is there to be read; at once outside a transaction."""
        with self._lock:
            if self._depth:
                self._after.append(call)
                return
        call()

    def run(self, sql: str, *values: Any) -> int:
        """Execute one writing statement; how many rows it touched."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Write one row of a table of ours; its row id."""
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._lock:
            done = self._connection.execute(
                f"INSERT INTO {table} ({columns}) VALUES ({marks})",  # noqa: S608 (our own names)
                tuple(values.values()),
            )
            return int(done.lastrowid or 0)

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None


def moment(seconds: float) -> datetime:
    """UTC, from the seconds that the file holds."""
    return datetime.fromtimestamp(seconds, UTC)
