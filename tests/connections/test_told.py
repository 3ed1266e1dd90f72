"""A dialog that asks right after a webhook had the state read is answered from the database, and for moments only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client, User
from connections import links, services
from connections.models import WebhookEvent, WhatsAppConnection
from connections.pairing_rules import is_up_to_date
from connections.states import Reason, Status
from connections.webhooks.work import work
from tests.connections.conftest import Gateway
from tests.factories import make_agency, make_client, make_connection

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOON - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("told_at", "pairing_since", "qr_at", "expected"),
    [
        (None, None, None, False),
        (ago(0), None, None, True),
        (ago(10), None, None, True),
        (ago(10.1), None, None, False),
        (ago(3), ago(20), ago(18), True),
        (ago(3), ago(20), None, False),  # the QR is awaited: only asking brings it
        (ago(3), ago(20), ago(300), False),  # the QR of an earlier pairing
        (ago(3), ago(2), ago(1), False),  # begun after what was told
        (ago(3), ago(80), ago(45), True),
        (ago(3), ago(80), ago(45.1), False),  # the QR has run out: only asking renews it
    ],
)
def test_when_the_stored_state_may_be_shown(
    told_at: datetime | None, pairing_since: datetime | None, qr_at: datetime | None, expected: bool
) -> None:
    assert is_up_to_date(told_at, NOON, pairing_since=pairing_since, qr_at=qr_at) is expected


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency)


@pytest.fixture
def own(agency: Agency, client: Client) -> WhatsAppConnection:
    """A number whose QR is on the screen."""
    now = timezone.now()
    moments = {"pairing_since": now - timedelta(seconds=20), "qr_at": now - timedelta(seconds=15)}
    seen = {"last_seen_at": now - timedelta(seconds=15), "qr_code": "2@abc,def,ghi,jkl"}
    state = {"status": Status.AWAITING_SCAN, "reason": Reason.NONE, "phone": ""}
    return make_connection(agency=agency, client=client, **state, **moments, **seen)


def poll(browser: Browser, client: Client) -> HttpResponse:
    return browser.get(reverse("connections:qr_status", args=[client.pk]), headers=HTMX)


def tell(own: WhatsAppConnection) -> None:
    WebhookEvent.objects.create(connection=own, event="CONNECTION_UPDATE", data={"state": "connecting"})
    assert work() == 1


def test_a_webhook_spares_the_dialog_its_calls(
    own: WhatsAppConnection, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    state = gateway.state(own.instance_name, "connecting")
    gateway.connect(own.instance_name, code=own.qr_code)
    tell(own)
    asked = len(gateway.http.calls)

    shown = poll(as_owner, client)

    assert (len(gateway.http.calls) - asked, shown.status_code) == (0, 200)
    assert "<svg" in shown.content.decode()
    assert 'hx-trigger="' in shown.content.decode()  # and it goes on asking
    WhatsAppConnection.objects.update(told_at=timezone.now() - timedelta(seconds=11))
    poll(as_owner, client)
    assert state.call_count == 2


def test_such_a_poll_takes_four_queries(
    own: WhatsAppConnection, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    WhatsAppConnection.objects.update(told_at=timezone.now())

    with CaptureQueriesContext(database) as taken:
        poll(as_owner, client)

    assert len(taken) <= 4, "\n".join(query["sql"] for query in taken)
    assert len(gateway.http.calls) == 0


def test_what_a_webhook_told_of_a_scan_ends_the_dialog(
    own: WhatsAppConnection, client: Client, as_owner: Browser, gateway: Gateway
) -> None:
    gateway.state(own.instance_name, "open")
    gateway.instance(own.instance_name)
    tell(own)
    asked = len(gateway.http.calls)

    shown = poll(as_owner, client)

    assert len(gateway.http.calls) == asked
    assert "dialog-close" in shown["HX-Trigger"]


def test_a_number_that_was_told_of_is_still_only_its_agencys(
    own: WhatsAppConnection, client: Client, as_stranger: Browser
) -> None:
    WhatsAppConnection.objects.update(told_at=timezone.now())

    assert poll(as_stranger, client).status_code == 404
    assert services.told(make_agency(), client.pk) is None


def test_an_archived_client_is_gone_whatever_was_told(
    own: WhatsAppConnection, client: Client, as_owner: Browser
) -> None:
    WhatsAppConnection.objects.update(told_at=timezone.now())
    Client.objects.update(archived_at=timezone.now())

    assert poll(as_owner, client).status_code == 404


def test_the_agencys_own_number_is_not_a_clients(
    own: WhatsAppConnection, agency: Agency, client: Client, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency, told_at=timezone.now())

    found: Any = services.told(agency)

    assert found == agencys
    assert services.told(agency, client.pk) is None


def test_the_clients_page_is_spared_them_too(
    own: WhatsAppConnection, client: Client, owner: User, gateway: Gateway
) -> None:
    WhatsAppConnection.objects.update(told_at=timezone.now())
    link = links.make(client, owner)

    shown = links.refresh(link)

    assert (shown.pk, len(gateway.http.calls)) == (own.pk, 0)


def test_a_reading_that_failed_tells_nothing(own: WhatsAppConnection, gateway: Gateway) -> None:
    gateway.http.add("GET", f"http://evolution.test/instance/connectionState/{own.instance_name}", status=500)
    tell(own)

    own.refresh_from_db()
    assert own.told_at is None
