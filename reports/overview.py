"""One block of a period as a client's page draws it: four figures, and what was spent and brought by day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from reports import metrics
from reports.charts import sparks, svg
from reports.charts.series import Series
from reports.choices import Family, Platform
from reports.drawn import Chart, bar_chart, line_chart
from reports.key_metrics import key_metrics, results
from reports.metrics import Metric
from reports.performance import Figure, figure
from reports.snapshot import Block

#: The key under which the sum of all platforms is asked for.
SUM = "soma"


@dataclass(frozen=True, slots=True)
class Choice:
    """A block that can be drawn: the key that asks for it, and how it is called."""

    key: str
    label: str
    platform: Platform | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """`spark` is "" where there are no days to draw."""

    figure: Figure
    spark: SafeString | str


@dataclass(frozen=True, slots=True)
class Overview:
    """`spend` and `results` are None where there is nothing to draw: of a single day, or where none is known."""

    tiles: list[Tile]
    spend: Chart | None
    results: Chart | None


def choices(blocks: Sequence[Block], asked: str) -> list[Choice]:
    """One for each block, in their order; the current one is the one asked for, or else the first."""
    keys = [_key(block, blocks) for block in blocks]
    current = asked if asked in keys else keys[0]
    return [
        Choice(key, _label(block, blocks), block.platform, key == current)
        for key, block in zip(keys, blocks, strict=True)
    ]


def overview(block: Block, family: Family) -> Overview:
    """`family` is what the client's settings count as conversions in Meta's numbers."""
    brought = next(iter(results(block.now, metrics.ALL)), None)
    return Overview(
        tiles=[_tile(block, metric) for metric in key_metrics(block, metrics.ALL)],
        spend=line_chart(Series.of(block, Metric.SPEND), f"{Metric.SPEND.label} por dia"),
        results=bar_chart(Series.of(block, brought), f"{_named(brought, block, family)} por dia") if brought else None,
    )


def _tile(block: Block, metric: Metric) -> Tile:
    series = Series.of(block, metric)
    has_days = sum(day.value is not None for day in series.now) > 1
    return Tile(
        figure(metric, block.now, block.before, block.currency), svg.page(sparks.draw(series)) if has_days else ""
    )


def _named(metric: Metric, block: Block, family: Family) -> str:
    return family.label if metric is Metric.CONVERSIONS and block.platform is Platform.META else metric.label


def _key(block: Block, blocks: Sequence[Block]) -> str:
    if block.platform is None:
        return SUM
    return block.platform.value if _is_alone(block, blocks) else f"{block.platform.value}-{block.currency}"


def _label(block: Block, blocks: Sequence[Block]) -> str:
    if block.platform is None:
        return "Somar as duas"
    name = block.platform.label.removesuffix(" Ads")
    return name if _is_alone(block, blocks) else f"{name} ({block.currency})"


def _is_alone(block: Block, blocks: Sequence[Block]) -> bool:
    return sum(other.platform == block.platform for other in blocks) == 1
