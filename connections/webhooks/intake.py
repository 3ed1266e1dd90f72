"""Keeps of an event what is about a message that Adscape sent, or tells that a connection changed; counts the rest.

A number's own chats make receipts too. Nothing of them is stored: a receipt is kept where a message of ours has its id,
or where one of ours is under way through this number, whose id nobody knows yet.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import F, Q
from django.utils import timezone

from connections.models import Message, MessageStatus, WebhookEvent, WebhookTally, WhatsAppConnection
from connections.webhooks.reduction import Hint, Nothing, Receipt, Sent, reduce

#: How long a receipt, or a trace, may wait for the message that it is about.
PATIENCE = timedelta(minutes=10)
_TALLY_LIFE = 60 * 60 * 24  # seconds
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
    """Count a call that leaves nothing else behind. In the cache: anybody can call, and must not write into our tables
    each time; a count that is lost with the cache is no loss."""
    key = _tally_key(kind)
    try:
        if not cache.add(key, 1, _TALLY_LIFE):
            cache.incr(key)
    except ValueError:  # it has just been carried over, or the cache is away
        pass


def carry_tallies(now: datetime | None = None) -> None:
    """Write what was counted into the rows of its day."""
    day = (now or timezone.now()).date()
    for kind in WebhookTally.Kind:
        count = cache.get(_tally_key(kind))
        if not count:
            continue
        cache.delete(_tally_key(kind))
        WebhookTally.objects.bulk_create([WebhookTally(day=day, kind=kind)], ignore_conflicts=True)
        WebhookTally.objects.filter(day=day, kind=kind).update(count=F("count") + count)


def _tally_key(kind: WebhookTally.Kind) -> str:
    return f"webhook-tally:{kind}"


def under_way(connection: WhatsAppConnection) -> bool:
    """Whether a message may have left through this number whose id is not known yet; of an old doubt nobody asks."""
    tried = Message.objects.order_by().filter(attempts__connection=connection)
    looked_for = Q(check_at__isnull=False) | Q(uncertain_since__gt=timezone.now() - PATIENCE)
    doubtful = tried.filter(looked_for, status=MessageStatus.UNCERTAIN)
    return tried.filter(status=MessageStatus.SENDING).exists() or doubtful.exists()


def await_receipt(message_pk: uuid.UUID, external_id: str) -> None:
    """The gateway has told of this very send, so its webhook works, and a receipt must follow; groups have none."""
    rows = Message.objects.filter(pk=message_pk, external_id=external_id, status=MessageStatus.SENT)
    rows.exclude(to__endswith="@g.us").update(awaits_receipt=True)


def _take_receipt(connection: WhatsAppConnection, receipt: Receipt) -> bool:
    if receipt.status in _SAYS_NOTHING:
        return False
    ours = Message.objects.filter(external_id=receipt.key, connection=connection).exclude(external_id="")
    # Asked once more at the end: its answer may have been written between the first two questions.
    if not (ours.exists() or under_way(connection) or ours.exists()):
        tally(WebhookTally.Kind.NOT_OURS)
        return False
    return _store(connection, "MESSAGES_UPDATE", {"keyId": receipt.key, "status": receipt.status})


def _take_sent(connection: WhatsAppConnection, sent: Sent) -> bool:
    rows = Message.objects.filter(reference__in=sent.references, agency=connection.agency_id)
    trace = sent.trace
    for message in rows.only("reference", "body", "to", "status", "external_id"):
        if trace.is_of(reference=message.reference, body=message.body, to=message.to):
            if message.status not in (MessageStatus.SENDING, MessageStatus.UNCERTAIN, MessageStatus.QUEUED):
                await_receipt(message.pk, trace.id)  # its answer came and said the same
                return False
            at = trace.at.isoformat() if trace.at else None
            facts = {"message": str(message.pk), "id": trace.id, "jid": trace.jid, "at": at}
            return _store(connection, "SEND_MESSAGE", facts)
    tally(WebhookTally.Kind.NOT_OURS)
    return False


def _store(connection: WhatsAppConnection, event: str, data: dict[str, Any]) -> bool:
    WebhookEvent.objects.create(connection=connection, event=event, data=data)
    return True
