"""What follows from events: messages move on, a state is read anew once for many hints, and nothing foreign stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from agency.models import Agency
from connections import delivery, services
from connections.models import Message, MessageStatus, WebhookEvent, WhatsAppConnection
from connections.states import Status
from connections.webhooks.work import forget, work
from tests.connections.conftest import Gateway
from tests.connections.doubtful import JID, TO, fresh, make_doubtful
from tests.connections.hooks import SECRET, hand_over, spoil_secret
from tests.connections.sandbox_server import KEY as SANDBOX_KEY
from tests.connections.sandbox_server import Client, Receiver, receiving, running, until
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.django_db
S = MessageStatus
KEY = "3EB0D63231F26C8D4D7D44"


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    long_ago = timezone.now() - timedelta(minutes=2)
    client = make_client(agency=agency)
    return make_connection(agency=agency, client=client, webhook_secret=SECRET, last_seen_at=long_ago)


def make_event(own: WhatsAppConnection, event: str, **data: Any) -> WebhookEvent:
    return WebhookEvent.objects.create(connection=own, event=event, data=data)


def receipt_event(own: WhatsAppConnection, status: str = "DELIVERY_ACK") -> WebhookEvent:
    return make_event(own, "MESSAGES_UPDATE", keyId=KEY, status=status)


def trace_event(own: WhatsAppConnection, message: Message) -> WebhookEvent:
    return make_event(own, "SEND_MESSAGE", message=str(message.pk), id=KEY, jid=JID, at="2026-11-24T06:38:28+00:00")


def outcome(event: WebhookEvent) -> str:
    """What came of it; "" while it waits, "gone" where it was deleted."""
    found = WebhookEvent.objects.filter(pk=event.pk).first()
    return "gone" if found is None else found.outcome if found.done_at else ""


def test_a_receipt_moves_its_message_once(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own, sent_at=timezone.now())
    event = receipt_event(own)

    assert work() == 1
    assert work() == 0

    after = fresh(message)
    assert (after.status, after.delivered_at) == (S.DELIVERED, event.received_at)
    assert outcome(event) == "mudou a mensagem"


def test_events_out_of_order_and_doubled_end_where_the_furthest_says(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own, sent_at=timezone.now())
    for status in ("READ", "DELIVERY_ACK", "READ", "DELIVERY_ACK"):
        receipt_event(own, status)

    assert work() == 4
    assert fresh(message).status == S.READ


def test_a_receipt_waits_for_the_answer_to_its_send(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client, status=S.SENDING, sending_since=timezone.now())
    message.attempts.create(connection=own, instance_name=own.instance_name, outcome="running")
    event = receipt_event(own)
    now = timezone.now()

    assert work(now) == 0
    assert outcome(event) == ""
    Message.objects.update(status=S.SENT, external_id=KEY, connection=own, sent_at=now)
    assert work(now + timedelta(seconds=1)) == 0  # not yet: it looks again at growing distances
    assert work(now + timedelta(seconds=3)) == 1

    assert fresh(message).status == S.DELIVERED


def test_a_receipt_that_turns_out_to_be_of_a_chat_is_deleted(own: WhatsAppConnection) -> None:
    message = make_doubtful(own)
    event = receipt_event(own)
    work()
    assert outcome(event) == ""  # the uncertain one may be it

    Message.objects.filter(pk=message.pk).update(status=S.SENT, external_id="3EB0OTHER", connection=own)
    work(timezone.now() + timedelta(seconds=5))

    assert outcome(event) == "gone"


def test_after_ten_minutes_nobody_waits_for_it_any_more(own: WhatsAppConnection) -> None:
    make_doubtful(own)
    event = receipt_event(own)

    work(timezone.now() + timedelta(minutes=10, seconds=1))

    assert outcome(event) == "gone"


def test_a_trace_settles_an_uncertain_message(own: WhatsAppConnection) -> None:
    message = make_doubtful(own)
    event = trace_event(own, message)

    assert work() == 1

    after = fresh(message)
    assert (after.status, after.external_id, after.jid) == (S.SENT, KEY, JID)
    assert after.sent_at == datetime.fromisoformat("2026-11-24T06:38:28+00:00")
    assert outcome(event) == "mudou a mensagem"


def test_a_trace_of_one_that_is_being_sent_waits_for_its_worker(own: WhatsAppConnection) -> None:
    """The worker may be dead: then the message becomes uncertain, and the trace settles it."""
    message = make_message(client=own.client, status=S.SENDING, sending_since=timezone.now() - timedelta(minutes=4))
    message.attempts.create(connection=own, instance_name=own.instance_name, outcome="running")
    event = trace_event(own, message)
    now = timezone.now()

    work(now)
    assert (outcome(event), fresh(message).status) == ("", S.SENDING)
    delivery.sweep()
    work(now + timedelta(seconds=5))

    assert (outcome(event), fresh(message).status) == ("mudou a mensagem", S.SENT)


def test_a_trace_of_one_that_is_settled_changes_nothing(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client, status=S.READ, external_id=KEY, connection=own)
    event = trace_event(own, message)

    work()

    assert (outcome(event), fresh(message).status) == ("nada mudou", S.READ)


def test_forty_hints_are_one_reading(own: WhatsAppConnection, gateway: Gateway) -> None:
    read = gateway.state(own.instance_name, "open")
    for number in range(40):
        make_event(own, "CONNECTION_UPDATE", state="connecting" if number % 2 else "open")

    assert work() == 40

    assert read.call_count == 1
    own.refresh_from_db()
    assert own.status == Status.CONNECTED


def test_the_state_is_what_the_gateway_says_not_what_the_event_said(own: WhatsAppConnection, gateway: Gateway) -> None:
    gateway.state(own.instance_name, "close")
    gateway.instance(own.instance_name, disconnectionReasonCode=401)
    make_event(own, "CONNECTION_UPDATE", state="open", statusReason=200)

    work()

    own.refresh_from_db()
    assert (own.status, own.reason) == (Status.DISCONNECTED, "logged_out")


def test_hints_right_after_a_reading_wait_for_the_next(own: WhatsAppConnection, gateway: Gateway) -> None:
    now = timezone.now()
    WhatsAppConnection.objects.update(last_seen_at=now - timedelta(seconds=1))
    event = make_event(own, "CONNECTION_UPDATE", state="open")

    assert work(now + timedelta(seconds=1)) == 0  # nothing is stubbed yet: a call would fail
    read = gateway.state(own.instance_name, "open")
    assert work(now + timedelta(seconds=3)) == 1

    assert (read.call_count, outcome(event)) == (1, "estado relido")


def test_a_gateway_that_is_away_leaves_the_reading_to_the_watch(own: WhatsAppConnection, gateway: Gateway) -> None:
    name = own.instance_name
    gateway.http.add("GET", f"http://evolution.test/instance/connectionState/{name}", status=401, json={})
    event = make_event(own, "LOGOUT_INSTANCE")

    work()

    own.refresh_from_db()
    assert (outcome(event), own.last_seen_at) == ("não foi possível ler", None)


def test_a_row_that_cannot_be_read_keeps_no_other_from_being_read(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    other = make_connection(agency=agency, client=make_client(agency=agency), last_seen_at=own.last_seen_at)
    events = [make_event(connection, "LOGOUT_INSTANCE") for connection in (own, other)]
    spoil_secret(own)
    gateway.state(other.instance_name, "open")

    work()

    assert [outcome(event) for event in events] == ["falhou", "estado relido"]


def test_a_session_that_was_away_for_a_moment_is_still_the_same(own: WhatsAppConnection, gateway: Gateway) -> None:
    """What is in doubt from before can still be looked for, and a pause goes on."""
    until = timezone.now() + timedelta(hours=1)
    WhatsAppConnection.objects.update(paused_until=until)
    gateway.instance(own.instance_name)
    for seconds, word in ((0, "connecting"), (5, "open")):
        make_event(own, "CONNECTION_UPDATE", state=word)
        read = gateway.state(own.instance_name, word)
        work(timezone.now() + timedelta(seconds=seconds))
        gateway.http.remove(read)

    connected_at = own.connected_at
    own.refresh_from_db()
    assert (own.connected_at, own.paused_until, own.disconnected_at) == (connected_at, until, None)


def test_an_event_that_fails_keeps_no_other_from_its_turn(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client, status=S.SENT, external_id=KEY, connection=own, sent_at=timezone.now())
    broken = make_event(own, "SEND_MESSAGE", message="not a key")
    receipt_event(own)

    assert work() == 1
    assert fresh(message).status == S.DELIVERED
    assert outcome(broken) == ""
    work(timezone.now() + timedelta(minutes=11))
    assert outcome(broken) == "falhou"


def test_a_week_later_it_is_forgotten(own: WhatsAppConnection) -> None:
    old = receipt_event(own)
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=7, seconds=1))
    young = receipt_event(own)

    assert forget() == 1
    assert (outcome(old), outcome(young)) == ("gone", "")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def sandbox(tmp_path: Path, settings: LazySettings, receiver: Receiver) -> Iterator[Client]:
    """The stand-in of the gateway, which calls `receiver`; what it received is handed to our door."""
    with running(tmp_path) as client:
        settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY = client.url, SANDBOX_KEY
        settings.WEBHOOK_URL = receiver.url
        yield client


@pytest.mark.processes
def test_from_the_sandbox_a_message_is_sent_delivered_and_read(
    agency: Agency, sandbox: Client, receiver: Receiver
) -> None:
    client = make_client(agency=agency)
    connection = services.connect(agency, client)
    assert sandbox.control("POST", "scan", {"instance": connection.instance_name, "phone": "+5511999990000"})
    until(lambda: services.refresh(agency, client).is_connected)
    connection.refresh_from_db()
    message = make_message(client=client, to=TO)

    delivery.deliver(message.pk)
    assert fresh(message).status == S.SENT
    until(lambda: [call for call in receiver.calls if call.body["data"] and call.data.get("status") == "DELIVERY_ACK"])
    hand_over(connection, receiver)
    assert fresh(message).awaits_receipt  # the gateway has told of the send
    work()
    assert fresh(message).status == S.DELIVERED

    sandbox.control("POST", "read", {"to": TO})
    until(lambda: [call for call in receiver.calls if call.body["data"] and call.data.get("status") == "READ"])
    hand_over(connection, receiver)
    work()
    assert fresh(message).status == S.READ
