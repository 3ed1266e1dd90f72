"""The runs that a client's report has ahead, as pages show them: when, about which days, and what is left out and why.

Only reads; of settings that are being edited as of those that are stored.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from agency.models import Client
from agency.templatetags.ui_words import MONTHS, WEEKDAYS, days_range
from reports import periods, skipping
from reports.choices import Frequency, Period, Weekday
from reports.models import ReportSettings
from reports.outlook import Coming, LeftOut, outlook
from reports.periods import Days
from reports.schedule import LAST_DAY, day_of, occurrence_key

#: How many runs to come are shown.
RUNS = 5
_WORKING_WEEK = tuple(range(5))


@dataclass(frozen=True, slots=True)
class Line:
    """A run to come with the `days` that it will be about; without them, what is left out, and `why`.

    `key` names an occurrence that a person may take out (a run) or put back (what is left out); "" where he may not.
    """

    shown: str
    days: Days | None = None
    why: str = ""
    key: str = ""
    is_next: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """`when` is the schedule in words; `lines` is empty where nothing is scheduled."""

    settings: ReportSettings | None
    when: str
    lines: list[Line]

    @property
    def state(self) -> str:
        """none, manual, paused or active."""
        if self.settings is None:
            return "none"
        if self.settings.frequency == Frequency.MANUAL:
            return "manual"
        return "active" if self.settings.active else "paused"

    @property
    def next_key(self) -> str:
        return key_of_next(self.lines)


def of_client(client: Client, now: datetime | None = None) -> Agenda:
    """The runs to come as the schedule stands."""
    settings = ReportSettings.objects.filter(client=client).first()
    if settings is None:
        return Agenda(None, "", [])
    settings.client = client
    return Agenda(settings, when(settings), lines(settings, now or timezone.now()))


def lines(settings: ReportSettings, now: datetime) -> list[Line]:
    """The next runs from what is set as due next, which is what will run, also where that is due already."""
    first = settings.next_run_at
    if not settings.active or first is None:
        return []
    schedule = settings.schedule
    day = day_of(schedule, first)
    before = outlook(schedule, now, 1, later_than_day=settings.last_run_on)
    left_out = [each for each in before if isinstance(each, LeftOut) and each.last < day]
    rest = outlook(schedule, first, RUNS - 1, later_than_day=day)
    may_skip = first > now and skipping.pending(schedule, now) is None
    following = replace(_run(first, settings), is_next=True, key=occurrence_key(first) if may_skip else "")
    return [*(_line(each, settings) for each in left_out), following, *(_line(each, settings) for each in rest)]


def key_of_next(lines: list[Line]) -> str:
    """The key of the next run, "" where it may not be taken out."""
    return next((line.key for line in lines if line.is_next), "")


def _line(each: Coming | LeftOut, settings: ReportSettings) -> Line:
    if isinstance(each, Coming):
        return _run(each.at, settings)
    if each.is_skipped:
        at = settings.schedule.instant(each.first)
        return Line(_moment(at, settings), why="pulado", key=occurrence_key(at))
    shown = _day(each.first) if each.count == 1 else f"{days_range(each.first, each.last)}, {each.count} envios"
    if each.instead:
        return Line(shown, why=f"adiado para {_day(each.instead)}: {each.why}")
    return Line(shown, why=each.why if each.why.startswith("pausa") else f"pulado: {each.why}")


def _run(at: datetime, settings: ReportSettings) -> Line:
    return Line(_moment(at, settings), periods.days_of(Period(settings.period), at, settings.client.zone))


def _moment(at: datetime, settings: ReportSettings) -> str:
    """`seg 30 nov, 08:00`."""
    local = at.astimezone(settings.client.zone)
    return f"{_day(local.date())}, {local:%H:%M}"


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()][:3]} {day.day} {MONTHS[day.month - 1][:3]}"


def when(settings: ReportSettings) -> str:
    """`Diário às 09:00`, `Semanal, segunda e quarta às 08:00`, `Mensal, último dia às 09:00`, `Manual`."""
    frequency = Frequency(settings.frequency)
    at = f"às {settings.time_of_day:%H:%M}"
    match frequency:
        case Frequency.WEEKLY | Frequency.BIWEEKLY:
            return f"{frequency.label}, {_weekdays(settings.weekdays)} {at}"
        case Frequency.MONTHLY:
            last = settings.day_of_month == LAST_DAY
            return f"{frequency.label}, {'último dia' if last else f'dia {settings.day_of_month}'} {at}"
        case Frequency.MANUAL:
            return str(frequency.label)
    return f"{frequency.label} {at}"


def _weekdays(days: tuple[int, ...]) -> str:
    if len(days) == 1:
        return Weekday(days[0]).label.lower()
    if len(days) == len(WEEKDAYS):
        return "todos os dias"
    if days == _WORKING_WEEK:
        return "de segunda a sexta"
    *first, last = [WEEKDAYS[day].removesuffix("-feira") for day in days]
    return f"{', '.join(first)} e {last}"
