"""Which connections worked once and do not now, with what their history says of it. Reads rows, tells nobody.

Whether a fall is worth a word is the affair of `drops_rule`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least
from django.utils import timezone

from agency.models import Notice
from connections.drops_rule import DOWN, LOST, ON_PURPOSE, Fall
from connections.models import ConnectionEvent, WhatsAppConnection
from connections.states import Reason, Status


def fallen() -> QuerySet[WhatsAppConnection]:
    """What worked once and does not now, sessions that try to come back among it; not what is wanted.

    Of its history: `fell_at`, `fell_on_purpose`, and `down_status` with `down_reason`, which it was last known to be
    down by (None where it has only tried to come back so far).
    """
    history = ConnectionEvent.objects.filter(connection=OuterRef("pk"), kind=ConnectionEvent.Kind.STATUS)
    worked = history.filter(status=Status.CONNECTED).order_by("-at").values("at")[:1]
    since = history.filter(at__gt=OuterRef("worked_at"))
    down = since.filter(status__in=DOWN)
    first, last = down.order_by("at").values("at")[:1], down.order_by("-at", "-pk")
    in_service = Q(client=None) | Q(client__archived_at=None)
    tries = Q(status=Status.CONNECTING, has_session=True)
    return (
        WhatsAppConnection.objects.filter(in_service, tries | Q(status__in=DOWN), pairing_since=None)
        .filter(disconnect_wanted_at=None)
        .exclude(connected_at=None)
        .exclude(reason__in=ON_PURPOSE)
        .select_related("agency", "client")
        .defer("token", "webhook_secret", "qr_code", "client__search_text")
        .annotate(worked_at=Coalesce(Subquery(worked), F("connected_at"), output_field=DateTimeField()))
        .annotate(noted_at=Subquery(first, output_field=DateTimeField()))
        # A send that found the number down and a session that tries to come back write no event, and rows older than
        # the history have none.
        .annotate(fell_at=Least(Coalesce("noted_at", "disconnected_at"), Coalesce("disconnected_at", "noted_at")))
        .annotate(fell_on_purpose=Exists(since.filter(reason__in=ON_PURPOSE)))
        .annotate(down_status=Subquery(last.values("status")[:1]), down_reason=Subquery(last.values("reason")[:1]))
    )


def unwanted(now: datetime | None = None) -> QuerySet[WhatsAppConnection]:
    """Those of `fallen` that nobody disconnected on purpose, however short a time ago they fell; one that tries to come
    back once it has tried for long."""
    since = (now or timezone.now()) - LOST * settings.WAIT_SCALE
    young = Q(status=Status.CONNECTING) & (Q(disconnected_at=None) | Q(disconnected_at__gt=since))
    return fallen().filter(~young, Q(fell_on_purpose=False))


def known_state(row: Any) -> tuple[Status, Reason]:
    """By what a row of `fallen` is known to be down. One that was found closed and tries to come back again is still
    the same fall: else its words would change with every reading."""
    if row.status == Status.CONNECTING and row.down_status:
        return Status(row.down_status), Reason(row.down_reason)
    return Status(row.status), Reason(row.reason)


def fall_of(row: Any, told: Iterable[Notice]) -> Fall:
    """`row` is of `fallen`, `told` its subject's notices."""
    closed = [notice for notice in told if notice.closed_at is not None]
    return Fall(
        status=Status(row.status),
        since=row.fell_at,
        read_at=row.last_seen_at,
        exists_at_gateway=bool(row.instance_id),
        on_purpose=row.fell_on_purpose,
        came_back_at=max((notice.closed_at for notice in closed if notice.outcome and notice.closed_at), default=None),
        put_away=any(
            not notice.outcome and notice.closed_at and row.fell_at and notice.closed_at >= row.fell_at
            for notice in closed
        ),
    )
