"""Whether a metric reached its goal, as the mark that stands after its value. Pure; what is unknown has no mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from reports import metrics
from reports.metric_words import COSTS, MONEY
from reports.metrics import Metric, Sums

#: So near to its goal a metric is nearly there: yellow.
TOLERANCE = Decimal("0.10")
REACHED, NEAR, MISSED = "🟢", "🟡", "🔴"
#: Less is better. People who see an ad more often are not a success.
CEILINGS = COSTS | {Metric.FREQUENCY}


@dataclass(frozen=True, slots=True)
class Goals:
    """Targets of a report's whole period. Those in money are in `currency`, and say nothing of another currency."""

    currency: str = ""
    targets: Mapping[Metric, Decimal] = field(default_factory=dict)

    def mark(self, metric: Metric, sums: Sums, currency: str) -> str:
        """🟢, 🟡, 🔴, or nothing where there is no goal, no value, or the goal is in another currency."""
        target, value = self.targets.get(metric), metrics.value(sums, metric)
        if target is None or value is None or (metric in MONEY and currency != self.currency):
            return ""
        return mark(metric, value, target)


def mark(metric: Metric, value: Decimal, target: Decimal) -> str:
    """How `value` stands to a target above zero. The goal of the spend is a budget: missed on either side of it."""
    if metric is Metric.SPEND:
        return _step(abs(value - target), target * TOLERANCE, target * TOLERANCE * 2)
    if metric in CEILINGS:
        return _step(value, target, target * (1 + TOLERANCE))
    return _step(-value, -target, -target * (1 - TOLERANCE))


def _step(value: Decimal, reached: Decimal, near: Decimal) -> str:
    return REACHED if value <= reached else NEAR if value <= near else MISSED


def is_shared(metric: Metric) -> bool:
    """Whether the platforms reach the goal together, so that their sum is what is marked where a report has one."""
    return metrics.parts_of(Sums(), metric) is None
