"""What of messages becomes a notice, and by what it goes: through the delivery, its sweep and a person's try again."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import notices, services
from agency.models import Agency, Client, Notice
from connections import delivery, moves, outbox, reconciliation
from connections.models import Message
from connections.states import MessageStatus
from tests.connections.conftest import Gateway
from tests.connections.test_delivery import CUT_OFF, NOT_ON_WHATSAPP, fresh
from tests.factories import make_agency, make_client, make_connection, make_message
from tests.threads import together

LEASE = timedelta(seconds=settings.SEND_LEASE)
WINDOW = timedelta(seconds=settings.UNCERTAIN_WINDOW + 1)

S = MessageStatus
BEATRIZ = "+5511999990001"


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


def report(client: Client, **fields: Any) -> Message:
    return make_message(client=client, **{"kind": Message.Kind.REPORT, "to": BEATRIZ, "to_name": "Beatriz"} | fields)


def fail(message: Message, reason: str = "Este número não tem WhatsApp.") -> Message:
    assert moves.move(message.pk, S.QUEUED, S.SENDING)
    assert moves.move(message.pk, S.SENDING, S.FAILED, reason=reason)
    return fresh(message)


def doubt(message: Message) -> Message:
    assert moves.move(message.pk, S.QUEUED, S.SENDING)
    assert moves.move(message.pk, S.SENDING, S.UNCERTAIN, reason="A conexão caiu no meio do envio.")
    return fresh(message)


def sent(message: Message) -> Message:
    assert moves.move(message.pk, S.QUEUED, S.SENDING)
    assert moves.move(message.pk, S.SENDING, S.SENT)
    return fresh(message)


def open_titles(agency: Agency) -> list[str]:
    return [notice.title for notice in notices.open_of(agency)]


# --- What is raised -------------------------------------------------------------------------------------------------


def test_a_refused_message_is_a_notice_until_another_of_its_kind_reaches_the_number(
    client: Client, gateway: Gateway
) -> None:
    own = make_connection(agency=client.agency, client=client)
    message = report(client)
    stub = gateway.send(own, **NOT_ON_WHATSAPP)

    delivery.deliver(message.pk)

    notice = notices.open_of(client.agency).get()
    assert (notice.title, notice.text) == ("Moda Ipê: relatório para Beatriz não saiu", fresh(message).reason)
    assert (notice.level, notice.client) == ("bad", client)
    assert (notice.url, notice.action) == (reverse("agency:client", args=[client.pk]), "Ver cliente")

    gateway.http.remove(stub)
    gateway.send(own)
    delivery.deliver(report(client).pk)

    assert open_titles(client.agency) == []
    assert notices.recently_closed(client.agency).get().outcome == "Moda Ipê: relatório para Beatriz enviado."


def test_an_expired_message_is_a_notice_with_the_reason_why_it_waited(client: Client) -> None:
    message = report(client)
    delivery.deliver(message.pk)

    delivery.sweep(message.expires_at)

    notice = notices.open_of(client.agency).get()
    assert (notice.title, notice.text) == ("Moda Ipê: relatório para Beatriz não saiu", fresh(message).reason)
    assert notice.text


def test_an_uncertain_message_is_a_notice_of_its_own_once_no_trace_was_found(client: Client, gateway: Gateway) -> None:
    message = report(client)
    own = make_connection(agency=client.agency, client=client)
    gateway.send(own, body=CUT_OFF)
    gateway.search(own.instance_name)

    delivery.deliver(message.pk)
    while_looking = open_titles(client.agency)
    reconciliation.reconcile(timezone.now() + WINDOW)

    assert while_looking == []
    notice = notices.open_of(client.agency).get()
    assert notice.title == f"Moda Ipê: não sabemos se o relatório #{message.reference} chegou"
    assert (notice.level, notice.text) == ("warn", f"{fresh(message).reason} Confira no WhatsApp e decida.")
    assert notice.subject == f"uncertain:{message.pk}"
    assert (notice.url, notice.action) == (reverse("connections:uncertain"), "Decidir")


def test_a_worker_that_died_is_a_notice_too(client: Client) -> None:
    now = timezone.now()
    make_connection(agency=client.agency)
    lost = report(client, status=S.SENDING, sending_since=now - LEASE - timedelta(seconds=1))

    delivery.sweep(now)
    while_looking = open_titles(client.agency)
    reconciliation.reconcile(now + WINDOW)

    assert while_looking == []
    assert open_titles(client.agency) == [f"Moda Ipê: não sabemos se o relatório #{lost.reference} chegou"]


def test_one_that_is_found_while_it_is_looked_for_was_never_a_notice(client: Client) -> None:
    message = report(client)
    assert moves.move(message.pk, S.QUEUED, S.SENDING)
    now = timezone.now()
    moves.move(message.pk, S.SENDING, S.UNCERTAIN, reason="Caiu.", uncertain_since=now, check_at=now)

    assert reconciliation.settle(message.pk, "3EB0", "551199990001@s.whatsapp.net", now) is True

    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "words"),
    [("report", "relatório"), ("alert", "alerta de saldo"), ("test", "teste")],
)
def test_each_kind_by_its_name(kind: str, words: str, client: Client) -> None:
    fail(report(client, kind=Message.Kind(kind)))

    assert open_titles(client.agency) == [f"Moda Ipê: {words} para Beatriz não saiu"]


def test_one_notice_for_a_kind_and_number_with_the_newest_reason(client: Client) -> None:
    fail(report(client), "Este número não tem WhatsApp.")
    fail(report(client), "O WhatsApp recusou o texto.")

    notice = notices.open_of(client.agency).get()
    assert notice.text == "O WhatsApp recusou o texto."


def test_kinds_and_numbers_are_told_apart(client: Client) -> None:
    fail(report(client))
    fail(report(client, kind=Message.Kind.ALERT))
    fail(report(client, to="+5511999990002", to_name="Paulo"))
    fail(report(make_client(agency=client.agency, name="Padaria")))

    assert len(open_titles(client.agency)) == 4


def test_a_number_without_a_name_is_not_written_out(client: Client) -> None:
    fail(report(client, to_name=""))

    notice = notices.open_of(client.agency).get()
    assert notice.title == "Moda Ipê: relatório para o número com final 0001 não saiu"
    assert "99999" not in f"{notice.title} {notice.text} {notice.url}"


def test_messages_of_the_agency_itself_lead_to_its_connections(agency: Agency) -> None:
    first = make_message(agency=agency, to=BEATRIZ, to_name="Rafaela")

    fail(first)

    notice = notices.open_of(agency).get()
    assert (notice.title, notice.client) == ("Maré Alta: teste para Rafaela não saiu", None)
    assert (notice.url, notice.action) == (reverse("connections:index"), "Ver conexões")
    sent(make_message(agency=agency, to=BEATRIZ))
    assert open_titles(agency) == []


def test_what_waits_leaves_or_is_cancelled_raises_nothing(client: Client) -> None:
    sent(report(client))
    outbox.cancel_queued(client, reason="Cliente arquivado.")
    moves.move(report(client).pk, S.QUEUED, S.CANCELLED, reason="Demonstração.")

    assert Notice.objects.count() == 0


def test_a_move_that_did_not_happen_raises_nothing(client: Client) -> None:
    message = report(client)

    assert moves.move(message.pk, S.SENDING, S.FAILED, reason="Não foi assim.") is False
    assert Notice.objects.count() == 0


# --- How it ends ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "remains"),
    [
        ({}, False),
        ({"kind": Message.Kind.ALERT}, True),
        ({"to": "+5511999990002"}, True),
    ],
    ids=["same", "another kind", "another number"],
)
def test_only_the_same_kind_to_the_same_number_makes_it_good(
    other: dict[str, Any], remains: bool, client: Client
) -> None:
    fail(report(client))

    sent(report(client, **other))

    assert bool(open_titles(client.agency)) is remains


def document(client: Client) -> Message:
    return report(client, file_name="Relatório #K7F3QX.pdf", file_type="application/pdf")


def test_a_document_that_arrives_does_not_make_its_text_good(client: Client) -> None:
    text, own = report(client), document(client)
    fail(text)
    sent(own)

    assert open_titles(client.agency) == ["Moda Ipê: relatório para Beatriz não saiu"]
    assert client.delivery.problem == text


def test_a_document_that_fails_has_words_of_its_own_and_a_newer_text_makes_both_good(client: Client) -> None:
    fail(report(client))
    fail(document(client))
    assert sorted(open_titles(client.agency)) == [
        "Moda Ipê: anexo do relatório para Beatriz não saiu",
        "Moda Ipê: relatório para Beatriz não saiu",
    ]

    sent(document(client))
    assert open_titles(client.agency) == ["Moda Ipê: relatório para Beatriz não saiu"]

    fail(document(client))
    sent(report(client))
    assert open_titles(client.agency) == []


def test_another_clients_message_to_the_same_number_makes_nothing_good(client: Client) -> None:
    fail(report(client))

    sent(report(make_client(agency=client.agency)))
    sent(report(make_client()))

    assert len(open_titles(client.agency)) == 1


def test_two_numbers_of_a_client_are_made_good_one_by_one(client: Client) -> None:
    """The card notes the newest problem only; the notices know of both."""
    fail(report(client))
    fail(report(client, to="+5511999990002", to_name="Paulo"))

    sent(report(client))

    assert open_titles(client.agency) == ["Moda Ipê: relatório para Paulo não saiu"]
    sent(report(client, to="+5511999990002"))
    assert open_titles(client.agency) == []


@pytest.mark.parametrize("status", [S.FAILED, S.EXPIRED])
def test_a_person_who_tries_again_takes_it_back(status: MessageStatus, client: Client) -> None:
    message = report(client)
    if status == S.FAILED:
        fail(message)
    else:
        delivery.sweep(message.expires_at)

    outbox.try_again(fresh(message), expires_at=timezone.now() + timedelta(hours=1))

    assert open_titles(client.agency) == []
    assert notices.recently_closed(client.agency).get().outcome == "Moda Ipê: relatório para Beatriz de volta à fila."


def test_of_two_that_failed_the_other_keeps_the_notice_open(client: Client) -> None:
    older = fail(report(client), "O WhatsApp recusou o texto.")
    newer = fail(report(client), "Este número não tem WhatsApp.")
    first = notices.open_of(client.agency).get()

    outbox.try_again(newer, expires_at=timezone.now() + timedelta(hours=1))

    kept = notices.open_of(client.agency).get()
    assert (kept.pk, kept.text, kept.raised_at) == (first.pk, older.reason, first.raised_at)


def test_an_older_message_that_arrives_late_makes_the_newer_failure_not_good(client: Client) -> None:
    older = report(client)
    fail(report(client))

    sent(older)

    assert len(open_titles(client.agency)) == 1


def test_a_late_answer_settles_the_doubt(client: Client) -> None:
    message = doubt(report(client))

    moves.move(message.pk, S.UNCERTAIN, S.SENT)

    assert open_titles(client.agency) == []
    assert notices.recently_closed(client.agency).get().outcome == "Moda Ipê: relatório para Beatriz enviado."


def test_a_doubt_ends_with_that_very_message_and_not_when_a_later_one_arrives(
    client: Client,
) -> None:
    first, second, other = (
        doubt(report(client)),
        doubt(report(client)),
        doubt(report(client, to="+5511999990002")),
    )

    moves.move(second.pk, S.UNCERTAIN, S.QUEUED)
    after_queueing = {notice.subject for notice in notices.open_of(client.agency)}
    sent(second)

    assert after_queueing == {f"uncertain:{first.pk}", f"uncertain:{other.pk}"}
    sent(report(client))
    assert {notice.subject for notice in notices.open_of(client.agency)} == after_queueing


def test_a_message_that_arrives_makes_good_what_failed_and_says_nothing_of_what_is_doubtful(client: Client) -> None:
    fail(report(client))
    doubtful = doubt(report(client))

    sent(report(client))

    assert [notice.subject for notice in notices.open_of(client.agency)] == [f"uncertain:{doubtful.pk}"]


def test_archiving_closes_them_and_what_ends_afterwards_raises_none(client: Client) -> None:
    fail(report(client))
    on_its_way = report(client)
    moves.move(on_its_way.pk, S.QUEUED, S.SENDING)

    services.archive_client(client)
    moves.move(on_its_way.pk, S.SENDING, S.FAILED, reason="Este número não tem WhatsApp.")

    assert open_titles(client.agency) == []


def test_another_agencys_notice_of_the_same_number_stays(client: Client) -> None:
    other = make_client(agency=make_agency())
    fail(report(other))
    fail(report(client))

    sent(report(client))

    assert open_titles(client.agency) == []
    assert len(open_titles(other.agency)) == 1


# --- What it costs --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("of_a_client", [True, False])
def test_the_usual_way_of_a_message_costs_no_query_more(
    of_a_client: bool, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """The status, which message it was, and the client's note of a problem: as before there were notices."""
    message = report(client) if of_a_client else make_message(agency=client.agency)
    notices.raise_notice(client.agency, "report:1", title="Relatório retido", client=client)

    with django_assert_num_queries(1):
        moves.move(message.pk, S.QUEUED, S.SENDING)
    with django_assert_num_queries(2):
        moves.move(message.pk, S.SENDING, S.SENT)


# --- At the same time -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_messages_that_fail_and_arrive_at_once_end_in_one_truth_and_in_no_deadlock() -> None:
    client = make_client(agency=make_agency(name="Maré Alta"), name="Moda Ipê")

    def begun() -> Message:
        message = report(client)
        moves.move(message.pk, S.QUEUED, S.SENDING)
        return message

    for round_ in range(1, 7):
        fail(report(client))
        ends = [(begun(), end) for end in (S.FAILED, S.SENT, S.FAILED, S.UNCERTAIN, S.SENT)]
        works = [partial(moves.move, message.pk, S.SENDING, end, reason="") for message, end in ends]
        assert together(*works) == [True] * len(works)
        assert len(open_titles(client.agency)) <= round_ + 1

        sent(report(client))
        left = set(notices.open_of(client.agency).values_list("subject", flat=True))
        assert left == {f"uncertain:{message.pk}" for message in Message.objects.filter(status=S.UNCERTAIN)}
        assert len(left) == round_
