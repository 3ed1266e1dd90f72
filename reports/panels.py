"""What the panels of a client's page show of its numbers and accounts. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from agency.models import Client
from reports import formatting, metrics, numbers, periods
from reports.choices import Period
from reports.formatting import short_days
from reports.models import AdAccount, ReportSettings
from reports.performance import Figure, figures
from reports.periods import Days
from reports.snapshot import Block


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one platform in one currency; `platform` "" is the sum of all platforms."""

    platform: str
    title: str
    accounts: str
    has_base: bool
    primary: list[Figure]
    secondary: list[Figure]
    #: Each account's `Alcance 412.000 · frequência 2,43`, where it was read for just these days.
    reached: list[str]


@dataclass(frozen=True, slots=True)
class Performance:
    """`sections` is empty where no day of the period has numbers; `gaps` are sentences about days without any."""

    period: Period
    days: Days
    base: Days
    has_accounts: bool
    sections: list[Section]
    gaps: list[str]


def performance(client: Client, asked: str, now: datetime | None = None) -> Performance:
    """The numbers of the period that was asked for; of the report's own period where none, or no known one, was."""
    settings = ReportSettings.objects.filter(client=client).first() or ReportSettings(client=client)
    period = Period(asked if asked in Period.values else settings.period)
    days = periods.days_of(period, now or timezone.now(), client.zone)
    base = periods.days_before(period, days)
    accounts = list(AdAccount.objects.filter(client=client))
    sections: list[Section] = []
    gaps: list[str] = []
    if accounts:
        try:
            data = numbers.collect_days(client, days, base, metrics.ALL, blend=settings.blend)
        except numbers.NoData:
            pass
        else:
            sections = [_section(block, data.blocks, accounts, days) for block in data.blocks]
            gaps = [
                f"Sem números em {short_days(gap.days)} de {gap.account.name}." for gap in numbers.gaps(client, days)
            ]
    return Performance(period, days, base, bool(accounts), sections, gaps)


def _section(block: Block, blocks: tuple[Block, ...], accounts: list[AdAccount], days: Days) -> Section:
    own = [account for account in accounts if _belongs(account, block)]
    if block.platform is None:
        title, platform = "Soma das plataformas", ""
    else:
        alone = sum(other.platform == block.platform for other in blocks) == 1
        title = block.platform.label if alone else f"{block.platform.label} ({block.currency})"
        platform = block.platform.value
    return Section(
        platform=platform,
        title=title,
        accounts=", ".join(account.name for account in own),
        has_base=block.before is not None,
        primary=figures(block, metrics.PRIMARY),
        secondary=figures(block, metrics.SECONDARY),
        reached=[_reached(account, len(own)) for account in own if _has_reach(account, days)],
    )


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
