"""How a message is recognised among what a number wrote: by the line of ours that holds its reference. Pure.

The rows come from the table that also holds a client's private chats. A `Trace` keeps of each only what recognising
takes, does not show its texts in a log, and nobody stores it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SEARCHED_AT_ONCE = 100
#: Wrappers in which WhatsApp puts a message of another kind (of a vanishing chat, a document with a caption).
_WRAPPERS = ("ephemeralMessage", "documentWithCaptionMessage", "viewOnceMessage", "viewOnceMessageV2")
_DEPTH = 3
_LONGEST = 80  # of an id or address: what their columns hold
_WITH_TEXT = ("imageMessage", "videoMessage", "documentMessage", "extendedTextMessage")
_TEXTS = ("text", "caption")
#: What WhatsApp's own marks of form leave around a line.
_MARKS = " _*~\u200e\u200f"
#: Of a number's own forms in other countries (521…, 549…) and without the ninth digit, the end is the same.
_SAME_END = 8


@dataclass(frozen=True, slots=True)
class Trace:
    """A row that the number itself wrote. `receipts` are the statuses that have come for it, in the gateway's words."""

    id: str
    jid: str
    at: datetime | None
    receipts: tuple[str, ...] = ()
    texts: tuple[str, ...] = field(default=(), repr=False)
    file_names: tuple[str, ...] = field(default=(), repr=False)

    def is_of(self, *, reference: str, body: str, to: str) -> bool:
        """Whether this is the message of that reference. Somebody who only mentions the reference in a chat must not
        make it so: its own line must be there as we wrote it, or a file's name hold it, and the recipient must fit."""
        if not any(reference in said for said in (*self.texts, *self.file_names)) or not _may_be(self.jid, to):
            return False  # nearly always, so it must cost little
        ours = {line for line in _lines(body) if f"#{reference}" in line}
        named = re.compile(rf"(?<![0-9A-Za-z]){re.escape(reference)}(?![0-9A-Za-z])")
        return any(ours.intersection(_lines(text)) for text in self.texts) or any(map(named.search, self.file_names))


def search_for(since: datetime, until: datetime, page: int) -> dict[str, Any]:
    """The body of a search. A time window counts only with both of its ends; `offset` is the size of a page."""
    window = {"gte": _iso(since), "lte": _iso(until)}
    return {
        "where": {"key": {"fromMe": True}, "messageTimestamp": window},
        "offset": SEARCHED_AT_ONCE,
        "page": page,
    }


def traces_of(records: Iterable[Any]) -> list[Trace]:
    """What can be read of a page's rows; one that is not as it should be is left out."""
    return [trace for record in records if (trace := _trace(record)) is not None]


def _trace(record: Any) -> Trace | None:
    key = record.get("key") if isinstance(record, dict) else None
    if not isinstance(key, dict) or key.get("fromMe") is not True:
        return None
    name, address = key.get("id"), key.get("remoteJid")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST:
        return None
    parts = list(_parts(record.get("message"), _DEPTH))
    return Trace(
        id=name,
        jid=address[:_LONGEST] if isinstance(address, str) else "",
        at=_moment(record.get("messageTimestamp")),
        receipts=tuple(_receipts(record.get("MessageUpdate"))),
        texts=tuple(_strings(parts, ("conversation", *_TEXTS))),
        file_names=tuple(_strings(parts, ("fileName",))),
    )


def _parts(message: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The message itself and what it holds that may carry a text."""
    if not isinstance(message, dict) or not depth:
        return
    yield message
    yield from (part for name in _WITH_TEXT if isinstance(part := message.get(name), dict))
    for name in _WRAPPERS:
        wrapper = message.get(name)
        if isinstance(wrapper, dict):
            yield from _parts(wrapper.get("message"), depth - 1)


def _strings(parts: list[dict[str, Any]], names: tuple[str, ...]) -> Iterator[str]:
    return (part[name] for part in parts for name in names if isinstance(part.get(name), str))


def _receipts(updates: Any) -> Iterator[str]:
    rows = updates if isinstance(updates, list) else []
    return (row["status"] for row in rows if isinstance(row, dict) and isinstance(row.get("status"), str))


def _moment(stamp: Any) -> datetime | None:
    """Seconds since 1970, which the gateway may give as a number, as text, or as a long of two halves."""
    if isinstance(stamp, dict):
        stamp = stamp.get("low")
    try:
        return datetime.fromtimestamp(int(stamp), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _lines(text: str) -> set[str]:
    return {line.strip(_MARKS) for line in text.splitlines()}


def _may_be(jid: str, to: str) -> bool:
    """Whether the address can be the recipient's. One that hides the number (`@lid`) can be anybody's."""
    name, _, server = jid.partition("@")
    if server == "g.us" or to.endswith("@g.us"):
        return jid == to
    if server != "s.whatsapp.net":
        return True
    return name.split(":")[0][-_SAME_END:] == to[-_SAME_END:]
