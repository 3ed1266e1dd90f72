"""Which of a block's metrics stand out: a few figures first, and what its ads are meant to bring. Pure.

Who chose a template, or an order of their own, has said it: then that order counts. Metrics in their usual order say
nothing of what matters, and the numbers themselves are asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports import metrics
from reports.metrics import Metric, Sums
from reports.snapshot import Block

_RESULTS = (Metric.CONVERSIONS, Metric.LEADS, Metric.MESSAGES, Metric.PURCHASES)
#: What a report that shows no result is about.
_CLICKS = (Metric.LINK_CLICKS, Metric.CLICKS)
#: What one of each costs.
_PRICES = {
    Metric.CONVERSIONS: Metric.CPA,
    Metric.LEADS: Metric.CPL,
    Metric.MESSAGES: Metric.COST_PER_MESSAGE,
    Metric.PURCHASES: Metric.COST_PER_PURCHASE,
    Metric.LINK_CLICKS: Metric.LINK_CPC,
    Metric.CLICKS: Metric.CPC,
}
_LEAST_COLUMNS = 3
_FIRST = (Metric.SPEND, Metric.REVENUE, Metric.ROAS)
_LAST = (
    *(Metric.CPA, Metric.CPL, Metric.COST_PER_MESSAGE, Metric.COST_PER_PURCHASE),
    *(Metric.CLICKS, Metric.CTR, Metric.IMPRESSIONS, Metric.CPC, Metric.CPM),
)


def is_usual(selected: Sequence[Metric]) -> bool:
    """Whether the metrics stand in the order that they have where nobody moved one."""
    return list(selected) == [metric for metric in Metric if metric in selected]


def results(sums: Sums, selected: Sequence[Metric]) -> list[Metric]:
    """What the ads brought, the weightiest first; in the usual order conversions only where no other result is the
    same. Clicks where the gestor's order has no result that the platform tells of."""
    named = _RESULTS if is_usual(selected) else [metric for metric in selected if metric in _RESULTS]
    told = [metric for metric in named if metric in selected and metrics.is_known(sums, metric)]
    if not told and not is_usual(selected):
        told = [metric for metric in _CLICKS if metric in selected]
    found = [metric for metric in told if metrics.value(sums, metric)]
    if not is_usual(selected):
        return found
    conversions = metrics.value(sums, Metric.CONVERSIONS)
    same = [each for each in found if each is not Metric.CONVERSIONS and metrics.value(sums, each) == conversions]
    if not same:
        return found
    return [*same[:1], *(each for each in found if each not in (Metric.CONVERSIONS, same[0]))]


def by_day(block: Block, selected: Sequence[Metric]) -> Metric | None:
    """The result that a chart of the days shows; where there was none, the first one of which just that is known.

    A platform that tells no purchases tells conversions instead.
    """
    found = results(block.now, selected)
    if found:
        return found[0]
    stands_in = [Metric.CONVERSIONS] if Metric.PURCHASES in selected else []
    named = [*(metric for metric in selected if metric in _RESULTS), *stands_in]
    return next((metric for metric in named if metrics.is_known(block.now, metric)), None)


def key_metrics(block: Block, selected: Sequence[Metric], most: int = 4) -> list[Metric]:
    """Up to `most` of those that were chosen and have a value: the first ones of the gestor's order, or else what was
    spent, what it returned, what it brought.

    In the usual order one that is zero now and was before says nothing, and stands back.
    """
    if not is_usual(selected):
        return [metric for metric in selected if metrics.value(block.now, metric) is not None][:most]
    named = dict.fromkeys([*_FIRST, *results(block.now, selected), *_LAST, *selected])
    known = [metric for metric in named if metric in selected and metrics.value(block.now, metric) is not None]
    return sorted(known, key=lambda metric: metric is not Metric.SPEND and _is_nothing(block, metric))[:most]


def campaign_metrics(block: Block, selected: Sequence[Metric]) -> list[Metric]:
    """The columns of a table of the block's campaigns: cost, the weightiest result and its price, return, clicks; where
    that is too little, what else was chosen."""
    told = [metric for metric in selected if _is_told(block, metric) and not _is_nothing(block, metric)]
    brought = [metric for metric in (*results(block.now, selected), Metric.CONVERSIONS) if metric in told][:1]
    rates = [metric for metric in selected if metric in (Metric.CTR, Metric.LINK_CTR)][:1]
    named = [Metric.SPEND, *brought, *_price(block.now, brought, selected), Metric.ROAS, *rates]
    found = [metric for metric in named if metric in told]
    return found + [metric for metric in told if metric not in found][: max(_LEAST_COLUMNS - len(found), 0)]


def _price(sums: Sums, brought: Sequence[Metric], selected: Sequence[Metric]) -> list[Metric]:
    """Of the result, or of the conversions where they are just the same; of these where nothing was brought."""
    if not brought:
        return [Metric.CPA]
    price = _PRICES[brought[0]]
    if price in selected:
        return [price]
    is_same = metrics.value(sums, brought[0]) == metrics.value(sums, Metric.CONVERSIONS)
    return [Metric.CPA] if is_same else []


def _is_nothing(block: Block, metric: Metric) -> bool:
    return not metrics.value(block.now, metric) and not (block.before and metrics.value(block.before, metric))


def _is_told(block: Block, metric: Metric) -> bool:
    """Whether some campaign has it: people reached, for one, are known of the whole account only."""
    campaigns = block.campaigns
    return not campaigns or any(metrics.value(each.numbers, metric) is not None for each in campaigns)
