"""Plants the demonstration in an empty database: agency, user, clients, numbers and, in the sandbox, their WhatsApps.

Goes through the domain's functions where they exist. With a real gateway it plants no connection at all.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from agency.models import Agency, Client, Membership, User
from connections import events
from connections.models import WhatsAppConnection
from connections.sandbox.store import Store
from connections.services import connection_of
from connections.states import Reason, Status
from connections.webhooks import registration
from reports import planning
from reports.balances import record_reading
from reports.choices import AccountState, CredentialKind, Platform
from reports.demo import (
    CLIENTS,
    DEMO_AGENCY,
    DEMO_AGENCY_PHONE,
    DEMO_EMAIL,
    DEMO_NAME,
    DEMO_PASSWORD,
    DemoAccount,
    DemoClient,
    fill_metrics,
)
from reports.models import AdAccount, AdsCredential, ListedAccount, Recipient
from reports.sandbox.accounts import account_of, demo_ids

#: Since when the connected numbers have been connected, one after the other.
_CONNECTED_DAYS = (92, 12, 41, 26)
_FELL_BEFORE = timedelta(hours=2)
#: How much of the past is read from the ads sandbox.
_HISTORY = timedelta(days=180)
_ACCESSES = (
    (CredentialKind.META_SYSTEM_USER, {"token": "sandbox-meta-system-demo"}),
    (CredentialKind.GOOGLE_OAUTH, {"refresh_token": "sandbox-google-demo"}),
)


@dataclass(frozen=True, slots=True)
class Seeded:
    agency: Agency
    is_new: bool


def seed(now: datetime | None = None) -> Seeded:
    """The demonstration, made if it is not there yet. All of it is one transaction; the sandbox comes last in it."""
    now = now or timezone.now()
    known = User.objects.filter(email=DEMO_EMAIL).select_related("membership__agency").first()
    if known is not None:
        return Seeded(known.membership.agency, is_new=False)
    with transaction.atomic():
        agency = _agency()
        clients = [(_client(agency, written, now), written) for written in CLIENTS]
        fill_metrics(now)
        if settings.ADS_API_IS_SANDBOX:
            _connect_ads(agency, now)
        if settings.EVOLUTION_IS_SANDBOX:
            _connect_all(agency, clients, now)
    return Seeded(agency, is_new=True)


def _agency() -> Agency:
    agency = Agency.objects.create(name=DEMO_AGENCY)
    user = User.objects.create_user(DEMO_EMAIL, DEMO_PASSWORD, name=DEMO_NAME)
    EmailAddress.objects.create(user=user, email=DEMO_EMAIL, verified=True, primary=True)
    Membership.objects.create(user=user, agency=agency, role=Membership.Role.OWNER)
    return agency


def _client(agency: Agency, written: DemoClient, now: datetime) -> Client:
    client = Client.objects.create(
        agency=agency,
        name=written.name,
        email=written.email,
        use_agency_number=written.use_agency_number,
        is_demo=True,
    )
    for account in written.accounts:
        _account(client, account, now)
    for number, (name, phone) in enumerate(written.recipients):
        Recipient.objects.create(client=client, name=name, phone=phone, gets_alerts=number == 0)
    planning.settings_of(client)
    planning.save_settings(client, {"active": True}, now)
    return client


def _account(client: Client, written: DemoAccount, now: datetime) -> None:
    account = AdAccount.objects.create(
        client=client,
        platform=written.platform,
        external_id=written.external_id,
        name=written.name,
        alert_enabled=written.threshold is not None,
        alert_threshold=written.threshold,
        **written.alerts,
    )
    record_reading(account, written.balance, written.source, now)


def _connect_ads(agency: Agency, now: datetime) -> None:
    """Accesses to the ads sandbox, which tells the same numbers: from now on they are read there."""
    for kind, keys in _ACCESSES:
        platform = Platform.GOOGLE if kind is CredentialKind.GOOGLE_OAUTH else Platform.META
        access = AdsCredential(agency=agency, platform=platform, kind=kind, holder=DEMO_AGENCY)
        access.keys, access.tested_at, access.listed_at = keys, now, now
        access.save()
        listed = [account_of(platform, external_id) for external_id in demo_ids(platform)]
        ListedAccount.objects.bulk_create(
            ListedAccount(
                credential=access,
                external_id=account.external_id,
                name=account.name,
                currency=account.currency,
                time_zone=account.time_zone,
                state=AccountState.ACTIVE,
            )
            for account in listed
        )
        accounts = AdAccount.objects.filter(client__agency=agency, platform=platform)
        accounts.update(credential=access, next_read_at=now, history_from=(now - _HISTORY).date())


def _connect_all(agency: Agency, clients: list[tuple[Client, DemoClient]], now: datetime) -> None:
    store = Store(settings.SANDBOX_DIR / "sandbox.sqlite3")
    try:
        _connect(store, connection_of(agency), DEMO_AGENCY_PHONE, DEMO_AGENCY, now - timedelta(days=120))
        days = iter(_CONNECTED_DAYS)
        for client, written in clients:
            if written.state == "connected":
                since = now - timedelta(days=next(days))
                _connect(store, connection_of(agency, client), written.phone, written.profile_name, since)
            elif written.state == "fallen":
                _fall(connection_of(agency, client), written, now)
    finally:
        store.close()


def _connect(store: Store, row: WhatsAppConnection, phone: str, profile_name: str, since: datetime) -> None:
    row.token = str(uuid.uuid4()).upper()
    webhook = registration.webhook_of(row).as_json()
    row.instance_id = store.create_instance(row.instance_name, row.token, webhook=webhook)
    row.webhook_checked_at, row.webhook_base = since, settings.WEBHOOK_URL
    instance = store.scan(row.instance_name, phone, profile_name)
    row.status, row.reason = Status.CONNECTED, Reason.NONE
    row.phone, row.profile_name, row.jid = phone, profile_name, instance.owner_jid
    row.has_session, row.connected_at, row.last_seen_at = True, since, timezone.now()
    row.save()
    events.record_status(row, events.SYSTEM, at=since)


def _fall(row: WhatsAppConnection, written: DemoClient, now: datetime) -> None:
    """Its device was removed on the phone; the gateway holds no instance of it any more."""
    row.status, row.reason = Status.DISCONNECTED, Reason.LOGGED_OUT
    row.phone, row.profile_name = written.phone, written.profile_name
    row.connected_at, row.disconnected_at = now - timedelta(days=60), now - _FELL_BEFORE
    row.save()
    events.record_status(row, events.WHATSAPP, at=row.disconnected_at)
