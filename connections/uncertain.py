"""What a person answers where a message may have left: "Foi recebida" or "Enviar de novo". One end for each, once.

Every answer is a conditional move, so of two people, or of a person and a late trace, one settles the message and the
other is told how it was settled. Finds nothing by itself: the caller hands over messages of the user's own agency.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from agency.models import Agency, User
from connections import outbox
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.moves import move

#: A message that is sent again has this long to leave.
AGAIN_FOR = timedelta(hours=24)
IN_DOUBT = (Attempt.Outcome.UNCERTAIN, Attempt.Outcome.RUNNING)
#: Of the connection that is joined; they would be deciphered for nothing.
_KEYS = ("connection__token", "connection__webhook_secret", "connection__qr_code")


@dataclass(slots=True)
class Answered:
    """What came of an answer for each of the messages that it was given for."""

    done: list[Message] = field(default_factory=list)
    #: Somebody, or a trace, was first; each as it stands now.
    resolved: list[Message] = field(default_factory=list)
    #: Still being looked for, so that nobody can want them sent again yet.
    looked_for: list[Message] = field(default_factory=list)


def waiting(agency: Agency) -> QuerySet[Message]:
    """The agency's messages that may have left, newest first; of clients in service."""
    in_service = Q(client=None) | Q(client__archived_at=None)
    rows = Message.objects.filter(in_service, agency=agency, status=MessageStatus.UNCERTAIN)
    rows = rows.select_related("client").defer("file")
    return rows.order_by(F("uncertain_since").desc(nulls_last=True), "-created_at", "pk")


def of_agency(agency: Agency, keys: Collection[uuid.UUID]) -> list[Message]:
    """Those of the agency's messages, uncertain or not any more; of clients in service."""
    in_service = Q(client=None) | Q(client__archived_at=None)
    rows = Message.objects.filter(in_service, agency=agency, pk__in=keys).select_related("client", "agency")
    return _in_their_zone(agency, rows.defer("file"))


def with_senders(agency: Agency, messages: Iterable[Message]) -> list[Message]:
    """Each with its client and `sender`, the attempt that may have carried it (or None), for a list."""
    rows = _in_their_zone(agency, messages)
    newest = newest_attempts(rows)
    for message in rows:
        message.sender = newest.get(message.pk)  # type: ignore[attr-defined]
    return rows


def _in_their_zone(agency: Agency, messages: Iterable[Message]) -> list[Message]:
    """With the agency at hand, so that a client's zone costs no query."""
    rows = list(messages)
    for message in rows:
        message.agency = agency
        if message.client is not None:
            message.client.agency = agency
    return rows


def received(messages: Iterable[Message], by: User) -> Answered:
    """Somebody has seen them in the chat: they were sent by the last try of each. Its attempt keeps what it knew."""
    answered = Answered()
    for message in messages:
        attempt = newest_attempt(message.pk)
        fields = carried_by(attempt) | {"sent_at": attempt.started_at if attempt else timezone.now()}
        decision = f"Recebimento confirmado por {_name(by)}."
        # The id that may stand there is that of an earlier copy, which WhatsApp refused; this one's nobody knows.
        if settle_as_sent(message.pk, decision=decision, external_id="", **fields):
            answered.done.append(message)
        else:
            answered.resolved.append(_fresh(message))
    return answered


def send_again(messages: Iterable[Message], by: User) -> Answered:
    """Queue them once more although each may arrive twice; not while a trace is still being looked for."""
    answered = Answered()
    for message in messages:
        if queue_again(message.pk, decision=f"Enviado de novo por {_name(by)}.", where={"check_at": None}):
            answered.done.append(message)
            continue
        now_it_is = _fresh(message)
        still = now_it_is.status == MessageStatus.UNCERTAIN
        (answered.looked_for if still else answered.resolved).append(now_it_is)
    return answered


def newest_attempt(pk: uuid.UUID, through: WhatsAppConnection | None = None) -> Attempt | None:
    rows = _attempts().filter(message=pk)
    return (rows.filter(connection=through) if through else rows).last()


def doubtful_attempt(pk: uuid.UUID, through: WhatsAppConnection | None, until: datetime | None) -> Attempt | None:
    """The newest try that nobody knows the end of: through that number, and begun by then, where these are given."""
    rows = _attempts().filter(message=pk, outcome__in=IN_DOUBT)
    rows = rows.filter(connection=through) if through else rows
    return (rows.filter(started_at__lte=until) if until else rows).last()


def newest_attempts(messages: Collection[Message]) -> dict[uuid.UUID, Attempt]:
    return {attempt.message_id: attempt for attempt in _attempts().filter(message__in=messages)}  # the newest is last


def _attempts() -> QuerySet[Attempt]:
    return Attempt.objects.select_related("connection").defer(*_KEYS)


def carried_by(attempt: Attempt | None) -> dict[str, Any]:
    """Which number a message left through, as its row tells it."""
    sender = attempt.connection if attempt else None
    if attempt is None or sender is None:
        return {"by_agency_number": bool(attempt and attempt.is_fallback)}
    return {"connection": sender, "sender_phone": sender.phone, "by_agency_number": sender.client_id is None}


def settle_as_sent(pk: uuid.UUID, **fields: Any) -> bool:
    """UNCERTAIN → SENT, whoever knows it; False where it is not uncertain any more."""
    return move(pk, MessageStatus.UNCERTAIN, MessageStatus.SENT, reason="", check_at=None, **fields)


@transaction.atomic
def queue_again(
    pk: uuid.UUID, *, decision: str, where: dict[str, Any], now: datetime | None = None, **fields: Any
) -> bool:
    """UNCERTAIN → QUEUED, as a new message to be tried at once; its tries and attempts stay."""
    now = now or timezone.now()
    anew: dict[str, Any] = {"reason": "", "due_at": now, "expires_at": now + AGAIN_FOR, "sending_since": None}
    anew |= {"check_at": None, "uncertain_since": None, "lookup_failed": False, "slot_at": None, "slot_of": None}
    moved = move(pk, MessageStatus.UNCERTAIN, MessageStatus.QUEUED, where=where, decision=decision, **(anew | fields))
    if moved:
        outbox.ring_after_commit(pk)
    return moved


def _fresh(message: Message) -> Message:
    return Message.objects.defer("file", "body").select_related("client__agency", "agency").get(pk=message.pk)


def _name(user: User) -> str:
    return (user.name or user.email)[:120]
