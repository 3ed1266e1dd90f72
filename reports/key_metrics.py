"""Which of a block's metrics stand out: a few figures first, and what its ads are meant to bring. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from reports import metrics
from reports.metrics import Metric, Sums
from reports.snapshot import Block

_RESULTS = (Metric.CONVERSIONS, Metric.LEADS, Metric.MESSAGES)
_FIRST = (Metric.SPEND, Metric.REVENUE, Metric.ROAS)
_LAST = (Metric.CPA, Metric.CLICKS, Metric.CTR, Metric.IMPRESSIONS, Metric.CPC, Metric.CPM)
#: What a campaign is judged by, after what it cost and what it brought.
_OF_CAMPAIGNS = (Metric.CPA, Metric.ROAS, Metric.CTR)


def results(sums: Sums, selected: Iterable[Metric]) -> list[Metric]:
    """What the ads brought, the weightiest first; conversions only where no other result is just the same."""
    chosen = set(selected)
    found = [metric for metric in _RESULTS if metric in chosen and metrics.value(sums, metric)]
    conversions = metrics.value(sums, Metric.CONVERSIONS)
    same = [each for each in found if each is not Metric.CONVERSIONS and metrics.value(sums, each) == conversions]
    if not same:
        return found
    return [*same[:1], *(each for each in found if each not in (Metric.CONVERSIONS, same[0]))]


def key_metrics(block: Block, selected: Iterable[Metric], most: int = 4) -> list[Metric]:
    """Up to `most` of those that were chosen and have a value: what was spent, what it returned, what it brought.

    One that is zero now and was before says nothing, and stands back.
    """
    chosen = set(selected)
    named = [*_FIRST, *results(block.now, chosen), *_LAST]
    known = [metric for metric in named if metric in chosen and metrics.value(block.now, metric) is not None]
    return sorted(known, key=lambda metric: metric is not Metric.SPEND and _is_nothing(block, metric))[:most]


def campaign_metrics(block: Block, selected: Iterable[Metric]) -> list[Metric]:
    """The columns of a table of the block's campaigns: cost, the weightiest result and its price, return, clicks."""
    chosen = set(selected)
    named = [Metric.SPEND, *results(block.now, chosen)[:1], *_OF_CAMPAIGNS]
    return [metric for metric in named if metric in chosen and not _is_nothing(block, metric)]


def _is_nothing(block: Block, metric: Metric) -> bool:
    return not metrics.value(block.now, metric) and not (block.before and metrics.value(block.before, metric))
