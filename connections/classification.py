"""What an answer to a send means: sent, refused, certainly not sent, or uncertain. Pure; makes no call.

The table is the measured behaviour of Evolution API 2.3.6 and 2.3.7. The status alone never decides: a 400 may be
"not on WhatsApp" (permanent), "socket down" (certainly not sent) or thrown after the message had left. What the
table does not know is uncertain, because resending it could send twice.
https://github.com/evolution-foundation/evolution-api (src/api/services/channel/whatsapp/whatsapp.baileys.service.ts)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    REFUSED = "refused"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"


class Code(StrEnum):
    """Why, for the machine and, through SENTENCE, for a person."""

    NOT_ON_WHATSAPP = "not_on_whatsapp"
    BAD_REQUEST = "bad_request"
    CONNECTION_CLOSED = "connection_closed"
    AWAITING_SCAN = "awaiting_scan"
    NEVER_CONNECTED = "never_connected"
    LOOKUP_TIMEOUT = "lookup_timeout"
    NOT_LOADED = "not_loaded"
    GROUP_UNKNOWN = "group_unknown"
    INSTANCE_MISSING = "instance_missing"
    NAME_TAKEN = "name_taken"
    NOT_CONNECTED = "not_connected"
    UNAUTHORIZED = "unauthorized"
    LICENCE_REQUIRED = "licence_required"
    UNREACHABLE = "unreachable"
    REDIRECTED = "redirected"
    TIMEOUT = "timeout"
    CUT_OFF = "cut_off"
    UNKNOWN_ANSWER = "unknown_answer"
    LOST_WORKER = "lost_worker"
    HALTED = "halted"
    REFUSED_LATE = "refused_late"


SENTENCE: dict[Code, str] = {
    Code.NOT_ON_WHATSAPP: "Este número não tem WhatsApp.",
    Code.BAD_REQUEST: "O servidor do WhatsApp recusou o conteúdo da mensagem.",
    Code.CONNECTION_CLOSED: "A conexão deste WhatsApp estava fechada.",
    Code.AWAITING_SCAN: "Este WhatsApp ainda espera a leitura do QR Code.",
    Code.NEVER_CONNECTED: "Este WhatsApp ainda não foi conectado.",
    Code.LOOKUP_TIMEOUT: "O WhatsApp não respondeu à busca do número.",
    Code.NOT_LOADED: "O servidor do WhatsApp ainda está iniciando esta conexão.",
    Code.GROUP_UNKNOWN: "O grupo não existe, ou este número não participa dele.",
    Code.INSTANCE_MISSING: "O servidor do WhatsApp não conhece esta conexão.",
    Code.NAME_TAKEN: "O servidor do WhatsApp já tem outra conexão com este nome. Fale com o suporte do Adscape.",
    Code.NOT_CONNECTED: "Este WhatsApp já estava desconectado.",
    Code.UNAUTHORIZED: "O servidor do WhatsApp não aceitou a chave de acesso do Adscape. Fale com o suporte.",
    Code.LICENCE_REQUIRED: "O servidor do WhatsApp está sem licença ativa. Fale com o suporte.",
    Code.UNREACHABLE: "O servidor do WhatsApp não responde.",
    Code.REDIRECTED: "O endereço do servidor do WhatsApp está errado. Fale com o suporte.",
    Code.TIMEOUT: "O servidor do WhatsApp demorou demais; a mensagem pode ter saído.",
    Code.CUT_OFF: "A resposta do servidor do WhatsApp se perdeu; a mensagem pode ter saído.",
    Code.UNKNOWN_ANSWER: "O servidor do WhatsApp deu um erro inesperado; a mensagem pode ter saído.",
    Code.HALTED: "O servidor do WhatsApp parou de responder a envios; eles esperam até ele voltar.",
    Code.REFUSED_LATE: "O WhatsApp recusou esta mensagem.",
    Code.LOST_WORKER: "O envio foi interrompido no meio; a mensagem pode ter saído.",
}

#: The number itself cannot carry anything now: its connection must be looked at, and another number may be used.
NUMBER_IS_DOWN = frozenset({Code.CONNECTION_CLOSED, Code.AWAITING_SCAN, Code.NEVER_CONNECTED, Code.INSTANCE_MISSING})
#: The gateway as a whole is the problem, so that another number of the same gateway would not help.
GATEWAY_IS_DOWN = frozenset({Code.UNREACHABLE, Code.UNAUTHORIZED, Code.LICENCE_REQUIRED, Code.REDIRECTED})


@dataclass(frozen=True, slots=True)
class Meaning:
    verdict: Verdict
    code: Code


def meaning_of_error(status: int, body: Any, *, to: str = "") -> Meaning:
    """What a non-2xx answer to a call means; `to` is a send's recipient (groups fail in a way of their own)."""
    if 300 <= status < 400:
        return Meaning(Verdict.NOT_SENT, Code.REDIRECTED)
    if status == 401:
        return Meaning(Verdict.NOT_SENT, Code.UNAUTHORIZED)
    if status == 404 and any("instance does not exist" in text for text in _texts(body)):
        return Meaning(Verdict.NOT_SENT, Code.INSTANCE_MISSING)
    if status == 503 and isinstance(body, dict) and body.get("code") == "LICENSE_REQUIRED":
        return Meaning(Verdict.NOT_SENT, Code.LICENCE_REQUIRED)
    if status == 400:
        return _bad_request(body, to)
    if status == 500:
        return _server_error(body)
    return Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)


