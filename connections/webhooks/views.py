"""The door, `POST /webhooks/evolution/<uuid of the connection>/`: checks who calls, keeps ours, answers at once.

Answers that are not 2xx are chosen by what the gateway does with them: it repeats a 503, and never a 400 or a 403.
"""

from __future__ import annotations

import json
import logging
import secrets
import uuid
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connections import tasks
from connections.models import WebhookTally, WhatsAppConnection
from connections.webhooks import intake, registration

logger = logging.getLogger(__name__)

#: Bytes. An event of ours has a few thousand; one with the thumbnail of an image some ten thousand.
LARGEST_BODY = 256 * 1024
_NO_CONTENT, _BAD_REQUEST, _FORBIDDEN, _TRY_LATER = 204, 400, 403, 503


@csrf_exempt
@require_POST
def evolution(request: HttpRequest, connection_pk: uuid.UUID) -> HttpResponse:
    try:
        status, is_news = _take(request, connection_pk)
    except (OperationalError, InterfaceError):  # the database is away: the gateway tries again, up to twenty minutes
        logger.warning("an event of connection %s could not be stored", connection_pk)
        return HttpResponse(status=_TRY_LATER)
    if is_news:
        tasks.ring_for_webhooks()
    return HttpResponse(status=status)


def _take(request: HttpRequest, connection_pk: uuid.UUID) -> tuple[int, bool]:
    """The status to answer, and whether there is something to work on."""
    rows = WhatsAppConnection.objects.only("agency_id", "webhook_secret").filter(pk=connection_pk)
    try:
        connection = rows.first()
    except InvalidToken:  # its secret was written with a key that is not listed any more
        logger.error("the secret of connection %s cannot be read", connection_pk)
        return _FORBIDDEN, False
    if connection is None:  # deleted here; the gateway must not try again, and its own deletion waits for a 2xx
        intake.tally(WebhookTally.Kind.UNKNOWN_CONNECTION)
        return _NO_CONTENT, False
    if not _is_authentic(request, connection):
        intake.tally(WebhookTally.Kind.WRONG_SECRET)
        registration.doubt(connection.pk)
        return _FORBIDDEN, False
    if _length(request) > LARGEST_BODY:
        intake.tally(WebhookTally.Kind.TOO_LARGE)
        return _BAD_REQUEST, False
    try:
        body: Any = json.loads(request.body)
    except (ValueError, RecursionError, UnreadablePostError):
        intake.tally(WebhookTally.Kind.UNREADABLE)
        return _BAD_REQUEST, False
    return _NO_CONTENT, intake.take(connection, body)


def _is_authentic(request: HttpRequest, connection: WhatsAppConnection) -> bool:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = connection.webhook_secret
    same = secrets.compare_digest(given.strip().encode(), expected.encode())
    return bool(expected) and scheme.lower() == "bearer" and same


def _length(request: HttpRequest) -> int:
    """Of the body, as announced; the server reads no more than that."""
    announced = request.headers.get("Content-Length") or "0"
    return int(announced) if announced.isdecimal() else LARGEST_BODY + 1
