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

from connections import health, outbox
from connections.classification import SENTENCE, Code
from connections.models import Attempt, Message, MessageStatus
from connections.moves import move

_S = MessageStatus
#: From which status a receipt moves a message on. QUEUED and FAILED: it was refused late, as it seemed.
_ARRIVED = {"DELIVERY_ACK": _S.DELIVERED, "READ": _S.READ, "PLAYED": _S.READ}
_BEFORE = {
    _S.DELIVERED: (_S.SENT, _S.QUEUED, _S.FAILED),
    _S.READ: (_S.DELIVERED, _S.SENT, _S.QUEUED, _S.FAILED),
}
REFUSED = SENTENCE[Code.REFUSED_LATE]
OFFERED = "O WhatsApp recusou esta mensagem pelo número do cliente; ela vai pelo da agência."


def note(connection_pk: uuid.UUID, external_id: str, status: str, at: datetime) -> bool | None:
    """Take a receipt of the message that this number sent under this id: whether it moved it, None where none has it.

    `status` is the gateway's word: SERVER_ACK and PENDING say nothing, as do those that this does not know.
    """
    rows = Message.objects.select_related("client", "agency").filter(external_id=external_id, connection=connection_pk)
    message = rows.first() if external_id else None
    if message is None:
        return None
    if status in _ARRIVED:
        return _arrived(message, _ARRIVED[status], at)
    return _refused(message, at) if status == "ERROR" else False


def _arrived(message: Message, following: MessageStatus, at: datetime) -> bool:
    fields: dict[str, Any] = {"reason": ""}
    if following == _S.READ:
        fields["read_at"] = at
    if message.delivered_at is None:
        fields["delivered_at"] = at
    # A copy that has left meanwhile has another id, and is none of this receipt's.
    mine = {"external_id": message.external_id}
    moved = any(
        move(message.pk, current, following, where=mine, by_evidence=True, **fields) for current in _BEFORE[following]
    )
    if moved and message.connection_id is not None:
        health.note_delivery(message.connection_id, at)
    return moved


@transaction.atomic
def _refused(message: Message, at: datetime) -> bool:
    """Only what no phone has confirmed: WhatsApp's refusal of a message that arrived is no news."""
    mine = {"external_id": message.external_id}
    if not move(message.pk, _S.SENT, _S.FAILED, where=mine, reason=REFUSED):
        return False
    carried = Attempt.objects.filter(message=message, connection=message.connection_id, outcome=Attempt.Outcome.SENT)
    carried.update(outcome=Attempt.Outcome.REFUSED, error_code=Code.REFUSED_LATE)
    if message.connection_id is not None:
        health.restrict(message.connection_id, at)
    if _may_be_offered(message, at) and move(message.pk, _S.FAILED, _S.QUEUED, where=mine, **_offer(at)):
        outbox.ring_after_commit(message.pk)
    return True


def _may_be_offered(message: Message, now: datetime) -> bool:
    client = message.client
    return (
        client is not None
        and not message.by_agency_number
        and not message.offered_again
        and client.use_agency_number
        and not client.is_archived
        and message.expires_at > now
    )


def _offer(now: datetime) -> dict[str, Any]:
    """As a new message for the agency's number; the id and number of the first stay, by which a receipt finds it."""
    anew: dict[str, Any] = {"due_at": now, "sending_since": None, "sent_at": None, "slot_at": None, "slot_of": None}
    return anew | {"reason": OFFERED, "wants_agency_number": True, "offered_again": True}
