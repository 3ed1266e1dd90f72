"""Marks beside values: above a goal is good, of costs below it, and of a budget neither."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from reports.goals import Goals, mark
from reports.metric_words import COSTS
from reports.metrics import Metric, Sums


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        *((Metric.LEADS, value, sign) for value, sign in [("100", "🟢"), ("130", "🟢"), ("99", "🟡"), ("90", "🟡")]),
        *((Metric.LEADS, value, "🔴") for value in ("89.99", "0")),
        *((Metric.CPA, value, sign) for value, sign in [("100", "🟢"), ("1", "🟢"), ("101", "🟡"), ("110", "🟡")]),
        (Metric.CPA, "110.01", "🔴"),
        (Metric.FREQUENCY, "120", "🔴"),
        *((Metric.SPEND, value, sign) for value, sign in [("100", "🟢"), ("110", "🟢"), ("90", "🟢"), ("111", "🟡")]),
        *((Metric.SPEND, value, sign) for value, sign in [("80", "🟡"), ("120", "🟡"), ("79", "🔴"), ("121", "🔴")]),
    ],
)
def test_mark(metric: Metric, value: str, expected: str) -> None:
    assert mark(metric, D(value), D(100)) == expected


@pytest.mark.parametrize("metric", sorted(COSTS))
def test_every_cost_is_better_when_it_is_less(metric: Metric) -> None:
    assert (mark(metric, D(50), D(100)), mark(metric, D(150), D(100))) == ("🟢", "🔴")


@pytest.mark.parametrize(
    ("sums", "currency", "expected"),
    [
        (Sums(spend=D(100), leads=4), "BRL", "🟢"),
        (Sums(spend=D(100), leads=4), "USD", ""),
        (Sums(spend=D(100), leads=0), "BRL", ""),
        (Sums(spend=D(100)), "BRL", ""),
    ],
)
def test_unknown_and_other_money_have_no_mark(sums: Sums, currency: str, expected: str) -> None:
    assert Goals("BRL", {Metric.CPL: D(25)}).mark(Metric.CPL, sums, currency) == expected


def test_what_is_not_money_is_marked_in_any_currency() -> None:
    assert Goals("BRL", {Metric.LEADS: D(4)}).mark(Metric.LEADS, Sums(leads=4), "USD") == "🟢"
