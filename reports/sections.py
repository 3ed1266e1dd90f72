"""What a report's documents show, block by block, whichever way they are drawn. Pure; derives all from the snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from reports import formatting, metric_words, metrics, performance, text
from reports.charts.series import Series, results_of
from reports.metrics import Metric
from reports.performance import Figure
from reports.snapshot import Block, Campaign, ReportData

#: Campaigns that have a line of their own, and the metrics that they are compared by: the most telling ones first.
MOST_CAMPAIGNS = 60
_MOST_COLUMNS = 5
_TELLING = (
    *(Metric.SPEND, Metric.CONVERSIONS, Metric.LEADS, Metric.MESSAGES, Metric.REVENUE),
    *(Metric.ROAS, Metric.CPA, Metric.CTR, Metric.CLICKS),
)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose report it is: the agency's name, and its logo as PNG where it has one, with what it must stand on."""

    agency: str
    logo: bytes | None = None
    is_logo_for_dark: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table of campaigns, each value as text."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """`rest` says what the lines leave out, in words; "" where nothing is."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A block. `gap` is a sentence on days without numbers; `spend` and `results` are None where there is no line to
    draw: of a single day, or where no day is known."""

    heading: str
    gap: str
    figures: tuple[Figure, ...] = ()
    spend: Series | None = None
    results: Series | None = None
    campaigns: Table | None = None


def sections(data: ReportData) -> list[Section]:
    """Each block of the report in its order, then what it has no numbers of."""
    found = [_section(block, data) for block in data.blocks]
    silent = f"Sem números de {formatting.short_days(data.days.each)}"
    return found + [Section(text.heading(uncovered, data), silent) for uncovered in data.uncovered]


def legend(series: Series) -> tuple[str, str]:
    """In words, the days of the line and of the dotted one behind it; "" where that has none."""
    before = [day.day for day in series.before[: len(series.now)]]
    is_drawn = any(day.value is not None for day in series.before[: len(series.now)])
    return _range([day.day for day in series.now]), _range(before) if is_drawn else ""


def _range(days: list[date]) -> str:
    return formatting.short_days(days)


def _section(block: Block, data: ReportData) -> Section:
    known = tuple(figure for figure in performance.figures(block, data.metrics) if figure.is_known)
    has_days = len(block.by_day) > 1
    spend = Series.of(block, Metric.SPEND)
    return Section(
        heading=text.heading(block, data),
        gap=f"Sem números de {formatting.short_days(block.missing)}" if block.missing else "",
        figures=known,
        spend=spend if has_days and spend.is_known else None,
        results=results_of(block, data.metrics) if has_days else None,
        campaigns=_table(block, data.metrics),
    )


def _table(block: Block, chosen: tuple[Metric, ...]) -> Table | None:
    if not block.campaigns:
        return None
    columns = _columns(block, chosen)
    shown, left = block.campaigns[:MOST_CAMPAIGNS], block.campaigns[MOST_CAMPAIGNS:]
    return Table(
        tuple(metric.label for metric in columns),
        tuple(
            Row(
                campaign.name, tuple(metric_words.shown(campaign.numbers, metric, block.currency) for metric in columns)
            )
            for campaign in shown
        ),
        _rest(left, block.currency),
    )


def _columns(block: Block, chosen: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """Spend in any case, and what the report shows and some campaign has, in the order of the report."""

    def is_told(metric: Metric) -> bool:
        return metric is Metric.SPEND or (
            metric in chosen and any(metrics.value(each.numbers, metric) is not None for each in block.campaigns)
        )

    told = [metric for metric in _TELLING if is_told(metric)][:_MOST_COLUMNS]
    return tuple(metric for metric in Metric if metric in told)


def _rest(left: tuple[Campaign, ...], currency: str) -> str:
    if not left:
        return ""
    spends = [campaign.numbers.spend for campaign in left]
    known = [spend for spend in spends if spend is not None]
    spent = f", {formatting.money(sum(known, Decimal(0)), currency)}" if len(known) == len(spends) else ""
    return f"e mais {formatting.count(len(left))} campanha{'s' if len(left) > 1 else ''}{spent}"
