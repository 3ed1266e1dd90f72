"""The balance page: each account's alert and balance, who is told, and what was read and told."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from connections.models import Message
from reports import history
from reports.balances import check_balances, record_reading
from reports.choices import BalanceSource
from reports.models import AdAccount, BalanceAlert, BalanceReading, Recipient
from tests.factories import make_client, make_message
from tests.reports.balance_form import form
from tests.reports.factories import make_account, make_recipient

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(agency: Agency) -> Client:
    """The agency's client, with one account and one recipient who gets reports alone."""
    client = make_client(agency=agency, name="Moda Ipê")
    make_account(client=client, name="Ipê Loja")
    make_recipient(client, name="Beatriz", phone="+5511987650011", gets_alerts=False)
    return client


def url(client: Client) -> str:
    return reverse("reports:balance", args=[client.pk])


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_wrong_method(method: str, as_owner: Browser, client: Client) -> None:
    assert getattr(as_owner, method)(url(client)).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
def test_anonymous_goes_to_login(method: str, as_anonymous: Browser, client: Client) -> None:
    answer = getattr(as_anonymous, method)(url(client), form(client, **{"accounts-0-balance": "5"}))

    assert (answer.status_code, answer["Location"].startswith(reverse("account_login"))) == (302, True)
    assert not BalanceReading.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_finds_and_changes_nothing(method: str, as_stranger: Browser, client: Client) -> None:
    answer = getattr(as_stranger, method)(url(client), form(client, **{"accounts-0-balance": "5"}))

    assert answer.status_code == 404
    assert not BalanceReading.objects.exists()


def test_an_archived_client_is_not_found(as_owner: Browser, client: Client) -> None:
    archive_client(client)

    assert as_owner.get(url(client)).status_code == 404


def test_a_post_without_csrf_is_refused(owner: Any, client: Client) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(url(client), form(client)).status_code == 403


def test_the_page_shows_what_is_stored(as_colleague: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D("1064.20"), alert_threshold=D("700"), balance_source="meta_display")

    page = as_colleague.get(url(client)).content.decode()

    for text in ("Moda Ipê", "Ipê Loja", "Beatriz", "1.064,20", "700,00", "Saldo da Meta"):
        assert text in page


def test_an_unknown_balance_is_said_and_is_not_zero(as_owner: Browser, client: Client) -> None:
    page = as_owner.get(url(client)).content.decode()

    assert "Saldo desconhecido" in page
    assert "R$ 0,00" not in page


def test_without_an_account_there_is_one_thing_to_do(as_owner: Browser, agency: Agency) -> None:
    client = make_client(agency=agency)

    page = as_owner.get(url(client)).content.decode()

    assert "Nenhuma conta de anúncio ainda." in page
    assert reverse("reports:account_new", args=[client.pk]) in page
    assert "Verificar agora" not in page


def test_an_alert_needs_a_threshold(as_owner: Browser, client: Client) -> None:
    answer = as_owner.post(url(client), form(client, **{"accounts-0-alert_enabled": "on"}))

    assert "Informe o limite em reais" in answer.content.decode()
    assert not AdAccount.objects.get().alert_enabled


def test_alert_and_balance_are_saved_as_typed_in_brazil(as_owner: Browser, client: Client) -> None:
    typed = {"accounts-0-alert_enabled": "on", "accounts-0-alert_threshold": "1.300,50"}
    typed["accounts-0-balance"] = "2.212,40"

    answer = as_owner.post(url(client), form(client, **typed))

    assert (answer.status_code, answer["Location"]) == (302, url(client))
    account = AdAccount.objects.get()
    assert (account.alert_enabled, account.alert_threshold) == (True, D("1300.50"))
    assert (account.balance, account.balance_source) == (D("2212.40"), "informado")
    assert BalanceReading.objects.get().amount == D("2212.40")


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1234", "1234.00"),
        ("1234,5", "1234.50"),
        ("1234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1.234.567", "1234567.00"),
        ("R$ 1.234,50", "1234.50"),
        ("  0 ", "0.00"),
    ],
)
def test_an_amount_means_one_thing(typed: str, amount: str, as_owner: Browser, client: Client) -> None:
    data = form(client, **{"accounts-0-balance": typed, "accounts-0-alert_threshold": typed})

    answer = as_owner.post(url(client), data)

    assert answer.status_code == 302
    account = AdAccount.objects.get()
    assert (account.balance, account.alert_threshold) == (D(amount), D(amount))
    shown = as_owner.get(url(client)).content.decode()
    assert f'name="accounts-0-balance" value="{number_format(D(amount), 2, force_grouping=True)}"' in shown


