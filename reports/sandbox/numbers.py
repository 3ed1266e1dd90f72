"""What an account of the sandbox has done by a moment: days that are over in full, today so far, money since then.

The same moment always brings the same numbers, and those of a day that is over are those of `reports.demo_numbers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from reports.choices import Platform
from reports.demo_campaigns import DemoCampaign, campaigns_of, shared_out
from reports.demo_numbers import day_numbers
from reports.metrics import Sums
from reports.sandbox.accounts import SandboxAccount, account_of
from reports.sandbox.faults import Struck

#: Nothing ran before.
BEGAN = date(2024, 1, 1)
#: Meta counts anew about every quarter of an hour.
_STEPS = 24 * 4
_CENT = Decimal("0.01")
#: What platforms have counted of a day at first, where a fault has it late.
LATE_SHARE = Decimal("0.6")


def today_of(account: SandboxAccount, now: datetime) -> date:
    return now.astimezone(ZoneInfo(account.time_zone)).date()


def days_of(
    account: SandboxAccount, since: date, until: date, now: datetime, struck: Struck
) -> Iterator[tuple[date, Sums]]:
    """Each day from `since` to `until` on which something ran, oldest first; the newest as late as faults have it."""
    missing, lower = (struck[name].value if name in struck else 0 for name in ("days_missing", "days_lower"))
    today = today_of(account, now)
    first, last = max(since, BEGAN), min(until, today)
    if missing:
        last = min(last, today - timedelta(days=missing + 1))
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        sums = _day(account.platform, account.external_id, day)
        if day == today:
            sums = _part(sums, _share_of_today(account, now))
        elif lower and day >= today - timedelta(days=lower):
            sums = _part(sums, LATE_SHARE)
        if sums.impressions:
            yield day, sums


def campaign_days_of(
    account: SandboxAccount, since: date, until: date, now: datetime, struck: Struck
) -> Iterator[tuple[date, DemoCampaign, Sums]]:
    """The same days, each shared out among the account's campaigns: those that were shown on it."""
    campaigns = campaigns_of(account.platform, account.external_id, account.profile)
    for day, sums in days_of(account, since, until, now, struck):
        for campaign, part in shared_out(sums, campaigns, day):
            yield day, campaign, part


def spent_today(account: SandboxAccount, now: datetime) -> Decimal:
    today = today_of(account, now)
    return _part(_day(account.platform, account.external_id, today), _share_of_today(account, now)).spend or Decimal(0)


def spent_before_today(account: SandboxAccount, now: datetime) -> Decimal:
    """Since the first of the month."""
    today = today_of(account, now)
    days = (today.replace(day=number) for number in range(1, today.day))
    return sum((_day(account.platform, account.external_id, day).spend or Decimal(0) for day in days), Decimal(0))


def balance_left(account: SandboxAccount, now: datetime) -> Decimal:
    """What is left of this morning's balance. At night somebody puts in what the day took, so that it never ends."""
    return max((account.balance or Decimal(0)) - spent_today(account, now), Decimal(0))


@lru_cache(maxsize=65_536)
def _day(platform: Platform, external_id: str, day: date) -> Sums:
    return day_numbers(external_id, platform, account_of(platform, external_id).profile, day)


def _share_of_today(account: SandboxAccount, now: datetime) -> Decimal:
    local = now.astimezone(ZoneInfo(account.time_zone))
    return Decimal((local.hour * 60 + local.minute) * _STEPS // (24 * 60)) / _STEPS


def _part(sums: Sums, share: Decimal) -> Sums:
    """So much of a day, rounded down. What unknown is stays unknown; without a result there is no revenue."""

    def whole(number: int | None) -> int | None:
        return None if number is None else int(number * share)

    results = None if sums.conversions is None else Decimal(int(sums.conversions * share))
    return replace(
        sums,
        spend=None if sums.spend is None else (sums.spend * share).quantize(_CENT, ROUND_DOWN),
        revenue=None if sums.revenue is None else (sums.revenue * share if results else Decimal(0)).quantize(_CENT),
        impressions=whole(sums.impressions),
        clicks=whole(sums.clicks),
        conversions=results,
        leads=whole(sums.leads),
        messages=whole(sums.messages),
    )
