"""The runs that an agency's clients have ahead, from their schedules as stored, for the page "Envios". Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agency.models import Agency
from connections.manners import QuietHours
from reports import sends_lines
from reports.closures import Recess
from reports.models import ReportSettings
from reports.outlook import coming
from reports.sends_lines import Day, Line, Run
from reports.sends_words import standing_of_run

_PARSE = date.fromisoformat


def read(agency: Agency, now: datetime, zone: ZoneInfo, days: int) -> tuple[list[Run], list[ReportSettings]]:
    """All runs until the end of that many days after today, and the settings that have one ahead. One query."""
    today = now.astimezone(zone).date()
    until = datetime.combine(today + timedelta(days=days + 1), datetime.min.time(), tzinfo=zone)
    rows = ReportSettings.objects.filter(
        active=True, next_run_at__isnull=False, client__agency=agency, client__archived_at=None
    )
    settings = list(rows.select_related("client").defer("metrics").order_by("pk"))
    runs = []
    for each in settings:
        each.client.agency = agency
        runs += [Run(at, each) for at in _runs(each, until)]
    return runs, settings


def _runs(settings: ReportSettings, until: datetime) -> list[datetime]:
    if settings.next_run_at is None:
        return []
    try:
        return [run.at for run in coming(settings.schedule, settings.next_run_at, until)]
    except ValueError:  # a row that cannot be read is `sending`'s affair, and must not take the page away
        return [settings.next_run_at] if settings.next_run_at < until else []


def days(
    agency: Agency, settings: Sequence[ReportSettings], runs: Iterable[Run], today: date, zone: ZoneInfo, count: int
) -> list[Day]:
    """The days after today, each with its runs, what keeps them waiting, and why there are none."""
    found = sends_lines.days_ahead(runs, today, zone, count)
    quiet = quiet_hours(agency)
    pauses = settings[0].agency_pauses if settings else []
    for each in found:
        each.quiet = sum(quiet is not None and quiet.end_after(run.at) is not None for run in each.runs)
        each.why = "" if each.runs else _why(pauses, each.day)
    return found


def quiet_hours(agency: Agency) -> QuietHours | None:
    if agency.quiet_from is None or agency.quiet_until is None:
        return None
    return QuietHours(agency.quiet_from, agency.quiet_until, ZoneInfo(agency.time_zone))


def _why(pauses: Sequence[Sequence[str]], day: date) -> str:
    for first, last, note in pauses:
        if _PARSE(first) <= day <= _PARSE(last):
            words = str(Recess(_PARSE(first), _PARSE(last), note))
            return f"{words[:1].upper()}{words[1:]}"
    return "Nada previsto"


def lines(runs: Iterable[Run]) -> list[Line]:
    """Runs of today as lines of its table."""
    return [
        Line(
            run.at,
            "report",
            run.settings.client,
            standing_of_run(),
            is_ahead=True,
            settings=run.settings,
        )
        for run in runs
    ]
