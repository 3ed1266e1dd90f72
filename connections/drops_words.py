"""What is said of a connection that fell, in the notice and by WhatsApp to a gestor. Pure; sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agency.text import plain
from connections.states import SESSION_IS_GONE, Reason, Status

#: So many are named in one message; the others are only counted.
NAMED = 5
_STATE = {Status.UNSTABLE: "instável", Status.RESTRICTED: "restrito", Status.CONNECTING: "tentando reconectar"}
_STEP = {
    Status.UNSTABLE: "Abra o WhatsApp no celular deste número; se não melhorar, reconecte.",
    Status.RESTRICTED: "Espere algumas horas: reconectar agora não tira a restrição.",
    Status.CONNECTING: "Abra o WhatsApp no celular, com internet; se não voltar, desconecte e conecte de novo.",
}
#: So long it has tried at least; the words change only from one of these to the next.
_TRIED = (
    (timedelta(days=1), "há mais de um dia"),
    *((timedelta(hours=hours), f"há mais de {hours} horas") for hours in (12, 6, 3, 2)),
    (timedelta(hours=1), "há mais de uma hora"),
    *((timedelta(minutes=minutes), f"há mais de {minutes} minutos") for minutes in (30, 20, 10)),
)


@dataclass(frozen=True, slots=True)
class Down:
    """What is known of the fall: a number that is down in this way since then, looked at now."""

    status: Status
    reason: Reason
    since: datetime
    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Words:
    title: str
    text: str
    action: str
    is_bad: bool


def of_client(name: str, down: Down, *, uses_agency: bool, agency_is_up: bool) -> Words:
    """Of a client's number. `uses_agency`: the client may send through the agency's."""
    carried = uses_agency and agency_is_up
    if carried:
        change = "Até ele voltar, os envios saem pelo número da agência."
    elif uses_agency:
        change = "Nada sai até ele voltar: o número da agência também não está conectado."
    else:
        change = "Nada sai até ele voltar: este cliente não usa o número da agência."
    title = f"{name}: WhatsApp {_state(down.status)}"
    text = f"{_happened(down)} {change} {_step(down.status, down.reason)}"
    return Words(title, text, _action(down.status), is_bad=not carried)


def of_agency(down: Down, *, dependents: int) -> Words:
    """Of the agency's own number; `dependents` is how many clients have no other to send through."""
    if dependents == 0:
        change = "Sem ele, não há reserva para o número de cliente que cair."
    elif dependents == 1:
        change = "Sem ele, nada sai para 1 cliente sem número próprio conectado, e não há reserva para os outros."
    else:
        who = f"{dependents} clientes sem número próprio conectado"
        change = f"Sem ele, nada sai para {who}, e não há reserva para os outros."
    happened = _happened(down).replace(" no celular do cliente", " no celular")
    text = f"{happened} {change} {_step(down.status, down.reason)}"
    return Words(f"WhatsApp da agência {_state(down.status)}", text, _action(down.status), is_bad=True)


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


def why(status: Status, reason: Reason) -> str:
    """Why it is down, as a sentence."""
    if status == Status.CONNECTING:
        return "Tenta reconectar e não consegue."
    return reason.label or f"{status.label}."


def _happened(down: Down) -> str:
    at = f"{down.since.astimezone(down.zone):%d/%m às %H:%M}"
    if down.status == Status.CONNECTING:
        return f"Está tentando reconectar {_tried(down.now - down.since)}, desde {at}."
    return f"{why(down.status, down.reason)} Desde {at}."


def _tried(length: timedelta) -> str:
    return next((words for least, words in _TRIED if length >= least), "há alguns minutos")


def _action(status: Status) -> str:
    return "Ver conexão" if status == Status.CONNECTING else "Reconectar"


def _step(status: Status, reason: Reason) -> str:
    if status in _STEP:
        return _STEP[status]
    if reason in SESSION_IS_GONE:
        return "Reconecte com um novo QR Code."
    return "Abra o WhatsApp no celular deste número; se não voltar por si, reconecte."
