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
    frequency: Frequency
    time_of_day: time
    zone: zoneinfo.ZoneInfo


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a settings row that is due: which occurrences are lost, which one runs, which one is next."""

    lost: tuple[datetime, ...]
    run: datetime | None
    next: datetime


def next_occurrence(schedule: Schedule, after: datetime) -> datetime:
    """The first occurrence strictly after the instant `after`, in UTC."""
    today = after.astimezone(schedule.zone).date()
    # From yesterday on: a time of day that a jump of the clocks pushed over midnight still counts as that day's.
    candidates = (_instant(schedule, today + timedelta(days=days)) for days in range(-1, 4))
    return min(at for at in candidates if at > after)


def _instant(schedule: Schedule, day: date) -> datetime:
    # fold=0: the first of two equal local times; in a gap the offset from before it, so that UTC lies after the jump.
    # https://docs.python.org/3/library/datetime.html#datetime.datetime.fold
    return datetime.combine(day, schedule.time_of_day, tzinfo=schedule.zone).replace(fold=0).astimezone(UTC)


def plan(schedule: Schedule, due: datetime, now: datetime) -> Plan:
    """Sort the occurrences from `due` to `now`: the newest runs if it is not too late for it, all others are lost."""
    missed = [due]
    while (following := next_occurrence(schedule, missed[-1])) <= now:
        missed.append(following)
    run = missed.pop() if now - missed[-1] <= CATCH_UP else None
    return Plan(lost=tuple(missed[-MOST_LOST:]), run=run, next=following)


def occurrence_key(at: datetime) -> str:
    """How an occurrence is written in a report's unique key: `2026-11-24T12:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
