"""When a balance ends, from what was spent lately. Pure: reads no row and no clock; unknown is None, never a guess.

Each coming day spends what the same weekday spent last, evenly over its hours. A weekday of which nothing is known
ends the knowledge: what would end before it is told, what would last longer is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

WEEK = 7
#: Files of numbers come late: the week may end so many days before yesterday, and is still the last one known.
LATE_DAYS = 3
#: A balance that was read longer ago says nothing of today's.
OLD_BALANCE = timedelta(days=7)
#: No end is told that lies further ahead; it is "at least so far".
FARTHEST = timedelta(days=366)
#: An end this near may concern an alert.
WATCHED = timedelta(days=3)
#: Up to so many days ahead the weekday says which day is meant.
_WEEKDAY_NAMES_IT = 14

_DAY = timedelta(days=1)
_SHORT = ("seg", "ter", "qua", "qui", "sex", "sáb", "dom")


def ends_at(
    *, balance: Decimal | None, read_at: datetime | None, spends: Mapping[date, Decimal], zone: ZoneInfo, now: datetime
) -> datetime | None:
    """The instant (in `zone`, the account's) at which a balance is used up; None where nobody can say.

    `balance` was read at `read_at`. `spends` holds complete days of the account by its own calendar; what is missing is
    unknown, a zero is a day without spend. A balance of nothing has ended when it was read.
    """
    if balance is None or read_at is None:
        return None
    start = read_at.astimezone(zone)
    if balance <= 0:
        return start
    today = now.astimezone(zone).date()
    week = last_week(spends, today)
    if not any(week.values()) or now - read_at > OLD_BALANCE:
        return None
    left, day, until = balance, start.date(), start.date() + FARTHEST
    while day < until:
        # What a day that is over really spent is known better than what its weekday usually does.
        spent = spends.get(day) if day < today else None
        spent = week.get(day.weekday()) if spent is None else spent
        if spent is None:
            return None
        begins = max(start, _midnight(day, zone))
        whole, rest = _seconds(_midnight(day, zone), day, zone), _seconds(begins, day, zone)
        part = spent * rest / whole
        if part >= left and spent > 0:
            return _later(begins, left * whole / spent, zone)
        left, day = left - part, day + _DAY
    return datetime.combine(until, time(), zone)


def last_week(spends: Mapping[date, Decimal], today: date) -> dict[int, Decimal]:
    """What each weekday (0 is Monday) spent in the week up to the newest complete day that is known; a weekday without
    numbers is missing. Empty where even the newest is too old."""
    known = [day for day in spends if day < today]
    newest = max(known, default=None)
    if newest is None or (today - newest).days > 1 + LATE_DAYS:
        return {}
    return {day.weekday(): spends[day] for day in known if (newest - day).days < WEEK}


def time_left(end: datetime | None, now: datetime) -> timedelta | None:
    """Nothing, not less, where the end has passed; None where it is unknown."""
    return None if end is None else max(end - now, timedelta(0))


def days_left(end: datetime | None, now: datetime, zone: ZoneInfo) -> int | None:
    """How many days after today, by the calendar of `zone`, the end falls; None where it is unknown."""
    if end is None:
        return None
    return max((end.astimezone(zone).date() - now.astimezone(zone).date()).days, 0)


def words(balance: Decimal | None, end: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """`acaba em ~2 dias, sex 14h`, `acaba hoje, ~18h`, `acabou`; "" where it is unknown."""
    day = day_words(balance, end, now, zone)
    days = days_left(end, now, zone)
    if end is None or days is None or not day.startswith("acaba ") or days > _WEEKDAY_NAMES_IT:
        return day
    hour = f"{end.astimezone(zone).hour}h"
    return f"{day}, ~{hour}" if days == 0 else f"{day}, {weekday(end, zone)} {hour}"


def day_words(balance: Decimal | None, end: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """`acaba em ~2 dias`, `acaba hoje`, `acabou`; `deve ter acabado` where only the forecast says so; "" if unknown."""
    if balance is not None and balance <= 0:
        return "acabou"
    days = days_left(end, now, zone)
    if balance is None or end is None or days is None:
        return ""
    if end <= now:
        return "deve ter acabado"
    if end - now > FARTHEST - 2 * _DAY:
        return "dura mais de um ano"
    return "acaba hoje" if days == 0 else f"acaba em ~{days} dia{'s' if days > 1 else ''}"


def weekday(end: datetime, zone: ZoneInfo) -> str:
    """`sex`"""
    return _SHORT[end.astimezone(zone).weekday()]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _seconds(begins: datetime, day: date, zone: ZoneInfo) -> Decimal:
    """From `begins` to the end of that day; a day on which clocks change is shorter or longer."""
    return Decimal(int(_midnight(day + _DAY, zone).timestamp() - begins.timestamp()))


def _later(begins: datetime, seconds: Decimal, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(begins.timestamp() + float(seconds), zone)
