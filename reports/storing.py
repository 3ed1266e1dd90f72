"""Daily numbers into the database, from a platform or from a file: the one place that writes `DailyMetric`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from agency.models import Client
from reports import lasting
from reports.choices import Family, Platform
from reports.day_numbers import DayNumbers, spend_per_day, with_results
from reports.metrics import STORED, Sums
from reports.models import AdAccount, DailyMetric
from reports.periods import local_day

#: Recent spend is the mean of so many newest days that have numbers and are over.
RECENT_DAYS = 7
_COLUMNS = (*STORED, "results")
_BATCH = 500


def store_days(account: AdAccount, days: Mapping[date, Sums], now: datetime | None = None) -> None:
    """Write an account's numbers of these days over what was known of them, and what follows from its recent spend.

    Every day that was read belongs in `days`, with zeros where nothing ran. Raises ValueError for a day without spend.
    """
    now = now or timezone.now()
    today = local_day(now, ZoneInfo(account.time_zone))
    with transaction.atomic():
        write_days(account, {day: DayNumbers(sums) for day, sums in days.items()})
        spends, balance = lasting.days_and_balance(account, today)
        account.daily_spend = spend_per_day(spends, today, RECENT_DAYS)
        account.balance_ends_at = lasting.end_of(account, now, balance, spends)
        account.save(update_fields=["daily_spend", "balance_ends_at"])


def write_days(account: AdAccount, days: Mapping[date, DayNumbers]) -> int:
    """Write those days that are not stored like this already; how many. The caller keeps the account's own columns.

    Raises ValueError for a day without spend.
    """
    if any(numbers.sums.spend is None for numbers in days.values()):
        raise ValueError("A day that was read has a spend; zero where nothing ran.")
    if not days:
        return 0
    stored = account.daily_metrics.filter(date__range=(min(days), max(days)))
    known = {row[0]: row[1:] for row in stored.values_list("date", *_COLUMNS)}
    changed = {day: columns for day, numbers in days.items() if (columns := _columns(numbers)) != known.get(day)}
    DailyMetric.objects.bulk_create(
        (
            DailyMetric(
                client_id=account.client_id,
                account=account,
                platform=account.platform,
                date=day,
                **dict(zip(_COLUMNS, columns, strict=True)),
            )
            for day, columns in changed.items()
        ),
        update_conflicts=True,
        unique_fields=["client", "account", "platform", "date"],
        update_fields=_COLUMNS,
        batch_size=_BATCH,
    )
    return len(changed)


def recent_spend(account: AdAccount, today: date, known: Mapping[date, DayNumbers] | None = None) -> Decimal | None:
    """The account's mean spend of a recent day. `known` saves the query where it holds enough of the newest days."""
    spends = {day: numbers.sums.spend or Decimal() for day, numbers in (known or {}).items() if day < today}
    if len(spends) < RECENT_DAYS or (today - max(spends)).days > 1:
        rows = account.daily_metrics.filter(date__lt=today).order_by("-date")
        # Added up here and not by the database: SQLite adds decimals as floats.
        spends = dict(rows.values_list("date", "spend")[:RECENT_DAYS])
    return spend_per_day(spends, today, RECENT_DAYS)


def choose_family(account: AdAccount, family: Family) -> int:
    """Have an account's stored days say another family as conversions; how many days that changed. What came from a
    file says what the file said."""
    changed = []
    for row in account.daily_metrics.exclude(results={}):
        sums = Sums(**{name: getattr(row, name) for name in STORED})
        fresh = with_results(sums, row.results, platform=Platform(account.platform), family=family)
        if fresh.conversions != row.conversions:
            row.conversions = fresh.conversions
            changed.append(row)
    return DailyMetric.objects.bulk_update(changed, ["conversions"], batch_size=_BATCH)


def choose_family_of(client: Client, family: Family) -> int:
    """`choose_family` for each of a client's accounts at Meta, all or none."""
    with transaction.atomic():
        found = AdAccount.objects.filter(client=client, platform=Platform.META)
        return sum(choose_family(account, family) for account in found)


def _columns(numbers: DayNumbers) -> tuple[object, ...]:
    return (*(getattr(numbers.sums, name) for name in STORED), dict(numbers.results))
