"""A client's accounts chosen from what the agency's accesses list: searched, ticked, read from now on, or no more."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from reports.models import AdAccount, AdsCredential
from tests.factories import make_agency, make_client
from tests.reports.ads_world import make_access, make_listed
from tests.reports.factories import make_account, make_days, week

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def access(agency: Agency) -> AdsCredential:
    return make_access(agency, "Ipê Loja", "Padaria São João", "Vale Verde")


def url(name: str, client: Client, *more: Any) -> str:
    return reverse(f"reports:account_{name}", args=[client.pk, *more])


def page(browser: Browser, client: Client, *, htmx: bool = True, **asked: Any) -> str:
    return str(browser.get(url("choose", client), asked, headers=HTMX if htmx else {}).content.decode())


def names(shown: str) -> list[str]:
    return re.findall(r'break-words font-medium">([^<]+)</span>', shown)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def pk_of(name: str) -> int:
    return int(AdsCredential.objects.filter(listed__name=name).values_list("listed__pk", flat=True)[0])


# Who may


@pytest.mark.parametrize("method", ["get", "post"])
def test_strangers_and_the_unknown_find_nothing(
    method: str, as_stranger: Browser, as_anonymous: Browser, client: Client, access: AdsCredential
) -> None:
    form = {"account": pk_of("Ipê Loja"), "follow": "1"}

    assert getattr(as_stranger, method)(url("choose", client), form).status_code == 404
    assert getattr(as_anonymous, method)(url("choose", client), form).status_code == 302
    assert not AdAccount.objects.exists()


@pytest.mark.parametrize("name", ["follow", "unfollow"])
def test_an_account_is_read_or_not_by_its_own_agency_only(
    name: str, as_stranger: Browser, as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    account = make_account(client=client, credential=access, next_read_at=timezone.now())

    assert as_stranger.post(url(name, client, account.pk)).status_code == 404
    assert as_owner.post(url(name, make_client(agency=client.agency), account.pk)).status_code == 404
    assert as_owner.post(url(name, client, uuid.uuid4())).status_code == 404
    assert as_owner.get(url(name, client, account.pk)).status_code == 405
    account.refresh_from_db()
    assert account.credential == access


def test_another_agencys_listed_account_is_neither_shown_nor_followed(as_owner: Browser, client: Client) -> None:
    make_access(client.agency, "Nossa")
    make_access(make_agency(), "De outra")

    answer = as_owner.post(url("choose", client), {"account": pk_of("De outra"), "follow": "1"})

    assert names(page(as_owner, client)) == ["Nossa"]
    assert said(answer) == ["Nada mudou: a página ficou velha. Recarregue e tente de novo."]
    assert not AdAccount.objects.exists()


# The list


def test_without_an_access_there_is_one_thing_to_do(as_owner: Browser, client: Client) -> None:
    make_access(client.agency, "Morta", state="dead")

    shown = page(as_owner, client, htmx=False)

    assert "Nenhuma conta conectada para escolher." in shown
    assert reverse("connections:index") in shown
    assert url("new", client) in shown


def test_the_list_is_a_fragment_for_htmx_and_part_of_a_page_else(
    as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    assert "<html" not in page(as_owner, client)
    assert "<html" in page(as_owner, client, htmx=False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["Ipê Loja", "Padaria São João", "Vale Verde"]),
        ("ipe", ["Ipê Loja"]),
        ("  JOAO  padaria ", ["Padaria São João"]),
        ("verde são", []),
        ("act_77", ["Vale Verde"]),
        ("712-3", ["Vale Verde"]),
        ("\0", ["Ipê Loja", "Padaria São João", "Vale Verde"]),
    ],
)
def test_it_is_searched_by_name_without_accents_or_by_id(
    text: str, found: list[str], as_owner: Browser, client: Client
) -> None:
    access = make_access(client.agency, "Ipê Loja", "Padaria São João")
    make_listed(access, "Vale Verde", external_id="7712345")

    assert names(page(as_owner, client, q=text)) == found


def test_each_account_shows_what_it_is_and_whose(as_owner: Browser, client: Client) -> None:
    access = make_access(client.agency, platform="google", kind="google_oauth")
    make_listed(access, "Vale", external_id="7701154402", currency="USD", time_zone="America/Manaus", state="closed")
    other = make_client(agency=client.agency, name="Padaria Trigo")
    make_account(client=other, platform="google", external_id="7701154402")
    make_account(client=make_client(agency=client.agency, name="Na Meta"), external_id="7701154402")
    make_account(client=make_client(name="De outra agência"), platform="google", external_id="7701154402")

    shown = page(as_owner, client)

    for words in ("770-115-4402", "USD", "Amazonas", "Encerrada", "Também é de Padaria Trigo<"):
        assert words in shown


def test_an_account_of_the_client_is_not_offered_twice(as_owner: Browser, client: Client) -> None:
    access = make_access(client.agency)
    make_listed(access, "Lida", external_id="11111")
    make_listed(access, "De arquivos", external_id="22222")
    make_account(client=client, external_id="11111", credential=access)
    make_account(client=client, external_id="22222")

    shown = page(as_owner, client)

    assert shown.count(" checked disabled") == 1
    assert "já é lida para este cliente" in shown
    assert "já é deste cliente, sem leitura" in shown


def test_what_two_accesses_reach_is_listed_once_with_the_older(as_owner: Browser, client: Client) -> None:
    younger = make_access(client.agency, created_at=timezone.now())
    older = make_access(client.agency, created_at=timezone.now() - timedelta(days=1))
    dead = make_access(client.agency, created_at=timezone.now() - timedelta(days=9), state="dead")
    for access in (younger, older, dead):
        make_listed(access, "Ipê Loja", external_id="12345")

    assert names(page(as_owner, client)) == ["Ipê Loja"]
    assert f'value="{older.listed.get().pk}"' in page(as_owner, client)


def test_a_page_has_fifty_and_keeps_what_is_ticked(as_owner: Browser, client: Client) -> None:
    make_access(client.agency, *(f"Conta {number:04}" for number in range(120)))
    ticked = [pk_of("Conta 0003"), pk_of("Conta 0060")]

    shown = page(as_owner, client, page=2, account=ticked)

    assert "120 contas, da 51 à 100" in shown
    assert "Página 2 de 3" in shown
    assert names(shown)[:2] == ["Conta 0003", "Conta 0050"]
    assert [f'value="{pk}" checked' in shown for pk in ticked] == [True, True]


@pytest.mark.parametrize("asked", [{"page": "99"}, {"page": "x"}, {"account": ["x", "-1", "9" * 30]}, {"months": "5"}])
def test_nonsense_in_the_address_does_no_harm(
    asked: dict[str, Any], as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    assert len(names(page(as_owner, client, **asked))) == 3


def test_a_thousand_accounts_cost_as_many_queries_as_one(
    as_owner: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_access(client.agency, *(f"Conta {number:04}" for number in range(1000)))
    page(as_owner, client)

    with django_assert_num_queries(7):  # session, user, membership, client; all names, one page of rows, whose they are
        page(as_owner, client, q="conta", page=3)


def test_searching_without_scripts_keeps_what_is_ticked(
    as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    answer = as_owner.post(url("choose", client), {"q": "vale", "account": pk_of("Ipê Loja"), "months": "6"})

    shown = answer.content.decode()
    assert names(shown) == ["Ipê Loja", "Vale Verde"]
    assert 'value="6" checked' in shown
    assert not AdAccount.objects.exists()


# Reading them


@time_machine.travel("2026-11-30 12:00:00-03:00", tick=False)
@pytest.mark.parametrize(
    ("months", "history_from"),
    [("0", None), ("3", date(2026, 8, 30)), ("6", date(2026, 5, 30)), ("13", date(2025, 10, 30)), ("", "usual")],
)
def test_ticked_accounts_are_read_from_now_on(
    months: str, history_from: Any, as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    form = {"account": [pk_of("Ipê Loja"), pk_of("Vale Verde")], "months": months, "follow": "1"}

    answer = as_owner.post(url("choose", client), form)

    assert answer["Location"] == reverse("reports:balance", args=[client.pk])
    assert said(answer) == ["2 contas passam a ser lidas. Os primeiros números chegam em minutos."]
    accounts = list(client.ad_accounts.all())
    assert [account.name for account in accounts] == ["Ipê Loja", "Vale Verde"]
    expected = date(2026, 8, 30) if history_from == "usual" else history_from
    for account in accounts:
        assert (account.credential, account.next_read_at) == (access, timezone.now())
        assert account.history_from == expected


def test_nothing_ticked_is_said(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    assert "Nenhuma conta marcada." in as_owner.post(url("choose", client), {"follow": "1"}).content.decode()


def test_numbers_in_another_currency_are_not_mixed(as_owner: Browser, client: Client) -> None:
    access = make_access(client.agency)
    listed = make_listed(access, "Ipê Loja", external_id="12345", currency="USD")
    account = make_account(client=client, external_id="12345", currency="BRL")

    answer = as_owner.post(url("choose", client), {"account": listed.pk, "follow": "1"})

    account.refresh_from_db()
    (sentence,) = said(answer)
    assert "em BRL, e na plataforma ela é em USD" in sentence
    assert account.credential is None


# One account's own page


def test_reading_stops_and_goes_on(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    listed = access.listed.get(name="Ipê Loja")
    account = make_account(client=client, external_id=listed.external_id, credential=access)
    make_days(account, week(date(2026, 11, 23)))

    assert "Parar de ler" in as_owner.get(url("edit", client, account.pk)).content.decode()
    stopped = as_owner.post(url("unfollow", client, account.pk))
    account.refresh_from_db()
    assert stopped["Location"] == url("edit", client, account.pk)
    assert (account.credential, account.daily_metrics.count()) == (None, 7)

    assert "Ler da plataforma" in as_owner.get(url("edit", client, account.pk)).content.decode()
    as_owner.post(url("follow", client, account.pk), {"months": "13"})
    account.refresh_from_db()
    assert (account.credential, account.history_from is not None) == (access, True)


def test_an_account_that_no_access_reaches_is_not_offered(as_owner: Browser, client: Client) -> None:
    account = make_account(client=client)
    dead = make_access(client.agency, state="dead")
    make_listed(dead, "Ipê", external_id=account.external_id)

    assert "Nenhum acesso que funcione" in as_owner.get(url("edit", client, account.pk)).content.decode()
    answer = as_owner.post(url("follow", client, account.pk))
    assert said(answer) == ["Nenhum acesso conectado lista esta conta. Nada mudou."]


def test_following_one_in_another_currency_is_said(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    listed = access.listed.get(name="Ipê Loja")
    account = make_account(client=client, external_id=listed.external_id, currency="USD")

    answer = as_owner.post(url("follow", client, account.pk))

    assert "não é lida" in said(answer)[0]
