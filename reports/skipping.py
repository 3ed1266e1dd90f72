"""Takes one run out of a client's schedule ("pular o próximo"), and puts it back while its time has not come.

What is taken out is named by its day, so that it is that run and no other, also where the client's zone changes. A run
that is being claimed in this very moment is either claimed or taken out: both change `next_run_at`, on condition that
it is what they saw.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agency.models import Client
from reports import holding, planning
from reports.models import ReportSettings
from reports.schedule import Schedule, day_of, occurrence_key


class NotNext(Exception):
    """It is not the next run, or not any more: it has left, it is leaving, or somebody changed the schedule."""


class AlreadySkipped(Exception):
    """Another run is taken out, and is still to come."""


def pending(schedule: Schedule, now: datetime) -> datetime | None:
    """When the run would be due that a person took out; None where there is none, or its time has passed."""
    day = schedule.skipped_on
    if day is None or not schedule.is_planned(day):
        return None
    at = schedule.instant(day)
    return at if at > now else None


@transaction.atomic
def skip(client: Client, occurrence: str, now: datetime | None = None) -> ReportSettings:
    """Take the next run out, which must be the one of this key (`schedule.occurrence_key`).

    Raises NotNext, AlreadySkipped.
    """
    now = now or timezone.now()
    settings = _locked(client)
    due = settings.next_run_at
    if not settings.active or due is None or due <= now or occurrence_key(due) != occurrence:
        raise NotNext
    if pending(settings.schedule, now):
        raise AlreadySkipped
    settings.skipped_on = day_of(settings.schedule, due)
    return _write(settings, due, now)


@transaction.atomic
def put_back(client: Client, occurrence: str, now: datetime | None = None) -> ReportSettings:
    """Let the run of this key leave after all, which had been taken out. Raises NotNext."""
    now = now or timezone.now()
    settings = _locked(client)
    at = pending(settings.schedule, now)
    if not settings.active or at is None or occurrence_key(at) != occurrence:
        raise NotNext
    settings.skipped_on = None
    return _write(settings, settings.next_run_at, now)


def _locked(client: Client) -> ReportSettings:
    settings = ReportSettings.objects.select_for_update().filter(client=client).first()
    if settings is None:
        raise NotNext
    settings.client = client
    return settings


def _write(settings: ReportSettings, seen: datetime | None, now: datetime) -> ReportSettings:
    planning.set_next_run(settings, now)
    mine = ReportSettings.objects.filter(pk=settings.pk, active=True, next_run_at=seen)
    if mine.update(skipped_on=settings.skipped_on, next_run_at=settings.next_run_at) != 1:
        raise NotNext
    holding.next_run_moved(settings, now)
    return settings
