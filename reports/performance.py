"""A period's numbers as a page shows them: each metric with its change against the period before. Pure; no query.

Value and change are derived from sums. Colour is only for what is plainly good or bad; what is spent stays ink.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from reports import formatting, metrics
from reports.metric_words import shown
from reports.metrics import Metric, Sums
from reports.snapshot import Block

#: Where more is plainly better, and where less is.
_GOOD_UP = frozenset({Metric.ROAS, Metric.LEADS, Metric.CONVERSIONS, Metric.REVENUE})
_GOOD_DOWN = frozenset({Metric.CPA, Metric.CPC, Metric.CPM})
NEW = "novo"
SAME = "igual"


@dataclass(frozen=True, slots=True)
class Figure:
    """`change` is "" where there is no base to compare with; `tone` is "ok", "bad" or ""."""

    metric: Metric
    value: str
    change: str = ""
    tone: str = ""

    @property
    def label(self) -> str:
        return self.metric.label

    @property
    def is_known(self) -> bool:
        return self.value != formatting.UNKNOWN

    @property
    def is_percent(self) -> bool:
        """Whether `change` is a number, and not a word or nothing."""
        return self.change not in ("", NEW, SAME)


def figures(block: Block, selected: tuple[Metric, ...]) -> list[Figure]:
    return [figure(metric, block.now, block.before, block.currency) for metric in selected]


def figure(metric: Metric, now: Sums, before: Sums | None, currency: str) -> Figure:
    change = _change(metrics.value(now, metric), metrics.value(before, metric) if before else None)
    return Figure(metric, shown(now, metric, currency), *_shown(metric, change))


def _change(now: Decimal | None, before: Decimal | None) -> Decimal | str | None:
    """Whole percents, or a word, or None where either side is unknown."""
    if now is None or before is None:
        return None
    if before == 0:
        return NEW if now else SAME
    percent = metrics.change(now, before)
    rounded = Decimal(0) if percent is None else percent.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    return rounded or SAME


def _shown(metric: Metric, change: Decimal | str | None) -> tuple[str, str]:
    if change is None:
        return "", ""
    if isinstance(change, str):
        return change, ""
    grows = change > 0
    good = metric in _GOOD_UP if grows else metric in _GOOD_DOWN
    bad = metric in _GOOD_DOWN if grows else metric in _GOOD_UP
    return formatting.signed_percent(change), "ok" if good else "bad" if bad else ""
