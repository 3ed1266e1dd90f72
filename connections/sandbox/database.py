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
  updated_at REAL NOT NULL
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
  received INTEGER NOT NULL DEFAULT 1  -- 0: the phone's list was emptied, the gateway's own rows stay
);
CREATE TABLE IF NOT EXISTS known_number (jid TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS fault (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  call TEXT NOT NULL,
  left INTEGER,                      -- NULL: until it is switched off
  seconds REAL NOT NULL,
  number TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS event (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL
);
"""


class Database:
    """Safe to use from any thread, and from a second process that writes the same file now and then."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

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
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def run(self, sql: str, *values: Any) -> int:
        """Execute one writing statement; how many rows it touched."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        found = self.rows(sql, *values)
        return found[0] if found else None


def moment(seconds: float) -> datetime:
    """UTC, from the seconds that the file holds."""
    return datetime.fromtimestamp(seconds, UTC)
