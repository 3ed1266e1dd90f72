"""Unstable and restricted: by what became of the sends since a number was opened, and nothing leaves through either."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency
from connections import delivery, health, receipts, services
from connections.models import ConnectionEvent, Message, MessageStatus, WhatsAppConnection
from connections.observation import Outcomes
from connections.states import Status
from tests.connections.conftest import Gateway
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.django_db
S = MessageStatus
ONE, TWO = "+5531987650001", "+5531987650002"


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency, name="Moda Ipê"))


def make_sent(own: WhatsAppConnection, minutes: int, to: str = ONE, **fields: Any) -> Message:
    """Handed to WhatsApp so many minutes ago."""
    facts = {"status": S.SENT, "awaits_receipt": True, "sent_at": timezone.now() - timedelta(minutes=minutes)}
    return make_message(client=own.client, to=to, **({"connection": own} | facts | fields))


def outcomes(own: WhatsAppConnection) -> Outcomes:
    return health.outcomes_of([own], timezone.now())[own.pk]


def ago(minutes: int) -> Any:
    return timezone.now() - timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("sent", "stuck"),
    [
        ([], 0),
        ([(30, ONE, {}), (25, TWO, {})], 2),
        ([(30, ONE, {}), (25, ONE, {})], 1),
        ([(30, ONE, {}), (10, TWO, {})], 1),
        ([(30, ONE, {}), (25, TWO, {"awaits_receipt": False})], 1),
        ([(30, ONE, {}), (25, TWO, {}), (5, TWO, {"status": S.READ, "delivered_at": ago(4)})], 0),
        ([(30, ONE, {}), (25, TWO, {}), (60, TWO, {"status": S.DELIVERED, "delivered_at": ago(59)})], 2),
        ([(60 * 25, ONE, {}), (60 * 25, TWO, {})], 0),
        ([(60 * 24 * 4, ONE, {}), (60 * 24 * 4, TWO, {})], 0),
    ],
    ids=[
        *("nothing sent", "two people", "one phone is off", "one is young", "a group", "arrived since"),
        *("arrived before", "forgotten", "of an earlier opening"),
    ],
)
def test_outcomes(own: WhatsAppConnection, sent: list[tuple[int, str, dict[str, Any]]], stuck: int) -> None:
    for minutes, to, fields in sent:
        make_sent(own, minutes, to, **fields)

    assert outcomes(own) == Outcomes(stuck=stuck)


def test_what_was_stuck_before_it_was_opened_anew_does_not_count(own: WhatsAppConnection) -> None:
    make_sent(own, 30, ONE)
    make_sent(own, 25, TWO)
    WhatsAppConnection.objects.update(connected_at=ago(20))
    own.refresh_from_db()

    assert outcomes(own) == Outcomes()


def test_a_number_that_delivers_nothing_is_not_used_until_it_does(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    stuck = [make_sent(own, 30, ONE, external_id="3EB0A"), make_sent(own, 25, TWO, external_id="3EB0B")]
    gateway.state(own.instance_name, "open")
    connected_at = own.connected_at
    services.refresh(agency, own.client)
    own.refresh_from_db()
    assert (own.status, own.reason, own.connected_at) == (Status.UNSTABLE, "nothing_arrives", connected_at)

    sends = gateway.send(agencys)
    message = make_message(client=own.client, to=ONE)
    delivery.deliver(message.pk)
    assert (Message.objects.get(pk=message.pk).by_agency_number, sends.call_count) == (True, 1)

    receipts.note(own.pk, str(stuck[0].external_id), "DELIVERY_ACK", timezone.now())
    services.refresh(agency, own.client)
    own.refresh_from_db()
    assert (own.status, own.reason) == (Status.CONNECTED, "")
    words = list(ConnectionEvent.objects.order_by("pk").values_list("status", flat=True))
    assert words == ["unstable", "connected"]


def test_a_refused_number_is_restricted_until_its_pause_is_over(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway, as_owner: Browser
) -> None:
    make_connection(agency=agency)
    make_sent(own, 1, external_id="3EB0A")
    receipts.note(own.pk, "3EB0A", "ERROR", timezone.now())

    own.refresh_from_db()
    assert (own.status, own.reason) == (Status.RESTRICTED, "sends_paused")
    page = as_owner.get(reverse("agency:client_list")).content.decode()
    assert "Restrito" in page
    assert "O WhatsApp pausou este número." in page
    gateway.state(own.instance_name, "open")
    services.refresh(agency, own.client)
    own.refresh_from_db()
    assert own.status == Status.RESTRICTED

    WhatsAppConnection.objects.filter(pk=own.pk).update(paused_until=ago(0))
    services.refresh(agency, own.client)
    own.refresh_from_db()
    assert own.status == Status.CONNECTED


def test_a_delivery_is_noted_now_and_then(own: WhatsAppConnection) -> None:
    now = timezone.now()

    health.note_delivery(own.pk, now)
    health.note_delivery(own.pk, now + timedelta(minutes=4))
    own.refresh_from_db()
    assert own.delivered_at == now

    health.note_delivery(own.pk, now + timedelta(minutes=6))
    own.refresh_from_db()
    assert own.delivered_at == now + timedelta(minutes=6)


@pytest.mark.parametrize("status", ["unstable", "restricted"])
def test_pages_say_what_is_wrong_and_what_to_do(agency: Agency, as_owner: Browser, status: str) -> None:
    reason = {"unstable": "nothing_arrives", "restricted": "sends_paused"}[status]
    client = make_client(agency=agency)
    own = make_connection(
        agency=agency, client=client, status=status, reason=reason, paused_until=ago(-30), connected_at=ago(60)
    )
    make_connection(agency=agency, status=status, reason=reason, paused_until=ago(-30), connected_at=ago(60))

    for page in (reverse("agency:client", args=[client.pk]), reverse("connections:index")):
        shown = as_owner.get(page).content.decode()
        assert own.get_reason_display() in shown
        assert own.next_step in shown
    assert "desconectados" in as_owner.get(reverse("agency:client_list"), {"estado": "desconectados"}).content.decode()
