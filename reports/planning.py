"""Keeps `next_run_at` true to the settings and the client's zone. Fires nothing, and takes nothing away that is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from agency.models import Agency, Client
from reports import holding, storing
from reports.choices import Family, Frequency
from reports.models import ReportSettings
from reports.schedule import next_occurrence


def set_next_run(settings: ReportSettings, now: datetime) -> None:
    """Set when these settings are due next, without saving: always after `now`, so an edit never fires a run by itself,
    and on a day after the newest run's, so that no edit brings a second report on one day.

    A run that is due already and not yet claimed stays due: today's report is not lost because somebody edits at 09:00.
    """
    if not settings.active or settings.frequency == Frequency.MANUAL:
        settings.next_run_at = None
    elif settings.next_run_at is None or settings.next_run_at > now:
        settings.next_run_at = next_occurrence(settings.schedule, now, later_than_day=settings.last_run_on)


def settings_of(client: Client) -> ReportSettings:
    """The client's settings; the default ones, switched off, where there are none yet."""
    settings, _ = ReportSettings.objects.get_or_create(client=client)
    settings.client = client
    return settings


@transaction.atomic
def save_settings(client: Client, fields: Mapping[str, Any], now: datetime | None = None) -> ReportSettings:
    """Write these fields over the client's settings, with their next run, and over the stored days what they count as
    conversions; the settings as they stand afterwards."""
    # Read anew under a lock: a run may have been claimed since the page was opened, and moved `next_run_at` on.
    settings = ReportSettings.objects.select_for_update().get(client=client)
    settings.client = client
    family = settings.conversion_family
    for name, value in fields.items():
        setattr(settings, name, value)
    now = now or timezone.now()
    set_next_run(settings, now)
    settings.save(update_fields=[*fields, "next_run_at"])
    holding.next_run_moved(settings, now)
    if settings.conversion_family != family:
        storing.choose_family_of(client, Family(settings.conversion_family))
    return settings


def zone_changed(*, client: Client | None = None, agency: Agency | None = None) -> None:
    """Compute anew what is not due yet, for one client or for those clients of an agency that live in its zone."""
    now = timezone.now()
    waiting = ReportSettings.objects.filter(active=True, next_run_at__gt=now).select_related("client__agency")
    waiting = waiting.filter(client=client) if client else waiting.filter(client__agency=agency, client__time_zone="")
    with transaction.atomic():
        for settings in waiting:
            seen = settings.next_run_at
            set_next_run(settings, now)
            if settings.next_run_at != seen:
                mine = ReportSettings.objects.filter(pk=settings.pk, next_run_at=seen)
                if mine.update(next_run_at=settings.next_run_at):
                    holding.next_run_moved(settings, now)


def stop(client: Client) -> None:
    """No more automatic reports for this client. What is in the outbox already is the outbox's affair."""
    ReportSettings.objects.filter(client=client).update(active=False, next_run_at=None)
