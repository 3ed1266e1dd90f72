"""Which days a period means, and which days it is compared with. Pure; a period never includes the day of the run."""

from __future__ import annotations

import calendar
import zoneinfo
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reports.choices import Period

_LENGTH = {Period.YESTERDAY: 1, Period.LAST_7_DAYS: 7, Period.LAST_30_DAYS: 30}


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

    @property
    def each(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range(self.count)]

    @property
    def is_whole_month(self) -> bool:
        """From the 1st to the last day of one calendar month."""
        return self.first.day == 1 and self.last == _month_end(self.first)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def local_day(at: datetime, zone: zoneinfo.ZoneInfo) -> date:
    """The calendar day of an instant in a zone. Raises ValueError for an instant without a zone of its own."""
    if at.tzinfo is None:
        raise ValueError("An instant needs a zone to have a day.")
    return at.astimezone(zone).date()


def days_of(period: Period, at: datetime, zone: zoneinfo.ZoneInfo) -> Days:
    """The days of `period` as seen from the instant of a run: complete days of the client's zone, up to yesterday.

    Month to date on the 1st, when the month has no complete day yet, is the whole month before.
    """
    yesterday = local_day(at, zone) - timedelta(days=1)
    if period is Period.THIS_MONTH:
        return Days(yesterday.replace(day=1), yesterday)
    if period is Period.LAST_MONTH:
        return _month_before(yesterday + timedelta(days=1))
    return Days(yesterday - timedelta(days=_LENGTH[period] - 1), yesterday)


def days_before(period: Period, days: Days) -> Days:
    """What `days` are compared with: as many days immediately before them.

    Of calendar months: a whole month with the whole month before it, a month to date with the same days of the month
    before (all of that month where it is too short for them).
    """
    if period not in (Period.THIS_MONTH, Period.LAST_MONTH):
        last = days.first - timedelta(days=1)
        return Days(last - timedelta(days=days.count - 1), last)
    month = _month_before(days.first)
    if days.is_whole_month:
        return month
    return Days(month.first, min(month.last, month.first + timedelta(days=days.count - 1)))


def _month_before(day: date) -> Days:
    last = day.replace(day=1) - timedelta(days=1)
    return Days(last.replace(day=1), last)


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
