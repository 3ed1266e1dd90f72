"""Stops the automatic reports of all clients of an agency, and lets just those go on again that it has stopped.

Means for each of them what `sending.pause` means for one, in a few statements however many they are: what is due is
not lost, what waits in the outbox is cancelled, what is held stays to be decided. Alerts and "Enviar agora" go on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from agency import standing
from agency.models import Agency, Client
from connections.models import Message, MessageStatus
from reports import documents, holding, planning, queueing
from reports.models import AgencyPause, ReportSettings

logger = logging.getLogger(__name__)

#: So many settings are written by one statement.
BATCH = 500
_STOPPED = {"active": False, "paused_with_all": True}


class Automatic(NamedTuple):
    """How many clients have automatic reports, and how many had them until "Pausar todos"."""

    active: int
    paused: int


class AllPaused(NamedTuple):
    """How many clients' reports were stopped, and how many queued messages were cancelled with it."""

    clients: int
    taken_back: int


def automatic(agency: Agency) -> Automatic:
    """One query."""
    on, stopped = (Count("pk", filter=Q(**columns)) for columns in ({"active": True}, _STOPPED))
    found = _of(agency).aggregate(on=on, stopped=stopped)
    return Automatic(found["on"], found["stopped"])


def queued(agency: Agency) -> int:
    """How many messages of reports a pause would cancel now."""
    return _queued(agency).count()


@transaction.atomic
def pause(agency: Agency, now: datetime | None = None) -> AllPaused:
    """Twice is once: what is stopped already, by hand or by this, is left as it is."""
    now = now or timezone.now()
    # The settings first, as everybody does: a run of this very moment holds them until its messages can be seen here.
    rows = list(_of(agency).filter(active=True).select_for_update(of=("self",)).order_by("pk"))
    return AllPaused(len(rows), stop(agency, rows, now, with_all=True))


def stop(agency: Agency, rows: Sequence[ReportSettings], now: datetime, *, with_all: bool) -> int:
    """Switch these settings off, which the caller has locked; how many queued messages were cancelled with it."""
    stopped = ReportSettings.objects.filter(pk__in=[settings.pk for settings in rows])
    stopped.update(active=False, next_run_at=None, paused_with_all=with_all)
    holding.next_runs_gone(rows, now)
    clients = Client.objects.filter(pk__in={settings.client_id for settings in rows})
    waiting = clients.filter(pk__in=_queued(agency).values("client")).order_by("pk")
    documents.call_off_all([settings.client_id for settings in rows])
    taken_back = sum(queueing.take_back(client, is_on_a_card=False) for client in waiting)
    standing.refresh([settings.client_id for settings in rows])
    return taken_back


@transaction.atomic
def resume(agency: Agency, now: datetime | None = None) -> int:
    """Let those go on that `pause` stopped and nobody has switched on since; how many."""
    now = now or timezone.now()
    rows = list(_of(agency).filter(**_STOPPED).select_related("client").select_for_update(of=("self",)).order_by("pk"))
    return len(go_on(agency, rows, now))


def go_on(agency: Agency, rows: Sequence[ReportSettings], now: datetime) -> list[ReportSettings]:
    """Switch these settings on, which the caller has locked, each from its next occurrence; those that can be read."""
    copy = AgencyPause.objects.copy_of(agency.pk, now)
    resumed = [settings for settings in rows if _resume(agency, settings, copy, now)]
    fields = ["active", "agency_pauses", "skipped_on", "made_up_from", "next_run_at", "paused_with_all"]
    ReportSettings.objects.bulk_update(resumed, fields, batch_size=BATCH)
    holding.next_runs_moved([each for each in resumed if each.next_run_at and each.next_run_at > now], now)
    standing.refresh([settings.client_id for settings in resumed])
    return resumed


def _resume(agency: Agency, settings: ReportSettings, copy: list[list[str]], now: datetime) -> bool:
    settings.client.agency = agency
    settings.active, settings.paused_with_all, settings.agency_pauses = True, False, copy
    try:
        planning.reschedule(settings, None, now)
    except ValueError:  # one that cannot be read must not keep the others stopped
        logger.exception("report settings %s: cannot be resumed", settings.pk)
        return False
    return True


def _of(agency: Agency) -> QuerySet[ReportSettings]:
    return ReportSettings.objects.filter(client__agency=agency, client__archived_at=None)


def _queued(agency: Agency) -> QuerySet[Message]:
    queued = Message.objects.filter(agency=agency, kind=Message.Kind.REPORT, status=MessageStatus.QUEUED)
    return queued.filter(client__archived_at=None)
