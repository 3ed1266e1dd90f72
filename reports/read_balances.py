"""What follows from a balance that a platform told: the account's columns, and a line of its history if it is new."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from reports.ads.readings import Balance
from reports.choices import BalanceSource
from reports.models import AdAccount, BalanceReading

_CENT = Decimal("0.01")


def keep(account: AdAccount, balance: Balance, now: datetime) -> dict[str, Any]:
    """The account's columns after this reading, in the caller's transaction; the history gets it where it is new.

    A balance that a person told stays where the platform can tell none: Google shows no prepaid one.
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
    if amount is None and account.balance_source in ("", BalanceSource.INFORMED):
        return columns
    source = balance.source or account.balance_source
    if (amount, source) != (account.balance, account.balance_source):
        BalanceReading.objects.create(account=account, amount=amount, source=source, read_at=now)
    return columns | {"balance": amount, "balance_source": source, "balance_at": now}
