"""Daily numbers out of the database, as rows of an account and a day. Writes nothing; `storing` does that."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from django.db.models import FilteredRelation, Q

from reports.choices import CredentialState, Family, Platform
from reports.day_numbers import StoredResults, with_file_purchases, with_results
from reports.gathered import AccountKey, Reading
from reports.metrics import STORED, Sums
from reports.models import AdAccount
from reports.periods import Days

_NUMBERS = tuple(f"read__{name}" for name in STORED)
_OF_ACCOUNT = ("client", "pk", "name", "platform", "currency", "credential__state", "covered_until", "days_read_at")
_REACH = ("reach", "reach_since", "reach_until")


class Row(NamedTuple):
    """One account on one day; `day` None stands for an account without any day of those asked for."""

    account: AccountKey
    day: date | None
    numbers: Sums


class Found(NamedTuple):
    """What was read of one client."""

    rows: list[Row]
    readings: tuple[Reading, ...]


def read(families: Mapping[uuid.UUID, Family | None], days: Days, base: Days | None) -> dict[uuid.UUID, Found]:
    """All accounts of these clients with their numbers of these days, in one query; an account without any has a row
    too. `families` says for each client what counts as conversions in Meta's numbers; None: what is stored, which is
    the client's choice."""
    wanted = Q(daily_metrics__date__range=(days.first, days.last))
    if base is not None:
        wanted |= Q(daily_metrics__date__range=(base.first, base.last))
    accounts = AdAccount.objects.filter(client__in=families)
    if len(families) > 1:  # said twice: by its own index of clients and days, and not by way of each account
        wanted &= Q(daily_metrics__client__in=families)
    found = (
        accounts.annotate(read=FilteredRelation("daily_metrics", condition=wanted))
        .order_by("name", "pk", "read__date")
        .values_list(*_OF_ACCOUNT, *_REACH, "read__date", "read__results", *_NUMBERS)
    )
    rows: dict[uuid.UUID, list[Row]] = {client: [] for client in families}
    readings: dict[uuid.UUID, list[Reading]] = {client: [] for client in families}
    key = AccountKey(uuid.UUID(int=0), "", Platform.META, "")
    for client, pk, name, platform, currency, access, covered, read_at, *rest in found.iterator():
        if pk != key.pk:
            key = AccountKey(pk, name, Platform(platform), currency, tuple(rest[:3]))
            if access is not None:
                readings[client].append(Reading(key, access == CredentialState.ALIVE, covered, read_at))
        day, results, *numbers = rest[3:]
        rows[client].append(Row(key, day, _sums(Sums(*numbers), platform, results, families[client])))
    return {client: Found(rows[client], tuple(readings[client])) for client in families}


def _sums(stored: Sums, platform: str, results: StoredResults | None, family: Family | None) -> Sums:
    """A day's numbers with what the settings at hand count as conversions, which need not be stored yet."""
    if family is None or platform != Platform.META:
        return stored
    if not results:
        return with_file_purchases(stored, family=family)
    return with_results(stored, results, platform=Platform.META, family=family)
