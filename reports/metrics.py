"""From daily rows to sums, from sums to ratios and changes. Pure; never averages a ratio, never sums two currencies.

Unknown is None and stays None: a sum with one unknown part is unknown, and so is a ratio of an unknown sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    PURCHASES = "purchases", "Compras"
    CPL = "cpl", "CPL"
    COST_PER_MESSAGE = "cost_per_message", "Custo por conversa"
    COST_PER_PURCHASE = "cost_per_purchase", "Custo por compra"
    TICKET = "ticket", "Ticket médio"
    CLICKS = "clicks", "Cliques"
    IMPRESSIONS = "impressions", "Impressões"
    CTR = "ctr", "CTR"
    CPA = "cpa", "CPA"
    CPC = "cpc", "CPC"
    CPM = "cpm", "CPM"
    LINK_CLICKS = "link_clicks", "Cliques no link"
    LINK_CTR = "link_ctr", "CTR (link)"
    LINK_CPC = "link_cpc", "CPC (link)"
    CONVERSION_RATE = "conversion_rate", "Taxa de conversão"
    ADDS_TO_CART = "adds_to_cart", "Adições ao carrinho"
    CHECKOUTS = "checkouts", "Inícios de compra"
    PROFILE_VISITS = "profile_visits", "Visitas ao perfil"
    REACH = "reach", "Alcance"
    FREQUENCY = "frequency", "Frequência"


#: The twelve that a report shows unless its settings say otherwise, in its two groups.
PRIMARY = (Metric.SPEND, Metric.REVENUE, Metric.ROAS, Metric.CONVERSIONS, Metric.LEADS, Metric.MESSAGES)
SECONDARY = (Metric.CLICKS, Metric.IMPRESSIONS, Metric.CTR, Metric.CPA, Metric.CPC, Metric.CPM)
ALL = PRIMARY + SECONDARY
#: All that a report can show. A metric is in one of the two groups, whatever its place in it.
MAIN = (
    *PRIMARY,
    *(Metric.PURCHASES, Metric.CPL, Metric.COST_PER_MESSAGE, Metric.COST_PER_PURCHASE, Metric.TICKET),
)
OTHER = tuple(metric for metric in Metric if metric not in MAIN)


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
    purchases: int | None = None
    link_clicks: int | None = None
    page_views: int | None = None
    adds_to_cart: int | None = None
    checkouts: int | None = None
    profile_visits: int | None = None
    #: People reached in the whole period. It cannot be added up, so no sum has it: who knows it says it (`numbers`).
    reach: int | None = None


#: What a day is stored as, column by column. The other numbers of it are in what the platform told (`day_numbers`).
STORED = ("spend", "revenue", "conversions", "impressions", "clicks", "leads", "messages")
FIELDS = tuple(field.name for field in fields(Sums))
ADDITIVE = tuple(name for name in FIELDS if name != "reach")

#: Ratio → (numerator, denominator, factor), each taken from sums over the whole period.
_RATIOS: dict[Metric, tuple[str, str, int]] = {
    Metric.ROAS: ("revenue", "spend", 1),
    Metric.CTR: ("clicks", "impressions", 100),
    Metric.CPA: ("spend", "conversions", 1),
    Metric.CPC: ("spend", "clicks", 1),
    Metric.CPM: ("spend", "impressions", 1000),
    Metric.CPL: ("spend", "leads", 1),
    Metric.COST_PER_MESSAGE: ("spend", "messages", 1),
    Metric.COST_PER_PURCHASE: ("spend", "purchases", 1),
    Metric.TICKET: ("revenue", "purchases", 1),
    Metric.LINK_CTR: ("link_clicks", "impressions", 100),
    Metric.LINK_CPC: ("spend", "link_clicks", 1),
    Metric.FREQUENCY: ("impressions", "reach", 1),
}
#: Of what leads are a part, the closest to them first: the rate is taken of the first one that is known.
_RATE_OF = ("page_views", "link_clicks", "clicks")


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
    parts = [numbers for _, numbers in rows]
    sums: dict[str, Any] = {name: _sum([getattr(numbers, name) for numbers in parts]) for name in ADDITIVE}
    return currencies.pop(), Sums(**sums)


def _sum(parts: Sequence[Decimal | int | None]) -> Decimal | int | None:
    result: Decimal | int = 0
    for part in parts:
        if part is None:
            return None
        result += part
    return result


def parts_of(sums: Sums, metric: Metric) -> tuple[str, str, int] | None:
    """Of what a ratio is made in these numbers: numerator, denominator, factor; None for what is a number itself."""
    if metric is Metric.CONVERSION_RATE:
        return "leads", next((name for name in _RATE_OF if getattr(sums, name) is not None), _RATE_OF[0]), 100
    return _RATIOS.get(metric)


def is_known(sums: Sums, metric: Metric) -> bool:
    """Whether all that the metric is made of is known. A known metric can still have no value: 0 divided by 0."""
    parts = parts_of(sums, metric)
    if parts is None:
        return getattr(sums, metric.value) is not None
    return getattr(sums, parts[0]) is not None and getattr(sums, parts[1]) is not None


def value(sums: Sums, metric: Metric) -> Decimal | None:
    """The metric over the period, unrounded; None where a part is unknown or the division is by zero."""
    parts = parts_of(sums, metric)
    if parts is None:
        number = getattr(sums, metric.value)
        return None if number is None else Decimal(number)
    numerator, denominator = getattr(sums, parts[0]), getattr(sums, parts[1])
    if numerator is None or not denominator:
        return None
    return Decimal(numerator) * parts[2] / Decimal(denominator)


def change(now: Decimal | None, before: Decimal | None) -> Decimal | None:
    """Percent from `before` to `now`; None where either is unknown or the base is zero."""
    if now is None or not before:
        return None
    return (now - before) * 100 / abs(before)


def change_of(metric: Metric, now: Sums, before: Sums | None) -> Decimal | None:
    """Percent that a metric moved by; None also where the two are not made of the same numbers."""
    if before is None or parts_of(now, metric) != parts_of(before, metric):
        return None
    return change(value(now, metric), value(before, metric))
