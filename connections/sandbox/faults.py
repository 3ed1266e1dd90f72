"""Which ways of failing the sandbox can be told to show, and how many calls each has left. Carries none out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from connections.sandbox.database import Database
from connections.sandbox.numbers import jid_of

CALLS = ("send", "connect", "state", "create", "any")
_EVERY = frozenset(CALLS)
_SEND = frozenset({"send"})


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    label: str
    effect: str
    calls: frozenset[str] = _EVERY
    seconds: float = 0.0

    @property
    def call(self) -> str:
        """Where it strikes when nobody says: a kind of one call there, the others on sends."""
        return next(iter(sorted(self.calls))) if len(self.calls) == 1 else "connect" if self.name == "no_qr" else "send"


#: In the order of the page.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("delay", "Lento", "responde em 12 s, e faz", seconds=12),
        Kind("hang", "Sem resposta", "segura a chamada por 60 s, e não faz", seconds=60),
        Kind("error_500", "Erro 500", "responde 500, e não faz"),
        Kind("reset_before_send", "Corte antes", "corta a conexão, e não entrega"),
        Kind("reset_after_send", "Resposta perdida", "entrega, mas corta a resposta"),
        Kind("sent_not_recorded", "Entregue sem registro", "entrega, responde 500, não registra", _SEND),
        Kind("not_on_whatsapp", "Sem WhatsApp", "o número do destinatário não existe", _SEND),
        Kind("closed", "Conexão fechada", "o envio devolve 400 Connection Closed", _SEND),
        Kind("lookup_timeout", "Busca sem resposta", "o WhatsApp não acha o número em 60 s", _SEND, seconds=60),
        Kind("no_qr", "QR não vem", 'connect devolve {"count":0}', frozenset({"connect", "create"})),
    )
}


class FaultError(ValueError):
    """What was asked for is no fault that exists; the message says why, in pt-BR."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`left` is None until it is switched off; `number` narrows it to one recipient, given as E.164 or as digits."""

    id: int
    kind: str
    call: str
    left: int | None
    seconds: float
    number: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    def __init__(self, database: Database) -> None:
        self._db = database

    def add(
        self, kind: str, call: str = "", times: int | None = 1, seconds: float | None = None, number: str = ""
    ) -> Fault:
        """Order a fault for the next `times` calls, or, with None, until it is removed. Raises FaultError."""
        known = KINDS.get(kind)
        if known is None:
            raise FaultError(f"Falha desconhecida: use uma de {', '.join(KINDS)}.")
        call = call or known.call
        if call not in known.calls:
            raise FaultError(f"A falha {kind} vale para {', '.join(sorted(known.calls))}, não para {call}.")
        if times is not None and times < 1:
            raise FaultError("times precisa ser 1 ou mais, ou null até desligar.")
        seconds = known.seconds if seconds is None else seconds
        if not 0 <= seconds <= 600:
            raise FaultError("seconds precisa estar entre 0 e 600.")
        values = (kind, call, times, seconds, number)
        with self._db.transaction():
            self._db.run("INSERT INTO fault (kind, call, left, seconds, number) VALUES (?, ?, ?, ?, ?)", *values)
            return self.active()[-1]

    def active(self) -> list[Fault]:
        """Oldest first: the order in which they strike."""
        return [
            Fault(*row) for row in self._db.rows("SELECT id, kind, call, left, seconds, number FROM fault ORDER BY id")
        ]

    def take(self, call: str, number: str = "") -> Fault | None:
        """The fault that strikes this call, if any; it has one call less afterwards."""
        with self._db.transaction():
            for fault in self.active():
                if fault.call not in (call, "any") or (fault.number and not _same(fault.number, number)):
                    continue
                if fault.left is not None:
                    self._db.run("UPDATE fault SET left = left - 1 WHERE id = ?", fault.id)
                    self._db.run("DELETE FROM fault WHERE left <= 0")
                return fault
        return None

    def without_whatsapp(self, number: str) -> bool:
        """Whether a fault names this number as not on WhatsApp; asking does not use it up."""
        faults = [fault for fault in self.active() if fault.kind == "not_on_whatsapp" and fault.number]
        return any(_same(fault.number, number) for fault in faults)

    def remove(self, kind: str) -> None:
        self._db.run("DELETE FROM fault WHERE kind = ?", kind)

    def clear(self) -> None:
        self._db.run("DELETE FROM fault")


def _same(one: str, other: str) -> bool:
    return bool(other) and jid_of(one) == jid_of(other)
