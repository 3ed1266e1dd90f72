"""Numbers send one by one: moments are reserved in the database, nothing sleeps, and a message keeps its moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import time_machine

from agency.models import Agency, Client
from connections import delivery, pacing
from connections.models import Message, WhatsAppConnection
from connections.states import MessageStatus
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection, make_message

S, R = MessageStatus, Message.Kind.REPORT
#: 09:00 in São Paulo.
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOOKUP_TIMEOUT = {
    "status": 500,
    "json": {
        "status": 500,
        "error": "Internal Server Error",
        "response": {"message": "Cannot read properties of undefined (reading 'find')"},
    },
}
CLOSED = recorded("send_when_not_connected.json", "sendText after phone unlink, number CACHED")


@pytest.fixture(autouse=True)
def manners(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.MANNERS = True
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency)


def old_number(agency: Agency, client: Client | None = None) -> WhatsAppConnection:
    return make_connection(agency=agency, client=client, first_connected_at=NOW - timedelta(days=60))


def three(client: Client) -> list[Message]:
    return [make_message(client=client, kind=R, due_at=NOW, expires_at=NOW + timedelta(days=1)) for _ in range(3)]


def ring(messages: list[Message]) -> list[Message]:
    for message in messages:
        delivery.deliver(message.pk)
    return [Message.objects.get(pk=message.pk) for message in messages]


def test_a_queue_of_one_number_leaves_one_by_one(
    agency: Agency, client: Client, gateway: Gateway, manners: time_machine.Traveller
) -> None:
    gateway.send(old_number(agency, client))
    messages = three(client)

    first, second, third = ring(messages)

    assert [message.status for message in (first, second, third)] == [S.SENT, S.QUEUED, S.QUEUED]
    assert timedelta(seconds=8) <= second.due_at - NOW <= timedelta(seconds=12)
    assert timedelta(seconds=8) <= third.due_at - second.due_at <= timedelta(seconds=12)
    assert [message.reason for message in (second, third)] == ["", ""]  # some seconds are not worth a word

    manners.move_to(second.due_at)
    first, second, third = ring(messages)

    assert [message.status for message in (first, second, third)] == [S.SENT, S.SENT, S.QUEUED]
    assert third.due_at == Message.objects.get(pk=third.pk).slot_at  # its moment has not moved


def test_ringing_twice_reserves_once(agency: Agency, client: Client, gateway: Gateway) -> None:
    number = old_number(agency, client)
    gateway.send(number)
    messages = three(client)
    ring(messages)
    due = Message.objects.get(pk=messages[2].pk).due_at

    ring(messages)
    ring(messages)

    assert Message.objects.get(pk=messages[2].pk).due_at == due
    number.refresh_from_db()
    assert number.hour_count == 3


def test_another_number_does_not_wait(agency: Agency, client: Client, gateway: Gateway) -> None:
    other = make_client(agency=agency)
    gateway.send(old_number(agency, client))
    gateway.send(old_number(agency, other))
    messages = [make_message(client=client, kind=R, due_at=NOW), make_message(client=other, kind=R, due_at=NOW)]

    assert [message.status for message in ring(messages)] == [S.SENT, S.SENT]


def test_a_number_that_whatsapp_refused_rests_and_says_so(agency: Agency, client: Client) -> None:
    number = old_number(agency, client)
    pacing.pause(number.pk, NOW)

    (message,) = ring([make_message(client=client, kind=R, due_at=NOW, expires_at=NOW + timedelta(days=1))])

    assert (message.status, message.due_at) == (S.QUEUED, NOW + pacing.PAUSE)
    assert message.reason == "Este número envia aos poucos: a vez desta mensagem é às 10:00."


def test_a_moment_that_was_given_does_not_hold_against_a_pause(
    agency: Agency, client: Client, gateway: Gateway, manners: time_machine.Traveller
) -> None:
    number = old_number(agency, client)
    gateway.send(number)
    _, second, _ = ring(three(client))
    pacing.pause(number.pk, NOW)
    manners.move_to(second.due_at)

    (second,) = ring([second])

    assert (second.status, second.due_at) == (S.QUEUED, NOW + pacing.PAUSE)


def test_quiet_hours_hold_reports_and_let_a_test_through(agency: Agency, client: Client, gateway: Gateway) -> None:
    agency.quiet_from, agency.quiet_until = time(20), time(9, 30)
    agency.save()
    gateway.send(old_number(agency, client))
    report = make_message(client=client, kind=Message.Kind.REPORT, due_at=NOW, expires_at=NOW + timedelta(days=1))
    trial = make_message(client=client, kind=Message.Kind.TEST, due_at=NOW)

    report, trial = ring([report, trial])

    assert (report.status, report.due_at) == (S.QUEUED, NOW + timedelta(minutes=30))
    assert trial.status == S.SENT


def test_a_message_that_is_late_for_its_moment_does_not_leave_in_quiet_hours(
    agency: Agency, client: Client, gateway: Gateway, manners: time_machine.Traveller
) -> None:
    """Tried at 19:59 and certainly not sent: its moment has come already when the silence begins."""
    agency.quiet_from, agency.quiet_until = time(20), time(9, 30)
    agency.save()
    evening = datetime(2026, 11, 24, 22, 59, tzinfo=UTC)
    morning = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)
    manners.move_to(evening)
    stub = gateway.send(old_number(agency, client), **LOOKUP_TIMEOUT)
    message = make_message(client=client, kind=R, due_at=evening, expires_at=evening + timedelta(days=1))

    ring([message])
    manners.move_to(evening + timedelta(minutes=5))
    (waiting,) = ring([message])
    gateway.http.remove(stub)
    gateway.send(WhatsAppConnection.objects.get())
    manners.move_to(waiting.due_at)
    (sent,) = ring([message])

    assert (waiting.status, waiting.tries, waiting.due_at) == (S.QUEUED, 1, morning)
    assert sent.status == S.SENT


def test_what_did_not_leave_waits_for_the_agencys_next_moment(
    agency: Agency, client: Client, gateway: Gateway, manners: time_machine.Traveller
) -> None:
    """The client's number did not send; the agency's has just sent, so the message gets that one's next moment."""
    own, agencys = old_number(agency, client), old_number(agency)
    WhatsAppConnection.objects.filter(pk=agencys.pk).update(next_slot_at=NOW + timedelta(seconds=9))
    gateway.send(own, **LOOKUP_TIMEOUT)
    gateway.send(agencys)

    (message,) = ring([make_message(client=client, kind=R, due_at=NOW)])
    assert (message.status, message.due_at) == (S.QUEUED, NOW + timedelta(seconds=9))

    manners.move_to(message.due_at)
    (message,) = ring([message])
    assert (message.status, message.by_agency_number, message.tries) == (S.SENT, True, 2)


def test_a_free_number_of_the_agency_takes_over_at_once(agency: Agency, client: Client, gateway: Gateway) -> None:
    gateway.send(old_number(agency, client), **CLOSED)
    gateway.send(old_number(agency))

    (message,) = ring([make_message(client=client, kind=R, due_at=NOW)])

    assert (message.status, message.by_agency_number) == (S.SENT, True)
