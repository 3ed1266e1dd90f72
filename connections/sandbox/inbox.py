"""The messages: what was handed over, what each phone received, and its receipts. Searches nothing, sends nothing."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from connections.sandbox.database import Database, moment
from connections.sandbox.files import Files
from connections.sandbox.media import File, packed, unpacked
from connections.sandbox.numbers import is_group, phone_of
from connections.sandbox.pace import Clockwork


class Fate(StrEnum):
    """What becomes of a message once the gateway has taken it."""

    ARRIVES = "arrives"
    WITHOUT_RECEIPTS = "no_receipts"  # on the phone, but nobody hears of it
    PENDING = "pending"  # never on the phone, and nobody hears of it
    ERROR = "ack_error"  # WhatsApp refuses it afterwards (463): never on the phone


@dataclass(frozen=True, slots=True)
class Received:
    """`sender` and `recipient` are E.164 (a group: its address); `jid` is the address that answered. With a `file` the
    text is its caption.

    `receipts` are (status, seconds since the epoch), in the order in which they come, some of them still to come.
    """

    row: int
    id: str
    instance: str
    instance_id: str
    sender: str
    recipient: str
    jid: str
    text: str
    at: datetime
    is_recorded: bool = True
    has_arrived: bool = True
    recorded_at: float = 0.0
    from_me: bool = True
    push_name: str = ""
    receipts: tuple[tuple[str, float], ...] = ()
    file: File | None = None

    def receipts_by(self, now: float) -> list[str]:
        return [status for status, at in self.receipts if at <= now]

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "from": self.sender,
            "to": self.recipient,
            "text": self.text,
            "at": self.at.isoformat(),
            "instance": self.instance,
            **({"file": self.file.as_json()} if self.file else {}),
        }


#: The receipts' columns, in the order in which receipts come.
RECEIPTS = {"SERVER_ACK": "server_at", "DELIVERY_ACK": "delivered_at", "READ": "read_at", "ERROR": "failed_at"}


class Inbox:
    def __init__(self, database: Database, clockwork: Clockwork) -> None:
        self._db = database
        self._clockwork = clockwork
        self.files = Files(database)

    def add(
        self,
        *,
        instance: str,
        instance_id: str,
        sender: str,
        jid: str,
        text: str,
        recorded: bool = True,
        recorded_after: float = 0.0,
        fate: Fate = Fate.ARRIVES,
        file: File | None = None,
        content: bytes = b"",
    ) -> Received:
        """The gateway takes a text, or a file, for a phone, which has it at once unless its fate is another.

        `recorded` is False when the gateway fails to write its own row; `recorded_after` is how late (s) it writes it.
        """
        now = self._db.clock()
        written = {
            "id": "3EB0" + secrets.token_hex(9).upper(),
            "instance": instance,
            "instance_id": instance_id,
            "sender": sender,
            "recipient": phone_of(jid),
            "jid": jid,
            "text": text,
            "at": now,
            "recorded": int(recorded),
            "recorded_at": now + recorded_after,
            "arrived": int(fate in (Fate.ARRIVES, Fate.WITHOUT_RECEIPTS)),
            "file": packed(file),
            **(self._planned(jid, fate, now, now + recorded_after) if recorded else {}),
        }
        with self._db.transaction():
            row = self._db.insert("message", written)
            if file is not None:
                self.files.keep(row, content)
        return received_of({**_EMPTY, **written, "row": row})

    def _planned(self, jid: str, fate: Fate, now: float, recorded_at: float) -> dict[str, float]:
        """Of a group none is told; one that comes before the gateway's own row is there is dropped, as in the real."""
        pace = self._clockwork.pace
        server = pace.server_ack or 0.0
        if is_group(jid):
            return {}
        if fate is Fate.ERROR:
            return {"failed_at": max(now + server, recorded_at)}
        if fate is not Fate.ARRIVES:
            return {}
        coming = {"delivered_at": now + max(server, pace.delivery_ack)}
        if pace.server_ack is not None:
            coming["server_at"] = now + server
        return {column: at for column, at in coming.items() if at >= recorded_at}

    def add_private(self, rows: list[dict[str, Any]]) -> None:
        """The phone's own chats, which the gateway keeps in the same table; no phone of ours shows them."""
        with self._db.transaction():
            for row in rows:
                self._db.insert("message", {**row, "private": 1, "received": 0, "arrived": 0, "recorded": 1})

    def has_private(self, instance_id: str) -> bool:
        return self._db.row("SELECT 1 FROM message WHERE instance_id = ? AND private = 1", instance_id) is not None

    def received(self, *, to: str = "", sender: str = "") -> list[Received]:
        """What the phones hold, oldest first."""
        return self._handed_over("received = 1 AND arrived = 1", to, sender)

    def shown(self, to: str) -> list[Received]:
        """What the page shows of a phone: also what was taken for it and never came, until it is emptied."""
        return self._handed_over("received = 1", to, "")

    def handed_over(self, *, to: str = "", sender: str = "") -> list[Received]:
        """All that the gateway took, also what no phone got, oldest first."""
        return self._handed_over("private = 0", to, sender)

    def _handed_over(self, which: str, to: str, sender: str) -> list[Received]:
        clauses, values = [which], []
        for column, value in (("recipient", to), ("sender", sender)):
            if value:
                clauses.append(f"{column} = ?")
                values.append(value)
        rows = self._db.rows(f"SELECT * FROM message WHERE {' AND '.join(clauses)} ORDER BY row", *values)  # noqa: S608
        return [received_of(dict(row)) for row in rows]

    def recipients(self) -> list[str]:
        """The phones that were written to, the last one first, until they are emptied."""
        rows = self._db.rows(
            "SELECT recipient FROM message WHERE received = 1 GROUP BY recipient ORDER BY max(row) DESC"
        )
        return [row["recipient"] for row in rows]

    def empty(self) -> int:
        """Take the messages off the phones; the gateway's own table keeps its rows. How many there were."""
        with self._db.transaction():
            emptied = self._db.run("UPDATE message SET received = 0 WHERE received = 1 AND arrived = 1")
            self._db.run("UPDATE message SET received = 0 WHERE received = 1")
            self.files.forget_emptied()
        return emptied

    def read(self, *, to: str = "", key: str = "") -> list[Received]:
        """The person opens the chat: what was delivered to this phone (or the one message) is read. Which ones."""
        now = self._db.clock()
        unread = "received = 1 AND arrived = 1 AND delivered_at <= ? AND read_at IS NULL AND (? = '' OR recipient = ?)"
        values = (now, to, to, key, key)
        with self._db.transaction():
            rows = self._db.rows(f"SELECT * FROM message WHERE {unread} AND (? = '' OR id = ?) ORDER BY row", *values)  # noqa: S608
            for row in rows:
                self._db.run("UPDATE message SET read_at = ? WHERE row = ?", now, row["row"])
        return [received_of({**dict(row), "read_at": now}) for row in rows]

    def count(self, instance_id: str) -> int:
        rows = self._db.rows("SELECT count(*) FROM message WHERE instance_id = ? AND recorded = 1", instance_id)
        return int(rows[0][0])

    def know(self, jid: str) -> None:
        """WhatsApp answered for this address; lookups of all instances share what is known."""
        if not self.knows(jid):
            self._db.run("INSERT OR IGNORE INTO known_number (jid) VALUES (?)", jid)

    def knows(self, jid: str) -> bool:
        return self._db.row("SELECT 1 FROM known_number WHERE jid = ?", jid) is not None


_EMPTY: dict[str, Any] = {"from_me": 1, "push_name": "", **dict.fromkeys(RECEIPTS.values())}


def received_of(row: dict[str, Any] | sqlite3.Row) -> Received:
    there = [(status, row[column]) for status, column in RECEIPTS.items() if row[column] is not None]
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
        is_recorded=bool(row["recorded"]),
        has_arrived=bool(row["arrived"]),
        recorded_at=row["recorded_at"],
        from_me=bool(row["from_me"]),
        push_name=row["push_name"],
        receipts=tuple(sorted(there, key=lambda one: one[1])),
        file=unpacked(row["file"]),
    )
