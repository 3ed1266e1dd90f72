"""What follows from a balance that a platform told: the account's columns, and a line of its history if it is new."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from reports.ads.readings import Balance
from reports.choices import BalanceSource
from reports.models import AdAccount, BalanceReading
from reports.periods import local_day

_CENT = Decimal("0.01")
_OF_A_PERSON = ("", BalanceSource.INFORMED, BalanceSource.INFORMED_ESTIMATE)


def keep(account: AdAccount, balance: Balance, now: datetime) -> dict[str, Any]:
    """The account's columns after this reading, in the caller's transaction; the history gets it where it is new.

    Where the platform can tell none, as Google of prepaid accounts, what a person told is carried on.
    """
    columns: dict[str, Any] = {
        "balance_checked_at": now,
        "state": balance.state,
        "is_balance_blocked": balance.is_blocked,
        "due": None if balance.due is None else balance.due.quantize(_CENT),
    }
    if balance.time_zone != account.time_zone and balance.time_zone in available_timezones():
        columns["time_zone"] = balance.time_zone
    amount = None if balance.amount is None else balance.amount.quantize(_CENT)
    source = balance.source or account.balance_source
    if amount is None and account.balance_source in _OF_A_PERSON:
        amount, source = _carried_on(account), BalanceSource.INFORMED_ESTIMATE
        if amount is None:
            return columns
    if (amount, source) != (account.balance, account.balance_source):
        BalanceReading.objects.create(account=account, amount=amount, source=source, read_at=now)
    return columns | {"balance": amount, "balance_source": source, "balance_at": now}


def _carried_on(account: AdAccount) -> Decimal | None:
    """What a person told last, less what was spent on the days after that one; of its own day nobody knows how much of
    the spend came after. Not under zero. None where nobody has told any, or nothing was spent since: then it stays."""
    told = account.readings.filter(source=BalanceSource.INFORMED, amount__isnull=False).first()
    if told is None or told.amount is None:
        return None
    day = local_day(told.read_at, ZoneInfo(account.time_zone))
    # Added up here and not by the database: SQLite adds decimals as floats.
    spent = sum(account.daily_metrics.filter(date__gt=day).values_list("spend", flat=True), Decimal())
    return max(Decimal(), told.amount - spent).quantize(_CENT) if spent else None
