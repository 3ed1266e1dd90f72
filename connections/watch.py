"""Beat's eye on the connections: re-reads states that have grown old and carries out the disconnects asked for."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from connections import pairing, services
from connections.classification import GATEWAY_IS_DOWN
from connections.evolution import EvolutionError
from connections.models import WhatsAppConnection
from connections.states import Reason

logger = logging.getLogger(__name__)

#: A state read longer ago than this is read again. Short: a number that fell must not carry the next report.
STALE_AFTER = timedelta(seconds=55)


def refresh_stale() -> None:
    """Re-read every connection that exists at the gateway and was not read lately. Stops where the gateway is down."""
    old = (
        Q(last_seen_at=None)
        | Q(last_seen_at__lt=timezone.now() - STALE_AFTER * settings.WAIT_SCALE)
        | ~Q(disconnect_wanted_at=None)
    )
    rows = WhatsAppConnection.objects.exclude(instance_id="").filter(old)
    oldest_first = rows.order_by(F("last_seen_at").asc(nulls_first=True)).values_list("pk", flat=True)
    for pk in list(oldest_first):
        try:
            _refresh(pk)
        except EvolutionError as error:
            logger.warning("state of connection %s not read: %s", pk, error)
            if error.code in GATEWAY_IS_DOWN:
                return
        except Exception:
            # One row that cannot be read must not leave all those behind it with a state that is no longer true.
            logger.exception("state of connection %s not read", pk)


def _refresh(pk: uuid.UUID) -> None:
    connection = WhatsAppConnection.objects.select_related("agency", "client").get(pk=pk)
    if connection.disconnect_wanted_at is None:
        pairing.step(connection)
    else:
        services.disconnect(connection.agency, connection.client, reason=Reason.ARCHIVED)
