"""An instance as the sandbox keeps it, and what of it a webhook may tell. Rows only; the rules are the store's."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any, Protocol

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

    `phone` (E.164) and `profile_name` outlive a logout. Times are seconds since the epoch, 0 for never.
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

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def has_qr(self) -> bool:
        return self.state == "connecting" and bool(self.qr_code)

    @property
    def owner_jid(self) -> str:
        return jid_of(self.phone) if self.phone else ""

    @property
    def hook_url(self) -> str:
        """Where its events go, "" for nowhere."""
        return str(self.webhook.get("url") or "") if self.webhook and self.webhook.get("enabled") else ""

    def wants(self, event: str) -> bool:
        return bool(self.hook_url) and event in (self.webhook or {}).get("events", ())


def instance_of(row: sqlite3.Row) -> Instance:
    values = dict(row)
    values["webhook"] = json.loads(values["webhook"])
    values["settings"] = json.loads(values["settings"])
    return Instance(**values)
