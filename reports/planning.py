"""Keeps `next_run_at` true to the settings and the client's zone. Fires nothing, and takes nothing away that is due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from agency.models import Agency, Client
from reports import holding, storing
from reports.choices import Family, Frequency
from reports.models import AgencyPause, ReportSettings
from reports.periods import local_day
from reports.schedule import Schedule, day_of, next_occurrence


def set_next_run(settings: ReportSettings, now: datetime) -> None:
    """Set when these settings are due next, without saving: always after `now`, so an edit never fires a run by itself,
    and on a day after the newest run's, so that no edit brings a second report on one day.

    A run that is due already and not yet claimed stays due: today's report is not lost because somebody edits at 09:00.
    Unless its day has been closed: then what comes instead of it is due.
    """
    if not settings.active or settings.frequency == Frequency.MANUAL:
        settings.next_run_at = None
        return
    schedule, due = settings.schedule, settings.next_run_at
    if due is None or due > now:
        due = now
    elif not schedule.closures.is_closed(day_of(schedule, due)):
        return
    settings.next_run_at = next_occurrence(schedule, due, later_than_day=settings.last_run_on)


def reschedule(settings: ReportSettings, before: Schedule | None, now: datetime) -> None:
    """Bring edited settings in line with the edit, without saving. `before` is their schedule as it was until now; None
    where there was none: switched off, or not to be read.

    A run that a person took out is one of the old schedule. What is made up for on a later day lies after the edit: a
    day that had its report before it was closed is not made up for.
    """
    schedule, last = settings.schedule, settings.last_run_on
    if before is None or before.days_rule != schedule.days_rule:
        settings.made_up_from = _first_not_settled(settings, schedule, now)
    elif last and schedule.closures.is_closed(last) and not before.closures.is_closed(last):
        settings.made_up_from = last + timedelta(days=1)
    if before and before.rule != schedule.rule:
        settings.skipped_on = None
    set_next_run(settings, now)


def _first_not_settled(settings: ReportSettings, schedule: Schedule, now: datetime) -> date:
    due, last = settings.next_run_at, settings.last_run_on
    day = local_day(now, schedule.zone)
    if due is not None and due <= now:
        day = day_of(schedule, due)
    elif schedule.instant(day) <= now:
        day += timedelta(days=1)
    return max(day, last + timedelta(days=1)) if last else day


def schedule_in_force(settings: ReportSettings) -> Schedule | None:
    """What the settings' runs follow now; None where nothing runs, or where it cannot be read."""
    try:
        return settings.schedule if settings.active else None
    except ValueError:
        return None


def settings_of(client: Client) -> ReportSettings:
    """The client's settings; the default ones, switched off, where there are none yet."""

    def pauses() -> list[list[str]]:
        return AgencyPause.objects.copy_of(client.agency_id, timezone.now())

    settings, _ = ReportSettings.objects.get_or_create(client=client, defaults={"agency_pauses": pauses})
    settings.client = client
    return settings


@transaction.atomic
def save_settings(client: Client, fields: Mapping[str, Any], now: datetime | None = None) -> ReportSettings:
    """Write these fields over the client's settings, with their next run, and over the stored days what they count as
    conversions; the settings as they stand afterwards."""
    # Read anew under a lock: a run may have been claimed since the page was opened, and moved `next_run_at` on.
    settings = ReportSettings.objects.select_for_update().get(client=client)
    settings.client = client
    family, before, now = settings.conversion_family, schedule_in_force(settings), now or timezone.now()
    for name, value in fields.items():
        setattr(settings, name, value)
    settings.agency_pauses = AgencyPause.objects.copy_of(client.agency_id, now)
    settings.paused_with_all = settings.paused_with_all and not settings.active
    reschedule(settings, before, now)
    written = ("agency_pauses", "skipped_on", "made_up_from", "next_run_at", "paused_with_all")
    settings.save(update_fields=[*fields, *written])
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
            try:
                set_next_run(settings, now)
            except ValueError:  # it cannot be read; when it is due it is set aside, and must not keep the others back
                continue
            if settings.next_run_at != seen:
                mine = ReportSettings.objects.filter(pk=settings.pk, next_run_at=seen)
                if mine.update(next_run_at=settings.next_run_at):
                    holding.next_run_moved(settings, now)


def stop(client: Client) -> None:
    """No more automatic reports for this client. What is in the outbox already is the outbox's affair."""
    ReportSettings.objects.filter(client=client).update(active=False, next_run_at=None)
