"""Invented days for the tests of charts and documents: different on each day, the same on every machine."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from decimal import Decimal as D

from reports.charts.series import Day, Series
from reports.metrics import Metric

FIRST = date(2026, 10, 25)


def amount(number: int, metric: Metric) -> D:
    step = (number * 7919) % 137
    return D(step // 16) if metric is not Metric.SPEND else D(340 + step) + D(step) / 100


def series(
    days: int,
    metric: Metric = Metric.SPEND,
    *,
    holes: Collection[int] = (),
    before: int | None = None,
    currency: str = "BRL",
) -> Series:
    """So many days from 25 October on, compared with as many before unless it is told otherwise."""
    base = days if before is None else before
    return Series(
        metric,
        currency,
        tuple(
            Day(FIRST + timedelta(number), None if number in holes else amount(number, metric), number in holes)
            for number in range(days)
        ),
        tuple(Day(FIRST + timedelta(number - base), amount(number + 50, metric)) for number in range(base)),
    )


def flat(days: int, value: D | None, metric: Metric = Metric.SPEND) -> Series:
    """The same value on each day, compared with nothing."""
    return Series(metric, "BRL", tuple(Day(FIRST + timedelta(number), value, value is None) for number in range(days)))
