"""Keeps of an event what is about a message that Adscape sent, or tells that a connection changed; counts the rest.

A number's own chats make receipts too. Nothing of them is stored: a receipt is kept where a message of ours has its id,
or where one of ours is under way through this number, whose id nobody knows yet.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.utils import timezone

from connections.models import Message, MessageStatus, WebhookEvent, WebhookTally, WhatsAppConnection
from connections.webhooks.reduction import Hint, Nothing, Receipt, Sent, reduce

#: Receipts that say no more than that WhatsApp has it, which the answer to the send has said.
_SAYS_NOTHING = frozenset({"PENDING", "SERVER_ACK"})


def take(connection: WhatsAppConnection, body: Any) -> bool:
    """Store what is ours of an event of this connection; whether there is something to work on."""
    reduced = reduce(body)
    if reduced is None:
        tally(WebhookTally.Kind.UNKNOWN_EVENT)
        return False
    if isinstance(reduced, Hint):
        return _store(connection, reduced.event, reduced.facts)
    if isinstance(reduced, Receipt):
        return _take_receipt(connection, reduced)
    if isinstance(reduced, Sent):
        return _take_sent(connection, reduced)
    assert isinstance(reduced, Nothing)  # noqa: S101  for the type checker
    tally(WebhookTally.Kind.NOT_OURS)
    return False


def tally(kind: WebhookTally.Kind) -> None:
    """Count a call that leaves nothing else behind."""
    day = timezone.now().date()
    rows = WebhookTally.objects.filter(day=day, kind=kind)
    if not rows.update(count=F("count") + 1):
        WebhookTally.objects.bulk_create([WebhookTally(day=day, kind=kind)], ignore_conflicts=True)
        rows.update(count=F("count") + 1)


def under_way(connection: WhatsAppConnection) -> bool:
    """Whether a message may have left through this number whose id is not known."""
    tried = Message.objects.order_by().filter(attempts__connection=connection)
    return tried.filter(status=MessageStatus.SENDING).exists() or tried.filter(status=MessageStatus.UNCERTAIN).exists()


def _take_receipt(connection: WhatsAppConnection, receipt: Receipt) -> bool:
    if receipt.status in _SAYS_NOTHING:
        return False
    ours = Message.objects.filter(external_id=receipt.key, connection=connection)
    if not ours.exists() and not under_way(connection):
        tally(WebhookTally.Kind.NOT_OURS)
        return False
    return _store(connection, "MESSAGES_UPDATE", {"keyId": receipt.key, "status": receipt.status})


def _take_sent(connection: WhatsAppConnection, sent: Sent) -> bool:
    rows = Message.objects.filter(reference__in=sent.references, agency=connection.agency_id)
    trace = sent.trace
    for message in rows.only("reference", "body", "to", "status"):
        if trace.is_of(reference=message.reference, body=message.body, to=message.to):
            if message.status not in (MessageStatus.SENDING, MessageStatus.UNCERTAIN, MessageStatus.QUEUED):
                return False  # its answer came and said the same
            at = trace.at.isoformat() if trace.at else None
            facts = {"message": str(message.pk), "id": trace.id, "jid": trace.jid, "at": at}
            return _store(connection, "SEND_MESSAGE", facts)
    tally(WebhookTally.Kind.NOT_OURS)
    return False


def _store(connection: WhatsAppConnection, event: str, data: dict[str, Any]) -> bool:
    WebhookEvent.objects.create(connection=connection, event=event, data=data)
    return True
