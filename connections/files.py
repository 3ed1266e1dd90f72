"""The files of messages, kept for as long as one of them may still leave: a report's PDF for each recipient of ten
thousand reports would fill the database, and is drawn from the report's numbers again where somebody wants it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from connections.models import Message, MessageStatus
from connections.states import REALLY_SENT

#: After a file has left, or was called off; and after a person has had all the time to try again what did not leave.
KEPT, KEPT_TO_TRY_AGAIN = timedelta(days=3), timedelta(days=30)
#: So many in one statement, and in one ring.
BATCH, ROUNDS = 500, 20


def forget(now: datetime | None = None) -> int:
    """Drop the contents of files that nothing needs any more; of how many messages. Names and captions stay."""
    now = now or timezone.now()
    over = Q(status__in=[*REALLY_SENT, MessageStatus.CANCELLED], created_at__lt=now - KEPT)
    given_up = Q(status__in=[MessageStatus.FAILED, MessageStatus.EXPIRED], created_at__lt=now - KEPT_TO_TRY_AGAIN)
    rows = Message.objects.filter(over | given_up, file__isnull=False).order_by("created_at")
    forgotten = 0
    for _ in range(ROUNDS):
        some = list(rows.values_list("pk", flat=True)[:BATCH])
        # Asked once more: one of them may have been queued again in between.
        forgotten += Message.objects.filter(over | given_up, pk__in=some).update(file=None)
        if len(some) < BATCH:
            break
    return forgotten
