"""What a receipt makes of a message: delivered, read, or refused late. Receipts come twice, late and in any order, so a
message only ever moves on, by conditional moves.

WhatsApp takes a message and may refuse it afterwards (a 463 shows as ERROR). Then that number rests, and the message is
offered once to the agency's number; a receipt that contradicts this while it still waits there settles it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from agency.phones import is_group
from connections import health, outbox
from connections.classification import SENTENCE, Code
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.moves import move
from connections.routing import is_in
from connections.states import Status

_S = MessageStatus
#: From which status a receipt moves a message on, in the order in which others may move it meanwhile. What had ended,
#: or waited once more, was refused late, as it seemed.
_ENDED = (_S.EXPIRED, _S.CANCELLED, _S.FAILED, _S.UNCERTAIN, _S.QUEUED)
_ARRIVED = {"DELIVERY_ACK": _S.DELIVERED, "READ": _S.READ, "PLAYED": _S.READ}
_BEFORE = {_S.DELIVERED: (_S.SENT, *_ENDED), _S.READ: (_S.SENT, *_ENDED, _S.DELIVERED)}
REFUSED = SENTENCE[Code.REFUSED_LATE]
OFFERED = "O WhatsApp recusou esta mensagem pelo número do cliente; ela vai pelo da agência."


def note(connection_pk: uuid.UUID, external_id: str, status: str, at: datetime) -> bool | None:
    """Take a receipt of the message that this number sent under this id: whether it moved it.

    None where no message has it, or where that one is leaving once more in this moment: then it must be noted later.
    `status` is the gateway's word: SERVER_ACK and PENDING say nothing, as do those that this does not know.
    """
    rows = Message.objects.select_related("client", "agency").exclude(external_id="")
    message = rows.filter(external_id=external_id, connection=connection_pk).first()
    if message is None or message.status == _S.SENDING:
        return None
    if status in _ARRIVED:
        return _arrived(message, _ARRIVED[status], at)
    return _refused(message, timezone.now()) if status == "ERROR" else False


def _arrived(message: Message, following: MessageStatus, at: datetime) -> bool:
    fields: dict[str, Any] = {"reason": "", "check_at": None}
    if following == _S.READ:
        fields["read_at"] = at
    if message.delivered_at is None:
        fields["delivered_at"] = at
    if message.sent_at is None:  # it was about to leave once more
        fields["sent_at"] = at
    # A copy that has left meanwhile has another id, and is none of this receipt's.
    mine = {"external_id": message.external_id}
    moved = any(
        move(message.pk, current, following, where=mine, by_evidence=True, **fields) for current in _BEFORE[following]
    )
    if moved and message.connection_id is not None:
        _carried(message).update(outcome=Attempt.Outcome.SENT, error_code="")
        health.note_delivery(message.connection_id, at)
    return moved


@transaction.atomic
def _refused(message: Message, now: datetime) -> bool:
    """Only what no phone has confirmed: WhatsApp's refusal of a message that arrived is no news."""
    # Before the message, as whoever gives a message its moment does: each locks the connection first.
    locked = WhatsAppConnection.objects.select_for_update(no_key=True)
    if message.connection_id is not None:
        list(locked.filter(pk=message.connection_id).values_list("pk"))
    mine = {"external_id": message.external_id}
    if not move(message.pk, _S.SENT, _S.FAILED, where=mine, reason=REFUSED):
        return False
    _carried(message).update(outcome=Attempt.Outcome.REFUSED, error_code=Code.REFUSED_LATE)
    if message.connection_id is not None:
        health.note_refusal(message.connection_id, now)
    if _may_be_offered(message, now) and move(message.pk, _S.FAILED, _S.QUEUED, where=mine, **_offer(now)):
        outbox.ring_after_commit(message.pk)
    return True


def _carried(message: Message) -> QuerySet[Attempt]:
    """The attempt that the receipt is about: the newest that WhatsApp took. Earlier ones keep what became of them."""
    taken = Q(outcome=Attempt.Outcome.SENT) | Q(error_code=Code.REFUSED_LATE)
    through = Attempt.objects.filter(taken, message=message, connection=message.connection_id)
    return Attempt.objects.filter(pk__in=through.order_by("-started_at", "-pk").values("pk")[:1])


def _may_be_offered(message: Message, now: datetime) -> bool:
    """Only where the agency's number is there to take it: else a person must know now, not when it expires."""
    client = message.client
    if client is None or message.by_agency_number or message.offered_again or message.expires_at <= now:
        return False
    agencys = WhatsAppConnection.objects.filter(agency=message.agency_id, client=None, status=Status.CONNECTED)
    if outbox.has_newer_copy(message):  # somebody has sent it once more meanwhile
        return False
    if is_group(message.to) and not is_in(agencys.first(), message.to):
        return False
    return client.use_agency_number and not client.is_archived and agencys.exists()


def _offer(now: datetime) -> dict[str, Any]:
    """As a new message for the agency's number; the id and number of the first stay, by which a receipt finds it."""
    anew: dict[str, Any] = {"due_at": now, "sending_since": None, "sent_at": None, "slot_at": None, "slot_of": None}
    return anew | {"reason": OFFERED, "awaits_receipt": False, "offered_again": True}