def _bad_request(body: Any, to: str) -> Meaning:
    message = _message(body)
    if isinstance(message, list) and message:
        if all(isinstance(item, dict) and item.get("exists") is False for item in message):
            return Meaning(Verdict.REFUSED, Code.NOT_ON_WHATSAPP)
        if all(isinstance(item, list) for item in message):  # the validator's own: nothing was tried
            return Meaning(Verdict.REFUSED, Code.BAD_REQUEST)
    # Letter by letter and in the measured form, a list of one: what is thrown after a send looks nearly like these.
    if message == ["Text is required"]:
        return Meaning(Verdict.REFUSED, Code.BAD_REQUEST)
    if message == ["Error: Connection Closed"]:
        return Meaning(Verdict.NOT_SENT, Code.CONNECTION_CLOSED)
    if message == ["TypeError: Cannot read properties of undefined (reading 'id')"]:
        return Meaning(Verdict.NOT_SENT, Code.AWAITING_SCAN)
    if message == ["[object Object]"] and to.endswith("@g.us"):
        return Meaning(Verdict.NOT_SENT, Code.GROUP_UNKNOWN)
    return Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)


#: What the gateway did not catch; its message is a plain string then. All of it is thrown before WhatsApp gets a thing.
_UNCAUGHT = {
    "Connection Closed": Code.CONNECTION_CLOSED,
    "Cannot read properties of undefined (reading 'onWhatsApp')": Code.NEVER_CONNECTED,
    "Cannot read properties of undefined (reading 'find')": Code.LOOKUP_TIMEOUT,
    "Internal Server Error": Code.NOT_LOADED,
    "Cannot read properties of undefined (reading 'textMessage')": Code.NOT_LOADED,
}


def _server_error(body: Any) -> Meaning:
    """By the envelope's message alone: `error` says "Internal Server Error" of every 500, and so may a proxy's page."""
    message = _message(body)
    code = _UNCAUGHT.get(message) if isinstance(message, str) else None
    return Meaning(Verdict.NOT_SENT, code) if code else Meaning(Verdict.UNCERTAIN, Code.UNKNOWN_ANSWER)


def _message(body: Any) -> Any:
    """The envelope's message: `{"response": {"message": …}}`, whatever else the answer may be."""
    response = body.get("response") if isinstance(body, dict) else None
    return response.get("message") if isinstance(response, dict) else None


def _texts(body: Any) -> list[str]:
    """The strings of the envelope's message, which may be a string, a list, or a list of lists."""
    message = _message(body)
    items = message if isinstance(message, list) else [message]
    return [item for item in items if isinstance(item, str)]
