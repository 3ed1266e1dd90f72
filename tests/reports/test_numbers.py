from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
import time_machine

from reports.choices import Platform
from reports.gathered import AccountKey, Gap, gap_sentence
from reports.metrics import ALL, Metric, Sums, value
from reports.models import DailyMetric
from reports.numbers import NoData, collect, gaps
from reports.periods import Days
from reports.storing import store_days
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_settings, week

pytestmark = pytest.mark.django_db

#: 09:00 in São Paulo.
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
ZERO = Sums(D(0), D(0), D(0), 0, 0, 0, 0)


def test_collect_sums_the_period_and_the_one_before() -> None:
    account = make_account(platform="meta")
    make_days(account, week(YESTERDAY))
    make_days(account, week(YESTERDAY - timedelta(days=7)), spend=D("50.10"))
    make_days(account, [date(2026, 11, 24), date(2026, 11, 9)], spend=D("9999"))  # today, and the day before the base

    found = collect(make_settings(account.client), NOW)

    (block,) = found.blocks
    assert found.days == Days(date(2026, 11, 17), YESTERDAY)
    assert found.base == Days(date(2026, 11, 10), date(2026, 11, 16))
    assert found.metrics == ALL
    assert (block.platform, block.currency) == (Platform.META, "BRL")
    assert block.now.spend == D("700.00")
    assert block.before is not None
    assert block.before.spend == D("350.70")


def test_cents_are_added_exactly() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY), spend=D("0.10"), revenue=D("0.07"))

    (block,) = collect(make_settings(account.client), NOW).blocks

    assert (block.now.spend, block.now.revenue) == (D("0.70"), D("0.49"))


def test_yesterday_is_the_clients_yesterday() -> None:
    client = make_client(time_zone="Asia/Tokyo")
    make_days(make_account(client=client), [date(2026, 11, 24)])
    late = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)  # 00:30 of the 25th in Tokyo

    found = collect(make_settings(client, period="yesterday"), late)

    assert found.days == Days(date(2026, 11, 24), date(2026, 11, 24))


def test_each_platform_has_its_own_block_meta_first() -> None:
    client = make_client()
    make_days(make_account(client=client, platform="google"), week(YESTERDAY), messages=None)
    make_days(make_account(client=client, platform="meta"), week(YESTERDAY))

    blocks = collect(make_settings(client), NOW).blocks

    assert [block.platform for block in blocks] == [Platform.META, Platform.GOOGLE]
    assert blocks[1].now.messages is None


def test_accounts_of_one_platform_and_currency_are_one_block() -> None:
    client = make_client()
    make_days(make_account(client=client), week(YESTERDAY))
    make_days(make_account(client=client), week(YESTERDAY))
    make_days(make_account(client=client, currency="USD"), week(YESTERDAY))

    blocks = collect(make_settings(client), NOW).blocks

    assert [(block.currency, block.now.spend) for block in blocks] == [("BRL", D("1400.00")), ("USD", D("700.00"))]


def test_ratios_are_of_the_sums() -> None:
    account = make_account()
    make_days(account, [YESTERDAY], spend=D(10), revenue=D(100))
    make_days(account, [YESTERDAY - timedelta(days=1)], spend=D(990), revenue=D(990))

    (block,) = collect(make_settings(account.client), NOW).blocks

    assert value(block.now, Metric.ROAS) == D("1.09")


@pytest.mark.parametrize("missing", [YESTERDAY, YESTERDAY - timedelta(days=9)])
def test_a_day_missing_on_either_side_leaves_nothing_to_compare(missing: date) -> None:
    account = make_account()
    make_days(account, [day for day in week(YESTERDAY, weeks=2) if day != missing])

    (block,) = collect(make_settings(account.client), NOW).blocks

    assert block.before is None


def test_an_account_that_is_new_leaves_nothing_to_compare() -> None:
    client = make_client()
    make_days(make_account(client=client), week(YESTERDAY, weeks=2))
    make_days(make_account(client=client), week(YESTERDAY))

    (block,) = collect(make_settings(client), NOW).blocks

    assert block.before is None


def test_without_comparison_there_is_no_base() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY, weeks=2))

    found = collect(make_settings(account.client, compare=False), NOW)

    assert found.base is None
    assert found.blocks[0].before is None


