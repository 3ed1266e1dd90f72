"""Receipts: each order and repetition ends where the furthest of them says, and a late refusal is offered once."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from agency.models import Agency, Notice
from connections import delivery, outbox, receipts
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.doubtful import fresh
from tests.connections.taken import make_sent, note
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.django_db
S = MessageStatus


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency, name="Moda Ipê"))


ORDERS = [
    order for count in (1, 2, 3) for order in itertools.permutations(("SERVER_ACK", "DELIVERY_ACK", "READ"), count)
]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("times", [1, 2])
def test_whatever_the_order_the_furthest_receipt_stands(
    own: WhatsAppConnection, order: tuple[str, ...], times: int
) -> None:
    message = make_sent(own)

    for status in order * times:
        note(own, status)

    expected = S.READ if "READ" in order else S.DELIVERED if "DELIVERY_ACK" in order else S.SENT
    after = fresh(message)
    assert after.status == expected
    assert (after.delivered_at is not None) == (expected != S.SENT)  # what was read was delivered
    assert (after.read_at is not None) == (expected == S.READ)


def test_a_later_receipt_does_not_move_the_moment_of_delivery(own: WhatsAppConnection) -> None:
    message = make_sent(own)
    note(own, "DELIVERY_ACK")
    delivered_at = fresh(message).delivered_at

    note(own, "DELIVERY_ACK")
    note(own, "READ")

    assert fresh(message).delivered_at == delivered_at


def test_a_voice_message_that_was_played_was_read(own: WhatsAppConnection) -> None:
    message = make_sent(own)

    assert note(own, "PLAYED") is True
    assert fresh(message).status == S.READ


@pytest.mark.parametrize("status", ["PENDING", "SERVER_ACK", "", "DELETED"])
def test_what_says_nothing_changes_nothing(own: WhatsAppConnection, status: str) -> None:
    message = make_sent(own)

    assert note(own, status) is False
    assert fresh(message).status == S.SENT


def test_an_unknown_id_and_the_id_of_another_number_are_nobodys(own: WhatsAppConnection, agency: Agency) -> None:
    other = make_connection(agency=agency, client=make_client(agency=agency))
    message = make_sent(own)
    make_message(client=own.client, status=S.SENT, connection=own)  # settled by a person: without an id

    assert note(own, "READ", "3EB0UNKNOWN") is None
    assert note(own, "READ", "") is None
    assert note(other, "READ") is None
    assert fresh(message).status == S.SENT


@pytest.mark.parametrize("reached", [S.DELIVERED, S.READ])
def test_an_error_after_it_arrived_is_no_news(own: WhatsAppConnection, reached: MessageStatus) -> None:
    message = make_sent(own, status=reached)

    assert note(own, "ERROR") is False
    own.refresh_from_db()
    assert (fresh(message).status, own.paused_until) == (reached, None)


def test_a_late_error_goes_once_through_the_agencys_number(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    again = gateway.send(agencys)
    message = make_sent(own)

    assert note(own, "ERROR") is True
    assert note(own, "ERROR") is False  # the second of two equal webhooks
    waiting = fresh(message)
    assert (waiting.status, waiting.offered_again, waiting.reason) == (S.QUEUED, True, receipts.OFFERED)
    assert [attempt.outcome for attempt in message.attempts.all()] == ["refused"]
    delivery.deliver(message.pk)

    after = fresh(message)
    assert (after.status, after.by_agency_number, after.connection_id) == (S.SENT, True, agencys.pk)
    assert again.call_count == 1
    assert not Notice.objects.filter(closed_at=None).exists()


def test_the_number_that_was_refused_rests(own: WhatsAppConnection) -> None:
    make_sent(own)

    note(own, "ERROR")

    own.refresh_from_db()
    assert own.paused_until is not None
    assert timezone.now() + timedelta(minutes=59) < own.paused_until < timezone.now() + timedelta(minutes=61)


def test_a_second_late_error_fails_it_and_tells_a_person(own: WhatsAppConnection, agency: Agency) -> None:
    agencys = make_connection(agency=agency)
    message = make_sent(own, offered_again=True, by_agency_number=True, connection=agencys)

    assert note(agencys, "ERROR") is True

    after = fresh(message)
    assert (after.status, after.reason) == (S.FAILED, "O WhatsApp recusou esta mensagem.")
    assert Notice.objects.get(closed_at=None).subject.startswith("undelivered:")


@pytest.mark.parametrize(
    ("client_fields", "message_fields"),
    [
        ({"use_agency_number": False}, {}),
        ({"archived_at": timezone.now()}, {}),
        ({}, {"offered_again": True}),
        ({}, {"expires_at": timezone.now() - timedelta(minutes=1)}),
        ({}, {"by_agency_number": True}),
    ],
)
def test_where_it_may_not_be_offered_it_has_failed(
    own: WhatsAppConnection, client_fields: dict[str, Any], message_fields: dict[str, Any]
) -> None:
    assert own.client is not None
    message = make_sent(own, **message_fields)
    type(own.client).objects.filter(pk=own.client.pk).update(**client_fields)

    assert note(own, "ERROR") is True
    assert fresh(message).status == S.FAILED


@pytest.mark.parametrize(("status", "reached"), [("DELIVERY_ACK", S.DELIVERED), ("READ", S.READ)])
def test_a_receipt_that_contradicts_the_error_takes_the_second_copy_back(
    own: WhatsAppConnection, agency: Agency, status: str, reached: MessageStatus
) -> None:
    """Webhooks come in any order: what arrived must not arrive a second time from the agency's number."""
    make_connection(agency=agency)
    message = make_sent(own)
    note(own, "ERROR")

    assert note(own, status) is True
    delivery.deliver(message.pk)  # the bell that rang for the copy: it would fail here, for no send is stubbed

    assert fresh(message).status == reached


