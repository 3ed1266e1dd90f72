"""A metric as a message and a page write it: its emoji, its name, its value. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from reports import formatting, metrics
from reports.metrics import Metric, Sums

EMOJI = {
    Metric.SPEND: "💰",
    Metric.REVENUE: "💵",
    Metric.ROAS: "📈",
    Metric.CONVERSIONS: "🎯",
    Metric.LEADS: "📋",
    Metric.MESSAGES: "💬",
    Metric.PURCHASES: "🛍",
    Metric.CPL: "🔖",
    Metric.COST_PER_MESSAGE: "📨",
    Metric.COST_PER_PURCHASE: "🏷",
    Metric.TICKET: "🧾",
    Metric.CLICKS: "🖱",
    Metric.IMPRESSIONS: "👁",
    Metric.CTR: "📊",
    Metric.CPA: "💸",
    Metric.CPC: "🔗",
    Metric.CPM: "📢",
    Metric.LINK_CLICKS: "👆",
    Metric.LINK_CTR: "📌",
    Metric.LINK_CPC: "📎",
    Metric.CONVERSION_RATE: "✅",
    Metric.ADDS_TO_CART: "🛒",
    Metric.CHECKOUTS: "💳",
    Metric.PROFILE_VISITS: "👤",
    Metric.REACH: "📣",
    Metric.FREQUENCY: "🔁",
}
#: What one result, click or thousand impressions costs: less is better.
COSTS = frozenset(
    {
        *(Metric.CPA, Metric.CPC, Metric.CPM, Metric.CPL, Metric.LINK_CPC),
        *(Metric.COST_PER_MESSAGE, Metric.COST_PER_PURCHASE),
    }
)
#: What ads are paid to bring: more is better.
GAINS = frozenset(
    {
        *(Metric.REVENUE, Metric.ROAS, Metric.CONVERSIONS, Metric.LEADS, Metric.MESSAGES, Metric.PURCHASES),
        Metric.CONVERSION_RATE,
    }
)
MONEY = COSTS | {Metric.SPEND, Metric.REVENUE, Metric.TICKET}
PERCENT = frozenset({Metric.CTR, Metric.LINK_CTR, Metric.CONVERSION_RATE})
#: What the conversion rate was taken of, since that is not always the same.
_RATE_OF = {
    "page_views": "leads ÷ visualizações da página",
    "link_clicks": "leads ÷ cliques no link",
    "clicks": "leads ÷ cliques",
}


def label(metric: Metric, labels: Mapping[Metric, str], sums: Sums | None = None) -> str:
    """Its name, or the one that the report gives it; of these numbers, what a conversion rate is a part of."""
    name = labels.get(metric, metric.label)
    made_of = rate_of(metric, sums) if sums else ""
    return f"{name} ({made_of})" if made_of else name


def rate_of(metric: Metric, sums: Sums) -> str:
    """`leads ÷ cliques`: what a conversion rate of these numbers is a part of; "" for any other metric."""
    parts = metrics.parts_of(sums, metric) if metric is Metric.CONVERSION_RATE else None
    return _RATE_OF[parts[1]] if parts else ""


def shown(sums: Sums, metric: Metric, currency: str) -> str:
    """A metric as text; "—" where it is unknown or divided by zero."""
    return shown_value(metrics.value(sums, metric), metric, currency)


def shown_value(number: Decimal | None, metric: Metric, currency: str) -> str:
    """A metric's value as text; "—" where it is None."""
    if metric in MONEY:
        return formatting.money(number, currency)
    if metric is Metric.ROAS:
        return formatting.times(number)
    if metric is Metric.FREQUENCY:
        return formatting.ratio(number)
    return formatting.percent(number) if metric in PERCENT else formatting.count(number)
