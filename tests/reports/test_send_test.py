""" "Enviar teste": the form as it stands, to the person who asks, once for a click, the way that a report would go."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client, User
from connections import delivery
from connections.models import Message
from reports.models import Recipient, Report, ReportSettings
from reports.text import NO_REFERENCE
from tests.connections.conftest import Gateway
from tests.factories import make_agency, make_connection
from tests.reports.editor import HTMX, TOKEN, form, make_ipe, said, settings_form, text, toast, url
from tests.reports.factories import make_settings
from tests.reports.test_preview import shown

pytestmark = pytest.mark.django_db

PHONE = "+5531993110846"


@pytest.fixture
def client(agency: Agency) -> Client:  # type: ignore[override]
    return make_ipe(agency)


@pytest.fixture
def owner(owner: User) -> User:
    owner.phone = PHONE
    owner.save()
    return owner


@pytest.fixture
def gateway(http: Any) -> Gateway:
    return Gateway(http)


def ask(browser: Browser, client: Client, token: str = TOKEN, **typed: Any) -> Any:
    return browser.post(url("send_test", client), {**settings_form(**typed), "token": token}, headers=HTMX)


def test_the_form_as_it_stands_goes_to_the_person_who_asks(
    as_owner: Browser, agency: Agency, client: Client, owner: User
) -> None:
    make_connection(agency=agency, client=client)
    make_settings(client, period="last_30_days")
    previewed = shown(
        text(as_owner.post(url("preview", client), settings_form(period="yesterday", metrics=["cpa"]), headers=HTMX))
    )

    answer = ask(as_owner, client, period="yesterday", metrics=["cpa"])

    message = Message.objects.get()
    assert toast(answer) == {"text": "Teste a caminho de (31) 9 9311-0846.", "level": "ok"}
    assert (message.kind, message.to, message.to_name, message.client) == ("test", PHONE, "Rafaela Couto", client)
    assert message.body.replace(message.reference, NO_REFERENCE) == previewed
    assert timezone.now() < message.expires_at < timezone.now() + timedelta(hours=2)
    assert ReportSettings.objects.get().period == "last_30_days"
    assert not Report.objects.exists()


def test_it_leaves_through_the_clients_number(
    as_owner: Browser, agency: Agency, client: Client, gateway: Gateway
) -> None:
    own = make_connection(agency=agency, client=client)
    make_connection(agency=agency)
    gateway.send(own)
    ask(as_owner, client)

    delivery.deliver(Message.objects.get().pk)

    assert Message.objects.get().connection == own


def test_a_double_click_is_one_test(as_owner: Browser, client: Client) -> None:
    answers = [ask(as_owner, client) for _ in range(2)]

    assert Message.objects.count() == 1
    assert toast(answers[0]) == toast(answers[1])


def test_the_page_gets_a_new_token_for_the_next_test(as_owner: Browser, client: Client) -> None:
    answer = ask(as_owner, client)

    assert 'id="form-token"' in text(answer)
    assert 'hx-swap-oob="true"' in text(answer)
    assert TOKEN not in text(answer)


def test_a_page_left_open_says_that_it_does_not_send_again(as_owner: Browser, client: Client) -> None:
    ask(as_owner, client)
    Message.objects.update(created_at=timezone.now() - timedelta(minutes=5))

    answer = ask(as_owner, client)

    assert "não se repete" in toast(answer)["text"]
    assert Message.objects.count() == 1


def test_the_same_token_of_two_agencies_is_two_tests(as_owner: Browser, as_stranger: Browser, client: Client) -> None:
    foreign = make_ipe(make_agency())
    User.objects.update(phone=PHONE)
    User.objects.get(membership__role="owner", membership__agency__name="Outra")
    Client.objects.filter(pk=foreign.pk).update(
        agency=User.objects.get(membership__agency__name="Outra").membership.agency
    )

    ask(as_owner, client)
    ask(as_stranger, foreign)

    assert set(Message.objects.values_list("client", flat=True)) == {client.pk, foreign.pk}


def test_without_a_phone_it_says_where_to_write_one(as_colleague: Browser, client: Client) -> None:
    answer = ask(as_colleague, client)

    assert toast(answer) == {
        "text": "Nada foi enviado: seu perfil não tem um telefone para receber o teste.",
        "level": "error",
        "href": reverse("agency:profile"),
        "action": "Abrir o perfil",
    }
    assert not Message.objects.exists()


def test_without_a_phone_and_without_javascript(as_colleague: Browser, client: Client) -> None:
    answer = as_colleague.post(url("send_test", client), {"token": TOKEN}, follow=True)

    assert f'<a class="link" href="{reverse("agency:profile")}">Abrir o perfil</a>' in text(answer)


@pytest.mark.parametrize("sender", ["client", "agency"])
def test_the_number_that_sends_is_pointed_out(sender: str, as_owner: Browser, agency: Agency, client: Client) -> None:
    make_connection(agency=agency, client=client if sender == "client" else None, phone=PHONE)

    answer = ask(as_owner, client)

    assert "o WhatsApp não notifica mensagens para si mesmo" in toast(answer)["text"]
    assert Message.objects.count() == 1


def test_without_a_number_it_waits_and_says_so(as_owner: Browser, client: Client) -> None:
    answer = ask(as_owner, client)

    assert "Ele espera na fila: sem WhatsApp conectado" in toast(answer)["text"]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [({"metrics": []}, "Escolha pelo menos uma métrica."), ({"period": "x"}, "Período: ")],
)
def test_an_invalid_form_sends_nothing(typed: dict[str, Any], problem: str, as_owner: Browser, client: Client) -> None:
    answer = ask(as_owner, client, **typed)

    assert toast(answer)["level"] == "error"
    assert problem in toast(answer)["text"]
    assert not Message.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "a" * 65, "manual: '; --"])
def test_without_a_proper_token_nothing_is_sent(token: str, as_owner: Browser, client: Client) -> None:
    answer = ask(as_owner, client, token)

    assert toast(answer)["level"] == "error"
    assert not Message.objects.exists()


def test_without_numbers_nothing_is_sent(as_owner: Browser, client: Client) -> None:
    client.daily_metrics.all().delete()

    answer = ask(as_owner, client)

    assert "Sem números de" in toast(answer)["text"]
    assert not Message.objects.exists()


def test_uncovered_days_are_said_beside_it(as_owner: Browser, agency: Agency, client: Client) -> None:
    make_connection(agency=agency, client=client)
    client.daily_metrics.order_by("-date").first().delete()

    answer = ask(as_owner, client)

    assert " de Ipê Loja." in toast(answer)["text"]
    assert Message.objects.count() == 1


def test_from_the_clients_page_the_stored_settings_are_sent(as_owner: Browser, client: Client) -> None:
    make_settings(client, metrics=["spend"], compare=False)

    answer = as_owner.post(url("send_test", client), {"token": TOKEN}, headers=HTMX)

    assert answer.status_code == 204
    assert f"client-changed-{client.pk}" in json.loads(answer["HX-Trigger"])
    assert "Investimento" in Message.objects.get().body
    assert "Receita" not in Message.objects.get().body


def test_from_the_clients_page_without_settings_and_without_javascript(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url("send_test", client), {"token": TOKEN})

    assert answer["Location"] == reverse("agency:client", args=[client.pk])
    assert "Teste a caminho de (31) 9 9311-0846." in said(answer)[0]
    assert not ReportSettings.objects.exists()


def test_from_the_editor_without_javascript_nothing_typed_is_lost(as_owner: Browser, client: Client) -> None:
    typed = {**form(client, **{"settings-period": "yesterday", "recipients-0-name": "Bia"}), "token": TOKEN}

    answer = as_owner.post(url("send_test", client), typed)

    page = text(answer)
    assert "Teste a caminho de" in page
    assert 'value="yesterday" selected' in page
    assert 'value="Bia"' in page
    assert Recipient.objects.get().name == "Beatriz"
    assert Message.objects.count() == 1
