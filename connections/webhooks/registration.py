"""Has the gateway call our door for each instance: at its creation, and again where that was lost or has changed."""

from __future__ import annotations

import logging
import secrets
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from connections.classification import GATEWAY_IS_DOWN, Code
from connections.evolution import EvolutionError, Refused, Webhook
from connections.gateway import evolution, watched
from connections.models import WhatsAppConnection
from connections.states import Reason
from connections.webhooks.reduction import EVENTS

logger = logging.getLogger(__name__)

#: How long a webhook that was found right is trusted.
CHECK_AGAIN_AFTER = timedelta(hours=6)
#: One that could not be looked at gives way to others for so long.
TRY_AGAIN_AFTER = timedelta(minutes=10)
BATCH = 200
#: Seconds after which a run leaves the rest to the next.
PATIENCE = 40.0


def new_secret() -> str:
    """What the gateway shows at our door, and nobody else can."""
    return secrets.token_urlsafe(32)


def webhook_of(connection: WhatsAppConnection) -> Webhook:
    """What the gateway must be told; the secret is made, and stored, before it leaves."""
    if not connection.webhook_secret:
        secret = new_secret()
        # Of two that make one at once, the first counts.
        WhatsAppConnection.objects.filter(pk=connection.pk, webhook_secret="").update(webhook_secret=secret)
        connection.refresh_from_db(fields=["webhook_secret"])
    return Webhook(
        url=settings.WEBHOOK_URL + reverse("connections:webhook", args=[connection.pk]),
        authorization=f"Bearer {connection.webhook_secret}",
        events=EVENTS,
    )


def repair(now: datetime | None = None) -> int:
    """Look at the webhooks that were not looked at lately, or lead to an address that is no longer ours, and set those
    that are not as they should be; how many."""
    now, began = now or timezone.now(), time.monotonic()
    repaired = 0
    for pk in list(_due(now).values_list("pk", flat=True)[:BATCH]):
        if time.monotonic() - began > PATIENCE:
            break
        WhatsAppConnection.objects.filter(pk=pk).update(webhook_tried_at=now)  # the next run begins with others
        try:
            repaired += _repair(pk, now)
        except EvolutionError as error:
            logger.warning("webhook of connection %s not looked at: %s", pk, error)
            if error.code in GATEWAY_IS_DOWN or error.code is Code.TIMEOUT:
                break
        except Exception:
            # One row that cannot be read must not keep all those behind it without a webhook.
            logger.exception("webhook of connection %s not looked at", pk)
    return repaired


def _due(now: datetime) -> QuerySet[WhatsAppConnection]:
    """The longest untried first, of those the oldest. One that failed is tried again after a while."""
    old = Q(webhook_checked_at=None) | Q(webhook_checked_at__lt=now - CHECK_AGAIN_AFTER)
    old |= ~Q(webhook_base=settings.WEBHOOK_URL)
    untried = Q(webhook_tried_at=None) | Q(webhook_tried_at__lt=now - TRY_AGAIN_AFTER)
    rows = WhatsAppConnection.objects.exclude(instance_id="").exclude(reason=Reason.INSTANCE_MISSING)
    return rows.filter(old, untried).order_by(F("webhook_tried_at").asc(nulls_first=True), "created_at")


def _repair(pk: uuid.UUID, now: datetime) -> bool:
    connection = WhatsAppConnection.objects.get(pk=pk)
    wanted, gateway = webhook_of(connection), evolution()
    with watched():
        is_wrong = gateway.find_webhook(connection.instance_name) != wanted
        if is_wrong:
            gateway.set_webhook(connection.instance_name, wanted)
    _note_right(connection, now)
    return is_wrong


def doubt(connection_pk: uuid.UUID) -> None:
    """Somebody called with a wrong secret: perhaps the gateway, with an older one. Looked at once an hour."""
    lately = timezone.now() - timedelta(hours=1)
    rows = WhatsAppConnection.objects.filter(pk=connection_pk, webhook_checked_at__lt=lately)
    rows.update(webhook_checked_at=None)


def set_anew(connection: WhatsAppConnection, now: datetime | None = None) -> None:
    """Have the gateway call our door, whatever it calls now: one that looks right may bring nothing all the same.

    Raises EvolutionError.
    """
    if not connection.instance_id:
        raise Refused(Code.INSTANCE_MISSING, "POST /webhook/set")
    with watched():
        evolution().set_webhook(connection.instance_name, webhook_of(connection))
    _note_right(connection, now or timezone.now())


def _note_right(connection: WhatsAppConnection, now: datetime) -> None:
    rows = WhatsAppConnection.objects.filter(pk=connection.pk, instance_id=connection.instance_id)
    rows.update(webhook_checked_at=now, webhook_base=settings.WEBHOOK_URL)
