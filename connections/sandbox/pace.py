"""How fast the stand-in's world moves: receipts, and the patience of its webhooks. Kept in memory; tests shorten it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

_LONGEST = 3600.0


class PaceError(ValueError):
    """No such pace; the message says why, in pt-BR."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds, but for the attempts. The webhooks' are the real server's defaults.

    Without a `server_ack` that receipt is never told of, as recorded of plain texts; it may come all the same.
    """

    server_ack: float | None = 0.3
    delivery_ack: float = 1.2
    webhook_wait: float = 5.0
    webhook_max_wait: float = 300.0
    webhook_timeout: float = 30.0
    webhook_attempts: int = 10

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def changed(self, given: dict[str, Any]) -> Pace:
        """With the values given, the rest as it is. Raises PaceError."""
        known = {field.name for field in fields(self)}
        for name, value in given.items():
            if name not in known:
                raise PaceError(f"Ritmo desconhecido: use {', '.join(sorted(known))}.")
            if value is None and name == "server_ack":
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LONGEST:
                raise PaceError(f"{name} precisa ser um número entre 0 e {_LONGEST:.0f}.")
        whole = {"webhook_attempts": max(int(given["webhook_attempts"]), 1)} if "webhook_attempts" in given else {}
        return replace(self, **{**given, **whole})


@dataclass(slots=True)
class Clockwork:
    """The pace in force, shared by those who go by it."""

    pace: Pace = Pace()
