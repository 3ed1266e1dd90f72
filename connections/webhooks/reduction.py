"""Cuts an event of the gateway down to what may matter, by a list of what passes. Pure; stores nothing.

The gateway stands in the middle of a client's private WhatsApp. No text, name or number of a chat leaves this module,
but for the `Trace` of a message that may be ours: what no rule here names is dropped.
https://doc.evolution-api.com/v2/en/configuration/webhooks
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from connections.references import references_in
from connections.traces import Trace, traces_of

#: What the gateway may say of a message that the number itself wrote. Nothing else that it calls a status is kept.
RECEIPTS = ("ERROR", "PENDING", "SERVER_ACK", "DELIVERY_ACK", "READ", "PLAYED")
_STATES = ("open", "connecting", "close", "refused", "closed")
#: An id is put into a column and compared; nothing that could be a text passes.
_KEY = re.compile(r"[A-Za-z0-9._-]{1,80}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message that the number wrote; whether Adscape wrote it only the outbox knows."""

    key: str
    status: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the number has just sent and that carries something like a reference of ours."""

    trace: Trace
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to the connection: its state must be read anew. `facts` are words and numbers for support."""

    event: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A known event that holds nothing of ours."""


Reduced = Receipt | Sent | Hint | Nothing


def reduce(body: Any) -> Reduced | None:
    """What of an event may matter; None where it is no event that we know."""
    word = body.get("event") if isinstance(body, dict) else None
    if not isinstance(word, str) or len(word) > 40:
        return None
    event = word.upper().replace(".", "_").replace("-", "_")
    read = _READ.get(event)
    return read(event, body.get("data")) if read else None


def _receipt(event: str, data: Any) -> Reduced:
    found = data if isinstance(data, dict) else {}
    key, status = found.get("keyId"), found.get("status")
    if found.get("fromMe") is not True or status not in RECEIPTS or not _is_key(key):
        return Nothing()
    return Receipt(str(key), str(status))


def _sent(event: str, data: Any) -> Reduced:
    traces = traces_of([data])
    if not traces or not _is_key(traces[0].id):
        return Nothing()
    said = (*traces[0].texts, *traces[0].file_names)
    references = tuple(sorted({reference for text in said for reference in references_in(text)}))
    return Sent(traces[0], references) if references else Nothing()


def _connection(event: str, data: Any) -> Reduced:
    return Hint(event, _picked(data, words=("state",), numbers=("statusReason",)))


def _qr(event: str, data: Any) -> Reduced:
    """Never the code: who has it can link a phone. That the gateway's limit is reached has a status code of its own."""
    return Hint(event, _picked(data, numbers=("statusCode",)))


def _status(event: str, data: Any) -> Reduced:
    return Hint(event, _picked(data, words=("status",), numbers=("disconnectionReasonCode",)))


def _bare(event: str, data: Any) -> Reduced:
    return Hint(event)


_READ: dict[str, Callable[[str, Any], Reduced]] = {
    "QRCODE_UPDATED": _qr,
    "CONNECTION_UPDATE": _connection,
    "MESSAGES_UPDATE": _receipt,
    "SEND_MESSAGE": _sent,
    "LOGOUT_INSTANCE": _bare,
    "REMOVE_INSTANCE": _bare,
    "STATUS_INSTANCE": _status,
}
#: What an instance's webhook asks for: what is worked on here, and no more.
EVENTS = frozenset(_READ)


def _is_key(value: Any) -> bool:
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def _picked(data: Any, *, words: tuple[str, ...] = (), numbers: tuple[str, ...] = ()) -> dict[str, Any]:
    found = data if isinstance(data, dict) else {}
    kept = {name: found[name] for name in words if found.get(name) in _STATES}
    return kept | {name: found[name] for name in numbers if _is_code(found.get(name))}


def _is_code(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10_000
