"""The bytes of documents and images, on disk beside the messages. Forgets the oldest once they grow too many."""

from __future__ import annotations

from connections.sandbox.database import Database
from connections.sandbox.media import File, unpacked

#: Of one file. The real gateway takes bodies of up to 136 MB.
MOST_BYTES = 20 * 1024 * 1024
#: Of all files together.
KEPT_BYTES = 100 * 1024 * 1024


class Files:
    def __init__(self, database: Database) -> None:
        self._db = database

    def keep(self, row: int, content: bytes) -> None:
        """Those of a message; inside the transaction that writes it."""
        self._db.insert("content", {"message": row, "size": len(content), "data": content})
        self._db.run(
            "DELETE FROM content WHERE message IN (SELECT message FROM"
            " (SELECT message, sum(size) OVER (ORDER BY message DESC) AS together FROM content) WHERE together > ?)",
            KEPT_BYTES,
        )

    def read(self, key: str) -> tuple[File, bytes] | None:
        """By the message's id; None where there is none, or where it has been forgotten."""
        row = self._db.row(
            "SELECT message.file AS file, content.data AS data FROM message"
            " JOIN content ON content.message = message.row WHERE message.id = ? AND message.received = 1"
            " AND message.arrived = 1",
            key,
        )
        file = unpacked(row["file"]) if row else None
        return (file, bytes(row["data"])) if row and file else None

    def held(self) -> set[int]:
        """The rows of the messages whose bytes are still there."""
        return {row["message"] for row in self._db.rows("SELECT message FROM content")}

    def forget_emptied(self) -> None:
        """What is on no phone any more."""
        self._db.run("DELETE FROM content WHERE message IN (SELECT row FROM message WHERE received = 0)")
