"""When a report is due. Pure; stores nothing and knows nothing of what a report says.

A time of day belongs to the client's zone, an occurrence is an instant in UTC. Where clocks go forward over the time of
day, the report is due as much later as they jump (02:30 becomes 03:30); where they go back over it, it is due the first
time and not the second. Either way each local day has one occurrence, and no instant is ever two occurrences.
"""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from reports.choices import Frequency

#: A run that was missed (machine off, database away) is made up for within this time, and is lost after it.
CATCH_UP = timedelta(hours=6)
#: After a very long outage only so many lost occurrences are told of: the newest.
MOST_LOST = 40


@dataclass(frozen=True, slots=True)
class Schedule:
    """`weekday` (0 is Monday) counts for weekly ones, `day_of_month` (1 to 28) for monthly ones."""

    frequency: Frequency
    time_of_day: time
    zone: zoneinfo.ZoneInfo
    weekday: int = 0
    day_of_month: int = 1

    def falls_on(self, day: date) -> bool:
        """Whether a local day has an occurrence."""
        match self.frequency:
            case Frequency.DAILY:
                return True
            case Frequency.WEEKLY:
                return day.weekday() == self.weekday
            case Frequency.MONTHLY:
                return day.day == self.day_of_month
        return False


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
    # From yesterday on: a time of day that a jump of the clocks pushed over midnight still counts as that day's.
    day = after.astimezone(schedule.zone).date() - timedelta(days=1)
    if later_than_day is not None:
        day = max(day, later_than_day + timedelta(days=1))
    while True:
        if schedule.falls_on(day) and (at := _instant(schedule, day)) > after:
            return at
        day += timedelta(days=1)


def upcoming(schedule: Schedule, after: datetime, count: int, *, later_than_day: date | None = None) -> list[datetime]:
    """The next `count` occurrences after an instant; none for a manual schedule."""
    found: list[datetime] = []
    while len(found) < count and (at := next_occurrence(schedule, after, later_than_day=later_than_day)) is not None:
        found.append(at)
        after = at
    return found


def _instant(schedule: Schedule, day: date) -> datetime:
    # fold=0: the first of two equal local times; in a gap the offset from before it, so that UTC lies after the jump.
    # https://docs.python.org/3/library/datetime.html#datetime.datetime.fold
    return datetime.combine(day, schedule.time_of_day, tzinfo=schedule.zone).replace(fold=0).astimezone(UTC)


def day_of(schedule: Schedule, at: datetime) -> date:
    """Which local day an occurrence is that of: the day before the clock's where a jump pushed it over midnight."""
    day = at.astimezone(schedule.zone).date()
    before = day - timedelta(days=1)
    return before if schedule.falls_on(before) and _instant(schedule, before) == at else day


def plan(schedule: Schedule, due: datetime, now: datetime) -> Plan:
    """Sort the occurrences from `due` to `now`: the newest runs if it is not too late for it, all others are lost."""
    missed = [due]
    # The day of `due` has its occurrence, also where an edit moved the hour since.
    following = next_occurrence(schedule, due, later_than_day=day_of(schedule, due))
    while following is not None and following <= now:
        missed.append(following)
        following = next_occurrence(schedule, following)
    run = missed.pop() if now - missed[-1] <= CATCH_UP else None
    return Plan(lost=tuple(missed[-MOST_LOST:]), run=run, next=following)


def occurrence_key(at: datetime) -> str:
    """How an occurrence is written in a report's unique key: `2026-11-24T12:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
