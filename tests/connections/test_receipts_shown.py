"""What a person sees of receipts: "Entregue", "Lido", and "Sem entrega" where ten minutes brought none that was due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client
from connections import delivery
from connections.models import Message, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.doubtful import JID, TO
from tests.connections.hooks import SECRET, event, post
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.django_db
GROUP = "5531987654321-1400000000@g.us"


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def own(agency: Agency, client: Client) -> WhatsAppConnection:
    checked = timezone.now() - timedelta(hours=1)
    return make_connection(agency=agency, client=client, webhook_checked_at=checked)


def make_sent(client: Client, minutes: int, **fields: Any) -> Message:
    facts = {"status": "sent", "awaits_receipt": True, "sent_at": timezone.now() - timedelta(minutes=minutes)}
    return make_message(client=client, **(facts | fields))


def page_of(browser: Browser, client: Client, **query: str) -> str:
    return browser.get(reverse("agency:client", args=[client.pk]), query).content.decode()


def cards(browser: Browser) -> str:
    return browser.get(reverse("agency:client_list")).content.decode()


@pytest.mark.parametrize(
    ("minutes", "fields", "is_late"),
    [
        (11, {}, True),
        (60 * 24, {}, True),
        (9, {}, False),
        (11, {"awaits_receipt": False}, False),
        (11, {"status": "delivered"}, False),
        (11, {"status": "read"}, False),
    ],
)
def test_what_is_late_says_so_on_card_and_history(
    as_owner: Browser, client: Client, own: WhatsAppConnection, minutes: int, fields: dict[str, Any], is_late: bool
) -> None:
    make_sent(client, minutes, **fields)

    assert ("Sem entrega" in cards(as_owner)) is is_late
    assert ("Sem entrega" in page_of(as_owner, client)) is is_late
    assert ("Sem entrega" in page_of(as_owner, client, historico="problema")) is is_late
    csv = b"".join(as_owner.get(reverse("agency:clients_csv")).streaming_content)  # type: ignore[attr-defined]
    assert ("Sem entrega" in csv.decode()) is is_late


def test_pages_ask_again_while_a_receipt_may_come(as_owner: Browser, client: Client, own: WhatsAppConnection) -> None:
    message = make_sent(client, 9)
    assert ", every 15s" in page_of(as_owner, client)
    assert 'hx-trigger="every 30s"' in cards(as_owner)

    Message.objects.filter(pk=message.pk).update(sent_at=timezone.now() - timedelta(minutes=11))
    assert ", every 15s" not in page_of(as_owner, client)
    assert 'hx-trigger="every 30s"' not in cards(as_owner)


def test_the_history_tells_when_it_was_delivered_and_read(
    as_owner: Browser, client: Client, own: WhatsAppConnection
) -> None:
    at = timezone.now().replace(hour=15, minute=7) - timedelta(days=2)
    read_at = at + timedelta(minutes=4)
    make_sent(client, 0, status="read", sent_at=at - timedelta(minutes=3), delivered_at=at, read_at=read_at)

    page = page_of(as_owner, client)

    assert "Lido" in page
    local = [moment.astimezone(client.zone).strftime("%H:%M") for moment in (at, read_at)]
    assert f"{local[0]}, lido " in page
    assert f"{local[1]}." in page


@pytest.mark.parametrize(
    ("to", "told", "awaits"),
    [(TO, True, True), (TO, False, False), (GROUP, True, False)],
    ids=["a person", "no webhook", "a group"],
)
def test_a_receipt_is_awaited_where_the_webhook_told_of_the_send(
    agency: Agency, client: Client, gateway: Gateway, to: str, told: bool, awaits: bool
) -> None:
    """A webhook that never arrives must not make all messages of all clients "Sem entrega"; groups have no receipts."""
    own = make_connection(agency=agency, client=client, webhook_secret=SECRET, webhook_checked_at=timezone.now())
    jid = GROUP if to == GROUP else JID
    gateway.send(own, status=201, json={"key": {"remoteJid": jid, "fromMe": True, "id": "3EB0A"}, "status": "PENDING"})
    message = make_message(client=client, to=to)
    delivery.deliver(message.pk)

    if told:
        key = {"id": "3EB0A", "fromMe": True, "remoteJid": jid}
        data = {"key": key, "message": {"conversation": message.body}, "messageTimestamp": 1795502308}
        assert post(own, event("send.message", data)).status_code == 204

    assert Message.objects.values_list("status", "awaits_receipt").get(pk=message.pk) == ("sent", awaits)
