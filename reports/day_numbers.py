"""From what a platform tells of an account's days to the numbers that are stored of them. Pure.

Missing is not zero: a day that is over and has no row at the platform ran nothing, a day that is not over may still get
one, and a family of results that the account has never shown stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from reports.ads.readings import Daily, Day, Result
from reports.choices import Family, Platform
from reports.metrics import Sums

#: What is stored of each family: count and value as decimal text, None for unknown.
StoredResults = Mapping[str, list[str | None]]

_CENT = Decimal("0.01")
#: Numbers that are told of a family and have no column.
_COUNTS = {
    "purchases": Family.PURCHASES,
    "link_clicks": Family.LINK_CLICKS,
    "page_views": Family.LANDING_PAGE_VIEWS,
    "adds_to_cart": Family.ADDS_TO_CART,
    "checkouts": Family.CHECKOUTS,
    "profile_visits": Family.PROFILE_VISITS,
}
_NOTHING = Result(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """One day as it is stored: the columns, and what was told of each family."""

    sums: Sums
    results: StoredResults = field(default_factory=dict)


def of_daily(
    daily: Daily, since: date, until: date, today: date, *, platform: Platform, family: Family
) -> dict[date, DayNumbers]:
    """The numbers of each day from `since` to `until` that is known, where `today` is that of the account's zone.

    A day before today without a row ran nothing, and is zero; of today nothing is known until there is one.
    """
    rows = {day.date: day for day in daily.days}
    families = _families(daily, platform)
    numbers: dict[date, DayNumbers] = {}
    for ordinal in range(since.toordinal(), until.toordinal() + 1):
        moment = date.fromordinal(ordinal)
        day = rows.get(moment)
        if day is None and moment >= today:
            continue
        numbers[moment] = _of_day(day or Day(moment, Decimal(0), 0, 0), families, platform, family)
    return numbers


def _families(daily: Daily, platform: Platform) -> set[Family]:
    """Those that this account is known to have."""
    if platform is Platform.GOOGLE:
        return {Family.CONVERSIONS}
    told = {family for day in daily.days for family in day.results}
    return told | {family for family in Family if family.value in daily.keys}


def _of_day(day: Day, families: Iterable[Family], platform: Platform, family: Family) -> DayNumbers:
    results = {one: day.results.get(one, _NOTHING) for one in families}
    stored = {
        one.value: [decimal_text(result.count), decimal_text(result.value)] for one, result in sorted(results.items())
    }
    base = Sums(spend=day.spend.quantize(_CENT), impressions=day.impressions, clicks=day.clicks)
    return DayNumbers(with_results(base, stored, platform=platform, family=family), stored)


def with_results(sums: Sums, results: StoredResults, *, platform: Platform, family: Family) -> Sums:
    """The same spend, impressions and clicks, with those numbers that follow from the families.

    `family` is what the client counts as conversions in Meta's numbers. Revenue is what purchases were worth.
    """
    is_google = platform is Platform.GOOGLE
    return Sums(
        spend=sums.spend,
        impressions=sums.impressions,
        clicks=sums.clicks,
        conversions=_part(results, Family.CONVERSIONS if is_google else family, 0),
        revenue=_part(results, Family.CONVERSIONS if is_google else Family.PURCHASES, 1),
        leads=_whole(_part(results, Family.LEADS, 0)),
        messages=_whole(_part(results, Family.CONVERSATIONS, 0)),
        **{name: _count(results, one) for name, one in _COUNTS.items()},
    )


def with_file_purchases(sums: Sums, *, family: Family) -> Sums:
    """A day of Meta's out of a file: its conversions are purchases where the client counts those as such."""
    if family is not Family.PURCHASES or sums.conversions is None:
        return sums
    return replace(sums, purchases=int(sums.conversions))


def counted_as(told: Sums, family: Family) -> Sums:
    """Numbers of Meta's own export, whose conversions are purchases, with what the client counts as conversions;
    unknown where the export does not tell that."""
    match family:
        case Family.PURCHASES:
            return told
        case Family.LEADS:
            count = told.leads
        case Family.CONVERSATIONS:
            count = told.messages
        case _:
            count = None
    return replace(told, conversions=None if count is None else Decimal(count))


def spend_per_day(days: Mapping[date, Decimal], today: date, newest: int = 7) -> Decimal | None:
    """The mean spend of the newest days that are over; None without any. Each day counts, also one without spend."""
    over = sorted((day for day in days if day < today), reverse=True)[:newest]
    return (sum((days[day] for day in over), Decimal()) / len(over)).quantize(_CENT) if over else None


def last_days(today: date, count: int) -> tuple[date, date]:
    """The first of so many complete days before today, and today itself."""
    return today - timedelta(days=count), today


def _part(results: StoredResults, family: Family, index: int) -> Decimal | None:
    told = results.get(family.value)
    if told is None or told[index] is None:
        return None
    return Decimal(str(told[index])).quantize(_CENT)


def _count(results: StoredResults, family: Family) -> int | None:
    told = results.get(family.value)
    return None if told is None or told[0] is None else int(Decimal(str(told[0])))


def _whole(number: Decimal | None) -> int | None:
    return None if number is None else int(number)


def decimal_text(number: Decimal | None) -> str | None:
    """Exactly, without an exponent or zeros at the end; None stays None."""
    return None if number is None else format(number.normalize(), "f")
