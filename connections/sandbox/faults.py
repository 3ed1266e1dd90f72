"""Which ways of failing the sandbox can be told to show, and how many calls each has left. Carries none out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from connections.sandbox.chaos import USUAL, Chaos
from connections.sandbox.database import Database
from connections.sandbox.numbers import jid_of

CALLS = ("send", "connect", "state", "create", "groups", "any")
_EVERY = frozenset(CALLS)
_SEND = frozenset({"send"})
_WEBHOOK = frozenset({"webhook"})
_PAIRING = frozenset({"connect", "create"})
_GROUPS = frozenset({"groups"})


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    label: str
    effect: str
    calls: frozenset[str] = _EVERY
    seconds: float = 0.0
    group: str = "Chamadas"

    @property
    def call(self) -> str:
        """Where it strikes when nobody says: a kind of one call there, the others on sends."""
        if self.calls == _PAIRING:
            return "connect"
        return next(iter(self.calls)) if len(self.calls) == 1 else "send"


def _of_send(name: str, label: str, effect: str, seconds: float = 0.0) -> Kind:
    return Kind(name, label, effect, _SEND, seconds, "Envios")


def _of_webhook(name: str, label: str, effect: str, seconds: float = 0.0) -> Kind:
    return Kind(name, label, effect, _WEBHOOK, seconds, "Webhooks")


def _of_groups(name: str, label: str, effect: str, seconds: float = 0.0) -> Kind:
    return Kind(name, label, effect, _GROUPS, seconds, "Grupos")


#: In the order of the page.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("delay", "Lento", "responde em 12 s, e faz", seconds=12),
        Kind("hang", "Sem resposta", "segura a chamada por 60 s, e não faz", seconds=60),
        Kind("error_500", "Erro 500", "responde 500, e não faz"),
        Kind("reset_before_send", "Corte antes", "corta a conexão, e não entrega"),
        Kind("reset_after_send", "Resposta perdida", "entrega, mas corta a resposta"),
        Kind("no_qr", "QR não vem", 'connect devolve {"count":0}', _PAIRING),
        Kind("no_code", "Código recusado", "o WhatsApp não gera o código pedido", _PAIRING),
        _of_send("closed", "Conexão fechada", "o envio devolve 400 Connection Closed"),
        _of_send("lookup_timeout", "Busca sem resposta", "o WhatsApp não acha o número em 60 s", 60),
        _of_send("not_on_whatsapp", "Sem WhatsApp", "o número do destinatário não existe"),
        _of_send("not_loaded", "Servidor iniciando", "responde 500 (reading 'textMessage'), e não entrega"),
        _of_send("proxy_502", "Proxy 502", "o proxy responde 502, e o envio nem chega"),
        _of_send("proxy_504", "Proxy 504", "entrega, mas o proxy responde 504"),
        _of_send("sent_400", "Erro 400 depois", "entrega, responde 400 com erro do banco, não registra"),
        _of_send("sent_not_recorded", "Entregue sem registro", "entrega, responde 500, não registra"),
        _of_send("recorded_late", "Registro tardio", "entrega, corta a resposta, registra 30 s depois", 30),
        _of_send("slow_answer", "Entrega e demora", "entrega logo, responde 201 e registra em 60 s", 60),
        _of_send("slow_send", "Demora e entrega", "entrega e responde 201 só depois de 60 s", 60),
        _of_send("pending", "Fica pendente", "aceita e não entrega: nenhum recibo vem"),
        _of_send("no_receipts", "Sem recibos", "entrega, mas nenhum recibo vem"),
        _of_send("ack_error", "Restrição 463", "aceita, não entrega, e o recibo é ERROR"),
        _of_groups("groups_slow", "Lista demorada", "a lista de grupos vem só depois de 25 s", 25),
        _of_groups("groups_limited", "Lista limitada", "a lista de grupos devolve 500 rate-overlimit"),
        _of_groups("left_group", "Fora do grupo", "o celular não está nos grupos: nem na lista, nem no envio"),
        _of_webhook("webhook_late", "Webhooks atrasados", "cada evento chega 30 s depois", 30),
        _of_webhook("webhook_shuffled", "Webhooks fora de ordem", "cada evento espera até 3 s ao acaso", 3),
        _of_webhook("webhook_doubled", "Webhooks repetidos", "cada evento chega duas vezes"),
        _of_webhook("webhook_lost", "Webhooks perdidos", "nenhum evento chega"),
    )
}
#: What chance may do: everything that a send or a webhook meets.
_BY_CHANCE = {
    kind.name: "webhook" if kind.calls == _WEBHOOK else "send"
    for kind in KINDS.values()
    if kind.calls not in (_PAIRING, _GROUPS)
}


class FaultError(ValueError):
    """What was asked for is no fault that exists; the message says why, in pt-BR."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`left` is None until it is switched off; `number` narrows it to one recipient, or to the phone of a pairing code,
    given as E.164 or as digits.

    `event` narrows a webhook's to one kind of event, as `SEND_MESSAGE`.
    """

    id: int
    kind: str
    call: str
    left: int | None
    seconds: float
    number: str
    event: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    def __init__(self, database: Database) -> None:
        self._db = database
        self.chaos = Chaos(_BY_CHANCE)

    def add(
        self,
        kind: str,
        call: str = "",
        times: int | None = 1,
        seconds: float | None = None,
        number: str = "",
        event: str = "",
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
        if event and known.calls != _WEBHOOK:
            raise FaultError(f"A falha {kind} não é de webhooks, e não vale para um só evento.")
        names = ("kind", "call", "left", "seconds", "number", "event")
        with self._db.transaction():
            self._db.insert("fault", dict(zip(names, (kind, call, times, seconds, number, event), strict=True)))
            return self.active()[-1]

    def active(self) -> list[Fault]:
        """Oldest first: the order in which they strike."""
        rows = self._db.rows("SELECT id, kind, call, left, seconds, number, event FROM fault ORDER BY id")
        return [Fault(*row) for row in rows]

    def take(self, call: str, number: str = "", event: str = "") -> Fault | None:
        """The fault that strikes this call, if any; it has one call less afterwards. Those ordered go before chance."""
        return self._ordered(call, number, event) or self._by_chance(call)

    def _ordered(self, call: str, number: str, event: str) -> Fault | None:
        if not self._db.row("SELECT 1 FROM fault"):
            return None
        calls = (call, "any") if call in _EVERY else (call,)
        with self._db.transaction():
            for fault in self.active():
                if fault.call not in calls or (fault.number and not _same(fault.number, number)):
                    continue
                if fault.event and fault.event != event:
                    continue
                if fault.kind == "no_code" and not number:
                    continue  # nobody asks for a code
                if fault.kind == "left_group":
                    continue  # no call: what is, until it is removed
                if fault.left is not None:
                    self._db.run("UPDATE fault SET left = left - 1 WHERE id = ?", fault.id)
                    self._db.run("DELETE FROM fault WHERE left <= 0")
                return fault
        return None

    def _by_chance(self, call: str) -> Fault | None:
        struck = self.chaos.draw(call)
        return Fault(0, struck[0], call, None, struck[1], "") if struck else None

    def start_chaos(
        self, rates: dict[str, float] | float, seed: int | None = None, seconds: dict[str, float] | None = None
    ) -> dict[str, Any]:
        """Strike by chance until it is cleared; one number is shared out evenly among the usual kinds."""
        if isinstance(rates, int | float):
            rates = {kind: rates / len(USUAL) for kind in USUAL}
        return self.chaos.start(rates, seed, seconds)

    def without_whatsapp(self, number: str) -> bool:
        """Whether a fault names this number as not on WhatsApp; asking does not use it up."""
        faults = [fault for fault in self.active() if fault.kind == "not_on_whatsapp" and fault.number]
        return any(_same(fault.number, number) for fault in faults)

    def has_left(self, jid: str) -> bool:
        """Whether a fault says that the phones are not in this group, or in any; asking does not use it up."""
        faults = [fault for fault in self.active() if fault.kind == "left_group"]
        return any(not fault.number or _same(fault.number, jid) for fault in faults)

    def remove(self, kind: str) -> None:
        self._db.run("DELETE FROM fault WHERE kind = ?", kind)

    def clear(self) -> None:
        """Also what happens by chance."""
        self._db.run("DELETE FROM fault")
        self.chaos.stop()


def _same(one: str, other: str) -> bool:
    return bool(other) and jid_of(one) == jid_of(other)
