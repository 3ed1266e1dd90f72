"""The words of a chart: values on its axis, dates under it, and the sentence that tells its trend. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from reports import formatting, metric_words, metrics
from reports.charts.scale import Scale
from reports.charts.series import Day, Series
from reports.metrics import Metric
from reports.periods import Days

#: From so many days between two dates on, each is said with its month.
_LONG_STRIDE = 14
#: Longer than this, a day and a month can be two days.
_YEAR = 365
#: Percent that the second half of a period must differ by from the first to be a trend.
_TREND = Decimal(5)


def exact(metric: Metric, value: Decimal | None, currency: str) -> str:
    """A value as the report's text has it."""
    return metric_words.shown_value(value, metric, currency)


def of_scale(metric: Metric, scale: Scale, currency: str) -> tuple[str, ...]:
    """A scale's values, short: all of one axis in the same unit."""
    unit, name = formatting.short_unit(scale.top)
    symbol = f"{formatting.symbol(currency)} " if metric in metric_words.MONEY else ""
    after = "x" if metric is Metric.ROAS else "%" if metric in metric_words.PERCENT else ""
    places = 2 if metric in metric_words.MONEY and unit == 1 and scale.step % 1 else None

    def shown(value: Decimal) -> str:
        number = value / unit
        digits = formatting.count(number) if places is None or not value else formatting.ratio(number)
        return f"{symbol}{digits}{f' {name}' if name and value else ''}{after}"

    return tuple(shown(value) for value in scale.values)


def dates(days: Sequence[date], numbers: Sequence[int]) -> tuple[str, ...]:
    """`25 out`, `30`, `4`, … `23 nov`: these days of a period, with the month where it would be missed."""
    first, last = days[numbers[0]], days[numbers[-1]]
    stride = numbers[1] - numbers[0] if len(numbers) > 1 else 1
    if len(days) > _YEAR:
        return tuple(f"{days[number]:%d/%m/%y}" for number in numbers)
    named = {numbers[0]} | ({numbers[-1]} if first.month != last.month else set())
    return tuple(
        formatting.short_days([days[number]]) if number in named or stride >= _LONG_STRIDE else str(days[number].day)
        for number in numbers
    )


def sentence(series: Series) -> str:
    """What someone who does not see the chart hears: the trend, the range, the comparison, the days without data."""
    known = [day for day in series.now if day.value is not None]
    name = series.title
    if not known:
        return f"{name}: sem dados no período"
    parts = [f"{name}, {_period(series)}: {_trend(known)}"]
    if len(series.now) == 1:
        parts = [f"{name} em {_said(known[0].day)}: {exact(series.metric, known[0].value, series.currency)}"]
    elif len(known) > 1:
        parts.append(_range(series, known))
    parts += _compared(series)
    if series.holes:
        parts.append(f"sem dados em {formatting.short_days(series.holes)}")
    return "; ".join(parts)


def _period(series: Series) -> str:
    days = [day.day for day in series.now]
    return formatting.days(Days(days[0], days[-1])) if len(days) > _YEAR else formatting.short_days(days)


def _said(day: date) -> str:
    return formatting.short_days([day])


def _trend(known: list[Day]) -> str:
    values = [day.value for day in known if day.value is not None]
    half = len(values) // 2
    if not half:
        return "um dia com dados"
    if not any(values):
        return "zero em todos os dias"
    change = metrics.change(_mean(values[-half:]), _mean(values[:half]))
    if change is None:
        return "em alta"
    return "estável" if abs(change) < _TREND else "em alta" if change > 0 else "em queda"


def _mean(values: list[Decimal]) -> Decimal:
    return sum(values, Decimal(0)) / len(values)


def _range(series: Series, known: list[Day]) -> str:
    lowest = min(known, key=lambda day: day.value or 0)
    highest = max(known, key=lambda day: day.value or 0)
    last = exact(series.metric, known[-1].value, series.currency)
    if lowest.value == highest.value:
        return f"{last} por dia"
    low, high = (exact(series.metric, day.value, series.currency) for day in (lowest, highest))
    return f"entre {low} ({_said(lowest.day)}) e {high} ({_said(highest.day)}), por último {last}"


def _compared(series: Series) -> list[str]:
    """The whole against the whole before; nothing of ratios, which do not add up, and where a day is unknown."""
    sides = [[day.value for day in side] for side in (series.now, series.before)]
    now, before = ([value for value in side if value is not None] for side in sides)
    is_whole = sides[1] and [len(now), len(before)] == [len(side) for side in sides]
    if not is_whole or series.metric.value not in metrics.FIELDS:
        return []
    change = metrics.change(sum(now, Decimal(0)), sum(before, Decimal(0)))
    percent = None if change is None else change.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    if percent is None:
        return []
    if not percent:
        return ["total igual ao período anterior"]
    side = "acima" if percent > 0 else "abaixo"
    return [f"total {formatting.count(abs(percent))}% {side} do período anterior"]