@pytest.mark.parametrize("field", ["accounts-0-balance", "accounts-0-alert_threshold"])
@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("1.234", "O valor “1.234” pode ser 1234 ou 1,234: escreva 1234,00 ou, com duas casas, 1,23."),
        ("1,234", "O valor “1,234” pode ser 1234 ou 1,234: escreva 1234,00 ou, com duas casas, 1,23."),
        ("1.5.0", "O valor “1.5.0” não é um número."),
        ("12.34,56", "O valor “12.34,56” não é um número."),
        ("1,2345", "O valor “1,2345” tem mais de duas casas decimais."),
        ("1e3", "O valor “1e3” não é um número."),
        ("US$ 5,00", "O valor está em USD, e a conta é em BRL."),
        ("-1,00", "maior ou igual"),
    ],
)
def test_an_amount_that_may_mean_two_things_is_refused(
    typed: str, error: str, field: str, as_owner: Browser, client: Client
) -> None:
    answer = as_owner.post(url(client), form(client, **{field: typed}))

    assert error in answer.content.decode()
    account = AdAccount.objects.get()
    assert (account.balance, account.alert_threshold) == (None, None)


def test_an_unchanged_balance_is_no_reading(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D("2212.40"), balance_source="meta_display")

    as_owner.post(url(client), form(client, **{"accounts-0-balance": "2.212,40"}))

    assert not BalanceReading.objects.exists()
    assert AdAccount.objects.get().balance_source == "meta_display"


def test_an_old_page_does_not_write_an_old_balance_over_a_newer_one(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D("500.00"), balance_source="meta_display")
    page = as_owner.get(url(client)).content.decode()
    drawn_with = form(client, **{"accounts-0-balance": "500,00", "initial-accounts-0-balance": "500,00"})
    AdAccount.objects.update(balance=D("40.00"))  # recorded by somebody else while the page was open

    as_owner.post(url(client), drawn_with)

    assert 'name="initial-accounts-0-balance" value="500,00"' in page
    assert AdAccount.objects.get().balance == D("40.00")
    assert BalanceReading.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("accounts-0-alert_threshold", "-1", "maior ou igual"),
        ("accounts-0-balance", "muito", "número"),
    ],
)
def test_bad_input_is_said_and_nothing_is_saved(
    as_owner: Browser, client: Client, field: str, value: str, error: str
) -> None:
    ticked = [client.recipients.get().pk]
    typed = {"accounts-0-balance": "5", "recipients-gets_alerts": ticked, field: value}

    answer = as_owner.post(url(client), form(client, **typed))

    page = answer.content.decode()
    assert answer.status_code == 200
    assert error in page
    assert "Nada foi salvo." in page
    assert not BalanceReading.objects.exists()
    assert not Recipient.objects.get().gets_alerts


def test_another_clients_rows_cannot_be_written(as_owner: Browser, client: Client) -> None:
    foreign = make_account(alert_threshold=None)
    others = make_recipient(foreign.client, name="De outro", gets_alerts=False)
    for typed in (
        {"accounts-0-id": str(foreign.pk), "accounts-0-alert_threshold": "5"},
        {"recipients-drawn": [others.pk], "recipients-gets_alerts": [others.pk], "accounts-0-alert_threshold": "5"},
    ):
        answer = as_owner.post(url(client), form(client, **typed))

        assert "A lista mudou enquanto você editava" in answer.content.decode()
    foreign.refresh_from_db()
    others.refresh_from_db()
    assert (foreign.alert_threshold, others.gets_alerts) == (None, False)
    assert client.ad_accounts.get().alert_threshold is None


@pytest.mark.parametrize("gone", ["recipients", "ad_accounts"])
def test_a_row_that_is_gone_meanwhile_is_said(gone: str, as_owner: Browser, client: Client) -> None:
    typed = form(client, **{"accounts-0-alert_threshold": "5"})
    getattr(client, gone).all().delete()

    answer = as_owner.post(url(client), typed)

    assert "A lista mudou enquanto você editava" in answer.content.decode()
    assert not AdAccount.objects.filter(alert_threshold=5).exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"accounts-TOTAL_FORMS": "x"},
        {"accounts-TOTAL_FORMS": "3", "accounts-INITIAL_FORMS": "3"},
        {"recipients-drawn": "x", "recipients-gets_alerts": "-"},
    ],
)
def test_a_broken_form_is_not_a_server_error(as_owner: Browser, client: Client, data: dict[str, str]) -> None:
    assert as_owner.post(url(client), data).status_code == 200
    assert not BalanceReading.objects.exists()


def test_more_forms_than_accounts_make_no_account(as_owner: Browser, client: Client) -> None:
    extra = {"accounts-TOTAL_FORMS": 2, "accounts-1-alert_threshold": "5", "accounts-1-balance": "7"}

    as_owner.post(url(client), form(client, **extra))

    assert AdAccount.objects.count() == 1
    assert not BalanceReading.objects.exists()


def test_who_gets_alerts_is_chosen_here(as_owner: Browser, client: Client) -> None:
    chosen = make_recipient(client, name="Paulo", gets_alerts=False)
    dropped = make_recipient(client, name="Zeca", gets_alerts=True)

    as_owner.post(url(client), form(client, **{"recipients-gets_alerts": [chosen.pk]}))

    wanted = dict(Recipient.objects.values_list("name", "gets_alerts"))
    assert wanted == {"Beatriz": False, "Paulo": True, "Zeca": False}
    assert "Ninguém marcado" not in as_owner.get(url(client)).content.decode()
    chosen.delete()
    dropped.delete()
    assert "Ninguém marcado" in as_owner.get(url(client)).content.decode()


