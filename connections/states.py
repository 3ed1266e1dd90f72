"""The words for what a connection and a message can be. Pure: enumerations and the rules between their members."""

from __future__ import annotations

from django.db import models


class Status(models.TextChoices):
    """Of a connection. "Gateway unreachable" is a state of the gateway, never one of these."""

    DISCONNECTED = "disconnected", "Desconectado"
    AWAITING_SCAN = "awaiting_scan", "Aguardando leitura do QR"
    CONNECTING = "connecting", "Conectando"
    CONNECTED = "connected", "Conectado"
    #: Open by the gateway's word, but not to be used: nothing arrives, or WhatsApp blocks what it sends.
    UNSTABLE = "unstable", "Instável"
    RESTRICTED = "restricted", "Restrito pelo WhatsApp"


class Reason(models.TextChoices):
    """Why a connection is not connected; the label is the sentence that a person reads."""

    NONE = "", ""
    NEVER_CONNECTED = "never_connected", "Ainda não foi conectado."
    BY_USER = "by_user", "Desconectado por aqui."
    QR_EXPIRED = "qr_expired", "O QR Code expirou sem ser lido."
    QR_NEVER_CAME = "qr_never_came", "O WhatsApp não gerou o QR Code."
    CLOSED = "closed", "O WhatsApp encerrou a conexão com este número."
    LOGGED_OUT = "logged_out", "Aparelho removido no celular do cliente."
    INSTANCE_MISSING = "instance_missing", "O servidor do WhatsApp não conhece mais esta conexão."
    NAME_TAKEN = "name_taken", "O servidor do WhatsApp já tem outra conexão com este nome."
    SEND_CLOSED = "send_closed", "Um envio encontrou a conexão fechada."
    BLOCKED = "blocked", "O WhatsApp bloqueou este número."
    TIMED_OUT = "timed_out", "O celular ficou sem resposta por muito tempo."
    REPLACED = "replaced", "Outro sistema assumiu a conexão deste número."
    BAD_SESSION = "bad_session", "A conexão deste número se estragou."
    UNAVAILABLE = "unavailable", "O WhatsApp está indisponível para este número."
    RESTARTING = "restarting", "O WhatsApp pediu para reiniciar a conexão."
    NOT_OPENED = "not_opened", "O QR Code foi lido, mas a conexão não abriu."
    CODE_REFUSED = "code_refused", "O WhatsApp não aceitou gerar um código para este número."
    NOTHING_ARRIVES = "nothing_arrives", "Aberta, mas não entrega."
    SENDS_PAUSED = "sends_paused", "O WhatsApp pausou envios deste número."
    BY_CLIENT = "by_client", "Desconectado pelo cliente."
    ARCHIVED = "archived", "Cliente arquivado."


#: Open by the gateway's own word.
OPEN = frozenset({Status.CONNECTED, Status.UNSTABLE, Status.RESTRICTED})
#: The phone, or WhatsApp, has ended the session: only a new QR or code brings the number back.
SESSION_IS_GONE = frozenset({Reason.LOGGED_OUT, Reason.BLOCKED, Reason.BAD_SESSION, Reason.INSTANCE_MISSING})


class MessageStatus(models.TextChoices):
    QUEUED = "queued", "Na fila"
    SENDING = "sending", "Enviando"
    SENT = "sent", "Enviado"
    DELIVERED = "delivered", "Entregue"
    READ = "read", "Lido"
    FAILED = "failed", "Não enviado"
    UNCERTAIN = "uncertain", "Incerto"
    CANCELLED = "cancelled", "Cancelado"
    EXPIRED = "expired", "Expirado"


_S = MessageStatus
#: Which status may follow which. Everything else is refused by `moves.move`, the one function that writes a status.
NEXT: dict[MessageStatus, frozenset[MessageStatus]] = {
    _S.QUEUED: frozenset({_S.SENDING, _S.CANCELLED, _S.EXPIRED, _S.FAILED}),
    _S.SENDING: frozenset({_S.SENT, _S.QUEUED, _S.FAILED, _S.UNCERTAIN}),
    # Settled by evidence (a late answer of the same call, a webhook) or by a person; never by a timer.
    _S.UNCERTAIN: frozenset({_S.SENT, _S.QUEUED}),
    _S.SENT: frozenset({_S.DELIVERED, _S.READ, _S.FAILED}),
    _S.DELIVERED: frozenset({_S.READ}),
    _S.READ: frozenset(),
    _S.FAILED: frozenset({_S.QUEUED}),  # by a person, "tentar de novo", and once where WhatsApp refused it late
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset({_S.QUEUED}),  # only by a person
}
#: Besides these, what follows only from evidence: an earlier try is known to have sent it, or a phone has confirmed
#: what WhatsApp seemed to refuse. Then a second copy that still waits does not leave.
BY_EVIDENCE: dict[MessageStatus, frozenset[MessageStatus]] = {
    _S.QUEUED: frozenset({_S.SENT, _S.DELIVERED, _S.READ}),
    **dict.fromkeys((_S.FAILED, _S.EXPIRED, _S.CANCELLED, _S.UNCERTAIN), frozenset({_S.DELIVERED, _S.READ})),
}

#: May still leave, or may have left: what must not be joined by a second message about the same thing.
ON_ITS_WAY = frozenset({_S.QUEUED, _S.SENDING, _S.UNCERTAIN})
#: What a person must be told of, for nothing goes on by itself.
NEEDS_A_PERSON = frozenset({_S.FAILED, _S.EXPIRED, _S.UNCERTAIN})
#: Handed to WhatsApp by the gateway's own word.
REALLY_SENT = frozenset({_S.SENT, _S.DELIVERED, _S.READ})


def may_follow(current: MessageStatus, following: MessageStatus, *, by_evidence: bool = False) -> bool:
    return following in NEXT[current] or (by_evidence and following in BY_EVIDENCE.get(current, ()))
