"""What is said of a connection that fell, in the notice and by WhatsApp to a gestor. Pure; sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agency.text import plain
from connections.states import SESSION_IS_GONE, Reason, Status

#: So many are named in one message; the others are only counted.
NAMED = 5
_STATE = {Status.UNSTABLE: "instável", Status.RESTRICTED: "restrito"}
_STEP = {
    Status.UNSTABLE: "Abra o WhatsApp no celular deste número; se não melhorar, reconecte.",
    Status.RESTRICTED: "Espere algumas horas: reconectar agora não tira a restrição.",
}


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str
    action: str
    is_bad: bool


def of_client(
    name: str, status: Status, reason: Reason, since: datetime, zone: ZoneInfo, *, uses_agency: bool, agency_is_up: bool
) -> Words:
    """Of a client's number. `uses_agency`: the client may send through the agency's."""
    carried = uses_agency and agency_is_up
    if carried:
        change = "Até ele voltar, os envios saem pelo número da agência."
    elif uses_agency:
        change = "Nada sai até ele voltar: o número da agência também não está conectado."
    else:
        change = "Nada sai até ele voltar: este cliente não usa o número da agência."
    title = f"{name}: WhatsApp {_state(status)}"
    text = f"{_happened(status, reason, since, zone)} {change} {_step(status, reason)}"
    return Words(title, text, "Reconectar", is_bad=not carried)


def of_agency(status: Status, reason: Reason, since: datetime, zone: ZoneInfo, *, dependents: int) -> Words:
    """Of the agency's own number; `dependents` is how many clients have no other to send through."""
    if dependents == 0:
        change = "Sem ele, não há reserva para o número de cliente que cair."
    elif dependents == 1:
        change = "Sem ele, nada sai para 1 cliente sem número próprio conectado, e não há reserva para os outros."
    else:
        who = f"{dependents} clientes sem número próprio conectado"
        change = f"Sem ele, nada sai para {who}, e não há reserva para os outros."
    happened = _happened(status, reason, since, zone).replace(" no celular do cliente", " no celular")
    text = f"{happened} {change} {_step(status, reason)}"
    return Words(f"WhatsApp da agência {_state(status)}", text, "Reconectar", is_bad=True)


def message(fallen: Sequence[tuple[Words, str]], list_url: str, reference: str) -> str:
    """One WhatsApp message about all that fell together: the words of each with its full address."""
    if len(fallen) == 1:
        words, url = fallen[0]
        lines = [f"🔴 *Adscape • {plain(words.title)}*", "", plain(words.text), "", f"{words.action}: {url}"]
    else:
        lines = [f"🔴 *Adscape • {len(fallen)} números de WhatsApp caíram*", ""]
        lines += [f"• {plain(words.title)}" for words, _ in fallen[:NAMED]]
        if len(fallen) > NAMED:
            lines.append(f"• e mais {len(fallen) - NAMED}")
        lines += ["", f"O que fazer com cada um: {list_url}"]
    return "\n".join([*lines, "", f"_#{reference}_"])


def _state(status: Status) -> str:
    return _STATE.get(status, "desconectado")


def _happened(status: Status, reason: Reason, since: datetime, zone: ZoneInfo) -> str:
    why = reason.label or f"{status.label}."
    return f"{why} Desde {since.astimezone(zone):%d/%m às %H:%M}."


def _step(status: Status, reason: Reason) -> str:
    if status in _STEP:
        return _STEP[status]
    if reason in SESSION_IS_GONE:
        return "Reconecte com um novo QR Code."
    return "Abra o WhatsApp no celular deste número; se não voltar por si, reconecte."
