"""What the panels of a client's page show: numbers of a period, and the runs to come. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from agency.models import Client
from agency.templatetags.ui_words import MONTHS, WEEKDAYS
from reports import formatting, metrics, numbers, periods, schedule
from reports.choices import Frequency, Period, Weekday
from reports.formatting import short_days
from reports.models import AdAccount, ReportSettings
from reports.performance import Figure, figures
from reports.periods import Days
from reports.snapshot import Block

#: How many runs to come are shown.
RUNS = 5


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


@dataclass(frozen=True, slots=True)
class Run:
    at: datetime
    shown: str
    days: Days


@dataclass(frozen=True, slots=True)
class Agenda:
    """`when` is the schedule in words; `runs` is empty where nothing is scheduled."""

    settings: ReportSettings | None
    when: str
    runs: list[Run]

    @property
    def state(self) -> str:
        """none, manual, paused or active."""
        if self.settings is None:
            return "none"
        if self.settings.frequency == Frequency.MANUAL:
            return "manual"
        return "active" if self.settings.active else "paused"


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


def agenda(client: Client) -> Agenda:
    """The runs to come as the schedule stands, each with the days that it will be about."""
    settings = ReportSettings.objects.filter(client=client).first()
    if settings is None:
        return Agenda(None, "", [])
    settings.client = client
    runs = [_run(at, settings) for at in _upcoming(settings)]
    return Agenda(settings, when(settings), runs)


def _upcoming(settings: ReportSettings) -> list[datetime]:
    """From what is stored as due next, which is what will run, also where that is due already."""
    first = settings.next_run_at
    if not settings.active or first is None:
        return []
    day = periods.local_day(first, settings.client.zone)
    return [first, *schedule.upcoming(settings.schedule, first, RUNS - 1, later_than_day=day)]


def _run(at: datetime, settings: ReportSettings) -> Run:
    local = at.astimezone(settings.client.zone)
    shown = f"{WEEKDAYS[local.weekday()][:3]} {local.day} {MONTHS[local.month - 1][:3]}, {local:%H:%M}"
    return Run(at, shown, periods.days_of(Period(settings.period), at, settings.client.zone))


def when(settings: ReportSettings) -> str:
    """`Diário às 09:00`, `Semanal, segunda-feira às 08:00`, `Mensal, dia 5 às 09:00`, `Manual`."""
    frequency = Frequency(settings.frequency)
    at = f"às {settings.time_of_day:%H:%M}"
    match frequency:
        case Frequency.WEEKLY:
            return f"{frequency.label}, {Weekday(settings.weekday).label.lower()} {at}"
        case Frequency.MONTHLY:
            return f"{frequency.label}, dia {settings.day_of_month} {at}"
        case Frequency.MANUAL:
            return str(frequency.label)
    return f"{frequency.label} {at}"
