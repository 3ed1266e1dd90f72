"""The page "Envios incertos" and its two questions, as a browser sees them; the history's row; the card's note."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import standing
from agency.cards import dress
from agency.models import Agency, Client
from connections.models import ClientDelivery, Message, MessageStatus, WhatsAppConnection
from tests.connections.doubtful import CUT_OFF, fresh, make_doubtful
from tests.factories import make_client, make_connection

S = MessageStatus
HTMX = {"HX-Request": "true"}
PAGE = "/connections/uncertain/"
RECEIVED, AGAIN = f"{PAGE}received/", f"{PAGE}again/"


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency, name="Moda <b>Ipê</b>"))


@pytest.fixture
def message(own: WhatsAppConnection) -> Message:
    return make_doubtful(own, check_at=None, to_name="Beatriz")


def text(response: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def events(response: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    return found


# --- The four questions ---------------------------------------------------------------------------------------------


def test_the_addresses() -> None:
    names = ("uncertain", "uncertain_received", "uncertain_again")
    assert [reverse(f"connections:{name}") for name in names] == [PAGE, RECEIVED, AGAIN]


@pytest.mark.parametrize(("path", "method"), [(PAGE, "post"), (RECEIVED, "delete"), (AGAIN, "put")])
def test_a_wrong_method_is_refused(path: str, method: str, as_owner: Browser) -> None:
    assert getattr(as_owner, method)(path).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [RECEIVED, AGAIN])
def test_an_anonymous_visitor_goes_to_login(path: str, method: str, message: Message, as_anonymous: Browser) -> None:
    response = getattr(as_anonymous, method)(path, {"message": str(message.pk)})

    assert response.headers["Location"].startswith(reverse("account_login"))
    assert as_anonymous.get(PAGE).headers["Location"].startswith(reverse("account_login"))
    assert fresh(message).status == S.UNCERTAIN


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", [RECEIVED, AGAIN])
def test_a_stranger_finds_nothing(path: str, method: str, message: Message, as_stranger: Browser) -> None:
    assert getattr(as_stranger, method)(path, {"message": str(message.pk)}).status_code == 404
    assert "Nada incerto." in text(as_stranger.get(PAGE))
    assert fresh(message).status == S.UNCERTAIN


@pytest.mark.parametrize("path", [RECEIVED, AGAIN])
def test_one_foreign_message_among_own_ones_stops_all(path: str, message: Message, as_owner: Browser) -> None:
    other = make_client()
    foreign = make_doubtful(make_connection(agency=other.agency, client=other), check_at=None)

    response = as_owner.post(path, {"message": [str(message.pk), str(foreign.pk)]})

    assert response.status_code == 404
    assert (fresh(message).status, fresh(foreign).status) == (S.UNCERTAIN, S.UNCERTAIN)


@pytest.mark.parametrize("name", ["x", "0", "7d9f3f9e-2f1e-4a53-9d0a-0d7a3f6c1b11"])
def test_what_is_no_message_is_not_found(name: str, as_owner: Browser) -> None:
    assert as_owner.get(RECEIVED, {"message": name}).status_code == 404
    assert as_owner.post(AGAIN, {"message": name}).status_code == 404


def test_a_message_of_an_archived_client_is_not_found(message: Message, as_owner: Browser) -> None:
    Client.objects.update(archived_at=timezone.now())

    assert as_owner.post(AGAIN, {"message": str(message.pk)}).status_code == 404


@pytest.mark.parametrize("path", [RECEIVED, AGAIN])
def test_an_answer_without_the_csrf_token_is_refused(path: str, message: Message, owner: Any) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(path, {"message": str(message.pk)}).status_code == 403


# --- The list -------------------------------------------------------------------------------------------------------


def test_the_page_says_what_to_whom_since_when_and_by_which_number(
    message: Message, own: WhatsAppConnection, as_colleague: Browser
) -> None:
    response = as_colleague.get(PAGE)

    shown = text(response)
    assert "Moda &lt;b&gt;Ipê&lt;/b&gt; Teste #" + message.reference in shown
    assert "Olá #" in shown
    assert "Para Beatriz, (31) 9 8765-4321" in shown
    assert f"desde {timezone.localtime(message.uncertain_since):%H:%M}" in shown
    assert own.phone[-4:] in shown
    assert f"{CUT_OFF} Pode ter chegado: confira e decida" in shown
    assert f'value="{message.pk}"' in response.content.decode()


def test_one_that_is_looked_for_says_until_when_and_cannot_be_sent_again_yet(
    own: WhatsAppConnection, as_owner: Browser
) -> None:
    message = make_doubtful(own)

    response = as_owner.get(PAGE)

    assert f"Conferindo no WhatsApp até {timezone.localtime(message.looked_for_until):%H:%M}" in text(response)
    assert f'id="received-{message.pk}"' in response.content.decode()
    assert f'id="again-{message.pk}"' not in response.content.decode()


def test_without_any_it_says_so(as_owner: Browser) -> None:
    shown = text(as_owner.get(PAGE))

    assert "Nada incerto." in shown
    assert "Foram recebidos" not in shown


def test_pages_of_fifty(own: WhatsAppConnection, as_owner: Browser) -> None:
    now = timezone.now()
    for minute in range(51):
        make_doubtful(own, since=now - timedelta(minutes=minute), check_at=None)

    first, second = as_owner.get(PAGE), as_owner.get(PAGE, {"pagina": "2"})

    assert (first.content.count(b'name="message"'), second.content.count(b'name="message"')) == (50, 1)
    assert "51 envios" in text(first)
    assert "Página 2 de 2" in text(second)


def test_the_list_costs_as_many_queries_for_thirty_as_for_three(
    own: WhatsAppConnection, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """Session, user, membership, the bell, the outage's banner apart: how many, the rows, their attempts."""
    for _ in range(3):
        make_doubtful(own)
    with django_assert_num_queries(7):
        as_owner.get(PAGE)
    for _ in range(27):
        client = make_client(agency=own.agency)
        make_doubtful(make_connection(agency=own.agency, client=client))
    with django_assert_num_queries(7):
        as_owner.get(PAGE)


