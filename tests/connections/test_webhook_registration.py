"""The gateway calls our door from an instance's birth on, and is told again where that was lost."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.conf import settings as conf
from django.utils import timezone

from agency.models import Agency
from connections import services
from connections.models import WhatsAppConnection
from connections.webhooks import registration
from connections.webhooks.reduction import EVENTS
from tests.connections.conftest import Gateway
from tests.connections.hooks import post, spoil_secret, state
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection

pytestmark = pytest.mark.django_db
OLD = timedelta(hours=7)


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency), webhook_secret="s3cr3t")


def found(own: WhatsAppConnection, **changed: Any) -> dict[str, Any]:
    """The gateway's row, as it was recorded, of a webhook that is right but for what is changed."""
    row = recorded("webhook.json", "find")["json"]
    block = registration.webhook_of(own).as_json()
    return {**row, "url": block["url"], "headers": block["headers"], "events": block["events"], **changed}


def stub(gateway: Gateway, own: WhatsAppConnection, row: Any) -> Any:
    url = f"{conf.EVOLUTION_API_URL}/webhook/find/{own.instance_name}"
    gateway.http.add("GET", url, json=row)
    return None


def stub_set(gateway: Gateway, own: WhatsAppConnection) -> Any:
    url = f"{conf.EVOLUTION_API_URL}/webhook/set/{own.instance_name}"
    return gateway.http.add("POST", url, **recorded("webhook.json", "set ok"))


def test_an_instance_is_created_with_its_webhook(agency: Agency, gateway: Gateway, settings: LazySettings) -> None:
    settings.WEBHOOK_URL = "http://adscape:8000"
    create = gateway.create()
    client = make_client(agency=agency)
    name = services.instance_name(client)
    gateway.connect(name)

    services.connect(agency, client)

    connection = WhatsAppConnection.objects.get(client=client)
    block = json.loads(create.calls[0].request.body)["webhook"]
    assert block == {
        "enabled": True,
        "url": f"http://adscape:8000/webhooks/evolution/{connection.pk}/",
        "byEvents": False,
        "base64": False,
        "headers": {"authorization": f"Bearer {connection.webhook_secret}"},
        "events": sorted(EVENTS),
    }
    assert len(connection.webhook_secret) >= 32
    assert connection.webhook_checked_at is not None


def test_one_that_is_right_is_left_alone(own: WhatsAppConnection, gateway: Gateway) -> None:
    stub(gateway, own, found(own))

    assert registration.repair() == 0
    own.refresh_from_db()
    assert own.webhook_checked_at is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"url": "http://outro/hook"},
        {"url": ""},
        {"headers": {"authorization": "Bearer velho"}},
        {"headers": None},
        {"enabled": False},
        {"webhookByEvents": True},
        {"events": ["CONNECTION_UPDATE"]},
        {"events": None},
    ],
)
def test_one_that_is_wrong_is_set(own: WhatsAppConnection, gateway: Gateway, changed: dict[str, Any]) -> None:
    stub(gateway, own, found(own, **changed))
    again = stub_set(gateway, own)

    assert registration.repair() == 1
    sent = json.loads(again.calls[0].request.body)["webhook"]
    assert sent == registration.webhook_of(own).as_json()


def test_one_that_was_never_there_gets_a_secret_too(own: WhatsAppConnection, gateway: Gateway) -> None:
    WhatsAppConnection.objects.update(webhook_secret="")
    stub(gateway, own, None)
    again = stub_set(gateway, own)

    assert registration.repair() == 1
    own.refresh_from_db()
    assert own.webhook_secret
    assert json.loads(again.calls[0].request.body)["webhook"]["headers"] == {
        "authorization": f"Bearer {own.webhook_secret}"
    }


def test_one_that_was_looked_at_lately_is_not_asked_for(own: WhatsAppConnection, gateway: Gateway) -> None:
    now = timezone.now()
    WhatsAppConnection.objects.update(webhook_checked_at=now - timedelta(hours=5), webhook_base=conf.WEBHOOK_URL)

    assert (registration.repair(), len(gateway.http.calls)) == (0, 0)


