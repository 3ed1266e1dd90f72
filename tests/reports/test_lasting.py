"""The end of a balance stands on the account, whoever writes what it follows from."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from importlib import import_module
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.apps import apps

from reports import lasting
from reports.balances import record_reading
from reports.choices import BalanceSource
from reports.metrics import Sums
from reports.models import AdAccount
from reports.storing import store_days
from tests.reports.factories import make_account, make_days, week

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")
#: A Tuesday at noon; half of its hundred is still to be spent.
NOW = datetime(2026, 11, 24, 12, tzinfo=SP)
YESTERDAY = date(2026, 11, 23)
EXPECTED = datetime(2026, 11, 26, 12, tzinfo=SP)


@pytest.fixture(autouse=True)
def noon() -> object:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def stored() -> datetime | None:
    return AdAccount.objects.get().balance_ends_at


def test_a_reading_writes_it() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY))

    record_reading(account, D(200), BalanceSource.INFORMED)

    assert stored() == account.balance_ends_at == EXPECTED


def test_numbers_write_it() -> None:
    account = make_account(balance=D(200), balance_at=NOW)

    store_days(account, {day: Sums(spend=D(100)) for day in week(YESTERDAY)})

    assert stored() == EXPECTED


def test_a_reading_of_before_leaves_it() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY))
    record_reading(account, D(200), BalanceSource.INFORMED)

    record_reading(account, D(9), BalanceSource.INFORMED, NOW - timedelta(hours=1))

    assert stored() == EXPECTED


def test_what_becomes_unknown_takes_it_away() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY))
    record_reading(account, D(200), BalanceSource.INFORMED)

    record_reading(account, None, BalanceSource.META_DISPLAY)

    assert stored() is None
    assert account.days_left is None


def test_it_is_that_of_the_accounts_zone() -> None:
    account = make_account(time_zone="America/Los_Angeles", balance=D(100), balance_at=NOW)
    make_days(account, week(YESTERDAY))

    # Seven in the morning there: 17 of 24 hours are left of today's hundred.
    assert lasting.end_of(account, NOW) == datetime(2026, 11, 25, 7, tzinfo=ZoneInfo("America/Los_Angeles"))


def test_the_migration_gives_it_to_what_is_there() -> None:
    account = make_account(balance=D(200), balance_at=NOW)
    make_days(account, week(YESTERDAY))
    make_account(balance=D(200), balance_at=NOW)

    import_module("reports.migrations.0010_balance_stages").forecast_ends(apps, None)

    assert set(AdAccount.objects.values_list("balance_ends_at", flat=True)) == {EXPECTED, None}
