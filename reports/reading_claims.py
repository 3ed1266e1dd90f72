"""Which ad accounts are read now, and by whom: a claim in the account's row, taken for several at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from reports.choices import CredentialState
from reports.models import AdAccount

#: Longer than a batch can take where each call runs into its timeout; after that its worker is gone.
CLAIM = timedelta(minutes=15)
BATCH = 10
#: Work for one ring; more that is due is rung for by so many rings at once, so that sending keeps most threads.
PER_RING = 25
MOST_RINGS = 8


def due(now: datetime) -> QuerySet[AdAccount]:
    """Accounts in service that are to be read, through an access that lives and is not paused."""
    free = Q(read_claimed_until=None) | Q(read_claimed_until__lt=now)
    unpaused = Q(credential__paused_until=None) | Q(credential__paused_until__lte=now)
    return AdAccount.objects.filter(
        free,
        unpaused,
        next_read_at__lte=now,
        credential__state=CredentialState.ALIVE,
        client__archived_at=None,
    )


def rings(now: datetime) -> int:
    """How many rings the due accounts are worth."""
    waiting = len(due(now).values_list("pk")[: PER_RING * MOST_RINGS])
    return -(-waiting // PER_RING)


def claim(now: datetime, most: int = BATCH) -> list[AdAccount]:
    """Take the longest due accounts, with their client, its settings and the access at hand; [] where none is free.

    Two workers at once take different ones: each passes over rows that the other has locked (SQLite has one writer).
    """
    with transaction.atomic():
        rows = due(now).select_related("client__agency", "client__report_settings", "credential")
        rows = rows.defer("credential__secret")  # one that cannot be deciphered fails its own accounts alone
        taken = list(rows.select_for_update(skip_locked=True, of=("self",)).order_by("next_read_at")[:most])
        until = now + CLAIM
        AdAccount.objects.filter(pk__in=[account.pk for account in taken]).update(read_claimed_until=until)
    for account in taken:
        account.read_claimed_until = until
    return taken


def release(accounts: Iterable[AdAccount]) -> None:
    """Give back what was claimed and not read; what somebody else has by now stays."""
    by_claim: dict[datetime | None, list[uuid.UUID]] = {}
    for account in accounts:
        by_claim.setdefault(account.read_claimed_until, []).append(account.pk)
    for until, keys in by_claim.items():
        AdAccount.objects.filter(pk__in=keys, read_claimed_until=until).update(read_claimed_until=None)


def write(account: AdAccount, **columns: object) -> bool:
    """Store what a visit brought and end its claim; False where the claim was lost, and then nothing is written."""
    held = AdAccount.objects.filter(pk=account.pk, read_claimed_until=account.read_claimed_until)
    return held.update(read_claimed_until=None, **columns) == 1
