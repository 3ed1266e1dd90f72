"""A report's public page, drawn from its frozen numbers alone. Pure: the same snapshot is the same page for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from reports import formatting, markup, own_words, sections, text
from reports.drawn import Chart, line_chart
from reports.key_metrics import campaign_metrics, key_metrics
from reports.metric_words import label
from reports.metrics import Metric, is_known
from reports.performance import Figure, figures
from reports.snapshot import Block, Campaign, ReportData
from reports.verdict import PLACES, Verdict, sentence, verdict

#: So many campaigns are seen at once; the rest a click away.
CAMPAIGNS_FIRST = 20
_PHONE_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign and its values in the order of the section's `columns`."""

    name: str
    values: list[str]
    #: Metric and value of those for which a phone has no column.
    folded: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PageSection:
    """One platform in one currency; `platform` "" is their sum. `missing` names the days without numbers, or is ""."""

    platform: str
    title: str
    missing: str
    key: list[Figure]
    others: list[Figure]
    columns: list[str]
    campaigns: list[CampaignRow]
    more_campaigns: list[CampaignRow]
    #: What was spent by day; None where that was not chosen, or there are no days to draw.
    chart: Chart | None

    @property
    def count_campaigns(self) -> int:
        return len(self.campaigns) + len(self.more_campaigns)

    @property
    def details_title(self) -> str:
        """What can be opened below the chart; "" for nothing."""
        parts = (["Campanhas"] if self.campaigns else []) + (["Outros indicadores"] if self.others else [])
        return " e ".join(parts).replace("e Outros", "e outros")


@dataclass(frozen=True, slots=True)
class Page:
    """`title` and `comment` are the gestor's, `comment` "" for none. `verdict` is None, and `sentence` "", where there
    is nothing to say; `uncovered` are the platforms without a single day."""

    data: ReportData
    title: str
    comment: SafeString
    verdict: Verdict | None
    sentence: str
    sections: list[PageSection]
    uncovered: list[str]

    @property
    def period(self) -> str:
        return formatting.long_days(self.data.days)

    @property
    def compared(self) -> str:
        """The days before, where no chart's legend names them; "" where nothing is compared."""
        is_said = any(section.chart and section.chart.before for section in self.sections)
        return formatting.short_days(self.data.base.each) if self.data.base and not is_said else ""

    @property
    def is_good(self) -> bool:
        return self.verdict is Verdict.GOOD


def page_of(data: ReportData) -> Page:
    data = sections.as_told(data)
    return Page(
        data=data,
        title=own_words.title(data),
        comment=markup.html_of(own_words.comment(data)),
        verdict=verdict(data),
        sentence=sentence(data),
        sections=[_section(block, data) for block in data.blocks],
        uncovered=[text.heading(each, data) for each in data.uncovered],
    )


def _section(block: Block, data: ReportData) -> PageSection:
    key = key_metrics(block, data.metrics)
    columns = campaign_metrics(block, data.metrics)
    names = [label(metric, data.labels) for metric in columns]
    rows = [_row(campaign, columns, names, block.currency) for campaign in block.campaigns] if columns else []
    platform = block.platform.value if block.platform else ""
    return PageSection(
        platform=platform,
        title=text.heading(block, data),
        missing=formatting.short_days(block.missing) if block.missing else "",
        key=figures(block, key, data),
        others=figures(block, _others(block, data.metrics, key), data),
        columns=names,
        campaigns=rows[:CAMPAIGNS_FIRST],
        more_campaigns=rows[CAMPAIGNS_FIRST:],
        chart=_spent(block, data),
    )


def _spent(block: Block, data: ReportData) -> Chart | None:
    series = sections.spent(block, data)
    return line_chart(series, f"{series.title} {PLACES[block.platform]}") if series else None


def _others(block: Block, selected: Sequence[Metric], key: Sequence[Metric]) -> list[Metric]:
    """What was sent and does not stand above; what the platform does not report has no line in the message either."""
    return [metric for metric in selected if metric not in key and is_known(block.now, metric)]


def _row(campaign: Campaign, columns: Sequence[Metric], names: Sequence[str], currency: str) -> CampaignRow:
    values = list(sections.values_of(campaign, columns, currency))
    return CampaignRow(campaign.name, values, list(zip(names, values, strict=True))[_PHONE_COLUMNS:])
