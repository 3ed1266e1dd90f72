"""What a report's documents show, block by block, whichever way they are drawn. Pure; derives all from the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from reports import formatting, metric_words, performance, text
from reports.charts.series import Series, results_of
from reports.key_metrics import campaign_metrics
from reports.layout import Kind
from reports.metrics import Metric
from reports.performance import Figure
from reports.snapshot import Block, Campaign, ReportData

#: Campaigns that have a line of their own.
MOST_CAMPAIGNS = 60


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
    data = as_told(data)
    found = [_section(block, data) for block in data.blocks]
    silent = f"Sem números de {formatting.short_days(data.days.each)}"
    return found + [Section(text.heading(uncovered, data), silent) for uncovered in data.uncovered]


def as_told(data: ReportData) -> ReportData:
    """The report without the days before, where its text compares with none."""
    if Kind.COMPARISON in data.layout:
        return data
    blocks = tuple(replace(block, before=None, by_day_before=()) for block in data.blocks)
    return replace(data, base=None, blocks=blocks)


def legend(series: Series) -> tuple[str, str]:
    """In words, the days of the line and of the dotted one behind it; "" where that has none."""
    before = [day.day for day in series.before[: len(series.now)]]
    is_drawn = any(day.value is not None for day in series.before[: len(series.now)])
    return _range([day.day for day in series.now]), _range(before) if is_drawn else ""


def _range(days: list[date]) -> str:
    return formatting.short_days(days)


def _section(block: Block, data: ReportData) -> Section:
    known = tuple(figure for figure in performance.figures(block, data.metrics, data) if figure.is_known)
    has_days = len(block.by_day) > 1
    spend = spent(block, data)
    return Section(
        heading=text.heading(block, data),
        gap=f"Sem números de {formatting.short_days(block.missing)}" if block.missing else "",
        figures=known,
        spend=spend if has_days and spend and spend.is_known else None,
        results=results_of(block, data) if has_days else None,
        campaigns=_table(block, data),
    )


def spent(block: Block, data: ReportData) -> Series | None:
    """What was spent by day; None where the report does not tell it."""
    chosen = Metric.SPEND in data.metrics
    return Series.of(block, Metric.SPEND, data.labels.get(Metric.SPEND, "")) if chosen else None


def _table(block: Block, data: ReportData) -> Table | None:
    columns = campaign_metrics(block, data.metrics)
    if not block.campaigns or not columns:
        return None
    shown, left = block.campaigns[:MOST_CAMPAIGNS], block.campaigns[MOST_CAMPAIGNS:]
    return Table(
        tuple(metric_words.label(metric, data.labels) for metric in columns),
        tuple(Row(campaign.name, values_of(campaign, columns, block.currency)) for campaign in shown),
        _rest(left, block.currency if Metric.SPEND in columns else ""),
    )


def values_of(campaign: Campaign, columns: Sequence[Metric], currency: str) -> tuple[str, ...]:
    return tuple(metric_words.shown(campaign.numbers, metric, currency) for metric in columns)


def _rest(left: Sequence[Campaign], currency: str) -> str:
    """With what they cost together, in that currency; "" where the table does not tell that."""
    if not left:
        return ""
    spends = [campaign.numbers.spend for campaign in left]
    known = [spend for spend in spends if spend is not None]
    cost = f", {formatting.money(sum(known, Decimal(0)), currency)}" if currency and len(known) == len(spends) else ""
    return f"e mais {formatting.count(len(left))} campanha{'s' if len(left) > 1 else ''}{cost}"
