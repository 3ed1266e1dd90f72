"""Which reports wait for a person: held ones until their end, lost ones for a week. And how many of an agency do, with
the row of its member that every page reads anyway.

Names of an upper room: its rows are read, its code is not imported.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, DateTimeField, ExpressionWrapper, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Now

from agency.rows import model_of

#: A lost run is old news after this.
LOST_FOR = timedelta(days=7)


def for_a_person(now: datetime | Now) -> Q:
    """Of reports those that a person can still release or discard; `now` may be the database's own clock."""
    since: Any = now - LOST_FOR if isinstance(now, datetime) else ExpressionWrapper(now - LOST_FOR, DateTimeField())
    held = Q(status="held") & (Q(expires_at=None) | Q(expires_at__gt=now))
    return held | Q(status="lost", created_at__gt=since)


def reports_waiting() -> Coalesce:
    """How many reports of a row's `agency` wait, of clients in service; small enough to be counted with that row, from
    the index `report_waiting`."""
    waiting = model_of("reports").objects.filter(
        for_a_person(Now()), status__in=("held", "lost"), client__agency=OuterRef("agency"), client__archived_at=None
    )
    counted = waiting.order_by().values("client__agency").annotate(count=Count("*")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))
