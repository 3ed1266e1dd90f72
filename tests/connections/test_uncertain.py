"""A person's two answers about what may have left: once each, by whom, and what the other person is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from agency import notices
from agency.models import Agency, User
from connections import delivery, problems, uncertain, uncertain_words
from connections.models import ClientDelivery, Message, MessageStatus, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.doubtful import CUT_OFF, fresh, make_doubtful
from tests.factories import make_client, make_connection

S = MessageStatus


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency, name="Moda Ipê"))


@pytest.fixture
def message(own: WhatsAppConnection) -> Message:
    """Nobody looks for it any more, and a notice asks."""
    message = make_doubtful(own, check_at=None)
    ClientDelivery.objects.filter(client=own.client).update(problem=message)
    problems.tell(message.pk)
    return message


def test_foi_recebida_is_sent_by_the_number_of_its_try(message: Message, own: WhatsAppConnection, owner: User) -> None:
    answered = uncertain.received([message], owner)

    settled, attempt = fresh(message), message.attempts.get()
    assert answered.done == [message]
    assert (settled.status, settled.reason) == (S.SENT, "")
    assert settled.decision == "Recebimento confirmado por Rafaela Couto."
    assert (settled.connection, settled.sender_phone, settled.by_agency_number) == (own, own.phone, False)
    assert (settled.sent_at, settled.external_id) == (attempt.started_at, "")
    assert (attempt.outcome, attempt.error_code) == ("uncertain", "cut_off")
    assert notices.open_of(own.agency).count() == 0
    assert ClientDelivery.objects.get().problem is None


def test_enviar_de_novo_queues_it_for_a_day_and_it_leaves(
    message: Message, own: WhatsAppConnection, owner: User, gateway: Gateway
) -> None:
    before = timezone.now()

    answered = uncertain.send_again([message], owner)

    queued = fresh(message)
    assert answered.done == [message]
    assert (queued.status, queued.decision, queued.reason) == (S.QUEUED, "Enviado de novo por Rafaela Couto.", "")
    assert timedelta(0) <= queued.expires_at - before - timedelta(hours=24) < timedelta(minutes=1)
    assert (queued.tries, queued.attempts.count(), queued.uncertain_since) == (1, 1, None)
    assert notices.open_of(own.agency).count() == 0

    gateway.send(own)
    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).tries) == (S.SENT, 2)
    assert list(message.attempts.values_list("outcome", flat=True)) == ["uncertain", "sent"]


def test_it_rings_the_bell(
    message: Message, owner: User, django_capture_on_commit_callbacks: pytest.FixtureRequest
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:  # type: ignore[operator]
        uncertain.send_again([message], owner)

    assert len(callbacks) == 1


def test_while_it_is_looked_for_it_may_be_confirmed_but_not_sent_again(own: WhatsAppConnection, owner: User) -> None:
    message = make_doubtful(own)

    again = uncertain.send_again([message], owner)
    still = fresh(message)
    confirmed = uncertain.received([message], owner)

    assert [one.pk for one in again.looked_for] == [message.pk]
    assert still.status == S.UNCERTAIN
    until = still.looked_for_until
    assert until is not None
    assert own.client is not None
    clock = f"{until.astimezone(own.client.zone):%H:%M}"
    assert (
        uncertain_words.of_sent_again(again) == f"Conferindo no WhatsApp até {clock}: só depois dá para enviar de novo."
    )
    assert confirmed.done == [message]


def test_the_second_person_is_told_how_it_ended(message: Message, owner: User, colleague: User) -> None:
    uncertain.send_again([message], owner)

    late_confirmed, late_again = uncertain.received([message], colleague), uncertain.send_again([message], colleague)

    said = "Já resolvido: enviado de novo por Rafaela Couto."
    assert uncertain_words.of_received(late_confirmed) == said
    assert uncertain_words.of_sent_again(late_again) == said
    assert fresh(message).decision == "Enviado de novo por Rafaela Couto."


def test_a_trace_that_was_first_is_told_too(message: Message, owner: User) -> None:
    uncertain.settle_as_sent(message.pk, external_id="3EB0")

    answered = uncertain.send_again([message], owner)

    assert uncertain_words.of_sent_again(answered) == "Já resolvido: a mensagem foi encontrada no WhatsApp."
    assert fresh(message).status == S.SENT


def test_many_at_once(own: WhatsAppConnection, owner: User, colleague: User) -> None:
    first, second, third, looked_for, last = (make_doubtful(own, check_at=None) for _ in range(5))
    Message.objects.filter(pk=looked_for.pk).update(check_at=timezone.now())
    uncertain.received([third, last], colleague)

    answered = uncertain.send_again([first, second, third, looked_for, last], owner)

    assert uncertain_words.of_sent_again(answered) == (
        f"2 de volta à fila. 2 já estavam resolvidos. {uncertain_words.of_looked_for(answered.looked_for)}"
    )
    statuses = [fresh(one).status for one in (first, second, third, looked_for, last)]
    assert statuses == [S.QUEUED, S.QUEUED, S.SENT, S.UNCERTAIN, S.SENT]


def test_what_waits_is_the_agencys_newest_first_and_of_clients_in_service(own: WhatsAppConnection) -> None:
    now = timezone.now()
    older = make_doubtful(own, since=now - timedelta(minutes=3))
    newer = make_doubtful(own, since=now)
    make_doubtful(own, status=S.SENT)
    make_doubtful(make_connection(agency=own.agency, client=make_client(agency=own.agency, archived_at=now)))
    other = make_client()
    make_doubtful(make_connection(agency=other.agency, client=other))
    of_the_agency = make_doubtful(make_connection(agency=own.agency), since=now - timedelta(minutes=9))

    assert list(uncertain.waiting(own.agency)) == [newer, older, of_the_agency]


def test_a_message_whose_connection_is_gone_can_be_answered(message: Message, owner: User) -> None:
    message.attempts.update(connection=None, is_fallback=True)

    uncertain.received([message], owner)

    settled = fresh(message)
    assert (settled.status, settled.connection, settled.by_agency_number) == (S.SENT, None, True)


def test_a_person_without_a_name_signs_with_the_address(message: Message, owner: User) -> None:
    owner.name = ""

    uncertain.received([message], owner)

    assert fresh(message).decision == f"Recebimento confirmado por {owner.email}."


def test_the_reason_of_the_doubt_stays_until_it_is_settled(message: Message) -> None:
    assert fresh(message).reason == CUT_OFF