def test_it_is_linked_from_conexoes(message: Message, as_owner: Browser) -> None:
    response = as_owner.get(reverse("connections:index"))

    assert f'href="{PAGE}"' in response.content.decode()
    assert "Envios incertos 1 Podem ter saído" in text(response)


# --- The questions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "asked"), [(RECEIVED, "A mensagem está na conversa?"), (AGAIN, "Pode chegar duas vezes.")]
)
def test_it_asks_first(path: str, asked: str, message: Message, as_owner: Browser) -> None:
    dialog = as_owner.get(path, {"message": str(message.pk)}, headers=HTMX)
    page = as_owner.get(path, {"message": str(message.pk)})

    assert asked in text(dialog)
    assert asked in text(page)
    assert (b"<html" in dialog.content, b"<html" in page.content) == (False, True)
    assert f'name="message" value="{message.pk}"' in page.content.decode()
    assert fresh(message).status == S.UNCERTAIN


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        (RECEIVED, S.SENT, "Recebimento confirmado."),
        (AGAIN, S.QUEUED, "De volta à fila: sai de novo em instantes."),
    ],
)
def test_an_answer_in_place(
    path: str, status: MessageStatus, said: str, message: Message, own: WhatsAppConnection, as_owner: Browser
) -> None:
    response = as_owner.post(path, {"message": str(message.pk)}, headers=HTMX)

    assert response.status_code == 204
    told = events(response)
    assert told["toast"] == {"text": said, "level": "ok"}
    assert {"uncertain-changed", "notices-changed", f"client-changed-{own.client_id}", "dialog-close"} <= set(told)
    assert fresh(message).status == status


