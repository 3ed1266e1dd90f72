"""How old an account's numbers are, in words; what is asked again by itself, and when that ends."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from reports.models import AdAccount, AdsCredential
from tests.factories import make_client
from tests.reports.ads_world import make_access
from tests.reports.factories import make_account

HTMX = {"HX-Request": "true"}
NOW = datetime.fromisoformat("2026-11-24T10:00:00-03:00")


@pytest.fixture(autouse=True)
def frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


@pytest.fixture
def access(agency: Agency) -> AdsCredential:
    return make_access(agency, holder="Maré Alta BM")


def read(client: Client, access: AdsCredential | None, **columns: Any) -> AdAccount:
    """An account that was read this morning, with all of its past."""
    known = {
        "days_read_at": NOW - timedelta(hours=3, minutes=50),
        "covered_until": date(2026, 11, 23),
        "history_from": date(2025, 10, 24),
        "history_done_from": date(2025, 10, 24),
    }
    return make_account(client=client, credential=access, **{**known, **columns})


def shown(browser: Browser, account: AdAccount) -> Any:
    return browser.get(reverse("reports:account_reading", args=[account.client.pk, account.pk]), headers=HTMX)


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "Dados até ontem, lidos às 06:10."),
        ({"covered_until": date(2026, 11, 12)}, "Dados até 12 nov, lidos às 06:10."),
        ({"days_read_at": NOW - timedelta(days=1)}, "Dados até ontem, lidos ontem 10:00."),
        ({"days_read_at": None, "covered_until": None}, "A primeira leitura está a caminho."),
        ({"history_done_from": date(2026, 6, 11)}, "Histórico: 41 % de 13 meses"),
        ({"history_from": date(2026, 8, 24), "history_done_from": None}, "Histórico: 0 % de 3 meses"),
        ({"read_problem": "O acesso não tem permissão para ler esta conta."}, "não tem permissão"),
        ({"due": Decimal("95.55")}, "Fatura em aberto: R$ 95,55"),
        ({"is_balance_blocked": True}, "conceda a este acesso a tarefa Gerenciar na Meta"),
        ({"platform": "google"}, "o Google só o diz de contas com orçamento"),
        ({"state": "payment_failed"}, "Pagamento recusado"),
        ({"balance": Decimal(10), "balance_source": "meta_display", "balance_at": NOW}, "Saldo da Meta, hoje 10:00"),
        ({"balance": Decimal(10), "balance_source": "meta_cap_left", "balance_at": NOW}, "Limite restante, hoje"),
        ({"balance": Decimal(10), "balance_source": "meta_cap_estimate", "balance_at": NOW}, "Estimado, hoje"),
        ({"balance": Decimal(10), "balance_source": "google_budget", "balance_at": NOW}, "Orçamento Google, hoje"),
        ({"balance": Decimal(10), "balance_source": "informado", "balance_at": NOW}, "Informado, hoje"),
    ],
)
def test_what_is_said_of_an_account(
    columns: dict[str, Any], words: str, as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    page = text(shown(as_owner, read(client, access, **columns)))

    assert words in page
    assert "R$ 0,00" not in page


def test_what_is_not_known_or_in_order_is_not_said(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    page = text(shown(as_owner, read(client, access, state="active")))

    assert not [words for words in ("Fatura", "Histórico", "Ativa", "Desconhecido") if words in page]


def test_numbers_from_files_are_said_to_be(as_owner: Browser, client: Client) -> None:
    never = make_account(client=client)
    before = read(client, None)

    assert "Os números vêm de arquivos." in text(shown(as_owner, never))
    assert "Lidos da plataforma até ontem; depois, os números vêm de arquivos." in text(shown(as_owner, before))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"state": "dead", "problem": "Venceu."}, "O acesso Maré Alta BM parou de funcionar: Venceu."),
        ({"paused_until": NOW + timedelta(minutes=10)}, "pediu uma pausa até 10:10."),
    ],
)
def test_what_holds_up_its_access_is_said(
    columns: dict[str, Any], words: str, as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    AdsCredential.objects.update(**columns)

    answer = shown(as_owner, read(client, access, history_done_from=date(2026, 6, 11)))

    assert words in text(answer)
    assert "every 5s" not in text(answer)


@pytest.mark.parametrize(
    ("columns", "is_busy"),
    [
        ({}, False),
        ({"days_read_at": None}, True),
        ({"history_done_from": date(2026, 6, 11)}, True),
        ({"history_done_from": date(2026, 6, 11), "read_problem": "Não."}, False),
        ({"history_done_from": date(2026, 6, 11), "read_failures": 1}, False),
        ({"history_from": None, "history_done_from": None}, False),
    ],
)
def test_it_asks_again_only_while_something_is_on_its_way(
    columns: dict[str, Any], is_busy: bool, as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    answer = shown(as_owner, read(client, access, **columns))

    assert ("every 5s" in text(answer)) is is_busy
    assert ("numbers-changed" in answer.headers.get("HX-Trigger", "")) is not is_busy


def test_the_clients_page_asks_for_its_panel(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    read(client, access)
    panel = reverse("reports:client_balance", args=[client.pk])

    assert f'hx-get="{panel}"' in text(as_owner.get(reverse("agency:client", args=[client.pk])))


def test_the_panel_shows_each_account_and_ends_by_itself(
    as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    account = read(client, access, history_done_from=date(2026, 6, 11))
    read(client, None, balance=Decimal("12.50"), balance_source="informado", balance_at=NOW)
    panel = reverse("reports:client_balance", args=[client.pk])

    first = as_owner.get(panel, headers=HTMX)
    assert [words in text(first) for words in ("41 % de 13 meses", "R$ 12,50", "every 5s")] == [True] * 3
    assert "numbers-changed" not in first.headers.get("HX-Trigger", "")

    AdAccount.objects.filter(pk=account.pk).update(history_done_from=date(2025, 10, 24))
    last = as_owner.get(f"{panel}?de_novo=1", headers=HTMX)
    assert "every 5s" not in text(last)
    assert json.loads(last["HX-Trigger"]) == {"numbers-changed": {}}
    assert "HX-Trigger" not in as_owner.get(panel, headers=HTMX).headers


def test_an_unknown_balance_is_a_dash(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    read(client, access)

    page = text(as_owner.get(reverse("reports:client_balance", args=[client.pk])))

    assert '—<span class="sr-only"> saldo desconhecido</span>' in page
    assert "R$" not in page


@pytest.mark.parametrize("name", ["client_balance", "account_reading"])
def test_who_may_look(
    name: str, as_stranger: Browser, as_anonymous: Browser, as_owner: Browser, client: Client, access: AdsCredential
) -> None:
    account = read(client, access)
    path = reverse(f"reports:{name}", args=[client.pk] if name == "client_balance" else [client.pk, account.pk])

    assert as_stranger.get(path).status_code == 404
    assert as_anonymous.get(path).status_code == 302
    assert as_owner.post(path).status_code == 405


@pytest.mark.parametrize("count", [1, 12])
def test_the_panel_costs_the_same_for_many(
    count: int,
    as_owner: Browser,
    client: Client,
    access: AdsCredential,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(count):
        read(client, access)
    path = reverse("reports:client_balance", args=[client.pk])
    as_owner.get(path, headers=HTMX)

    with django_assert_num_queries(5):
        as_owner.get(path, headers=HTMX)


def test_the_balance_page_says_it_of_each_account(as_owner: Browser, client: Client, access: AdsCredential) -> None:
    read(client, access, history_done_from=date(2026, 6, 11))

    page = text(as_owner.get(reverse("reports:balance", args=[client.pk])))

    assert "Dados até ontem, lidos às 06:10." in page
    assert "Histórico: 41 % de 13 meses" in page
