"""What a person queued again, and then turns out to have been sent: the second copy stays, unless it is leaving."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import requests
import responses
from django.conf import settings
from django.utils import timezone

from agency import notices
from agency.models import Agency, Client, User
from connections import delivery, outbox, problems, reconciliation, uncertain, uncertain_words
from connections.models import Attempt, ClientDelivery, Message, MessageStatus, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.doubtful import JID, fresh, make_doubtful, try_by
from tests.factories import make_agency, make_client, make_connection, make_message, make_user
from tests.threads import together

S = MessageStatus
STAYED = "A segunda não saiu: a primeira foi achada no WhatsApp."
LEASE = timedelta(seconds=settings.SEND_LEASE)


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency, name="Moda Ipê"))


def queued_again(own: WhatsAppConnection, by: User) -> Message:
    """In doubt, asked about, and queued once more by a person."""
    message = make_doubtful(own, check_at=None)
    ClientDelivery.objects.filter(client=own.client).update(problem=message)
    problems.tell(message.pk)
    assert uncertain.send_again([message], by).done == [message]
    return message


def test_a_trace_of_the_first_try_keeps_the_second_copy_from_leaving(
    own: WhatsAppConnection, owner: User, http: responses.RequestsMock
) -> None:
    message = queued_again(own, owner)
    at = timezone.now()

    assert reconciliation.settle(message.pk, "3EB0FIRST", JID, at, own) is True
    delivery.deliver(message.pk)
    delivery.sweep(timezone.now() + timedelta(days=3))

    settled = fresh(message)
    assert len(http.calls) == 0
    assert (settled.status, settled.external_id, settled.jid, settled.sent_at) == (S.SENT, "3EB0FIRST", JID, at)
    assert (settled.connection, settled.sender_phone, settled.by_agency_number) == (own, own.phone, False)
    assert (settled.reason, settled.tries) == ("", 1)
    assert settled.decision == f"Enviado de novo por Rafaela Couto. {STAYED}"
    assert list(settled.attempts.values_list("outcome", flat=True)) == ["sent"]
    assert notices.open_of(own.agency).count() == 0


def test_a_second_trace_changes_nothing_any_more(own: WhatsAppConnection, owner: User) -> None:
    message = queued_again(own, owner)
    reconciliation.settle(message.pk, "3EB0FIRST", JID, timezone.now(), own)
    before = Message.objects.filter(pk=message.pk).values().get()

    assert reconciliation.settle(message.pk, "3EB0OTHER", JID, timezone.now(), own) is False

    assert Message.objects.filter(pk=message.pk).values().get() == before


def test_what_was_queued_again_without_a_person_stays_too_and_its_client_needs_nobody_any_more(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    Agency.objects.update(resend_without_trace=True)
    message = make_doubtful(own)
    gateway.search(own.instance_name)
    reconciliation.reconcile(timezone.now() + timedelta(seconds=settings.UNCERTAIN_WINDOW))
    waiting, needed = fresh(message), needs_attention(own)

    assert reconciliation.settle(message.pk, "3EB0", JID, None, own) is True

    assert (waiting.status, waiting.reason, needed) == (S.QUEUED, reconciliation.WITHOUT_TRACE, True)
    assert (fresh(message).reason, needs_attention(own)) == ("", False)
    assert fresh(message).decision == f"{reconciliation.WITHOUT_TRACE} {STAYED}"
    assert fresh(message).sent_at == message.attempts.get().started_at


def needs_attention(own: WhatsAppConnection) -> bool:
    return Client.objects.get(pk=own.client_id).attention_if_agency_up


def test_who_answers_afterwards_is_told_how_it_ended(own: WhatsAppConnection, owner: User, colleague: User) -> None:
    message = queued_again(own, owner)
    reconciliation.settle(message.pk, "3EB0", JID, timezone.now(), own)

    answered = uncertain.received([message], colleague)

    said = f"Já resolvido: enviado de novo por Rafaela Couto. {STAYED}"
    assert uncertain_words.of_received(answered) == said


def test_the_longest_name_leaves_room_for_how_it_ended(own: WhatsAppConnection, owner: User) -> None:
    owner.name = "R" * 150
    message = queued_again(own, owner)

    assert reconciliation.settle(message.pk, "3EB0", JID, timezone.now(), own) is True

    stored = fresh(message)
    stored.full_clean(exclude=["agency", "client", "connection"])
    assert stored.decision.endswith(STAYED)


def test_of_two_tries_in_doubt_the_one_that_the_trace_can_be_of_is_noted(own: WhatsAppConnection, owner: User) -> None:
    message = make_doubtful(own, check_at=None)
    first = message.attempts.get()
    second = try_by(own, message, first.started_at + timedelta(minutes=20))
    uncertain.send_again([message], owner)

    assert reconciliation.settle(message.pk, "3EB0", JID, first.started_at + timedelta(minutes=1), own) is True

    outcomes = dict(Attempt.objects.values_list("pk", "outcome"))
    assert outcomes == {first.pk: "sent", second.pk: "uncertain"}


def no_doubt(message: Message, own: WhatsAppConnection) -> None:
    message.attempts.update(outcome=Attempt.Outcome.NOT_SENT, error_code="connection_closed")


def by_another_number(message: Message, own: WhatsAppConnection) -> None:
    message.attempts.update(connection=make_connection(agency=own.agency))


def never_tried(message: Message, own: WhatsAppConnection) -> None:
    message.attempts.all().delete()


@pytest.mark.parametrize(
    ("spoil", "age"),
    [
        (no_doubt, timedelta(0)),
        (by_another_number, timedelta(0)),
        (never_tried, timedelta(0)),
        (lambda message, own: None, timedelta(minutes=5)),
    ],
    ids=["certainly not sent", "another number's try", "never tried", "older than the try"],
)
def test_what_is_no_trace_of_a_try_in_doubt_lets_it_leave(
    spoil: Callable[[Message, WhatsAppConnection], None],
    age: timedelta,
    own: WhatsAppConnection,
    owner: User,
    gateway: Gateway,
) -> None:
    message = queued_again(own, owner)
    spoil(message, own)
    before = Message.objects.filter(pk=message.pk).values().get()

    assert reconciliation.settle(message.pk, "3EB0", JID, timezone.now() - age, own) is False

    assert Message.objects.filter(pk=message.pk).values().get() == before
    gateway.send(own)
    delivery.deliver(message.pk)
    assert fresh(message).status == S.SENT


def test_a_new_message_in_the_queue_is_not_settled(own: WhatsAppConnection) -> None:
    message = make_message(client=own.client)

    assert reconciliation.settle(message.pk, "3EB0", JID, timezone.now(), own) is False

    assert fresh(message).status == S.QUEUED


def test_a_failed_copy_that_a_person_tries_again_stays_too(own: WhatsAppConnection, owner: User) -> None:
    message = make_doubtful(own, status=S.FAILED)
    outbox.try_again(message, expires_at=timezone.now() + timedelta(days=1))

    assert reconciliation.settle(message.pk, "3EB0", JID, timezone.now(), own) is True

    assert fresh(message).decision == STAYED


def test_a_very_late_answer_of_the_first_try_keeps_the_second_copy_from_leaving(
    agency: Agency, owner: User, gateway: Gateway
) -> None:
    own = make_connection(agency=agency)
    message = make_message(agency=agency)

    def answer_late(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        delivery.sweep(timezone.now() + LEASE + timedelta(seconds=1))
        Message.objects.update(check_at=None)  # its window is over
        assert uncertain.send_again([message], owner).done == [message]
        return 201, {}, json.dumps({"key": {"id": "3EB0LATE", "remoteJid": "x"}})

    gateway.http.add_callback("POST", f"http://evolution.test/message/sendText/{own.instance_name}", answer_late)

    delivery.deliver(message.pk)
    delivery.deliver(message.pk)

    ended = fresh(message)
    assert len(gateway.http.calls) == 1
    assert (ended.status, ended.external_id) == (S.SENT, "3EB0LATE")
    assert ended.decision == f"Enviado de novo por Rafaela Couto. {STAYED}"
    assert list(ended.attempts.values_list("outcome", flat=True)) == ["sent"]


@pytest.mark.django_db(transaction=True)
def test_a_trace_and_the_second_copy_at_once_make_one_end(gateway: Gateway) -> None:
    agency = make_agency()
    own, by = make_connection(agency=agency), make_user(agency=agency)
    stub = gateway.send(own)
    left = 0

    for _ in range(8):
        message = make_doubtful(own, check_at=None)
        uncertain.send_again([message], by)
        works: list[Callable[[], Any]] = [
            partial(delivery.deliver, message.pk),
            partial(reconciliation.settle, message.pk, "3EB0TRACE", JID, timezone.now(), own),
        ]

        _, by_trace = together(*works)

        ended = fresh(message)
        left += not by_trace
        assert (ended.status, ended.external_id == "3EB0TRACE") == (S.SENT, by_trace)
        assert list(ended.attempts.values_list("outcome", flat=True)) == (
            ["sent"] if by_trace else ["uncertain", "sent"]
        )
    delivery.deliver(make_message(agency=agency).pk)  # the gateway takes what comes
    assert stub.call_count == left + 1
