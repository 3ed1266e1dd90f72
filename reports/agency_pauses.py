"""An agency's pauses: days on which none of its clients gets an automatic report. Adds and removes them, and computes
anew what its clients have ahead, in a few statements however many they are.

Each client's settings hold a copy of the pauses, written under the lock of their row, so that a run that is claimed in
this very moment either comes before the pause or knows of it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from agency.models import Agency
from reports import holding, planning
from reports.models import AgencyPause, ReportSettings

#: So many settings are written by one statement.
BATCH = 500


class Change(NamedTuple):
    """`is_new`: not there before. `moved` is how many clients have another next run than before."""

    pause: AgencyPause
    is_new: bool
    moved: int


def of_agency(agency: Agency, today: date) -> list[AgencyPause]:
    """Those that are not over, in order."""
    return list(AgencyPause.objects.filter(agency=agency, last_day__gte=today))


@transaction.atomic
def add(agency: Agency, first_day: date, last_day: date, note: str = "", now: datetime | None = None) -> Change:
    """A pause of these days; the same days twice are one pause."""
    rows = _locked(agency)
    pause, is_new = AgencyPause.objects.get_or_create(
        agency=agency, first_day=first_day, last_day=last_day, defaults={"note": note}
    )
    return Change(pause, is_new, _renew(agency, rows, now or timezone.now()) if is_new else 0)


@transaction.atomic
def remove(pause: AgencyPause, now: datetime | None = None) -> int:
    """End a pause, or call it off; how many clients have another next run than before."""
    rows = _locked(pause.agency)
    pause.delete()
    return _renew(pause.agency, rows, now or timezone.now())


def _locked(agency: Agency) -> list[ReportSettings]:
    """First, as everybody does who writes a client's settings and what follows from them."""
    rows = ReportSettings.objects.filter(client__agency=agency).select_related("client").defer("metrics")
    return list(rows.select_for_update(of=("self",)).order_by("pk"))


def _renew(agency: Agency, rows: list[ReportSettings], now: datetime) -> int:
    copy = AgencyPause.objects.copy_of(agency.pk, now)
    ReportSettings.objects.filter(client__agency=agency).update(agency_pauses=copy)
    before = {settings.pk: (settings.next_run_at, settings.made_up_from) for settings in rows}
    for settings in rows:
        settings.client.agency = agency
        _reschedule(settings, copy, now)
    changed = [each for each in rows if (each.next_run_at, each.made_up_from) != before[each.pk]]
    for first in range(0, len(changed), BATCH):
        some = changed[first : first + BATCH]
        ReportSettings.objects.bulk_update(some, ["next_run_at", "made_up_from"])
        holding.next_runs_moved([each for each in some if each.next_run_at and each.next_run_at > now], now)
    return sum(each.next_run_at != before[each.pk][0] for each in changed)


def _reschedule(settings: ReportSettings, copy: list[list[str]], now: datetime) -> None:
    before = planning.schedule_in_force(settings)
    settings.agency_pauses = copy
    if before is not None:  # else nothing runs; or it cannot be read, which must not stop the others
        planning.reschedule(settings, before, now)
