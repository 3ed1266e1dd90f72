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
from reports.performance import Figure, figures
from reports.snapshot import Block, ReportData

#: The key under which the sum of all platforms is asked for.
SUM = "soma"
_TILES = 4


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


def overview(block: Block, data: ReportData, family: Family) -> Overview:
    """What the client's report tells comes first; where that is too little, what is told of any client. `family` is
    what the client's settings count as conversions in Meta's numbers."""
    spend = Series.of(block, Metric.SPEND, data.labels.get(Metric.SPEND, ""))
    brought = _results(block, data, family)
    return Overview(
        tiles=[_tile(figure, block) for figure in figures(block, first(block, data.metrics, _TILES), data)],
        spend=line_chart(spend, spend.title),
        results=bar_chart(brought, brought.title) if brought else None,
    )


def first(block: Block, selected: Sequence[Metric], most: int) -> list[Metric]:
    """The metrics that stand first: the report's own, and as many of the usual ones as there is room for."""
    named = dict.fromkeys([*key_metrics(block, selected, most), *key_metrics(block, metrics.ALL, most)])
    return list(named)[:most]


def _results(block: Block, data: ReportData, family: Family) -> Series | None:
    named = [*results(block.now, data.metrics)[:1], *results(block.now, metrics.ALL)[:1]]
    return Series.of(block, named[0], _named(named[0], block, data, family)) if named else None


def _tile(figure: Figure, block: Block) -> Tile:
    series = Series.of(block, figure.metric)
    has_days = sum(day.value is not None for day in series.now) > 1
    return Tile(figure, svg.page(sparks.draw(series)) if has_days else "")


def _named(metric: Metric, block: Block, data: ReportData, family: Family) -> str:
    is_family = metric is Metric.CONVERSIONS and block.platform is Platform.META
    return data.labels.get(metric, family.label if is_family else "")


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