@pytest.mark.parametrize(("path", "status"), [(RECEIVED, S.SENT), (AGAIN, S.QUEUED)])
def test_an_answer_without_scripts(
    path: str, status: MessageStatus, message: Message, own: WhatsAppConnection, as_owner: Browser
) -> None:
    from_client = as_owner.post(path, {"message": str(message.pk), "from": "client"})
    again = as_owner.post(path, {"message": str(message.pk)}, follow=True)

    assert from_client.headers["Location"] == reverse("agency:client", args=[own.client_id])
    assert again.redirect_chain == [(PAGE, 302)]
    assert "Já resolvido: " in text(again)
    assert fresh(message).status == status


def test_a_question_about_one_that_is_resolved_says_how(
    message: Message, as_owner: Browser, as_colleague: Browser
) -> None:
    as_colleague.post(RECEIVED, {"message": str(message.pk)})

    response = as_owner.get(AGAIN, {"message": str(message.pk)}, headers=HTMX)

    assert "Já resolvido: recebimento confirmado por Davi Prado." in text(response)
    assert b"<form" not in response.content


def test_many_are_answered_at_once_and_only_what_may_be(own: WhatsAppConnection, as_owner: Browser) -> None:
    first, second, looked_for = (make_doubtful(own, check_at=None) for _ in range(3))
    Message.objects.filter(pk=looked_for.pk).update(check_at=timezone.now())
    keys = [str(one.pk) for one in (first, second, looked_for)]

    question = as_owner.get(AGAIN, {"message": keys}, headers=HTMX)
    response = as_owner.post(AGAIN, {"message": keys}, headers=HTMX)

    assert question.content.count(b'name="message"') == 2
    assert "só depois dá para enviar de novo" in text(question)
    assert events(response)["toast"]["text"].startswith("2 de volta à fila. Conferindo no WhatsApp até ")
    assert [fresh(one).status for one in (first, second, looked_for)] == [S.QUEUED, S.QUEUED, S.UNCERTAIN]


@pytest.mark.parametrize("path", [RECEIVED, AGAIN])
def test_nothing_marked(path: str, message: Message, as_owner: Browser) -> None:
    question = as_owner.get(path, headers=HTMX)
    response = as_owner.post(path, headers=HTMX)

    assert "Marque na lista os envios de que se trata." in text(question)
    assert events(response)["toast"] == {"text": "Nada foi marcado.", "level": "info"}
    assert fresh(message).status == S.UNCERTAIN


# --- The client's page and card -------------------------------------------------------------------------------------


def test_the_history_asks_beside_the_message(message: Message, own: WhatsAppConnection, as_owner: Browser) -> None:
    page = as_owner.get(reverse("agency:client", args=[own.client_id]))

    assert f"{CUT_OFF} Pode ter chegado: confira e decida" in text(page)
    assert f'href="{RECEIVED}?message={message.pk}&amp;from=client"' in page.content.decode()
    assert f'href="{AGAIN}?message={message.pk}&amp;from=client"' in page.content.decode()


def test_the_history_says_who_confirmed_it(message: Message, own: WhatsAppConnection, as_owner: Browser) -> None:
    as_owner.post(RECEIVED, {"message": str(message.pk)})

    page = as_owner.get(reverse("agency:client", args=[own.client_id]))

    assert "Enviado Recebimento confirmado por Rafaela Couto." in text(page)
    assert f"{RECEIVED}?message=" not in page.content.decode()


def test_while_it_is_looked_for_the_clients_page_says_until_when_and_reads_itself_anew(
    own: WhatsAppConnection, as_owner: Browser
) -> None:
    message = make_doubtful(own)
    path = reverse("agency:client", args=[own.client_id])

    page = as_owner.get(path)
    Message.objects.update(check_at=None)
    afterwards = as_owner.get(path)

    words = f"Conferindo no WhatsApp até {timezone.localtime(message.looked_for_until):%H:%M}"
    assert text(page).count(words) == 2  # the note, and the history
    assert b"from:body, every 15s" in page.content
    assert words not in text(afterwards)
    assert b"from:body, every 15s" not in afterwards.content


