"""Ad accounts by page: added, renamed, removed, and what goes with them."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from reports import accounts
from reports.balances import record_reading
from reports.choices import BalanceSource
from reports.models import AdAccount, BalanceReading, DailyMetric
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, week

HTMX = {"HX-Request": "true"}
VIEWS = ["account_new", "account_edit", "account_remove"]
NEW = {
    "platform": "meta",
    "external_id": "act_700-100-0001",
    "name": "  Ipê   Loja ",
    "currency": "brl",
    "time_zone": "America/Sao_Paulo",
}


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def account(client: Client) -> AdAccount:
    return make_account(client=client, name="Ipê Loja", external_id="7001000001")


def path(name: str, client: Client, account: AdAccount) -> str:
    return reverse(f"reports:{name}", args=[client.pk] if name == "account_new" else [client.pk, account.pk])


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_wrong_method(name: str, method: str, as_owner: Browser, client: Client, account: AdAccount) -> None:
    assert getattr(as_owner, method)(path(name, client, account)).status_code == 405
    assert AdAccount.objects.filter(pk=account.pk).exists()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", VIEWS)
def test_anonymous_goes_to_login(
    name: str, method: str, as_anonymous: Browser, client: Client, account: AdAccount
) -> None:
    answer = getattr(as_anonymous, method)(path(name, client, account), NEW)

    assert (answer.status_code, answer["Location"].startswith(reverse("account_login"))) == (302, True)
    assert list(AdAccount.objects.values_list("name", flat=True)) == ["Ipê Loja"]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_stranger_finds_and_changes_nothing(
    name: str, method: str, as_stranger: Browser, client: Client, account: AdAccount
) -> None:
    assert getattr(as_stranger, method)(path(name, client, account), NEW).status_code == 404
    assert list(AdAccount.objects.values_list("name", flat=True)) == ["Ipê Loja"]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["account_edit", "account_remove"])
def test_an_account_is_found_through_its_own_client_only(
    name: str, method: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    other = make_client(agency=client.agency)

    assert getattr(as_owner, method)(path(name, other, account), NEW).status_code == 404
    assert getattr(as_owner, method)(path(name, client, AdAccount(pk=uuid.uuid4())), NEW).status_code == 404
    assert list(AdAccount.objects.values_list("name", flat=True)) == ["Ipê Loja"]


@pytest.mark.parametrize("name", VIEWS)
def test_an_archived_client_is_not_found(name: str, as_owner: Browser, client: Client, account: AdAccount) -> None:
    archive_client(client)

    assert as_owner.get(path(name, client, account)).status_code == 404


def test_an_account_is_added_with_its_id_in_digits(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(reverse("reports:account_new", args=[client.pk]), NEW)

    assert (answer.status_code, answer["Location"]) == (302, reverse("reports:balance", args=[client.pk]))
    assert said(answer) == ["Conta Ipê Loja adicionada."]
    added = AdAccount.objects.get()
    assert (added.client, added.platform, added.external_id) == (client, "meta", "7001000001")
    assert (added.name, added.currency, added.time_zone) == ("Ipê Loja", "BRL", "America/Sao_Paulo")
    assert (added.balance, added.alert_enabled) == (None, False)


def test_the_form_begins_with_the_clients_zone(as_owner: Browser, agency: Agency) -> None:
    client = make_client(agency=agency, time_zone="America/Manaus")

    page = as_owner.get(reverse("reports:account_new", args=[client.pk])).content.decode()

    assert '<option value="America/Manaus" selected>Amazonas</option>' in page


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("platform", "tiktok", "Faça uma escolha válida"),
        ("external_id", "", "obrigatório"),
        ("external_id", "minha loja", "só tem números"),
        ("name", "", "obrigatório"),
        ("name", "x" * 81, "80"),
        ("currency", "reais", "três letras"),
        ("currency", "R$", "três letras"),
        ("time_zone", "Lua/Mar", "Faça uma escolha válida"),
    ],
)
def test_a_wrong_account_is_said_and_not_stored(
    field: str, value: str, why: str, as_owner: Browser, client: Client
) -> None:
    answer = as_owner.post(reverse("reports:account_new", args=[client.pk]), NEW | {field: value})

    assert answer.status_code == 200
    assert why in answer.content.decode()
    assert not AdAccount.objects.exists()


def test_another_currency_may_be_typed(as_owner: Browser, client: Client) -> None:
    as_owner.post(reverse("reports:account_new", args=[client.pk]), NEW | {"currency": "jpy"})

    assert AdAccount.objects.get().currency == "JPY"


def test_the_same_account_twice_is_refused(as_owner: Browser, client: Client, account: AdAccount) -> None:
    answer = as_owner.post(reverse("reports:account_new", args=[client.pk]), NEW | {"external_id": "700-100-0001"})

    assert "Este cliente já tem esta conta." in answer.content.decode()
    assert AdAccount.objects.count() == 1


@pytest.mark.django_db
def test_the_same_account_added_by_another_request_meanwhile_is_refused(account: AdAccount) -> None:
    twin = AdAccount(client=account.client, platform=account.platform, external_id=account.external_id, name="Outra")

    with pytest.raises(accounts.AlreadyThere):
        accounts.add(twin)
    assert AdAccount.objects.count() == 1


def test_an_account_of_another_client_is_allowed_and_said(as_owner: Browser, client: Client) -> None:
    make_account(client=make_client(agency=client.agency, name="Padaria Trigo"), external_id="7001000001")
    make_account(client=make_client(name="De outra agência"), external_id="7001000001")
    make_account(
        client=make_client(agency=client.agency, name="No Google"), external_id="7001000001", platform="google"
    )

    answer = as_owner.post(reverse("reports:account_new", args=[client.pk]), NEW)

    assert said(answer) == ["Conta Ipê Loja adicionada. Ela também é de Padaria Trigo."]
    edit = as_owner.get(reverse("reports:account_edit", args=[client.pk, client.ad_accounts.get().pk]))
    assert "também é de Padaria Trigo." in edit.content.decode()


def test_renaming_changes_the_name_alone(as_owner: Browser, client: Client, account: AdAccount) -> None:
    answer = as_owner.post(
        path("account_edit", client, account),
        {"name": " Ipê  Online ", "external_id": "1", "currency": "USD", "client": str(make_client().pk)},
    )

    account.refresh_from_db()
    assert answer["Location"] == reverse("reports:balance", args=[client.pk])
    assert (account.name, account.external_id, account.currency, account.client) == (
        "Ipê Online",
        "7001000001",
        "BRL",
        client,
    )


def test_an_empty_name_is_said(as_owner: Browser, client: Client, account: AdAccount) -> None:
    page = as_owner.post(path("account_edit", client, account), {"name": " "}).content.decode()

    assert "obrigatório" in page
    assert "Conta Ipê Loja" in page


@pytest.mark.parametrize("htmx", [False, True])
def test_removing_says_first_what_goes_with_it(
    htmx: bool, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_days(account, week(date(2026, 11, 23), weeks=2))
    record_reading(account, None, BalanceSource.INFORMED)

    page = as_owner.get(path("account_remove", client, account), headers=HTMX if htmx else {}).content.decode()

    assert "14 dias de números" in page
    assert "1 leitura e 0 alertas" in page
    assert ("<html" in page) is not htmx
    assert AdAccount.objects.count() == 1


def test_removing_takes_its_numbers_and_no_others(as_owner: Browser, client: Client, account: AdAccount) -> None:
    other = make_account(client=client)
    make_days(account, week(date(2026, 11, 23)))
    make_days(other, week(date(2026, 11, 23)))
    record_reading(account, None, BalanceSource.INFORMED)

    answer = as_owner.post(path("account_remove", client, account), headers=HTMX)

    assert answer["HX-Redirect"] == reverse("reports:balance", args=[client.pk])
    assert list(AdAccount.objects.all()) == [other]
    assert DailyMetric.objects.count() == 7
    assert not BalanceReading.objects.exists()


def test_removing_without_javascript(as_owner: Browser, client: Client, account: AdAccount) -> None:
    answer = as_owner.post(path("account_remove", client, account))

    assert answer["Location"] == reverse("reports:balance", args=[client.pk])
    assert said(answer) == ["A conta Ipê Loja foi removida, com os números dela."]


@pytest.mark.parametrize(("name", "queries"), [("account_new", 5), ("account_edit", 9), ("account_remove", 8)])
def test_what_the_pages_cost(
    name: str,
    queries: int,
    as_owner: Browser,
    client: Client,
    account: AdAccount,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    as_owner.get(path(name, client, account), headers=HTMX)

    with django_assert_num_queries(queries):
        as_owner.get(path(name, client, account), headers=HTMX)
