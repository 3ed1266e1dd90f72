"""What is left of a budget: the recorded cases, the moments where one budget follows another, what stays unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.errors import AdsError, Remedy
from reports.ads.google_budget import available, balance_of
from reports.ads.readings import Asked
from reports.choices import AccountState, BalanceSource
from tests.reports.ads.google_recorded import recorded

ZONE = "America/Sao_Paulo"
NOW = datetime(2026, 9, 24, 12, tzinfo=ZoneInfo(ZONE))
ASKED = Asked("1234567890", "BRL", ZONE)
CUSTOMER = {"descriptiveName": "Vale Verde", "currencyCode": "USD", "timeZone": "Asia/Dhaka", "status": "ENABLED"}


def budget(start: str = "", end: str = "", limit: int = 100, served: int = 40, **more: Any) -> dict[str, Any]:
    times = {"approvedStartDateTime": start, "approvedEndDateTime": end}
    amounts = {"approvedSpendingLimitMicros": f"{limit}000000", "amountServedMicros": f"{served}000000"}
    return {**{name: value for name, value in times.items() if value}, **amounts, **more}


@pytest.mark.parametrize("case", recorded("account_budget_cases")["cases"], ids=lambda case: case["name"])
def test_the_recorded_cases(case: dict[str, Any]) -> None:
    expected = case["expected_available_micros"]

    amount = available(case["rows"], NOW, ZONE)

    assert amount == (None if expected is None else Decimal(expected) / 10**6)


@pytest.mark.parametrize(
    ("now", "amount"),
    [
        ("2026-06-30 23:59:59", 60),
        ("2026-07-01 00:00:00", 7),
        ("2026-06-30 23:59:59.900", 60),
        ("2025-12-31 23:59:59", None),
        ("2027-01-01 00:00:00", None),
    ],
)
def test_the_budget_in_force_is_that_of_the_accounts_own_clock(now: str, amount: int | None) -> None:
    budgets = [
        budget("2026-01-01 00:00:00", "2026-06-30 23:59:59"),
        budget("2026-07-01 00:00:00", "2026-12-31 23:59:59", limit=10, served=3),
    ]
    at = datetime.fromisoformat(now).replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC)

    assert available(budgets, at, ZONE) == (None if amount is None else Decimal(amount))


def test_where_one_ends_as_the_next_begins_the_next_is_in_force() -> None:
    at = "2026-09-24 12:00:00"

    assert available([budget(at, limit=50), budget("", at, limit=99)], NOW, ZONE) == 10


@pytest.mark.parametrize(
    ("budgets", "amount"),
    [
        ([budget(served=0)], 100),
        ([budget(approvedEndTimeType="FOREVER")], 60),
        ([budget(adjustedSpendingLimitMicros="0")], 0),
        ([budget(adjustedSpendingLimitType="INFINITE")], None),
        ([budget(approvedSpendingLimitType="INFINITE")], None),
        ([budget(status="CANCELLED")], None),
        ([budget(status="APPROVED")], 60),
        ([budget("soon")], None),
        ([budget(), budget()], None),
        ([{"amountServedMicros": "40"}], None),
        ([{"approvedSpendingLimitMicros": "1500000"}], Decimal("1.5")),
    ],
)
def test_what_is_not_told_is_unknown(budgets: list[dict[str, Any]], amount: Decimal | None) -> None:
    assert available(budgets, NOW, ZONE) == amount


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../etc/passwd", "America"])
def test_without_a_zone_nobody_knows_which_budget_is_in_force(zone: str) -> None:
    assert available([budget()], NOW, zone) is None


@pytest.mark.parametrize("value", ["-1", "1e6", "9" * 19, 1.5, True, [], "1.000.000"])
def test_an_amount_that_cannot_be_is_refused(value: Any) -> None:
    with pytest.raises(AdsError) as refused:
        available([budget(amountServedMicros=value)], NOW, ZONE)

    assert (refused.value.remedy, refused.value.code) == (Remedy.FIX_REQUEST, "answer: amountServedMicros")


@given(
    limit=st.integers(0, 10**15),
    served=st.integers(0, 10**15),
    begun=st.timedeltas(timedelta(0), timedelta(days=800)),
)
def test_what_is_left_is_never_negative_and_exact(limit: int, served: int, begun: timedelta) -> None:
    start = f"{NOW - begun:%Y-%m-%d %H:%M:%S}"
    row = {
        "approvedStartDateTime": start,
        "approvedSpendingLimitMicros": str(limit),
        "amountServedMicros": str(served),
    }

    amount = available([row], NOW, ZONE)

    assert amount is not None
    assert amount * 10**6 == max(0, limit - served)


def test_the_balance_says_how_the_account_stands() -> None:
    balance = balance_of(CUSTOMER, [budget()], ASKED, NOW)

    assert (balance.amount, balance.source) == (Decimal(60), BalanceSource.GOOGLE_BUDGET)
    assert (balance.currency, balance.time_zone, balance.name) == ("USD", "Asia/Dhaka", "Vale Verde")
    assert balance.state is AccountState.ACTIVE


def test_an_unknown_amount_has_no_source() -> None:
    balance = balance_of({"status": "SUSPENDED"}, [], ASKED, NOW)

    assert (balance.amount, balance.source) == (None, None)
    assert (balance.currency, balance.time_zone, balance.name) == ("BRL", ZONE, "")
    assert balance.state is AccountState.DISABLED
