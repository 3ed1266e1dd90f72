"""Daily numbers in and out of the database: stores days, collects what a report says. Renders and sends nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q

from agency.models import Client
from reports import metrics, periods
from reports.choices import Period, Platform
from reports.formatting import days as show_days
from reports.metrics import FIELDS, Sums
from reports.models import AdAccount, DailyMetric, ReportSettings
from reports.periods import Days
from reports.snapshot import Block, ReportData

#: Recent spend is the mean of so many newest days that have numbers.
RECENT_DAYS = 7
_CENT = Decimal("0.01")


class NoData(Exception):
    """Not one day of the period has numbers; the message is a sentence in pt-BR for the gestor."""


@transaction.atomic
def store_days(account: AdAccount, days: Mapping[date, Sums]) -> None:
    """Write an account's numbers of these days over what was known of them, and its recent daily spend with them.

    Every day that was read belongs in `days`, with zeros where nothing ran. Raises ValueError for a day without spend.
    """
    if any(numbers.spend is None for numbers in days.values()):
        raise ValueError("A day that was read has a spend; zero where nothing ran.")
    DailyMetric.objects.bulk_create(
        (
            DailyMetric(
                client_id=account.client_id,
                account=account,
                platform=account.platform,
                date=day,
                **{name: getattr(numbers, name) for name in FIELDS},
            )
            for day, numbers in days.items()
        ),
        update_conflicts=True,
        unique_fields=["client", "account", "platform", "date"],
        update_fields=FIELDS,
        batch_size=500,
    )
    # Added up here and not by the database: SQLite adds decimals as floats.
    newest = list(account.daily_metrics.order_by("-date").values_list("spend", flat=True)[:RECENT_DAYS])
    account.daily_spend = (sum(newest, Decimal()) / len(newest)).quantize(_CENT) if newest else None
    account.save(update_fields=["daily_spend"])


def collect(settings: ReportSettings, at: datetime) -> ReportData:
    """What the report of these settings says when it runs at the instant `at`.

    Raises NoData where no day of the period has numbers.
    """
    client, period = settings.client, Period(settings.period)
    days = periods.days_of(period, at, client.zone)
    base = periods.days_before(period, days) if settings.compare else None
    blocks = tuple(_blocks(client, days, base))
    if not blocks:
        raise NoData(f"Sem números de {show_days(days)}.")
    return ReportData(client=client.name, days=days, base=base, metrics=metrics.ALL, blocks=blocks)


def _blocks(client: Client, days: Days, base: Days | None) -> list[Block]:
    """One block per platform and currency that has numbers in the period: neither are added up."""
    wanted = Q(date__range=(days.first, days.last))
    if base is not None:
        wanted |= Q(date__range=(base.first, base.last))
    rows = DailyMetric.objects.filter(wanted, client=client).select_related("account").order_by("date", "pk")
    groups: dict[tuple[Platform, str], list[DailyMetric]] = defaultdict(list)
    for row in rows:
        groups[Platform(row.platform), row.account.currency].append(row)
    return [
        Block(platform, currency, now=_total(current), before=_before(found, days, base))
        for (platform, currency), found in sorted(groups.items(), key=lambda item: _order(item[0]))
        if (current := [row for row in found if row.date in days])
    ]


def _order(key: tuple[Platform, str]) -> tuple[int, str]:
    platform, currency = key
    return list(Platform).index(platform), currency


def _before(found: list[DailyMetric], days: Days, base: Days | None) -> Sums | None:
    """The sums of the base; None unless each account has numbers for each day of both periods.

    A missing day would read as growth or as a fall that nobody's ads had.
    """
    if base is None:
        return None
    accounts = len({row.account_id for row in found})
    if len(found) != accounts * (days.count + base.count):
        return None
    return _total([row for row in found if row.date in base])


def _total(rows: list[DailyMetric]) -> Sums:
    numbers = ((row.account.currency, Sums(**{name: getattr(row, name) for name in FIELDS})) for row in rows)
    return metrics.total(numbers)[1]
