"""A period's numbers as a page shows them: each metric with its change against the period before, and how it stands to
its goal. Pure; no query.

Value and change are derived from sums. Colour is only for what is plainly good or bad; what is spent stays ink.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

from reports import formatting, goals, metrics
from reports.metric_words import COSTS, GAINS, label, rate_of, shown, shown_value
from reports.metrics import Metric, Sums
from reports.snapshot import Block, ReportData

NEW = "novo"
SAME = "igual"
_SAID = {goals.REACHED: "meta {} atingida", goals.NEAR: "perto da meta {}", goals.MISSED: "fora da meta {}"}
_TONES = {goals.REACHED: "ok", goals.NEAR: "warn", goals.MISSED: "bad"}


@dataclass(frozen=True, slots=True)
class Goal:
    """How a metric stands to its goal. `tone` is "ok", "warn" or "bad"; it never stands without the words."""

    tone: str
    target: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """`change` is "" where there is no base to compare with; `tone` is "ok", "bad" or "". `made_of` says of what a
    rate is a part, where that is not always the same. `goal` is None where none is marked."""

    metric: Metric
    value: str
    change: str = ""
    tone: str = ""
    own_label: str = ""
    made_of: str = ""
    goal: Goal | None = None

    @property
    def label(self) -> str:
        return self.own_label or self.metric.label

    @property
    def is_known(self) -> bool:
        return self.value != formatting.UNKNOWN

    @property
    def is_percent(self) -> bool:
        """Whether `change` is a number, and not a word or nothing."""
        return self.change not in ("", NEW, SAME)


def figures(block: Block, selected: Iterable[Metric], data: ReportData) -> list[Figure]:
    """A block's metrics as its report names and judges them."""
    return [_told(metric, block, data) for metric in selected]


def figure(metric: Metric, now: Sums, before: Sums | None, currency: str) -> Figure:
    """A metric by itself, under its usual name."""
    is_comparable = before is not None and metrics.parts_of(now, metric) == metrics.parts_of(before, metric)
    change = _change(metrics.value(now, metric), metrics.value(before, metric) if before and is_comparable else None)
    return Figure(metric, shown(now, metric, currency), *_shown(metric, change), made_of=rate_of(metric, now))


def _told(metric: Metric, block: Block, data: ReportData) -> Figure:
    plain = figure(metric, block.now, block.before, block.currency)
    return replace(plain, own_label=label(metric, data.labels), goal=_goal(metric, block, data))


def _goal(metric: Metric, block: Block, data: ReportData) -> Goal | None:
    mark = data.mark(metric, block)
    if not mark:
        return None
    target = shown_value(data.goals.targets[metric], metric, block.currency)
    return Goal(_TONES[mark], target, _SAID[mark].format(target))


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
    good = metric in GAINS if grows else metric in COSTS
    bad = metric in COSTS if grows else metric in GAINS
    return formatting.signed_percent(change), "ok" if good else "bad" if bad else ""
