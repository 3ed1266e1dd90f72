"""Rows of the reports app for tests; what a test is about is passed by name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from agency.models import Client
from reports.models import AdAccount, DailyMetric, Recipient, ReportSettings
from tests.factories import make_client

_numbers = itertools.count(1)


def make_account(*, client: Client | None = None, **fields: Any) -> AdAccount:
    number = next(_numbers)
    fields.setdefault("platform", "meta")
    fields.setdefault("external_id", str(900000 + number))
    fields.setdefault("name", f"Conta {number}")
    if fields.get("balance") is not None and fields.get("daily_spend"):
        fields.setdefault("balance_ends_at", ends_after(fields["balance"] / Decimal(fields["daily_spend"])))
    return AdAccount.objects.create(client=client or make_client(), **fields)


def ends_after(days: Decimal) -> datetime:
    """The end of a balance that lasts so many days from the midnight before now, in the zone of `make_account`."""
    today = timezone.now().astimezone(ZoneInfo("America/Sao_Paulo")).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=float(days))


def make_recipient(client: Client, **fields: Any) -> Recipient:
    number = next(_numbers)
    fields.setdefault("name", f"Pessoa {number}")
    fields.setdefault("phone", f"+55119{80000000 + number}")
    return Recipient.objects.create(client=client, **fields)


def make_settings(client: Client, **fields: Any) -> ReportSettings:
    fields.setdefault("active", True)
    return ReportSettings.objects.create(client=client, **fields)


def make_days(account: AdAccount, days: Iterable[date], **fields: Any) -> list[DailyMetric]:
    """The same numbers on each day; a whole number of everything unless `fields` says otherwise."""
    numbers: dict[str, Any] = {
        "spend": Decimal("100.00"),
        "revenue": Decimal("250.00"),
        "impressions": 5000,
        "clicks": 100,
        "conversions": Decimal(4),
        "leads": 2,
        "messages": 3,
        **fields,
    }
    rows = [
        DailyMetric(client=account.client, account=account, platform=account.platform, date=day, **numbers)
        for day in days
    ]
    return DailyMetric.objects.bulk_create(rows)


def week(last: date, weeks: int = 1) -> list[date]:
    """The days of so many weeks that end on `last`."""
    return [last - timedelta(days=number) for number in range(7 * weeks)]
