"""The vocabulary of states: which word, icon and tone a connection or a message shows. Pure, and never a bare colour.

Statuses and reasons are compared as strings, since the enumerations live in a room above this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True)
class State:
    """An icon and a word. `tone` is ok, wait, warn, bad or off, or "plain": ink word beside a grey mark."""

    word: str
    icon: str
    tone: str
    is_message: bool = False

    def __str__(self) -> SafeString:
        return _shown(self)

    __html__ = __str__


@cache
def _shown(state: State) -> SafeString:
    """There are about twenty of them, and a page of cards shows hundreds."""
    return mark_safe(render_to_string("ui/state.html", {"state": state}).strip())  # noqa: S308 (a template escaped it)


_OK = State("Conectado", "check-circle", "ok")
_CONNECTION = {
    "connected": _OK,
    "awaiting_scan": State("Aguardando leitura do QR", "qr-code", "wait"),
    "connecting": State("Conectando", "arrow-path", "wait"),
    "unstable": State("Instável", "exclamation-triangle", "warn"),
    "restricted": State("Restrito", "no-symbol", "bad"),
}
_QR_EXPIRED = State("QR expirado", "clock", "warn")
_DISCONNECTED = State("Desconectado", "link-slash", "bad")
_DISCONNECTED_ON_PURPOSE = State("Desconectado", "link-slash", "off")
_BY_AGENCY = State("Pelo número da agência", "building-office-2", "off")
_NONE = State("Sem conexão", "minus-circle", "off")


def state_of_connection(connection: Any, client: Any, agency_connection: Any, gateway_down_since: Any) -> State:
    """While the gateway is unreachable the last word stands, in grey: nobody knows better."""
    known = _known_state(connection, client, agency_connection)
    if gateway_down_since and known not in (_BY_AGENCY, _NONE):
        return State(known.word, "signal-slash", "off")
    return known


def _known_state(connection: Any, client: Any, agency_connection: Any) -> State:
    status = str(connection.status) if connection else ""
    if status in _CONNECTION:
        return _CONNECTION[status]
    reason = str(connection.reason) if connection else ""
    if reason == "qr_expired":
        return _QR_EXPIRED
    if not connection or reason in ("never_connected", "archived"):
        covered = client and client.use_agency_number and agency_connection and agency_connection.is_connected
        return _BY_AGENCY if covered else _NONE
    return _DISCONNECTED_ON_PURPOSE if reason == "by_user" else _DISCONNECTED


#: "Enviado" is never green: only delivery counts as done.
_MESSAGE = {
    "queued": State("Na fila", "clock", "plain", is_message=True),
    "sending": State("Enviando", "arrow-path", "plain", is_message=True),
    "sent": State("Enviado", "tick", "plain", is_message=True),
    "delivered": State("Entregue", "ticks", "plain", is_message=True),
    "read": State("Lido", "ticks", "read", is_message=True),
    "failed": State("Não enviado", "x-circle", "bad", is_message=True),
    "expired": State("Expirado", "x-circle", "bad", is_message=True),
    "uncertain": State("Incerto", "question-mark-circle", "warn", is_message=True),
    "cancelled": State("Cancelado", "minus-circle", "plain", is_message=True),
    # Of a report before it is a message.
    "held": State("Retido", "pause-circle", "warn", is_message=True),
    "lost": State("Não enviado", "x-circle", "bad", is_message=True),
}


_UNDELIVERED = State("Sem entrega", "tick", "warn", is_message=True)


def state_of_message(message: Any) -> State:
    """Of a message, or of a report before it is one."""
    return _UNDELIVERED if getattr(message, "is_undelivered", False) else _MESSAGE[str(message.status)]
