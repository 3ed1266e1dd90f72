"""Calls of our webhook door as the gateway makes them; for tests."""

from __future__ import annotations

import json
from typing import Any

from django.db.models import CharField, Value
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse

from connections.models import WhatsAppConnection
from tests.connections.sandbox_server import Call, Receiver

SECRET = "s3gredo-de-teste"


def post(connection: WhatsAppConnection, body: Any, *, authorization: str | None = f"Bearer {SECRET}") -> HttpResponse:
    """`body` as JSON, or as it is where it is bytes."""
    headers = {"authorization": authorization} if authorization is not None else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = reverse("connections:webhook", args=[connection.pk])
    answer: HttpResponse = Browser().post(url, content, content_type="application/json", headers=headers)
    return answer


def hand_over(connection: WhatsAppConnection, receiver: Receiver) -> list[Call]:
    """What the sandbox has called since, given to our door; these calls."""
    calls, receiver.calls = receiver.calls, []
    for call in calls:
        authorization = call.headers.get("Authorization") or call.headers.get("authorization")
        assert post(connection, call.body, authorization=authorization).status_code == 204
    return calls


def event(word: str, data: Any) -> dict[str, Any]:
    """The envelope, with what else the gateway writes into it."""
    return {
        "event": word,
        "instance": "adscape_c_0123456789ab",
        "data": data,
        "destination": "http://adscape/webhooks/evolution/…/",
        "date_time": "2026-11-24T06:38:23.053Z",
        "sender": "5511999990000@s.whatsapp.net",
        "server_url": "http://evolution:8080",
        "apikey": None,
    }


def receipt(key: str, status: str, **data: Any) -> dict[str, Any]:
    row = {"keyId": key, "remoteJid": "553187654321@s.whatsapp.net", "fromMe": True, "status": status}
    return event("messages.update", {**row, "instanceId": "uuid", "messageId": "cmessage", **data})


def state(word: str, code: int = 200) -> dict[str, Any]:
    return event("connection.update", {"instance": "adscape_c_0123456789ab", "state": word, "statusReason": code})


def spoil_secret(connection: WhatsAppConnection) -> None:
    """As a row looks that was written with a key which is not listed any more: reading it raises."""
    unreadable = Value("gAAAAA-of-another-key", output_field=CharField())
    WhatsAppConnection.objects.filter(pk=connection.pk).update(webhook_secret=unreadable)
