"""One thing done for many clients at once, as a row: asked, confirmed, worked through, stopped. Sends nothing itself.

The row is the truth and the task only its bell. Chunks of clients are done in one transaction each, together with what
is written down of them: a worker that is killed has done all of a chunk or none of it, and whoever is rung next goes
on with those that wait. What a run makes for a client is moreover unique by the run (`BulkRun.occurrence`), so that no
client is done twice, come what may.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from agency.models import Agency, User
from reports import bulk_deeds
from reports.choices import BulkAction, BulkOutcome
from reports.models import BulkItem, BulkRun

logger = logging.getLogger(__name__)

#: Clients of one transaction.
CHUNK = 50
#: Seconds after which a worker leaves the rest to the next ring, so that others get their turn.
PATIENCE = 20
#: What was asked and not confirmed for so long is forgotten.
ASKED_FOR = timedelta(days=1)
_ROWS = 1000
FAILED = "Não foi possível fazer isto para este cliente. O erro está nos registros do sistema."


@transaction.atomic
def ask(agency: Agency, action: BulkAction, clients: Sequence[uuid.UUID], by: User) -> BulkRun:
    """Write down what is to be done for whom; nothing begins before `start`. The clients are the agency's."""
    run = BulkRun.objects.create(agency=agency, action=action, created_by=by)
    items = [BulkItem(run=run, client_id=key) for key in clients]
    BulkItem.objects.bulk_create(items, batch_size=_ROWS)
    return run


@transaction.atomic
def start(run: BulkRun, now: datetime | None = None) -> bool:
    """Begin; False where it was begun already, by another click or tab."""
    asked = BulkRun.objects.filter(pk=run.pk, started_at=None)
    if not asked.update(started_at=now or timezone.now()):
        return False
    _ring_after_commit(run.pk)
    return True


@transaction.atomic
def stop(run: BulkRun, now: datetime | None = None) -> int:
    """Begin no more of it; of how many clients that was. A chunk that is being done at this moment is waited for."""
    now = now or timezone.now()
    going = BulkRun.objects.filter(pk=run.pk, started_at__isnull=False, finished_at=None)
    if not going.update(stopped_at=now, finished_at=now):
        return 0
    return run.items.filter(outcome=BulkOutcome.WAITING).update(outcome=BulkOutcome.STOPPED)


def work(pk: uuid.UUID) -> int:
    """Go on with a run until it is done or the time is over, and then ring for the rest; for how many clients."""
    run = _open().filter(pk=pk).first()
    if run is None:
        return 0
    until, done = time.monotonic() + PATIENCE, 0
    while time.monotonic() < until:
        keys = list(_waiting(run).values_list("pk", flat=True)[:CHUNK])
        settled = _guarded(run, keys) if keys else 0
        done += settled
        if not settled:  # all done; or others are at it, or the database is away: beat rings again
            break
    else:
        _ring(pk)
    _finish(run)
    return done


def work_due() -> int:
    """Beat's ring: go on with each run that no bell was heard for, and forget what nobody has confirmed."""
    BulkRun.objects.filter(started_at=None, finished_at=None, created_at__lt=timezone.now() - ASKED_FOR).delete()
    return sum(work(pk) for pk in list(_open().order_by("created_at").values_list("pk", flat=True)))


def tally(run: BulkRun) -> dict[str, tuple[int, int]]:
    """By outcome how many clients, and how many messages they made. One query."""
    rows = run.items.order_by().values_list("outcome").annotate(Count("pk"), Sum("messages"))
    return {outcome: (clients, messages) for outcome, clients, messages in rows}


def _open() -> QuerySet[BulkRun]:
    return BulkRun.objects.filter(started_at__isnull=False, finished_at=None).select_related("agency")


def _waiting(run: BulkRun) -> QuerySet[BulkItem]:
    return BulkItem.objects.filter(run=run, outcome=BulkOutcome.WAITING).order_by("pk")


def _guarded(run: BulkRun, keys: Collection[int]) -> int:
    """A chunk, or each of it by itself where together they fail, since it may be only one of them."""
    try:
        return _chunk(run, keys)
    except (OperationalError, InterfaceError):
        logger.exception("bulk run %s: the database failed; its clients stay waiting", run.pk)
        return 0
    except Exception:
        if len(keys) > 1:
            return sum(_guarded(run, [key]) for key in keys)
        logger.exception("bulk run %s: item %s set aside", run.pk, *keys)
        return _waiting(run).filter(pk__in=keys).update(outcome=BulkOutcome.FAILED, reason=FAILED)


@transaction.atomic
def _chunk(run: BulkRun, keys: Collection[int]) -> int:
    """Do those of these that still wait and that nobody else is at; of how many something has come.

    SQLite knows no row locks: its transactions begin with the only write lock.
    """
    rows = _waiting(run).filter(pk__in=keys).select_related("client__agency__sending_rules")
    items = list(rows.select_for_update(of=("self",), skip_locked=True))
    if items:
        bulk_deeds.do(run, items, timezone.now())
        BulkItem.objects.bulk_update(items, ["outcome", "reason", "report", "messages"])
    return len(items)


def _finish(run: BulkRun) -> None:
    if not _waiting(run).exists():
        BulkRun.objects.filter(pk=run.pk, finished_at=None).update(finished_at=timezone.now())


def _ring_after_commit(pk: uuid.UUID) -> None:
    # robust: the row is committed by then, and the sweep rings again.
    transaction.on_commit(lambda: _ring(pk), robust=True)


def _ring(pk: uuid.UUID) -> None:
    from reports import tasks  # which imports this module

    tasks.work_on_bulk.delay(str(pk))
