"""What a person is to do about a connection: for each state, and for the reason where that matters, one step. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from connections.states import Reason, Status

#: What a page can offer: nothing, the dialog with a new QR, the one that is open, sending through the agency's number.
ACTIONS = ("", "connect", "reconnect", "open_qr", "use_agency")


@dataclass(frozen=True, slots=True)
class Advice:
    """`step` is a sentence to the gestor; `action` names what a page may offer with it (of ACTIONS)."""

    step: str
    action: str


_BY_REASON = {
    Reason.QR_EXPIRED: Advice("Gere outro QR Code com o celular na mão.", "connect"),
    Reason.QR_NEVER_CAME: Advice("Tente de novo em alguns instantes.", "connect"),
    Reason.NOT_OPENED: Advice("Tente outro QR Code ou conecte com o código.", "connect"),
    Reason.CODE_REFUSED: Advice("Confira o número ou use o QR Code.", "connect"),
    Reason.LOGGED_OUT: Advice("Reconecte com um novo QR Code.", "reconnect"),
    Reason.BLOCKED: Advice("Abra o WhatsApp no celular e veja o aviso dele antes de reconectar.", "use_agency"),
    Reason.REPLACED: Advice("Desligue o outro sistema que usa este número e reconecte.", "reconnect"),
    Reason.TIMED_OUT: Advice("Abra o WhatsApp no celular, com internet, e reconecte.", "reconnect"),
    Reason.BAD_SESSION: Advice("Reconecte com um novo QR Code.", "reconnect"),
    Reason.UNAVAILABLE: Advice("Costuma voltar sozinho; se demorar, reconecte.", "reconnect"),
    Reason.RESTARTING: Advice("Costuma voltar sozinho em um minuto; se demorar, reconecte.", "reconnect"),
    Reason.INSTANCE_MISSING: Advice("Reconecte com um novo QR Code.", "reconnect"),
    Reason.NAME_TAKEN: Advice("Fale com o suporte do Adscape.", ""),
    Reason.SEND_CLOSED: Advice("Veja se o WhatsApp abre no celular; se demorar a voltar, reconecte.", "reconnect"),
    Reason.BY_CLIENT: Advice("Combine com o cliente antes de conectar de novo.", "reconnect"),
    Reason.BY_USER: Advice("Conecte de novo quando quiser.", "reconnect"),
    Reason.ARCHIVED: Advice("Reative o cliente para conectar.", ""),
    Reason.NEVER_CONNECTED: Advice("Conecte com um QR Code.", "connect"),
    Reason.CLOSED: Advice("Abra o WhatsApp no celular; se não voltar, reconecte.", "reconnect"),
}
_BY_STATUS = {
    Status.CONNECTED: Advice("Nada a fazer: está pronto para enviar.", ""),
    Status.AWAITING_SCAN: Advice("Leia o QR Code com o celular.", "open_qr"),
    Status.CONNECTING: Advice("Deixe o WhatsApp aberto no celular.", "open_qr"),
    Status.UNSTABLE: Advice("Abra o WhatsApp no celular; se não melhorar, desconecte e conecte de novo.", ""),
    Status.RESTRICTED: Advice("Espere a pausa acabar e envie menos mensagens seguidas por este número.", "use_agency"),
    Status.DISCONNECTED: Advice("Reconecte com um novo QR Code.", "reconnect"),
}


def advice_for(status: Status, reason: Reason) -> Advice:
    """What to do; a reason counts only where the connection is not open or opening."""
    if status == Status.DISCONNECTED and reason in _BY_REASON:
        return _BY_REASON[reason]
    return _BY_STATUS[status]
