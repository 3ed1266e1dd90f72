"""What the "Conectar WhatsApp" dialog shows for a connection: one name of a view and what that view needs. No HTTP."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client
from agency.phones import forms_of
from connections.classification import GATEWAY_IS_DOWN, Code
from connections.evolution import EvolutionError
from connections.models import WhatsAppConnection
from connections.observation import QR_LIFE
from connections.pairing_rules import show_code
from connections.qr import qr_svg
from connections.states import Reason, Status

#: What to do about it, where a sentence about the cause alone would leave a person stranded.
ADVICE: dict[Code, str] = {
    Code.NOT_LOADED: "Espere alguns segundos e tente de novo.",
    Code.TIMEOUT: "O servidor do WhatsApp demorou a responder. Espere um minuto e tente de novo.",
    Code.CUT_OFF: "A resposta do servidor do WhatsApp se perdeu. Espere um minuto e tente de novo.",
    Code.UNKNOWN_ANSWER: "O servidor do WhatsApp deu um erro inesperado. Tente de novo em um minuto.",
    Code.BAD_REQUEST: "O servidor do WhatsApp recusou o pedido. Fale com o suporte do Adscape.",
}
#: Trying again cannot help until somebody has changed something.
HOPELESS = frozenset({Code.NAME_TAKEN, Code.UNAUTHORIZED, Code.LICENCE_REQUIRED, Code.REDIRECTED, Code.BAD_REQUEST})


def urls(client: Client | None) -> dict[str, str]:
    """The dialog's addresses, for a client or for the agency's own number."""
    names = ("qr_modal", "connect", "qr_status", "disconnect", "pairing_code")
    if client is None:
        return {name.removeprefix("qr_"): reverse(f"connections:agency_{name}") for name in names}
    return {name.removeprefix("qr_"): reverse(f"connections:{name}", args=[client.pk]) for name in names}


def base(agency: Agency, client: Client | None) -> dict[str, Any]:
    """What each fragment of the dialog gets."""
    return {"agency": agency, "client": client, "owner_name": (client or agency).name, "urls": urls(client)}


def state(connection: WhatsAppConnection) -> dict[str, Any]:
    """The view for the stored state; `poll` says whether the fragment goes on asking."""
    if connection.is_open:
        return {"view": "connected", "poll": False, "connection": connection, **_hint(connection)}
    by_code = bool(connection.pairing_phone)
    if connection.status == Status.AWAITING_SCAN and connection.qr_at is not None and connection.has_qr:
        left = QR_LIFE - (timezone.now() - connection.qr_at)
        seconds = max(0, round(left.total_seconds()))
        shown = {"poll": True, "connection": connection, "qr_seconds_left": seconds, "by_code": by_code}
        if by_code:
            return shown | {"view": "code", "code": show_code(connection.pairing_code)}
        return shown | {"view": "qr", "qr_svg": qr_svg(connection.qr_code)}
    if connection.is_pending or connection.pairing_since is not None:
        reconnecting = connection.has_session
        view = "connecting" if reconnecting else "generating"
        return {"view": view, "poll": True, "connection": connection, "by_code": by_code}
    return _ended(connection)


def _ended(connection: WhatsAppConnection) -> dict[str, Any]:
    """What to show of a pairing that came to nothing."""
    if connection.reason == Reason.QR_EXPIRED:
        return {"view": "expired", "poll": False, "connection": connection}
    if connection.reason == Reason.NOT_OPENED:
        may_use = connection.client is not None and connection.client.use_agency_number
        agencys = WhatsAppConnection.objects.filter(agency=connection.agency_id, client=None, status=Status.CONNECTED)
        covered = may_use and agencys.exists()
        return {"view": "not_opened", "poll": False, "connection": connection, "agency_can_carry": covered}
    if connection.reason == Reason.CODE_REFUSED:
        return {"view": "code_refused", "poll": False, "connection": connection, "by_code": True}
    text = f"{connection.get_reason_display()} Tente de novo em alguns instantes."
    return {"view": "failed", "poll": False, "connection": connection, "message": _message(text, retry=True)}


def _hint(connection: WhatsAppConnection) -> dict[str, Any]:
    """Whom WhatsApp would not notify: a recipient of the client whose phone is the very number that was connected."""
    if connection.client is None or not connection.phone:
        return {}
    everybody: Any = getattr(connection.client, "recipients")  # noqa: B009  a name of an upper room
    recipients = everybody.filter(via_agency=False)
    not_notified = recipients.filter(phone__in=forms_of(connection.phone)).first()
    if not_notified is None:
        return {}
    agencys = WhatsAppConnection.objects.filter(agency=connection.agency_id, client=None, status=Status.CONNECTED)
    may_use = connection.client.use_agency_number
    return {"not_notified": not_notified, "agency_can_carry": may_use and agencys.exists()}


def failure(error: EvolutionError, *, polling: bool) -> dict[str, Any]:
    """The view for a call that did not succeed. While the dialog is polling, a gateway that is away may come back."""
    if error.code in GATEWAY_IS_DOWN and error.code not in HOPELESS:
        text = f"{error.sentence} Nada mudou nesta conexão."
        return {"view": "gateway_down", "poll": polling, "message": _message(text, retry=True)}
    text = ADVICE.get(error.code, error.sentence)
    return {"view": "failed", "poll": False, "message": _message(text, retry=error.code not in HOPELESS)}


def demo_refused() -> dict[str, Any]:
    text = "Clientes de demonstração não se conectam a um WhatsApp de verdade."
    return {"view": "failed", "poll": False, "message": _message(text, retry=False)}


def _message(text: str, *, retry: bool) -> dict[str, Any]:
    return {"title": "Não foi possível gerar o QR Code.", "text": text, "retry": retry}
