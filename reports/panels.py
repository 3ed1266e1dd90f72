"""What the panels of a client's page show of its numbers and accounts. Only reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from agency.models import Client
from reports import contents, formatting, metrics, numbers, periods, text
from reports.choices import Family, Period
from reports.formatting import short_days
from reports.goals import Goals
from reports.key_metrics import is_usual
from reports.metrics import Metric, is_known
from reports.models import AdAccount, ReportSettings
from reports.overview import Choice, Overview, choices, first, overview
from reports.performance import Figure, figures
from reports.periods import Days
from reports.snapshot import Block, ReportData

#: A platform that has others beside it shows so many of its figures at once, the rest a click away.
_FIRST_FIGURES = 6


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one platform in one currency; `platform` "" is the sum of all platforms. `is_wide`: it has no
    other beside it."""

    platform: str
    title: str
    accounts: str
    has_base: bool
    is_wide: bool
    figures: list[Figure]
    more: list[Figure]
    #: Each account's `Alcance 412.000 · frequência 2,43`, where it was read for just these days.
    reached: list[str]


@dataclass(frozen=True, slots=True)
class Performance:
    """`overview` is None, and `sections` empty, where no day of the period has numbers; `choices` are the blocks of
    which one is drawn; `gaps` are sentences about days without any."""

    period: Period
    days: Days
    base: Days
    has_accounts: bool
    choices: list[Choice]
    overview: Overview | None
    sections: list[Section]
    gaps: list[str]

    @property
    def chosen(self) -> str:
        """The key of the block that is drawn, "" for none."""
        return next((choice.key for choice in self.choices if choice.is_current), "")


def performance(client: Client, asked: str, platform: str = "", now: datetime | None = None) -> Performance:
    """The numbers of the period that was asked for; of the report's own period where none, or no known one, was.
    `platform` is the key of one of the choices; any other is the first."""
    settings = ReportSettings.objects.filter(client=client).first() or ReportSettings(client=client)
    period = Period(asked if asked in Period.values else settings.period)
    days = periods.days_of(period, now or timezone.now(), client.zone)
    base = periods.days_before(period, days)
    accounts = list(AdAccount.objects.filter(client=client))
    shown = Performance(period, days, base, bool(accounts), [], None, [], [])
    if not accounts:
        return shown
    try:
        data = numbers.collect_days(client, days, base, settings.chosen_metrics, blend=settings.blend)
    except numbers.NoData:
        return shown
    # Goals are of the report's own period.
    goals = contents.goals_of(settings) if period == settings.period else Goals()
    data = replace(data, labels=contents.labels_of(settings), goals=goals)
    offered = choices(data.blocks, platform)
    drawn = next(block for block, choice in zip(data.blocks, offered, strict=True) if choice.is_current)
    return replace(
        shown,
        choices=offered,
        overview=overview(drawn, data, Family(settings.conversion_family)),
        sections=[_section(block, data, accounts) for block in data.blocks],
        gaps=[f"Sem números em {short_days(gap.days)} de {gap.account.name}." for gap in numbers.gaps(client, days)],
    )


def _section(block: Block, data: ReportData, accounts: list[AdAccount]) -> Section:
    own = [account for account in accounts if _belongs(account, block)]
    shown = _shown(block, data)
    more = [metric for metric in (*data.metrics, *metrics.ALL) if metric not in shown]
    return Section(
        platform=block.platform.value if block.platform else "",
        title=text.heading(block, data) if block.platform else "Soma das plataformas",
        accounts=", ".join(account.name for account in own),
        has_base=block.before is not None,
        is_wide=len(data.blocks) % 2 == 1 and block is data.blocks[-1],
        figures=figures(block, shown, data),
        more=figures(block, dict.fromkeys(more), data),
        reached=[]
        if _tells_reach(block, data)
        else [_reached(each, len(own)) for each in own if _has_reach(each, data.days)],
    )


def _shown(block: Block, data: ReportData) -> list[Metric]:
    """What stands there at once: all that the report tells of it, or the first of that where others are beside it."""
    if len(data.blocks) == 1:
        return [metric for metric in data.metrics if is_usual(data.metrics) or is_known(block.now, metric)]
    return first(block, data.metrics, _FIRST_FIGURES)


def _tells_reach(block: Block, data: ReportData) -> bool:
    return Metric.REACH in data.metrics and is_known(block.now, Metric.REACH)


def _has_reach(account: AdAccount, days: Days) -> bool:
    return account.reach is not None and (account.reach_since, account.reach_until) == (days.first, days.last)


def _reached(account: AdAccount, accounts: int) -> str:
    """Account by account, since people reached by two of them would count twice in a sum."""
    frequency = f" · frequência {formatting.ratio(account.frequency)}" if account.frequency else ""
    name = f" de {account.name}" if accounts > 1 else ""
    return f"Alcance{name} {formatting.count(account.reach)}{frequency}"


def _belongs(account: AdAccount, block: Block) -> bool:
    return account.platform == block.platform and account.currency == block.currency


def accounts_of(client: Client) -> list[AdAccount]:
    """The client's ad accounts with the access that each is read with, in one query; never an access's secret."""
    rows = AdAccount.objects.filter(client=client).select_related("credential").defer("credential__secret")
    found = list(rows)
    for account in found:
        account.client = client
    return found
