"""Which days a period means, and which days it is compared with. Pure; a period never includes the day of the run."""

from __future__ import annotations

import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.choices import Period

_LENGTH = {Period.YESTERDAY: 1, Period.LAST_7_DAYS: 7}


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last day, both included, in one zone that whoever made it knows."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("A period ends before it begins.")

    @property
    def count(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def local_day(at: datetime, zone: zoneinfo.ZoneInfo) -> date:
    """The calendar day of an instant in a zone. Raises ValueError for an instant without a zone of its own."""
    if at.tzinfo is None:
        raise ValueError("An instant needs a zone to have a day.")
    return at.astimezone(zone).date()


def days_of(period: Period, at: datetime, zone: zoneinfo.ZoneInfo) -> Days:
    """The days of `period` as seen from the instant of a run: complete days of the client's zone, up to yesterday."""
    yesterday = local_day(at, zone) - timedelta(days=1)
    return Days(yesterday - timedelta(days=_LENGTH[period] - 1), yesterday)


def days_before(period: Period, days: Days) -> Days:
    """What `days` are compared with: as many days immediately before them.

    `period` decides nothing yet; calendar months will not be compared by their number of days.
    """
    last = days.first - timedelta(days=1)
    return Days(last - timedelta(days=days.count - 1), last)
