from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.metrics import (
    ALL,
    FIELDS,
    PRIMARY,
    SECONDARY,
    Metric,
    MixedCurrencies,
    Sums,
    change,
    is_known,
    total,
    value,
)

DAY = Sums(spend=D("100.00"), revenue=D("250.00"), conversions=D(4), impressions=5000, clicks=100, leads=2, messages=3)

money = st.decimals(0, 100_000, places=2, allow_nan=False, allow_infinity=False)
counts = st.integers(0, 1_000_000)
days = st.lists(
    st.builds(
        Sums,
        spend=money,
        revenue=money,
        conversions=money,
        impressions=counts,
        clicks=counts,
        leads=counts,
        messages=counts,
    ),
    min_size=1,
    max_size=40,
)


def test_there_are_twelve_metrics_six_and_six() -> None:
    assert (len(PRIMARY), len(SECONDARY)) == (6, 6)
    assert set(ALL) == set(Metric)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.SPEND, D("100.00")),
        (Metric.REVENUE, D("250.00")),
        (Metric.ROAS, D("2.5")),
        (Metric.CONVERSIONS, D(4)),
        (Metric.LEADS, D(2)),
        (Metric.MESSAGES, D(3)),
        (Metric.CLICKS, D(100)),
        (Metric.IMPRESSIONS, D(5000)),
        (Metric.CTR, D(2)),
        (Metric.CPA, D(25)),
        (Metric.CPC, D(1)),
        (Metric.CPM, D(20)),
    ],
)
def test_value(metric: Metric, expected: D) -> None:
    assert value(DAY, metric) == expected


@pytest.mark.parametrize("metric", Metric)
def test_unknown_has_no_value(metric: Metric) -> None:
    assert value(Sums(), metric) is None
    assert not is_known(Sums(), metric)


@pytest.mark.parametrize("metric", [Metric.ROAS, Metric.CTR, Metric.CPA, Metric.CPC, Metric.CPM])
def test_a_division_by_zero_has_no_value_although_everything_is_known(metric: Metric) -> None:
    zeros = Sums(**dict.fromkeys(FIELDS, 0))  # type: ignore[arg-type]

    assert is_known(zeros, metric)
    assert value(zeros, metric) is None


def test_zero_is_a_value() -> None:
    assert value(Sums(leads=0), Metric.LEADS) == 0


@given(days)
def test_ratios_come_from_sums(rows: list[Sums]) -> None:
    currency, sums = total(("BRL", row) for row in rows)
    spend, clicks = sum(row.spend or 0 for row in rows), sum(row.clicks or 0 for row in rows)

    assert currency == "BRL"
    assert (sums.spend, sums.clicks) == (spend, clicks)
    assert value(sums, Metric.CPC) == (D(spend) / clicks if clicks else None)
    assert value(sums, Metric.CTR) == (D(clicks) * 100 / sums.impressions if sums.impressions else None)


def test_the_mean_of_daily_ratios_is_not_the_ratio_of_the_period() -> None:
    rows = [Sums(spend=D(10), revenue=D(100)), Sums(spend=D(990), revenue=D(990))]  # 10,00x and 1,00x a day

    assert value(total(("BRL", row) for row in rows)[1], Metric.ROAS) == D("1.09")


@pytest.mark.parametrize("field", FIELDS)
def test_one_unknown_day_makes_the_sum_unknown(field: str) -> None:
    partly = Sums(**{name: None if name == field else 1 for name in FIELDS})  # type: ignore[arg-type]
    sums = total([("BRL", DAY), ("BRL", partly)])[1]

    assert getattr(sums, field) is None
    assert all(getattr(sums, name) is not None for name in FIELDS if name != field)


def test_no_rows_are_unknown_and_not_zero() -> None:
    assert total([]) == ("", Sums())


def test_two_currencies_are_never_summed() -> None:
    with pytest.raises(MixedCurrencies, match="BRL, USD"):
        total([("BRL", DAY), ("USD", DAY)])


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (D(112), D(100), D(12)),
        (D(83), D(100), D(-17)),
        (D(0), D(100), D(-100)),
        (D(100), D(100), D(0)),
        (D(-50), D(-100), D(50)),
        (D(100), D(0), None),
        (D(100), None, None),
        (None, D(100), None),
    ],
)
def test_change(now: D | None, before: D | None, expected: D | None) -> None:
    assert change(now, before) == expected
