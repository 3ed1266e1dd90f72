from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.metric_words import label
from reports.metrics import (
    ADDITIVE,
    ALL,
    FIELDS,
    MAIN,
    OTHER,
    PRIMARY,
    SECONDARY,
    STORED,
    Metric,
    MixedCurrencies,
    Sums,
    change,
    change_of,
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


def test_a_report_shows_twelve_metrics_six_and_six_unless_told_otherwise() -> None:
    assert (len(PRIMARY), len(SECONDARY)) == (6, 6)
    assert ALL == PRIMARY + SECONDARY


def test_each_metric_is_in_one_of_the_two_groups_and_the_twelve_come_first() -> None:
    assert sorted(MAIN + OTHER) == sorted(Metric)
    assert (MAIN[:6], OTHER[:6]) == (PRIMARY, SECONDARY)


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


FULL = Sums(
    **{name: getattr(DAY, name) for name in STORED},
    purchases=5,
    link_clicks=80,
    page_views=40,
    adds_to_cart=12,
    checkouts=7,
    profile_visits=9,
    reach=2000,
)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (Metric.PURCHASES, D(5)),
        (Metric.CPL, D(50)),
        (Metric.COST_PER_MESSAGE, D("100.00") / 3),
        (Metric.COST_PER_PURCHASE, D(20)),
        (Metric.TICKET, D(50)),
        (Metric.LINK_CLICKS, D(80)),
        (Metric.LINK_CTR, D("1.6")),
        (Metric.LINK_CPC, D("1.25")),
        (Metric.CONVERSION_RATE, D(5)),
        (Metric.ADDS_TO_CART, D(12)),
        (Metric.CHECKOUTS, D(7)),
        (Metric.PROFILE_VISITS, D(9)),
        (Metric.REACH, D(2000)),
        (Metric.FREQUENCY, D("2.5")),
    ],
)
def test_value_of_what_objectives_add(metric: Metric, expected: D) -> None:
    assert value(FULL, metric) == expected


@pytest.mark.parametrize(
    ("unknown", "expected", "said"),
    [
        ((), D(5), "leads ÷ visualizações da página"),
        (("page_views",), D("2.5"), "leads ÷ cliques no link"),
        (("page_views", "link_clicks"), D(2), "leads ÷ cliques"),
    ],
)
def test_the_conversion_rate_is_taken_of_what_is_closest_to_a_lead(
    unknown: tuple[str, ...], expected: D, said: str
) -> None:
    sums = replace(FULL, **dict.fromkeys(unknown))  # type: ignore[arg-type]

    assert value(sums, Metric.CONVERSION_RATE) == expected
    assert label(Metric.CONVERSION_RATE, {}, sums) == f"Taxa de conversão ({said})"
    assert (change_of(Metric.CONVERSION_RATE, FULL, sums) is None) is bool(unknown), "two rates of two things"


def test_people_reached_are_never_added_up() -> None:
    assert total([("BRL", FULL)])[1].reach is None
    assert not is_known(total([("BRL", FULL), ("BRL", FULL)])[1], Metric.FREQUENCY)


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


@pytest.mark.parametrize("field", ADDITIVE)
def test_one_unknown_day_makes_the_sum_unknown(field: str) -> None:
    partly = Sums(**{name: None if name == field else 1 for name in FIELDS})  # type: ignore[arg-type]
    whole = Sums(**dict.fromkeys(FIELDS, 1))  # type: ignore[arg-type]
    sums = total([("BRL", whole), ("BRL", partly)])[1]

    assert getattr(sums, field) is None
    assert all(getattr(sums, name) is not None for name in ADDITIVE if name != field)


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
