"""The /agency page and the forms around a client: who sees what, what each click does, how many queries it costs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from connections.models import ClientDelivery, WhatsAppConnection
from tests.factories import make_agency, make_client, make_connection, make_message, make_user
from tests.people import browser_of

HTMX = {"HX-Request": "true"}
OF_A_CLIENT = ["client", "client_card", "client_edit", "client_archive"]


def text(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê", email="contato@ipe.exemplo")


@pytest.mark.parametrize("name", OF_A_CLIENT)
def test_a_client_of_another_agency_is_not_there(name: str, client: Client, as_stranger: Browser) -> None:
    assert as_stranger.get(reverse(f"agency:{name}", args=[client.pk])).status_code == 404


@pytest.mark.parametrize("name", OF_A_CLIENT)
def test_an_unknown_or_archived_client_is_not_there(name: str, agency: Agency, as_owner: Browser) -> None:
    archived = make_client(agency=agency, archived_at=timezone.now())

    assert as_owner.get(reverse(f"agency:{name}", args=[uuid.uuid4()])).status_code == 404
    assert as_owner.get(reverse(f"agency:{name}", args=[archived.pk])).status_code == 404


@pytest.mark.parametrize("name", ["client_edit", "client_archive"])
def test_a_stranger_changes_nothing(name: str, client: Client, as_stranger: Browser) -> None:
    response = as_stranger.post(reverse(f"agency:{name}", args=[client.pk]), {"name": "Tomado"})

    client.refresh_from_db()
    assert (response.status_code, client.name, client.archived_at) == (404, "Moda Ipê", None)


@pytest.mark.parametrize("name", OF_A_CLIENT)
def test_an_anonymous_visitor_goes_to_login(name: str, client: Client, as_anonymous: Browser) -> None:
    path = reverse(f"agency:{name}", args=[client.pk])

    response = as_anonymous.get(path)

    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/accounts/login/?next={path.replace('/', '%2F')}",
    )


def test_a_person_of_no_agency_is_told_so(db: None) -> None:
    response = browser_of(make_user()).get("/agency/")

    assert response.status_code == 403
    assert "agência" in text(response)


@pytest.mark.parametrize("path", ["/", "/agency"])
def test_short_addresses_lead_to_the_page(path: str, as_owner: Browser) -> None:
    response = as_owner.get(path, follow=True)

    assert response.redirect_chain[-1][0] == "/agency/"


def test_the_empty_page_offers_the_first_step(as_owner: Browser) -> None:
    response = as_owner.get("/agency/")

    assert "Nenhum cliente cadastrado ainda." in text(response)
    assert "Criar primeiro cliente" in text(response)


def test_the_page_shows_this_agencys_clients_in_service(client: Client, as_owner: Browser) -> None:
    make_client(agency=client.agency, name="Arquivada", archived_at=timezone.now())
    make_client(name="De outra agência")

    response = as_owner.get("/agency/")

    assert "Moda Ipê" in text(response)
    assert "Arquivada" not in text(response)
    assert "De outra agência" not in text(response)


@pytest.mark.parametrize("query", ["ipe", "IPÊ", "moda ipê", "contato@ipe", "ipê moda"])
def test_search_minds_neither_accents_nor_case_nor_order(query: str, client: Client, as_owner: Browser) -> None:
    make_client(agency=client.agency, name="Padaria Trigo Real")

    response = as_owner.get("/agency/", {"q": query})

    assert [found.name for found in [*response.context["attention"], *response.context["on_track"]]] == ["Moda Ipê"]


def test_a_search_without_result_says_so(client: Client, as_owner: Browser) -> None:
    response = as_owner.get("/agency/", {"q": "<script>"})

    assert "Nenhum cliente" in text(response)
    assert "<script>" not in text(response).replace("<script src", "")


def test_counters_count_all_and_filters_narrow(agency: Agency, as_owner: Browser) -> None:
    make_connection(agency=agency)
    up, fell, without = (make_client(agency=agency, name=name) for name in ("Acesa", "Caída", "Sem número"))
    make_connection(agency=agency, client=up)
    make_connection(
        agency=agency,
        client=fell,
        status="disconnected",
        reason="logged_out",
        connected_at=timezone.now() - timedelta(1),
    )

    response = as_owner.get("/agency/", {"estado": "desconectados"})

    assert response.context["counters"] == {
        "total": 3,
        "connected": 1,
        "attention": 1,
        "by_agency": 2,
        "low_balance": 0,
    }
    assert response.context["attention"] == [fell]
    assert response.context["on_track"] == []
    assert without not in response.context["attention"]
    assert "Aparelho removido no celular do cliente." in text(response)
    assert "Até reconectar, os envios saem pelo número da agência." in text(response)


def test_an_unknown_filter_is_no_filter(client: Client, as_owner: Browser) -> None:
    assert "Moda Ipê" in text(as_owner.get("/agency/", {"estado": "nada"}))


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_page_costs_the_same_however_many_clients(
    count: int, agency: Agency, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        one = make_client(agency=agency)
        make_connection(agency=agency, client=one)
        make_message(client=one)
    as_owner.get("/agency/")

    # session, user, membership + agency, unread notices, the agency's number, counters, clients, their accounts
    with django_assert_num_queries(8):
        as_owner.get("/agency/")


def test_a_card_tells_of_a_message_that_needs_a_person(client: Client, as_owner: Browser) -> None:
    make_connection(agency=client.agency, client=client)
    make_message(client=client, status="uncertain", reason="A resposta se perdeu.")

    response = as_owner.get(reverse("agency:client_card", args=[client.pk]))

    assert "Incerto" in text(response)
    assert "A resposta se perdeu." in text(response)


def test_a_client_is_created_and_belongs_to_the_agency(agency: Agency, as_owner: Browser) -> None:
    response = as_owner.post(
        "/agency/clients/new/",
        {"name": "  Café   Serra  Mansa ", "email": "", "time_zone": "America/Manaus"},
        follow=True,
    )

    created = Client.objects.get()
    assert (created.name, created.agency, created.use_agency_number) == ("Café Serra Mansa", agency, False)
    assert created.zone.key == "America/Manaus"
    assert "Café Serra Mansa cadastrado." in text(response)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"name": ""}, "obrigatório"),
        ({"name": "x" * 81}, "80"),
        ({"name": "A", "email": "nada"}, "e-mail"),
        ({"name": "A", "time_zone": "Lua/Mar"}, "Faça uma escolha válida"),
    ],
)
def test_a_wrong_form_says_what_is_wrong(data: dict[str, Any], why: str, as_owner: Browser) -> None:
    response = as_owner.post("/agency/clients/new/", data)

    assert response.status_code == 200
    assert why in text(response)
    assert Client.objects.count() == 0


def test_editing_keeps_the_agency_whatever_is_posted(client: Client, as_owner: Browser) -> None:
    data = {"name": "Moda Ipê Nova", "agency": str(make_agency().pk), "is_demo": "on", "use_agency_number": "on"}

    as_owner.post(reverse("agency:client_edit", args=[client.pk]), data)

    renamed = Client.objects.get(pk=client.pk)
    assert (renamed.name, renamed.agency, renamed.is_demo) == ("Moda Ipê Nova", client.agency, False)


def test_archiving_asks_first(client: Client, as_owner: Browser) -> None:
    response = as_owner.get(reverse("agency:client_archive", args=[client.pk]), headers=HTMX)

    client.refresh_from_db()
    assert "Arquivar" in text(response)
    assert client.archived_at is None


def test_archiving_cancels_what_is_queued_and_asks_for_the_disconnect(client: Client, as_owner: Browser) -> None:
    row = make_connection(agency=client.agency, client=client)
    message = make_message(client=client)

    response = as_owner.post(reverse("agency:client_archive", args=[client.pk]), headers=HTMX)

    client.refresh_from_db()
    message.refresh_from_db()
    assert response.headers["HX-Redirect"] == "/agency/"
    assert (client.is_archived, message.status) == (True, "cancelled")
    assert WhatsAppConnection.objects.get(pk=row.pk).disconnect_wanted_at is not None


@pytest.mark.parametrize("count", [1, 3])
def test_the_clients_page_costs_the_same_however_long_the_history(
    count: int, client: Client, as_owner: Browser, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_message(client=client)
    path = reverse("agency:client", args=[client.pk])
    as_owner.get(path)

    with django_assert_num_queries(10):
        as_owner.get(path)


def test_the_history_says_when_to_whom_through_which_number_and_how_it_ended(client: Client, as_owner: Browser) -> None:
    make_message(client=client, status="sent", sent_at=timezone.now(), by_agency_number=True, to_name="Paulo Brandão")
    failed = make_message(client=client, status="failed", reason="Este número não tem WhatsApp.", to="+5531986304412")

    response = as_owner.get(reverse("agency:client", args=[client.pk]))

    shown = text(response)
    assert all(part in shown for part in ("Paulo Brandão", "agência", "Enviado", "Não enviado"))
    assert all(part in shown for part in ("Este número não tem WhatsApp.", "(31) 9 8630-4412", f"#{failed.reference}"))


def test_no_page_may_be_framed_or_run_inline_code(client: Client, as_owner: Browser) -> None:
    response = as_owner.get("/agency/")

    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_a_card_tells_of_an_earlier_problem_that_a_newer_message_would_hide(client: Client, as_owner: Browser) -> None:
    make_connection(agency=client.agency, client=client)
    failed = make_message(
        client=client, to_name="Paulo Brandão", status="failed", reason="Este número não tem WhatsApp."
    )
    newest = make_message(client=client, status="sent", sent_at=timezone.now())
    ClientDelivery.objects.filter(client=client).update(problem=failed)

    response = as_owner.get("/agency/")

    assert ClientDelivery.objects.get().last_message == newest
    assert response.context["attention"] == [client]
    assert "Um envio a Paulo Brandão não saiu." in text(response)
