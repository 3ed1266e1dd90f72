"""A client's page: its panels, its history with filters and paging, and what all of it costs."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import history
from agency.models import Agency, Client
from reports.models import Report
from tests.factories import make_client, make_connection, make_list, make_message
from tests.reports.factories import make_account, make_recipient, make_settings


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


def path(client: Client) -> str:
    return reverse("agency:client", args=[client.pk])


def page(browser: Browser, client: Client, **query: str) -> str:
    return browser.get(path(client), query).content.decode()


def references(shown: str) -> list[str]:
    return re.findall(r"#([2-9A-Z]{6})</span>", shown)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_wrong_method(method: str, as_owner: Browser, client: Client) -> None:
    assert getattr(as_owner, method)(path(client)).status_code == 405


@pytest.mark.parametrize("name", ["numbers", "schedule", "open_reports"])
def test_the_panels_of_the_room_above_load_with_the_page(name: str, as_owner: Browser, client: Client) -> None:
    make_settings(client, next_run_at=timezone.now() + timedelta(days=1), last_problem="Faltam 21 nov de Ipê Loja.")
    address = reverse(f"reports:{name}", args=[client.pk])

    shown = page(as_owner, client)

    (panel,) = re.findall(rf'<div[^>]*hx-get="{address}"[^>]*>', shown)
    assert 'hx-trigger="load' in panel
    assert 'hx-preserve="true"' in panel
    assert f'href="{address}"' in shown  # for a browser without JavaScript


def test_the_period_and_the_platform_in_the_address_are_those_that_load(as_owner: Browser, client: Client) -> None:
    address = reverse("reports:numbers", args=[client.pk])

    assert f'hx-get="{address}?periodo=last_30_days"' in page(as_owner, client, periodo="last_30_days")
    assert f'hx-get="{address}?periodo=%22%3E%26x%3D1"' in page(as_owner, client, periodo='">&x=1')
    both = page(as_owner, client, plataforma="google", periodo="yesterday", mensagens="40")
    assert f'hx-get="{address}?periodo=yesterday&amp;plataforma=google"' in both


def test_a_problem_of_the_newest_report_is_said_before_its_panel_has_loaded(as_owner: Browser, client: Client) -> None:
    make_settings(client, last_problem="Faltam 21 e 22 nov de Ipê Loja.")

    shown = page(as_owner, client)

    assert "Relatórios que não saíram" in shown
    assert "Faltam 21 e 22 nov de Ipê Loja." in shown


def test_a_test_can_be_sent_once_for_each_form(as_owner: Browser, client: Client) -> None:
    form = rf'action="{reverse("reports:send_test", args=[client.pk])}".*?name="token" value="([a-f0-9-]{{36}})"'

    first, second = (re.findall(form, page(as_owner, client), re.DOTALL) for _ in range(2))

    assert len(first) == len(second) == 1
    assert first != second


def test_what_recipients_get_and_through_which_number(as_owner: Browser, client: Client) -> None:
    make_recipient(client, name="Beatriz", gets_alerts=False)
    make_recipient(client, name="Paulo", gets_reports=False, via_agency=True)

    shown = page(as_owner, client)

    beatriz, paulo = shown[shown.index("Beatriz") :], shown[shown.index("Paulo") :]
    assert beatriz.index("relatórios</span>") < beatriz.index("Paulo")
    assert "alertas</span>" in paulo
    assert shown.count("pelo número da agência") == 1


def test_a_group_is_shown_with_its_size_and_how_the_newest_went(as_owner: Browser, client: Client) -> None:
    jid = "120363041077120114@g.us"
    make_list(make_connection(agency=client.agency, client=client), jid)
    make_recipient(client, name="Obra Serra Azul", phone="", group_jid=jid)
    make_recipient(client, name="Grupo que acabou", phone="", group_jid="120363041077120999@g.us")
    make_recipient(client, name="Beatriz", phone="+5511987650011")
    for to, fields in (
        (jid, {"status": "failed", "reason": "Recusada."}),
        (jid, {"status": "sent", "sent_at": timezone.now()}),
        (jid, {"status": "queued"}),
        ("+5511987650011", {"status": "failed", "reason": "Este número não tem WhatsApp."}),
    ):
        make_message(client=client, kind="report", to=to, **fields)
    make_message(client=client, kind="test", to="+5511987650011", status="read", read_at=timezone.now())

    shown = page(as_owner, client)

    listed = shown[shown.index("recipients-title") :]
    beatriz, gone, obra = (listed.index(name) for name in ("Beatriz", "Grupo que acabou", "Obra Serra Azul"))
    assert "Não enviado" in listed[beatriz:gone]
    assert "Este número não tem WhatsApp." in listed[beatriz:gone]
    assert "participante" not in listed[gone:obra]
    assert "14 participantes" in listed[obra:]
    assert "Enviado" in listed[obra:]
    assert "Recusada." not in listed[obra:]
    assert jid not in shown


@pytest.mark.parametrize(
    ("connected", "phone", "via_agency", "warned"),
    [
        (True, "+5511987654321", False, True),
        (True, "+5511987654321", True, False),
        (True, "+5511911112222", False, False),
        (False, "+5511987654321", False, False),
    ],
)
def test_a_recipient_that_is_the_sending_number_itself_is_pointed_out(
    connected: bool, phone: str, via_agency: bool, warned: bool, as_owner: Browser, client: Client
) -> None:
    state = {} if connected else {"status": "disconnected", "reason": "closed"}
    make_connection(agency=client.agency, client=client, phone="+5511987654321", **state)
    recipient = make_recipient(client, phone=phone, via_agency=via_agency)

    shown = page(as_owner, client)

    assert ("O WhatsApp não notifica mensagens para si mesmo." in shown) is warned
    assert (reverse("reports:recipient_via_agency", args=[client.pk, recipient.pk]) in shown) is warned


def test_a_session_that_tries_to_come_back_is_no_qr_that_waits(as_owner: Browser, client: Client) -> None:
    fell = {"has_session": True, "disconnected_at": timezone.now(), "reason": ""}
    make_connection(agency=client.agency, client=client, status="connecting", connected_at=timezone.now(), **fell)

    shown = page(as_owner, client)

    assert "e está tentando reconectar. Deixe o WhatsApp aberto no celular." in shown
    assert "Falta ler o QR Code" not in shown
    assert "Abrir QR" not in shown


def test_a_client_without_an_account_is_offered_to_add_one(as_owner: Browser, client: Client) -> None:
    add = reverse("reports:account_new", args=[client.pk])
    assert add in page(as_owner, client)

    make_account(client=client, balance=Decimal("5.00"))

    shown = page(as_owner, client)
    assert add not in shown
    assert reverse("reports:balance", args=[client.pk]) in shown


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("", {"sent report", "failed report", "alert", "uncertain test"}),
        ("relatorios", {"sent report", "failed report"}),
        ("alertas", {"alert"}),
        ("problema", {"failed report", "uncertain test"}),
        ("nada", {"sent report", "failed report", "alert", "uncertain test"}),
    ],
)
def test_the_history_is_filtered(asked: str, kept: set[str], as_owner: Browser, client: Client) -> None:
    known = {
        make_message(client=client, kind="report", status="sent").reference: "sent report",
        make_message(client=client, kind="report", status="failed").reference: "failed report",
        make_message(client=client, kind="alert", status="sent").reference: "alert",
        make_message(client=client, kind="test", status="uncertain").reference: "uncertain test",
    }
    make_message(client=make_client(agency=client.agency), kind="report")

    shown = page(as_owner, client, historico=asked)

    assert {known[reference] for reference in references(shown)} == kept
    current = re.findall(r'aria-current="true">(Tudo|Relatórios|Alertas|Com problema)<', shown)
    assert current == [history.FILTERS[asked if asked != "nada" else ""][0]]


def test_a_filter_that_keeps_nothing_says_so(as_owner: Browser, client: Client) -> None:
    make_message(client=client)

    shown = page(as_owner, client, historico="alertas")

    assert "Nada com este filtro." in shown
    assert "Com problema" in shown


def test_the_history_comes_twenty_at_a_time(as_owner: Browser, client: Client) -> None:
    sent = [make_message(client=client).reference for _ in range(21)]

    first, second = page(as_owner, client), page(as_owner, client, mensagens="40", periodo="yesterday")

    assert references(first) == sent[:0:-1]
    assert "20 de 21 envios" in first
    assert 'href="?mensagens=40#history"' in first
    assert references(second) == sent[::-1]
    assert "Mostrar mais" not in second
    assert 'href="?periodo=yesterday&amp;historico=alertas#history"' in second  # a filter begins anew, the period stays


@pytest.mark.parametrize("asked", ["x", "-1", "0", "9" * 30, "٣٣"])
def test_a_strange_count_is_no_error(asked: str, as_owner: Browser, client: Client) -> None:
    make_message(client=client)

    assert len(references(page(as_owner, client, mensagens=asked))) == 1


def test_a_report_says_which_days_it_is_about(as_owner: Browser, client: Client) -> None:
    settings = make_settings(client)
    report = Report.objects.create(
        client=client,
        settings=settings,
        occurrence="2026-11-23T11:00Z",
        trigger="schedule",
        period_start=date(2026, 11, 16),
        period_end=date(2026, 11, 22),
    )
    make_message(client=client, kind="report", subject=report.subject)
    make_message(client=client, kind="report", subject=f"report:{uuid.uuid4()}")
    make_message(client=client, kind="report", subject="report:antigo")

    shown = page(as_owner, client)

    assert "Relatório, 16 a 22 nov</span>" in shown
    assert shown.count("Relatório</span>") == 2


def test_the_page_asks_for_itself_with_its_filter(as_owner: Browser, client: Client) -> None:
    shown = page(as_owner, client, historico="alertas", periodo="yesterday")

    assert f'hx-get="{path(client)}?historico=alertas&amp;periodo=yesterday"' in shown


@pytest.mark.parametrize("count", [1, 5, 30])
def test_the_page_costs_at_most_fifteen_queries_however_much_it_shows(
    count: int, as_owner: Browser, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings = make_settings(client, next_run_at=timezone.now() + timedelta(days=1))
    make_connection(agency=client.agency)
    own = make_connection(agency=client.agency, client=client)
    groups = make_list(own, *(f"1203630410771{number:05}@g.us" for number in range(count)))
    for number in range(count):
        make_account(client=client)
        make_recipient(client)
        make_recipient(client, phone="", group_jid=groups[number].jid)
        report = Report.objects.create(client=client, settings=settings, occurrence=str(number), trigger="manual")
        make_message(client=client, kind="report", subject=report.subject)
    as_owner.get(path(client))

    # session, user, membership + agency, the client, the bell; the agency's number, the card, its accounts; messages,
    # the days of their reports, recipients, their groups, what came of those; and where there are more messages than
    # fit, how many
    with django_assert_num_queries(13 + (count > history.STEP)):
        as_owner.get(path(client))
