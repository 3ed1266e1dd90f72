"""How long balances last, kept on the account as the instant of their end: the one truth that cards and pages show.

Whoever writes an account's balance, numbers or zone asks here in the same transaction. The rule is `forecast`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reports import forecast
from reports.models import AdAccount

#: Days whose numbers a forecast may look at: back to the oldest balance that counts, and a late week.
_DAYS = forecast.OLD_BALANCE.days + forecast.WEEK + forecast.LATE_DAYS


def end_of(
    account: AdAccount,
    now: datetime,
    changed: Mapping[str, Any] | None = None,
    spends: Mapping[date, Decimal] | None = None,
) -> datetime | None:
    """When the account's balance ends, with columns that are about to be written over its own; None: unknown.

    `spends` are its newest days where they are at hand; else they cost one query, unless the balance is unknown.
    """
    values = {name: getattr(account, name) for name in ("balance", "balance_at", "time_zone")} | dict(changed or {})
    if values["balance"] is None or values["balance_at"] is None:
        return None
    zone = ZoneInfo(values["time_zone"])
    return forecast.ends_at(
        balance=values["balance"],
        read_at=values["balance_at"],
        spends=recent_days(account, now.astimezone(zone).date()) if spends is None else spends,
        zone=zone,
        now=now,
    )


def recent_days(account: AdAccount, today: date) -> dict[date, Decimal]:
    """What its complete days spent, as far back as a forecast looks."""
    rows = account.daily_metrics.filter(date__range=(today - timedelta(days=_DAYS), today - timedelta(days=1)))
    return dict(rows.values_list("date", "spend"))


def days_and_balance(account: AdAccount, today: date) -> tuple[dict[date, Decimal], dict[str, Any]]:
    """What its newest days spent that are over, however old, and its balance as it is stored now. One query."""
    names = ("balance", "balance_at", "time_zone")
    rows = account.daily_metrics.filter(date__lt=today).order_by("-date")
    found = list(rows.values_list("date", "spend", *(f"account__{name}" for name in names))[:_DAYS])
    return {row[0]: row[1] for row in found}, dict(zip(names, found[0][2:], strict=True)) if found else {}