def test_a_new_address_of_ours_is_told_at_once(
    own: WhatsAppConnection, gateway: Gateway, settings: LazySettings
) -> None:
    WhatsAppConnection.objects.update(webhook_checked_at=timezone.now(), webhook_base=settings.WEBHOOK_URL)
    stub(gateway, own, found(own))
    settings.WEBHOOK_URL = "http://new-home:8000"
    again = stub_set(gateway, own)

    assert registration.repair() == 1
    assert json.loads(again.calls[0].request.body)["webhook"]["url"].startswith("http://new-home:8000/")
    assert registration.repair() == 0


def test_a_connection_that_is_not_at_the_gateway_is_not_asked_for(agency: Agency, gateway: Gateway) -> None:
    make_connection(agency=agency, instance_id="", status="disconnected")

    assert (registration.repair(), len(gateway.http.calls)) == (0, 0)


def test_one_that_fails_keeps_no_other_from_being_repaired(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    other = make_connection(agency=agency, client=make_client(agency=agency), webhook_checked_at=timezone.now() - OLD)
    url = f"{conf.EVOLUTION_API_URL}/webhook/find/"
    gateway.http.add("GET", url + own.instance_name, status=500, json={"status": 500})
    stub(gateway, other, None)
    stub_set(gateway, other)

    assert registration.repair() == 1
    own.refresh_from_db()
    assert own.webhook_checked_at is None


def test_one_that_fails_gives_way_to_those_behind_it(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than a run looks at must not keep all others from being looked at, in no run at all."""
    monkeypatch.setattr(registration, "BATCH", 1)
    other = make_connection(agency=agency, client=make_client(agency=agency), webhook_checked_at=timezone.now() - OLD)
    url = f"{conf.EVOLUTION_API_URL}/webhook/find/"
    asked = gateway.http.add("GET", url + own.instance_name, status=500, json={"status": 500})
    stub(gateway, other, None)
    stub_set(gateway, other)
    now = timezone.now()

    assert [registration.repair(now + timedelta(minutes=minute)) for minute in range(3)] == [0, 1, 0]
    assert asked.call_count == 1
    registration.repair(now + timedelta(minutes=11))
    assert asked.call_count == 2


def test_one_that_the_gateway_does_not_know_any_more_is_not_asked_for(agency: Agency, gateway: Gateway) -> None:
    make_connection(agency=agency, status="disconnected", reason="instance_missing")

    assert (registration.repair(), len(gateway.http.calls)) == (0, 0)


def test_a_secret_that_cannot_be_read_keeps_no_other_from_being_repaired(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    spoil_secret(own)
    other = make_connection(agency=agency, client=make_client(agency=agency), webhook_checked_at=timezone.now() - OLD)
    WhatsAppConnection.objects.filter(pk=other.pk).update(webhook_tried_at=timezone.now() - OLD)
    stub(gateway, other, None)
    stub_set(gateway, other)

    assert registration.repair() == 1


@pytest.mark.parametrize(("minutes", "asked"), [(61, 1), (59, 0)])
def test_a_call_with_a_wrong_secret_has_it_looked_at_once_an_hour(
    own: WhatsAppConnection, gateway: Gateway, minutes: int, asked: int
) -> None:
    checked = timezone.now() - timedelta(minutes=minutes)
    WhatsAppConnection.objects.update(webhook_checked_at=checked, webhook_base=conf.WEBHOOK_URL)
    if asked:
        stub(gateway, own, found(own, headers={"authorization": "Bearer velho"}))
        stub_set(gateway, own)

    assert post(own, state("open"), authorization="Bearer velho").status_code == 403

    assert (registration.repair(), len(gateway.http.calls)) == (asked, 2 * asked)


def test_a_gateway_that_is_away_is_not_asked_for_each(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    make_connection(agency=agency, client=make_client(agency=agency))
    key = gateway.http.add("GET", f"{conf.EVOLUTION_API_URL}/webhook/find/{own.instance_name}", status=401, json={})

    assert registration.repair() == 0
    assert key.call_count == 1


def test_no_secret_is_shown() -> None:
    webhook = registration.Webhook(url="http://x", authorization="Bearer s3cr3t", events=EVENTS)

    assert "s3cr3t" not in repr(webhook)
