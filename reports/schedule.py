"""When a report is due. Pure; stores nothing and knows nothing of what a report says.

A time of day belongs to the client's zone, an occurrence is an instant in UTC. Where clocks go forward over the time of
day, the report is due as much later as they jump (02:30 becomes 03:30); where they go back over it, it is due the first
time and not the second. Either way a local day has at most one occurrence, and no instant is ever two occurrences.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from reports.choices import Frequency
from reports.closures import ALWAYS_OPEN, Closures

#: A run that was missed (machine off, database away) is made up for within this time, and is lost after it.
CATCH_UP = timedelta(hours=6)
#: After a very long outage only so many lost occurrences are told of: the newest.
MOST_LOST = 40


#: As `day_of_month`: whatever the last day of that month is.
LAST_DAY = 31
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """`weekdays` (0 is Monday) count for weekly ones and those of every other week, `week_of` for the latter: any day
    of a week in which they run. `day_of_month` (1 to 28, or LAST_DAY) counts for monthly ones.

    `skipped_on` is the day whose run a person took out. What falls on a closed day before `made_up_from` is not made up
    for: it had its run, or it is older than the schedule.
    """

    frequency: Frequency
    time_of_day: time
    zone: zoneinfo.ZoneInfo
    weekdays: tuple[int, ...] = (0,)
    week_of: date = date(2024, 1, 1)
    day_of_month: int = 1
    closures: Closures = ALWAYS_OPEN
    skipped_on: date | None = None
    made_up_from: date | None = None

    def falls_on(self, day: date) -> bool:
        """Whether the rule names a local day, closed or not."""
        match self.frequency:
            case Frequency.DAILY:
                return True
            case Frequency.WEEKLY:
                return day.weekday() in self.weekdays
            case Frequency.BIWEEKLY:
                return day.weekday() in self.weekdays and week_parity(day) == week_parity(self.week_of)
            case Frequency.MONTHLY:
                return day.day == self.day_of_month or (self.day_of_month == LAST_DAY and (day + _DAY).day == 1)
        return False

    def is_planned(self, day: date) -> bool:
        """Whether a local day has an occurrence, or had one until a person took it out."""
        if self.closures.is_closed(day):
            return False
        return self.falls_on(day) or (self.closures.postpones and self._makes_up_on(day))

    def runs_on(self, day: date) -> bool:
        """Whether a local day has an occurrence. It has one only, also where it makes up for several others."""
        return day != self.skipped_on and self.is_planned(day)

    def _makes_up_on(self, day: date) -> bool:
        if not self.closures.is_working(day):
            return False
        before = day - _DAY
        while not self.closures.is_working(before):
            if self.made_up_from and before < self.made_up_from:
                return False
            if before != self.skipped_on and self.falls_on(before) and self.closures.is_closed(before):
                return True
            before -= _DAY
        return False

    def instant(self, day: date) -> datetime:
        """When a local day's occurrence is due, in UTC, whether it has one or not."""
        # fold=0: the first of two equal local times; in a gap the offset from before it, so that UTC lies after the
        # jump. https://docs.python.org/3/library/datetime.html#datetime.datetime.fold
        return datetime.combine(day, self.time_of_day, tzinfo=self.zone).replace(fold=0).astimezone(UTC)

    def first_day(self, after: datetime, later_than_day: date | None) -> date:
        """The earliest local day whose occurrence may lie after an instant."""
        # From yesterday on: a time of day that a jump of the clocks pushed over midnight still counts as that day's.
        day = after.astimezone(self.zone).date() - _DAY
        return day if later_than_day is None else max(day, later_than_day + _DAY)

    @property
    def days_rule(self) -> tuple[object, ...]:
        """Which days it names and what becomes of closed ones: equal where two schedules mean the same days."""
        of_frequency: dict[Frequency, tuple[object, ...]] = {
            Frequency.WEEKLY: (self.weekdays,),
            Frequency.BIWEEKLY: (self.weekdays, week_parity(self.week_of)),
            Frequency.MONTHLY: (self.day_of_month,),
        }
        closed = (self.closures.skips_holidays, self.closures.postpones)
        return (self.frequency, *of_frequency.get(self.frequency, ()), *closed)

    @property
    def rule(self) -> tuple[object, ...]:
        """The same with the hour: what a person chooses of a schedule."""
        return (*self.days_rule, self.time_of_day)


def week_parity(day: date) -> int:
    """0 or 1, in turn from each Monday to the next: 0001-01-01, ordinal 1, was a Monday."""
    return (day.toordinal() - 1) // 7 % 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a settings row that is due: which occurrences are lost, which one runs, which one is next.

    `next` is None where the schedule has none any more: it was made a manual one while it was due.
    """

    lost: tuple[datetime, ...]
    run: datetime | None
    next: datetime | None


def next_occurrence(schedule: Schedule, after: datetime, *, later_than_day: date | None = None) -> datetime | None:
    """The first occurrence strictly after the instant `after`, in UTC; None for a manual schedule.

    Only of local days after `later_than_day` where that is given: a day that has had its report gets no second one
    because the hour or the zone was changed in the afternoon.
    """
    if schedule.frequency is Frequency.MANUAL:
        return None
    day = schedule.first_day(after, later_than_day)
    while True:
        if schedule.runs_on(day) and (at := schedule.instant(day)) > after:
            return at
        day += _DAY


def day_of(schedule: Schedule, at: datetime) -> date:
    """Which local day an occurrence is that of: the day before the clock's where a jump pushed it over midnight."""
    day = at.astimezone(schedule.zone).date()
    before = day - _DAY
    return before if schedule.runs_on(before) and schedule.instant(before) == at else day


def plan(schedule: Schedule, due: datetime, now: datetime) -> Plan:
    """Sort the occurrences from `due` to `now`: the newest runs if it is not too late for it, all others are lost."""
    missed = [due]
    # The day of `due` has its occurrence, also where an edit moved the hour since, or the day was closed since.
    day = day_of(schedule, due)
    if schedule.closures.is_closed(day):
        schedule = replace(schedule, made_up_from=day + _DAY)
    following = next_occurrence(schedule, due, later_than_day=day)
    while following is not None and following <= now:
        missed.append(following)
        following = next_occurrence(schedule, following)
    run = missed.pop() if now - missed[-1] <= CATCH_UP else None
    return Plan(lost=tuple(missed[-MOST_LOST:]), run=run, next=following)


def occurrence_key(at: datetime) -> str:
    """How an occurrence is written in a report's unique key: `2026-11-24T12:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
