"""What is left of a Google account's budget: only accounts on monthly invoicing have one that can be read. Pure.

The funds of a prepaid account (Pix, boleto) are not exposed by the API, so without a budget the amount is unknown.
https://developers.google.com/google-ads/api/docs/billing/account-budgets
https://developers.google.com/google-ads/api/fields/v26/account_budget
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reports.ads.google_rows import state_of
from reports.ads.google_values import micros, money, text
from reports.ads.readings import Asked, Balance
from reports.choices import BalanceSource

#: As Google writes a time, here for a budget that has no start or no end.
_ALWAYS, _FOREVER = "0001-01-01 00:00:00", "9999-12-31 23:59:59"
_LIMIT_TYPES = ("approvedSpendingLimitType", "adjustedSpendingLimitType")
_LIMITS = ("adjustedSpendingLimitMicros", "approvedSpendingLimitMicros")


def balance_of(
    customer: Mapping[str, Any], budgets: Iterable[Mapping[str, Any]], asked: Asked, now: datetime
) -> Balance:
    """From the account's own `customer` and its `accountBudget` objects; what the former leaves out is as it was."""
    zone = text(customer, "timeZone") or asked.time_zone
    amount = available(budgets, now, zone)
    return Balance(
        amount=amount,
        source=None if amount is None else BalanceSource.GOOGLE_BUDGET,
        state=state_of(text(customer, "status")),
        currency=text(customer, "currencyCode") or asked.currency,
        time_zone=zone,
        name=text(customer, "descriptiveName"),
    )


def available(budgets: Iterable[Mapping[str, Any]], now: datetime, zone: str) -> Decimal | None:
    """The limit of the budget in force at `now`, less what was served of it, never below zero, in major units.

    None where there is no such budget, where it is without a limit, and where it cannot be told which one it is.
    Raises AdsError for an amount that cannot be.
    """
    budget = _in_force(budgets, now, zone)
    if budget is None or any(text(budget, name) == "INFINITE" for name in _LIMIT_TYPES):
        return None
    limit = next((micros(budget, name) for name in _LIMITS if name in budget), None)
    return None if limit is None else money(max(0, limit - micros(budget, "amountServedMicros")))


def _in_force(budgets: Iterable[Mapping[str, Any]], now: datetime, zone: str) -> Mapping[str, Any] | None:
    """Old budgets stay APPROVED, so only their times tell them apart. Those are of the account's zone, to the second,
    and the last one may be the first of the next budget: the later start wins."""
    try:
        local = now.astimezone(ZoneInfo(zone)).replace(microsecond=0)
    except (KeyError, ValueError, OSError):
        return None  # no zone of that name
    found: list[tuple[datetime, Mapping[str, Any]]] = []
    for budget in budgets:
        start = _time(budget, "approvedStartDateTime", _ALWAYS, local.tzinfo)
        end = _time(budget, "approvedEndDateTime", _FOREVER, local.tzinfo)
        is_approved = text(budget, "status") in ("", "APPROVED")
        if is_approved and start is not None and end is not None and start <= local <= end:
            found.append((start, budget))
    newest = [budget for start, budget in found if start == max(start for start, _ in found)]
    return newest[0] if len(newest) == 1 else None


def _time(budget: Mapping[str, Any], name: str, left_out: str, zone: tzinfo | None) -> datetime | None:
    """None where it cannot be read."""
    try:
        return datetime.fromisoformat(text(budget, name) or left_out).replace(tzinfo=zone)
    except ValueError:
        return None
