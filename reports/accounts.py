"""Ad accounts of a client: added by hand or from what an access can read, renamed, removed. Asks no platform."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from agency.models import Client
from reports import ads_notices
from reports.models import AdAccount, DailyMetric, ListedAccount


class AlreadyThere(Exception):
    """The client has this account already."""


class OtherCurrency(Exception):
    """The numbers that the client has of this account are in another currency than the platform's."""

    def __init__(self, stored: str, told: str) -> None:
        super().__init__(f"{stored} {told}")
        self.stored, self.told = stored, told


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


def follow(client: Client, listed: ListedAccount, *, history_from: date | None, now: datetime) -> AdAccount:
    """Have a listed account be one of the client's, read from now on, its past from `history_from` on. One that the
    client has already goes on with its numbers. Raises OtherCurrency where these are in another currency, ValueError
    for another agency's.
    """
    credential = listed.credential
    if credential.agency_id != client.agency_id:
        raise ValueError("The access is not the agency's.")
    read_as = {"credential": credential, "via": listed.via, "next_read_at": now, "history_from": history_from}
    account, is_new = AdAccount.objects.get_or_create(
        client=client,
        platform=credential.platform,
        external_id=listed.external_id,
        defaults={
            "name": listed.name[:80],
            "currency": listed.currency,
            "time_zone": listed.time_zone,
            "state": listed.state,
            **read_as,
        },
    )
    if is_new:
        return account
    if account.currency != listed.currency:
        raise OtherCurrency(account.currency, listed.currency)
    for name, value in {**read_as, "time_zone": listed.time_zone, "read_problem": "", "read_failures": 0}.items():
        setattr(account, name, value)
    account.save(update_fields=[*read_as, "time_zone", "read_problem", "read_failures"])
    return account


def unfollow(account: AdAccount) -> None:
    """Read it no more; its numbers stay, and files can bring further ones."""
    columns = {"credential": None, "next_read_at": None, "read_claimed_until": None, "read_problem": ""}
    AdAccount.objects.filter(pk=account.pk).update(**columns)
    ads_notices.forget_account(account)


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
