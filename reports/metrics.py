"""From daily rows to sums, from sums to ratios and changes. Pure; never averages a ratio, never sums two currencies.

Unknown is None and stays None: a sum with one unknown part is unknown, and so is a ratio of an unknown sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import models


class MixedCurrencies(ValueError):
    """Rows of two currencies were about to be summed."""


class Metric(models.TextChoices):
    SPEND = "spend", "Investimento"
    REVENUE = "revenue", "Receita"
    ROAS = "roas", "ROAS"
    CONVERSIONS = "conversions", "Conversões"
    LEADS = "leads", "Leads"
    MESSAGES = "messages", "Mensagens"
    CLICKS = "clicks", "Cliques"
    IMPRESSIONS = "impressions", "Impressões"
    CTR = "ctr", "CTR"
    CPA = "cpa", "CPA"
    CPC = "cpc", "CPC"
    CPM = "cpm", "CPM"


PRIMARY = (Metric.SPEND, Metric.REVENUE, Metric.ROAS, Metric.CONVERSIONS, Metric.LEADS, Metric.MESSAGES)
SECONDARY = (Metric.CLICKS, Metric.IMPRESSIONS, Metric.CTR, Metric.CPA, Metric.CPC, Metric.CPM)
ALL = PRIMARY + SECONDARY


@dataclass(frozen=True, slots=True)
class Sums:
    """Numbers of one day or of a whole period; money in major units of one currency. None: unknown."""

    spend: Decimal | None = None
    revenue: Decimal | None = None
    conversions: Decimal | None = None
    impressions: int | None = None
    clicks: int | None = None
    leads: int | None = None
    messages: int | None = None


FIELDS = tuple(field.name for field in fields(Sums))

#: Ratio → (numerator, denominator, factor), each taken from sums over the whole period.
_RATIOS: dict[Metric, tuple[str, str, int]] = {
    Metric.ROAS: ("revenue", "spend", 1),
    Metric.CTR: ("clicks", "impressions", 100),
    Metric.CPA: ("spend", "conversions", 1),
    Metric.CPC: ("spend", "clicks", 1),
    Metric.CPM: ("spend", "impressions", 1000),
}


def total(rows: Iterable[tuple[str, Sums]]) -> tuple[str, Sums]:
    """The (currency, sums) of rows of (currency, numbers). No rows: no currency and everything unknown.

    Raises MixedCurrencies where the rows are not all of one currency.
    """
    rows = list(rows)
    currencies = {currency for currency, _ in rows}
    if len(currencies) > 1:
        raise MixedCurrencies(", ".join(sorted(currencies)))
    if not rows:
        return "", Sums()
    sums: dict[str, Any] = {name: _sum(getattr(numbers, name) for _, numbers in rows) for name in FIELDS}
    return currencies.pop(), Sums(**sums)


def _sum(parts: Iterable[Decimal | int | None]) -> Decimal | int | None:
    result: Decimal | int = 0
    for part in parts:
        if part is None:
            return None
        result += part
    return result


def is_known(sums: Sums, metric: Metric) -> bool:
    """Whether all that the metric is made of is known. A known metric can still have no value: 0 divided by 0."""
    names = _RATIOS[metric][:2] if metric in _RATIOS else (metric.value,)
    return all(getattr(sums, name) is not None for name in names)


def value(sums: Sums, metric: Metric) -> Decimal | None:
    """The metric over the period, unrounded; None where a part is unknown or the division is by zero."""
    if not is_known(sums, metric):
        return None
    if metric not in _RATIOS:
        return Decimal(getattr(sums, metric.value))
    numerator, denominator, factor = _RATIOS[metric]
    if not getattr(sums, denominator):
        return None
    return Decimal(getattr(sums, numerator)) * factor / Decimal(getattr(sums, denominator))


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Percent from `before` to `now`; None where either is unknown or the base is zero."""
    if now is None or not before:
        return None
    return (now - before) * 100 / abs(before)
