"""Whether an open connection can be used, by what became of its sends since it was opened. Reads and notes; no HTTP.

The rule is `observation.opened`; here are the facts that it takes, for many connections in one query.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, F, Max, Min, Q

from agency import standing
from connections import events, pacing
from connections.classification import Code
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.observation import Outcomes
from connections.states import Reason, Status

#: A message that no phone has confirmed for so long counts against the number; a day later it says nothing any more.
STUCK_AFTER = timedelta(minutes=20)
FORGOTTEN_AFTER = timedelta(hours=24)
_PEOPLE_OF_AGENCY = 2
#: The moment of the last delivery need not be exact, and is not written for each.
_DELIVERY_STEP = timedelta(minutes=5)


def outcomes_of(connections: Iterable[WhatsAppConnection], now: datetime) -> dict[uuid.UUID, Outcomes]:
    """What became of the sends of each since it was opened. One query."""
    rows = list(connections)
    stuck = Q(status=MessageStatus.SENT, sent_at__lt=now - STUCK_AFTER)
    counted = (
        Message.objects.filter(connection__in=[row.pk for row in rows], awaits_receipt=True)
        .filter(sent_at__gt=now - FORGOTTEN_AFTER, sent_at__gte=F("connection__connected_at"))
        .order_by()
        .values("connection")
        .annotate(stuck=Count("to", filter=stuck, distinct=True), since=Min("sent_at", filter=stuck))
        .annotate(arrived=Max("delivered_at"))
    )
    found = {
        row["connection"]: row["stuck"]
        for row in counted
        if row["stuck"] and not (row["arrived"] and row["arrived"] > row["since"])
    }
    return {row.pk: Outcomes(stuck=found.get(row.pk, 0), is_paused=_is_paused(row, now)) for row in rows}


def _is_paused(connection: WhatsAppConnection, now: datetime) -> bool:
    return connection.paused_until is not None and connection.paused_until > now


def note_refusal(connection_pk: uuid.UUID, now: datetime) -> None:
    """WhatsApp refused a message of this number after it had taken it: then for a while nothing more leaves through it.

    The receipt has no code, so it may be the recipient's affair: the agency's number, which carries many clients, rests
    only when it was refused to two people within the hour.
    """
    rows = WhatsAppConnection.objects.filter(pk=connection_pk)
    if rows.filter(client=None).exists() and _people_refused(connection_pk, now) < _PEOPLE_OF_AGENCY:
        return
    pacing.pause(connection_pk, now)
    open_ones = rows.filter(status__in=(Status.CONNECTED, Status.UNSTABLE))
    if open_ones.update(status=Status.RESTRICTED, reason=Reason.SENDS_PAUSED):
        connection = rows.get()
        events.record_status(connection, events.WHATSAPP, at=now)
        standing.refresh([connection.client_id])


def _people_refused(connection_pk: uuid.UUID, now: datetime) -> int:
    refused = Attempt.objects.filter(connection=connection_pk, error_code=Code.REFUSED_LATE)
    lately = refused.filter(started_at__gt=now - pacing.PAUSE * settings.WAIT_SCALE)
    return lately.values("message__to").distinct().count()


def note_delivery(connection_pk: uuid.UUID, at: datetime) -> None:
    """A phone confirmed a message of this number: it works."""
    rows = WhatsAppConnection.objects.filter(pk=connection_pk)
    rows.filter(Q(delivered_at=None) | Q(delivered_at__lt=at - _DELIVERY_STEP)).update(delivered_at=at)
