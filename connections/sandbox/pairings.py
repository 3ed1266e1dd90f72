"""The pairing of an instance that waits for a phone: which QR and code are on show, when the next come, when it ends.

It moves only instances that it is handed, inside the store's transactions; that a phone has opened one is the store's.
"""

from __future__ import annotations

from typing import Any, Protocol

from connections.sandbox import payloads, qr
from connections.sandbox.events import Events
from connections.sandbox.instances import QUIET, Instance, InstanceTable


class ScanError(ValueError):
    """The phone could not be paired; the message says why, in pt-BR."""


class Tell(Protocol):
    """Announces an event of an instance once what is being written is there to be read, and `delay` seconds later."""

    def __call__(self, name: str, event: str, data: Any, *, delay: float = 0.0) -> None: ...


class Pairings:
    def __init__(self, rows: InstanceTable, events: Events, tell: Tell) -> None:
        self._rows = rows
        self._events = events
        self._tell = tell

    def begin(self, instance: Instance, now: float, *, number: str, with_qr: bool, stuck: str) -> None:
        """A new socket, which shows its first QR unless WhatsApp gives none."""
        self._tell(instance.name, "CONNECTION_UPDATE", payloads.connecting(instance.name))
        if not with_qr:
            self._rows.change(instance.name, state="connecting", socket="waiting", qr_code="", stuck=stuck)
            return
        # The count goes on over logouts, and starts again only after the limit.
        count = instance.qr_count + 1 if instance.qr_count < qr.LIMIT else 1
        self._show(instance.name, qr.fresh_code(), count, now, pairing=qr.pairing_code() if number else "")

    def restart(self, instance: Instance, now: float) -> None:
        """The same socket, the next reference."""
        self._tell(instance.name, "CONNECTION_UPDATE", payloads.connecting(instance.name))
        code = qr.next_code(instance.qr_code)
        self._show(instance.name, code, instance.qr_count + 1, now, pairing=instance.pairing_code)

    def renew(self, instance: Instance, now: float) -> None:
        """The next QR in its turn, or the end of the pairing where the last one is used up."""
        turns = qr.turns(instance.qr_at, now)
        if instance.qr_count + turns > qr.LIMIT:
            self.exhaust(instance)
            return
        at = instance.qr_at + turns * qr.LIFE
        code = qr.next_code(instance.qr_code)
        self._show(instance.name, code, instance.qr_count + turns, at, pairing=instance.pairing_code)

    def exhaust(self, instance: Instance) -> None:
        """The gateway's own limit of QR codes is used up. Raises ScanError where none is on show."""
        self.need_qr(instance)
        self._rows.change(instance.name, state="close", qr_code="", qr_count=qr.LIMIT, pairing_code="")
        self._events.add("QRCODE_UPDATED", f"{instance.name}  limite de {qr.LIMIT} voltas")
        self._tell(instance.name, "QRCODE_UPDATED", payloads.QR_LIMIT_REACHED)
        self._tell(instance.name, "CONNECTION_UPDATE", payloads.refused(instance))

    def read_in_vain(self, instance: Instance) -> None:
        """A phone has read the QR, and nothing opens. Raises ScanError."""
        self.need_qr(instance)
        self._rows.change(instance.name, stuck="read")
        self._events.add("CELULAR LEU O QR", f"{instance.name}  não abriu")

    def need_qr(self, instance: Instance) -> None:
        """Raises ScanError where there is no QR that a phone could open."""
        if instance.stuck == "read":
            raise ScanError("Um celular já leu este QR Code, e ele não abre mais nada. Peça outro no Adscape.")
        if not instance.has_qr:
            expired = instance.qr_count >= qr.LIMIT
            raise ScanError(
                "O QR Code expirou. Peça outro no Adscape." if expired else "Nenhum QR Code aberto nesta instância."
            )

    def _show(self, name: str, code: str, count: int, at: float, *, pairing: str) -> None:
        shown = {"qr_code": code, "qr_count": count, "qr_at": at, "pairing_code": pairing}
        self._rows.change(name, state="connecting", socket="waiting", **shown, **QUIET)
        self._events.add("QRCODE_UPDATED", f"{name}  volta {count}")
        now_shown = self._rows.get(name)
        if now_shown is not None:
            self._tell(name, "QRCODE_UPDATED", lambda: payloads.qrcode_updated(now_shown))