def test_no_day_at_all_is_said() -> None:
    account = make_account()
    make_days(account, week(YESTERDAY - timedelta(days=7)))  # only the base
    make_days(make_account(), week(YESTERDAY))  # only another client

    with pytest.raises(NoData, match=r"Sem números de 17/11/2026 — 23/11/2026\."):
        collect(make_settings(account.client), NOW)


def test_collect_takes_one_query(django_assert_num_queries: Any) -> None:
    client = make_client()
    for _ in range(3):
        make_days(make_account(client=client), week(YESTERDAY, weeks=2))
    settings = make_settings(client)

    with django_assert_num_queries(1):
        collect(settings, NOW)


def test_store_days_writes_over_what_was_known() -> None:
    account = make_account()
    store_days(account, {YESTERDAY: Sums(spend=D(10), clicks=1)})

    store_days(account, {YESTERDAY: Sums(spend=D("20.50"), clicks=2), YESTERDAY - timedelta(days=1): ZERO})

    rows = DailyMetric.objects.filter(account=account).order_by("date").values_list("spend", "clicks", "leads")
    assert list(rows) == [(D("0.00"), 0, 0), (D("20.50"), 2, None)]


@time_machine.travel(NOW, tick=False)
def test_store_days_keeps_the_recent_daily_spend_and_the_end_of_the_balance() -> None:
    account = make_account(balance=D("1000"), balance_at=NOW)
    assert account.days_left is None

    store_days(account, {day: Sums(spend=D(80)) for day in week(YESTERDAY, weeks=2)})
    store_days(account, {day: Sums(spend=D(150)) for day in week(YESTERDAY)})

    account.refresh_from_db()
    assert account.daily_spend == D("150.00")
    # 93,75 are left of today's; the rest is six days and a little more.
    assert (account.days_left, account.ends_words, account.ends_exactly) == (
        *(7, "acaba em ~7 dias"),
        "acaba em ~7 dias, ter 1h",
    )


def test_store_days_refuses_a_day_without_spend() -> None:
    account = make_account()

    with pytest.raises(ValueError, match="spend"):
        store_days(account, {YESTERDAY: Sums(clicks=3)})
    assert not account.daily_metrics.exists()


@pytest.mark.parametrize(
    ("balance", "threshold", "expected"),
    [(D(300), D(300), True), (D("300.01"), D(300), False), (None, D(300), False), (D(0), None, False)],
)
def test_is_low(balance: D | None, threshold: D | None, expected: bool) -> None:
    assert make_account(balance=balance, alert_threshold=threshold).is_low is expected


def gap(name: str, *days: int) -> Gap:
    account = AccountKey(uuid.uuid4(), name, Platform.META, "BRL")
    return Gap(account, tuple(date(2026, 11, day) for day in days))


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        ([], ""),
        ([gap("Ipê", 21)], "Falta 21 nov de Ipê."),
        ([gap("Ipê", 21, 22)], "Faltam 21 e 22 nov de Ipê."),
        ([gap("Ipê", 17, 18, 19, 21)], "Faltam 17 a 19 nov e 21 nov de Ipê."),
        ([gap("Ipê", 1, 3, 5, 7, 8)], "Faltam 1 nov, 3 nov e mais 3 dias de Ipê."),
        # The same days of several accounts are said once.
        ([gap("Ipê", 23), gap("Serra", 23)], "Falta 23 nov de Ipê e Serra."),
        ([gap("Ipê", 23), gap("Serra", 22, 23)], "Faltam 23 nov de Ipê; 22 e 23 nov de Serra."),
        ([gap(name, 23) for name in "ABCDE"], "Falta 23 nov de A, B e mais 3 contas."),
        ([gap(name * 80, number) for number, name in enumerate("ABC", 1)], "Faltam dias de 3 contas."),
    ],
)
def test_gap_sentence(found: list[Gap], sentence: str) -> None:
    assert gap_sentence(found) == sentence


@pytest.mark.django_db
def test_gaps_are_the_days_of_each_account_without_a_row() -> None:
    client = make_client()
    first, second = make_account(client=client, name="A"), make_account(client=client, name="B")
    make_days(first, [date(2026, 11, 21), date(2026, 11, 23)])
    make_days(make_account(external_id=first.external_id), [date(2026, 11, 22)])  # another client's own row
    days = Days(date(2026, 11, 21), date(2026, 11, 23))

    found = gaps(client, days)

    assert [(each.account.pk, each.days) for each in found] == [
        (first.pk, (date(2026, 11, 22),)),
        (second.pk, (date(2026, 11, 21), date(2026, 11, 22), date(2026, 11, 23))),
    ]