def test_a_recipient_who_came_meanwhile_keeps_what_was_chosen_for_them(as_owner: Browser, client: Client) -> None:
    typed = form(client)
    make_recipient(client, name="Novo", gets_alerts=True)

    as_owner.post(url(client), typed)

    assert client.recipients.get(name="Novo").gets_alerts


def test_an_account_in_another_currency_says_so(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(currency="USD", balance=D("10.00"))

    page = as_owner.get(url(client)).content.decode()
    refused = as_owner.post(url(client), form(client, **{"accounts-0-alert_enabled": "on"})).content.decode()

    assert "Alertar em (USD)" in page
    assert "Informe o limite para ligar o alerta." in refused


def test_readings_are_listed_with_their_source_newest_first(as_owner: Browser, client: Client) -> None:
    account = client.ad_accounts.get()
    record_reading(account, D("900"), BalanceSource.META_DISPLAY, timezone.now() - timedelta(hours=2))
    record_reading(account, None, BalanceSource.META_CAP_ESTIMATE, timezone.now() - timedelta(hours=1))
    record_reading(account, D("212.40"), BalanceSource.INFORMED)
    record_reading(make_account(), D("77777"), BalanceSource.INFORMED)

    page = as_owner.get(url(client)).content.decode()

    readings = page[page.index("readings-title") :]
    places = [readings.index(text) for text in ("R$ 212,40", "não soube dizer", "R$ 900,00")]
    assert places == sorted(places)
    assert all(source in readings for source in ("Informado", "Estimado", "Saldo da Meta"))
    assert "77.777" not in page


def test_readings_come_thirty_at_a_time(as_owner: Browser, client: Client) -> None:
    account = client.ad_accounts.get()
    now = timezone.now()
    for number in range(31):
        record_reading(account, D(1000 + number), BalanceSource.INFORMED, now - timedelta(minutes=number))

    first = as_owner.get(url(client)).content.decode()
    second = as_owner.get(url(client), {"leituras": "60"}).content.decode()

    assert ("R$ 1.029,00" in first, "R$ 1.030,00" in first, "leituras=60" in first) == (True, False, True)
    assert ("R$ 1.030,00" in second, "leituras=90" in second) == (True, False)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        *[("", 30), ("30", 30), ("31", 60), ("60", 60), ("0", 30), ("-5", 30), ("x", 30), ("٣٣", 30), ("9" * 30, 30)],
        ("99999", history.MOST),
    ],
)
def test_a_page_is_never_asked_for_more_than_it_can_bear(asked: str, count: int) -> None:
    assert history.wanted(asked) == count


def test_alerts_are_listed_with_what_became_of_each_message(as_owner: Browser, client: Client) -> None:
    AdAccount.objects.update(balance=D("212.40"), alert_threshold=D("300"), alert_enabled=True)
    client.recipients.update(gets_alerts=True)
    make_recipient(client, name="Paulo")
    assert check_balances() == 1
    sent, failed = Message.objects.order_by("to_name")
    Message.objects.filter(pk=sent.pk).update(status="sent", sent_at=timezone.now())
    Message.objects.filter(pk=failed.pk).update(status="failed", reason="Este número não tem WhatsApp.")

    page = as_owner.get(url(client)).content.decode()

    alerts = page[page.index("alerts-title") : page.index("readings-title")]
    for text in ("Saldo R$ 212,40, limite R$ 300,00", "Beatriz", "Enviado", "Paulo", "Não enviado"):
        assert text in alerts
    assert "Este número não tem WhatsApp." in alerts


@pytest.mark.parametrize(
    ("states", "seconds"),
    [
        ([("queued", ""), ("sent", "")], 4),
        ([("sending", ""), ("queued", "Sem WhatsApp conectado.")], 4),
        ([("queued", "Sem WhatsApp conectado."), ("failed", "Não existe.")], 30),
        ([("sent", ""), ("uncertain", "A resposta se perdeu.")], 0),
    ],
)
def test_the_page_looks_again_only_while_an_alert_is_on_its_way(
    states: list[tuple[str, str]], seconds: int, as_owner: Browser, client: Client
) -> None:
    alert = BalanceAlert.objects.create(account=client.ad_accounts.get(), balance=D(5), threshold=D(9))
    for status, reason in states:
        make_message(client=client, kind="alert", subject=alert.subject, status=status, reason=reason)

    page = as_owner.get(url(client)).content.decode()

    assert re.findall(r", every (\d+)s", page) == ([str(seconds)] if seconds else [])


@pytest.mark.parametrize("count", [1, 4])
def test_the_page_costs_the_same_however_much_has_been(
    count: int, as_owner: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        account = make_account(client=client, name=f"Conta {number}")
        reading = record_reading(account, D(5), BalanceSource.INFORMED)
        BalanceAlert.objects.create(account=account, balance=D(5), threshold=D(9), reading=reading)
        make_recipient(client)
    as_owner.get(url(client))

    # session, user, membership + agency, the client, the bell; accounts, recipients; readings; alerts, their messages
    with django_assert_num_queries(10):
        as_owner.get(url(client))
