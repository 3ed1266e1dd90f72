"""Messages that may have left, and rows of the gateway's own table that may say so; for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from tests.factories import make_message

TO = "+5531987654321"
JID = "553187654321@s.whatsapp.net"  # as WhatsApp has it: without the ninth digit
CUT_OFF = "A resposta do servidor do WhatsApp se perdeu; a mensagem pode ter saído."


def make_doubtful(connection: WhatsAppConnection, *, since: datetime | None = None, **fields: Any) -> Message:
    """Uncertain since then, after one try through the connection half a second earlier; its first look is due."""
    since = since or timezone.now()
    message = make_message(
        agency=connection.agency,
        client=connection.client,
        **{
            "to": TO,
            "status": MessageStatus.UNCERTAIN,
            "reason": CUT_OFF,
            "tries": 1,
            "uncertain_since": since,
            "check_at": since,
        }
        | fields,
    )
    try_by(connection, message, since - timedelta(seconds=0.5))
    return message


def try_by(connection: WhatsAppConnection, message: Message, at: datetime) -> Attempt:
    return Attempt.objects.create(
        message=message,
        connection=connection,
        instance_name=connection.instance_name,
        is_fallback=connection.client_id is None and message.client_id is not None,
        started_at=at,
        finished_at=at,
        outcome=Attempt.Outcome.UNCERTAIN,
        error_code="cut_off",
    )


def row_of(message: Message, **fields: Any) -> dict[str, Any]:
    """The gateway's own row of the message, as it was recorded."""
    return {
        "id": "cmessage",
        "key": {"id": "3EB0C767D26A1B5D8E23", "fromMe": True, "remoteJid": JID},
        "pushName": "Você",
        "messageType": "conversation",
        "message": {"conversation": message.body},
        "messageTimestamp": int(timezone.now().timestamp()),
        "instanceId": "uuid",
        "source": "web",
        "contextInfo": None,
        "MessageUpdate": [],
    } | fields


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)
