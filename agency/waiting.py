"""Which reports wait for a person: held ones until their end, lost ones for a week. And how many of an agency do, kept
in the agency's own row, which every page reads anyway: counted among ten thousand clients it would take longer than all
else that the bar of a page shows.

Names of an upper room: its rows are read, its code is not imported.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from agency.models import Agency
from agency.rows import model_of

#: A lost run is old news after this.
LOST_FOR = timedelta(days=7)


def for_a_person(now: datetime) -> Q:
    """Of reports those that a person can still release or discard."""
    held = Q(status="held") & (Q(expires_at=None) | Q(expires_at__gt=now))
    return held | Q(status="lost", created_at__gt=now - LOST_FOR)


def recount(agency: uuid.UUID) -> None:
    """Write how many of the agency's reports wait, where it is another number than before."""
    _write([agency], _counts(Q(client__agency=agency)))


def recount_after_commit(agency: uuid.UUID) -> None:
    """The same once the caller's rows can be seen, so that two transactions do not wait for each other's agency. Beat
    counts anew as well, so it is no error where this fails."""
    transaction.on_commit(lambda: recount(agency), robust=True)


def recount_all() -> None:
    """`recount` for every agency; beat's, which also sees what ends by the clock."""
    counts = _counts(Q())
    _write([*counts, *Agency.objects.exclude(reports_waiting=0).values_list("pk", flat=True)], counts)


def _counts(whose: Q) -> dict[uuid.UUID, int]:
    waiting = model_of("reports").objects.filter(for_a_person(timezone.now()), whose, client__archived_at=None)
    counted = waiting.order_by().values_list("client__agency").annotate(count=Count("pk"))
    return dict(counted)


def _write(agencies: list[uuid.UUID], counts: dict[uuid.UUID, int]) -> None:
    known = dict(Agency.objects.filter(pk__in=set(agencies)).values_list("pk", "reports_waiting"))
    for pk, before in known.items():
        if before != counts.get(pk, 0):
            Agency.objects.filter(pk=pk).update(reports_waiting=counts.get(pk, 0))
