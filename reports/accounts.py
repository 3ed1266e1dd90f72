"""Ad accounts of a client: found, added, renamed, removed. Asks no platform whether an account exists there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from agency.models import Client
from reports.models import AdAccount, DailyMetric


class AlreadyThere(Exception):
    """The client has this account already."""


@dataclass(frozen=True, slots=True)
class Belongings:
    """What is deleted together with an account."""

    days: int
    readings: int
    alerts: int


def add(account: AdAccount) -> None:
    """Store a new account. Raises AlreadyThere, also where another request has just added the same one."""
    same = AdAccount.objects.filter(
        client_id=account.client_id, platform=account.platform, external_id=account.external_id
    )
    if same.exists():
        raise AlreadyThere
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise AlreadyThere from None


def other_clients(account: AdAccount) -> list[str]:
    """Names of the agency's other clients in service that have the same account: allowed, and worth saying."""
    clients = Client.objects.active().filter(
        agency=account.client.agency_id,
        ad_accounts__platform=account.platform,
        ad_accounts__external_id=account.external_id,
    )
    return list(clients.exclude(pk=account.client_id).values_list("name", flat=True))


def belongings(account: AdAccount) -> Belongings:
    return Belongings(
        days=DailyMetric.objects.filter(account=account).count(),
        readings=account.readings.count(),
        alerts=account.alerts.count(),
    )


def remove(account: AdAccount) -> None:
    """Delete an account with its numbers, readings and alerts. What was sent stays in the history."""
    account.delete()
