"""Accesses to ad platforms: given, tested, listed, taken back. Calls the platform, and never inside a transaction."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from agency.models import Agency, User
from reports import ads_notices, read_failures
from reports.ads import readers
from reports.ads.errors import AdsError, Remedy
from reports.ads.readings import Account, Holder
from reports.choices import CredentialKind, CredentialState, Platform
from reports.models import AdAccount, AdsCredential, ListedAccount

logger = logging.getLogger(__name__)

LIST_AGAIN_AFTER = timedelta(hours=24)
_PER_RING = 20


def connect(
    agency: Agency,
    kind: CredentialKind,
    keys: Mapping[str, str],
    *,
    login_customer_id: str = "",
    by: User | None = None,
    replaces: AdsCredential | None = None,
) -> AdsCredential:
    """Test an access, and keep it with the accounts that it can read; nothing is kept of one that does not work.

    `keys` are the adapter's, as pasted: what is white in them goes. `replaces` is renewed in its place, so that its
    accounts go on with the new one. Raises AdsError, and ValueError for a credential of another agency or platform.
    """
    platform = Platform.GOOGLE if kind is CredentialKind.GOOGLE_OAUTH else Platform.META
    if replaces is not None and (replaces.agency_id, replaces.platform) != (agency.pk, platform):
        raise ValueError("An access is renewed by one of the same agency and platform.")
    credential = replaces or AdsCredential(agency=agency, platform=platform, created_by=by)
    credential.kind, credential.login_customer_id = kind, re.sub(r"\D", "", login_customer_id)
    credential.keys = {name: re.sub(r"\s", "", value) for name, value in keys.items() if value.strip()}
    with closing(readers.reader_for(credential)) as reader:
        holder, accounts = reader.holder(), reader.accounts()
    _keep(credential, holder, accounts, timezone.now())
    return credential


@transaction.atomic
def _keep(credential: AdsCredential, holder: Holder, accounts: list[Account], now: datetime) -> None:
    credential.holder, credential.expires_at = holder.name[:120], holder.expires_at
    credential.state, credential.problem = CredentialState.ALIVE, ""
    credential.tested_at, credential.paused_until = now, None
    credential.save()
    _keep_list(credential, accounts, now)
    AdAccount.objects.filter(credential=credential).update(next_read_at=now, read_problem="", read_failures=0)
    ads_notices.credential_back(credential)


def _keep_list(credential: AdsCredential, accounts: list[Account], now: datetime) -> None:
    """What it can read now, in two statements; what it can read no more goes from the list, not from the clients."""
    ListedAccount.objects.bulk_create(
        (
            ListedAccount(
                credential=credential,
                external_id=account.external_id,
                name=account.name[:200] or account.external_id,
                currency=account.currency,
                time_zone=account.time_zone,
                state=account.state,
                via=account.via,
            )
            for account in accounts
        ),
        update_conflicts=True,
        unique_fields=["credential", "external_id"],
        update_fields=["name", "currency", "time_zone", "state", "via"],
        batch_size=500,
    )
    ListedAccount.objects.filter(credential=credential).exclude(
        external_id__in=[account.external_id for account in accounts]
    ).delete()
    AdsCredential.objects.filter(pk=credential.pk).update(listed_at=now)
    credential.listed_at = now


def list_again(credential: AdsCredential) -> int:
    """Ask the platform anew which accounts the access can read; how many. Raises AdsError."""
    try:
        with closing(readers.reader_for(credential)) as reader:
            accounts = reader.accounts()
    except AdsError as error:
        read_failures.stops(credential, error, timezone.now())
        raise
    with transaction.atomic():
        _keep_list(credential, accounts, timezone.now())
    return len(accounts)


def test_again(credential: AdsCredential) -> int:
    """See whether an access works, as a person asks: one that is alive lists its accounts again, a dead one is given
    another chance with the same keys. How many accounts it lists. Raises AdsError, without a call while it pauses."""
    now = timezone.now()
    if credential.paused_until is not None and credential.paused_until > now:
        raise AdsError(Remedy.THROTTLED, "paused", wait=credential.paused_until - now)
    if not credential.is_alive:
        kind, manager = CredentialKind(credential.kind), credential.login_customer_id
        connect(credential.agency, kind, credential.keys, login_customer_id=manager, replaces=credential)
        return ListedAccount.objects.filter(credential=credential).count()
    return list_again(credential)


def list_due(now: datetime | None = None) -> int:
    """List again what was not listed for a day; how many accesses that were."""
    now = now or timezone.now()
    old = Q(listed_at=None) | Q(listed_at__lt=now - LIST_AGAIN_AFTER)
    unpaused = Q(paused_until=None) | Q(paused_until__lte=now)
    found = AdsCredential.objects.filter(old, unpaused, state=CredentialState.ALIVE).select_related("agency")
    listed = 0
    for credential in found.order_by(F("listed_at").asc(nulls_first=True))[:_PER_RING]:
        try:
            list_again(credential)
            listed += 1
        except AdsError as error:
            logger.warning("accounts of access %s not listed: %s", credential.pk, error)
            _put_off(credential, now)
        except Exception:
            # One that cannot even be deciphered must not keep all others from being listed.
            logger.exception("accounts of access %s not listed", credential.pk)
            _put_off(credential, now)
    return listed


def _put_off(credential: AdsCredential, now: datetime) -> None:
    """Try again in an hour, and not with every ring."""
    AdsCredential.objects.filter(pk=credential.pk).update(listed_at=now - LIST_AGAIN_AFTER + timedelta(hours=1))


@transaction.atomic
def disconnect(credential: AdsCredential) -> None:
    """Forget an access. Its clients' accounts keep their numbers and are read no more."""
    AdAccount.objects.filter(credential=credential).update(
        credential=None, next_read_at=None, read_claimed_until=None, read_problem=""
    )
    ads_notices.forget_credential(credential)
    credential.delete()
