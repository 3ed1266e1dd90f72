"""A metric's days out of a report's block, as a chart needs them. Pure; no query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reports import metrics
from reports.key_metrics import by_day
from reports.metrics import Metric
from reports.snapshot import Block, DayPoint, ReportData


@dataclass(frozen=True, slots=True)
class Day:
    """`value` None: no number to draw. `is_missing`: because that day has no data, and not by a division by zero."""

    day: date
    value: Decimal | None
    is_missing: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """`before` are the days that `now` is compared with, first with first; they need not be as many. `own_name` is what
    the report calls the metric, "" for its usual name."""

    metric: Metric
    currency: str
    now: tuple[Day, ...]
    before: tuple[Day, ...] = ()
    own_name: str = ""

    @classmethod
    def of(cls, block: Block, metric: Metric, name: str = "") -> Series:
        return cls(metric, block.currency, _days(block.by_day, metric), _days(block.by_day_before, metric), name)

    @property
    def title(self) -> str:
        return f"{self.own_name or self.metric.label} por dia"

    @property
    def is_known(self) -> bool:
        """Whether there is at least one day to draw."""
        return any(day.value is not None for day in self.now)

    @property
    def is_nothing(self) -> bool:
        """Whether each day is known to be zero, so that bars would draw nothing."""
        return all(day.value == 0 for day in self.now)

    @property
    def holes(self) -> tuple[date, ...]:
        return tuple(day.day for day in self.now if day.is_missing)

    @property
    def last(self) -> Day | None:
        """The last day with a value."""
        return next((day for day in reversed(self.now) if day.value is not None), None)


def results_of(block: Block, data: ReportData) -> Series | None:
    """The daily results that a report's chart shows: None where it shows none, or nothing is known of them."""
    metric = by_day(block, data.metrics)
    series = Series.of(block, metric, data.labels.get(metric, "")) if metric else None
    return series if series and series.is_known else None


def _days(points: tuple[DayPoint, ...], metric: Metric) -> tuple[Day, ...]:
    return tuple(_day(point, metric) for point in points)


def _day(point: DayPoint, metric: Metric) -> Day:
    if point.numbers is None or not metrics.is_known(point.numbers, metric):
        return Day(point.day, None, is_missing=True)
    return Day(point.day, metrics.value(point.numbers, metric))
