"""Messages that WhatsApp has taken, and receipts of them; for tests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone

from connections import receipts
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from tests.connections.doubtful import TO
from tests.factories import make_message

KEY = "3EB0D63231F26C8D4D7D44"


def make_sent(own: WhatsAppConnection, *, at: datetime | None = None, **fields: Any) -> Message:
    """Sent at that time, by one try, as KEY."""
    at = at or timezone.now()
    facts = {"status": MessageStatus.SENT, "external_id": KEY, "connection": own, "sent_at": at, "to": TO, "tries": 1}
    message = make_message(client=own.client, agency=own.agency, **(facts | fields))
    Attempt.objects.create(
        message=message, connection=own, instance_name=own.instance_name, outcome="sent", started_at=at
    )
    return message


def note(own: WhatsAppConnection, status: str, key: str = KEY) -> bool | None:
    return receipts.note(own.pk, key, status, timezone.now())