def test_a_receipt_that_contradicts_a_failure_closes_its_notice(own: WhatsAppConnection) -> None:
    assert own.client is not None
    type(own.client).objects.filter(pk=own.client.pk).update(use_agency_number=False)
    message = make_sent(own)
    note(own, "ERROR")
    assert Notice.objects.filter(closed_at=None).count() == 1

    note(own, "DELIVERY_ACK")

    assert fresh(message).status == S.DELIVERED
    assert not Notice.objects.filter(closed_at=None).exists()


def test_a_receipt_of_the_first_copy_says_nothing_of_the_one_that_left_after_it(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    key = {"remoteJid": "553187654321@s.whatsapp.net", "fromMe": True, "id": "3EB0SECOND"}
    gateway.send(agencys, status=201, json={"key": key, "status": "PENDING"})
    message = make_sent(own)
    note(own, "ERROR")
    delivery.deliver(message.pk)

    assert note(own, "READ") is None
    assert note(agencys, "READ", "3EB0SECOND") is True
    assert fresh(message).status == S.READ


def test_a_person_may_queue_what_was_refused_late(own: WhatsAppConnection) -> None:
    assert own.client is not None
    type(own.client).objects.filter(pk=own.client.pk).update(use_agency_number=False)
    message = make_sent(own)
    note(own, "ERROR")

    assert outbox.try_again(fresh(message), expires_at=timezone.now() + timedelta(hours=1))
    assert fresh(message).status == S.QUEUED


@pytest.mark.parametrize("status", [S.EXPIRED, S.CANCELLED, S.UNCERTAIN])
@pytest.mark.parametrize("word", ["DELIVERY_ACK", "READ"])
def test_what_arrived_after_all_has_arrived_however_its_second_copy_ended(
    own: WhatsAppConnection, agency: Agency, status: MessageStatus, word: str
) -> None:
    make_connection(agency=agency)
    message = make_sent(own)
    note(own, "ERROR")
    Message.objects.filter(pk=message.pk).update(status=status, check_at=timezone.now())

    assert note(own, word) is True

    after = fresh(message)
    assert (after.status, after.reason, after.check_at) == (S.DELIVERED if word == "DELIVERY_ACK" else S.READ, "", None)


def test_what_arrived_after_all_tells_when_it_was_sent_and_that_its_try_did_it(
    own: WhatsAppConnection, agency: Agency
) -> None:
    make_connection(agency=agency)
    message = make_sent(own)
    note(own, "ERROR")
    second = {"outcome": "not_sent", "error_code": "connection_closed"}
    message.attempts.create(connection=own, instance_name=own.instance_name, **second)

    note(own, "DELIVERY_ACK")

    after = fresh(message)
    assert after.sent_at is not None
    assert after.sent_at == after.delivered_at
    outcomes = list(after.attempts.values_list("outcome", "error_code"))
    assert outcomes == [("sent", ""), ("not_sent", "connection_closed")]


def test_a_receipt_says_nothing_of_an_earlier_try_that_was_refused(own: WhatsAppConnection) -> None:
    """A person tried again what had been refused: that the second arrived does not make the first a success."""
    message = make_sent(own)
    tried = {"message": message, "connection": own, "instance_name": own.instance_name, "outcome": "refused"}
    for hours, code in ((3, "no_whatsapp"), (2, "refused_late")):
        Attempt.objects.create(**tried, error_code=code, started_at=timezone.now() - timedelta(hours=hours))

    note(own, "DELIVERY_ACK")

    outcomes = list(message.attempts.values_list("outcome", "error_code"))
    assert outcomes == [("refused", "no_whatsapp"), ("refused", "refused_late"), ("sent", "")]