def test_the_note_of_the_card_and_who_needs_attention(
    own: WhatsAppConnection, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    own.client.time_zone = "America/Manaus"  # type: ignore[union-attr]
    own.client.save()  # type: ignore[union-attr]
    message = make_doubtful(own)
    ClientDelivery.objects.update(problem=message)
    client = Client.objects.select_related(*standing.JOINS).get()

    note = dress(client, None).note  # type: ignore[attr-defined]
    with django_assert_num_queries(3):  # clients, their accounts, and what stood otherwise
        standing.refresh([client.pk])

    until = message.looked_for_until
    assert until is not None
    assert note.consequence == f"Conferindo no WhatsApp até {until.astimezone(client.zone):%H:%M}."
    client.refresh_from_db()
    assert client.attention_if_agency_up is True


# --- How messages leave ---------------------------------------------------------------------------------------------

SENDING = "/connections/sending/"


def test_the_sending_form_is_for_every_member(agency: Agency, as_colleague: Browser) -> None:
    given = {"quiet_from": "20:00", "quiet_until": "08:30", "resend_without_trace": "on"}

    response = as_colleague.post(SENDING, given, follow=True)

    agency.refresh_from_db()
    assert response.redirect_chain == [(reverse("connections:index"), 302)]
    assert (f"{agency.quiet_from:%H:%M}", f"{agency.quiet_until:%H:%M}") == ("20:00", "08:30")
    assert agency.resend_without_trace is True
    assert 'value="20:00"' in response.content.decode()
    assert "Ele pode chegar duas vezes." in text(response)
    assert "só sai teste que alguém pedir. Todo o resto, também o que for enviado à mão, espera" in text(response)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"quiet_from": "20:00", "quiet_until": ""}, "Preencha os dois horários, ou nenhum."),
        ({"quiet_from": "", "quiet_until": "08:00"}, "Preencha os dois horários, ou nenhum."),
        ({"quiet_from": "08:00", "quiet_until": "08:00"}, "Os dois horários são iguais"),
        ({"quiet_from": "25:00", "quiet_until": "08:00"}, "Informe uma hora válida."),
    ],
)
def test_quiet_hours_are_both_or_none(given: dict[str, str], said: str, agency: Agency, as_owner: Browser) -> None:
    response = as_owner.post(SENDING, given | {"resend_without_trace": "on"})

    agency.refresh_from_db()
    assert response.status_code == 200
    assert said in text(response)
    assert (agency.quiet_from, agency.quiet_until, agency.resend_without_trace) == (None, None, False)


def test_an_empty_sending_form_takes_everything_back(agency: Agency, as_owner: Browser) -> None:
    Agency.objects.update(quiet_from="20:00", quiet_until="08:00", resend_without_trace=True)

    as_owner.post(SENDING, {"quiet_from": "", "quiet_until": ""})

    agency.refresh_from_db()
    assert (agency.quiet_from, agency.quiet_until, agency.resend_without_trace) == (None, None, False)


def test_the_sending_form_of_strangers_and_wrong_methods(
    agency: Agency, as_anonymous: Browser, as_stranger: Browser, as_owner: Browser
) -> None:
    anonymous = as_anonymous.post(SENDING, {"resend_without_trace": "on"})
    as_stranger.post(SENDING, {"resend_without_trace": "on"})

    agency.refresh_from_db()
    assert anonymous.headers["Location"].startswith(reverse("account_login"))
    assert agency.resend_without_trace is False  # the stranger's own agency has it now
    assert Agency.objects.filter(resend_without_trace=True).count() == 1
    assert as_owner.get(SENDING).status_code == 405
