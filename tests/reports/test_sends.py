"""The page "Envios": a line for each report, alert or test, what became of it, what is to come, and what to do."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from connections import gateway
from connections.models import Message, WhatsAppConnection
from reports import agency_pauses, snapshot
from reports.choices import Platform
from reports.metrics import Metric, Sums
from reports.models import Report
from reports.periods import Days
from reports.snapshot import Block, ReportData
from tests.reports.sends_world import NOW, TODAY, at, make_report, make_send, make_working_day, sent

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def at_nine_forty_three() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def clients(agency: Agency) -> dict[str, Client]:
    return make_working_day(agency)


def page(browser: Browser, **asked: str) -> str:
    return browser.get(reverse("reports:sends"), asked).content.decode()


def rows(html: str) -> list[list[str]]:
    """The text of each cell of the table, line by line."""
    table = re.search(r"<tbody>(.*?)</tbody>", html, re.DOTALL)
    assert table
    found = []
    for row in re.findall(r"<tr.*?</tr>", table[1], re.DOTALL):
        cells = re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL)
        found.append([" ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", cell, flags=re.DOTALL).split()) for cell in cells])
    return found


def line_of(html: str, *cells: str) -> list[str]:
    """The one line that holds these words."""
    (found,) = [row for row in rows(html) if all(any(cell in part for part in row) for cell in cells)]
    return found


def chips(html: str) -> dict[str, int]:
    return {name.strip(): int(count) for name, count in re.findall(r'class="chip"[^>]*>([^<]+)<b>(\d+)</b>', html)}


def test_a_line_for_each_report_alert_and_run(clients: dict[str, Client], as_owner: Browser) -> None:
    shown = [(row[0], row[1].split()[0], row[5], row[4]) for row in rows(page(as_owner)) if len(row) == 7]

    assert shown == [
        ("07:00", "Moda", "Lido 07:04", "número próprio"),
        ("08:00", "Moda", "Lido 2 de 2", "número próprio"),
        ("08:01", "Café", "Entregue 08:01", "número próprio"),
        ("08:10", "Padaria", "Sem entrega há 1 h 33", "número próprio"),
        ("09:00", "Escola", "Retido Sem destinatários.", "—"),
        ("09:00", "Imobiliária", "Retido Faltam 21 e 22 nov de Vale Verde Lançamentos.", "—"),
        ("09:00", "Pet", "Lido 07:04", "agência"),
        ("09:02", "Clínica", "Não enviado O WhatsApp pausou envios deste número.", "número próprio"),
        ("09:30", "Hotel", "Incerto conferindo no WhatsApp até 09:48", "número próprio"),
        ("09:43", "Gráfica", "Na fila em ~20 s, espaçando", "número próprio"),
        ("14:00", "Ótica", "Na fila O WhatsApp do cliente não estava conectado.", "agência"),
        ("18:00", "Restaurante", "Mais tarde", "número próprio"),
    ]


def test_what_to_whom_and_what_to_do(clients: dict[str, Client], as_owner: Browser) -> None:
    html = page(as_owner)

    assert line_of(html, "07:00")[2:4] == ["alerta de saldo", "Camila Ipê"]
    assert line_of(html, "08:00", "Moda")[2:4] == ["diário, 23 nov", "Camila Ipê e mais 1"]
    assert line_of(html, "Recepção")[6].startswith("Decidir")
    assert line_of(html, "Clínica")[6].startswith("Enviar pela agência")
    assert line_of(html, "Ótica")[6].startswith("Reconectar")
    assert line_of(html, "Escola")[6].startswith("Revisar")
    assert 'title="O cliente não tem WhatsApp próprio."' in html


def test_now_stands_between_what_went_out_and_what_is_to_come(clients: dict[str, Client], as_owner: Browser) -> None:
    order = [row[0] for row in rows(page(as_owner))]

    assert order.index("agora, 09:43") == 9


def test_the_day_is_summed_up_and_the_chips_count(clients: dict[str, Client], as_owner: Browser) -> None:
    html = page(as_owner)

    assert "4 entregues, 2 retidos, 2 na fila, 2 com problema, 1 incerto, 1 mais tarde" in html
    assert chips(html) == {
        "Hoje": 12, "Próximos 7 dias": 77, "Retidos": 2, "Na fila": 2, "Com problema": 2, "Incertos": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("view", "names"),
    [
        ("fila", ["Gráfica", "Ótica"]),
        ("problema", ["Padaria", "Clínica"]),
        ("incertos", ["Hotel"]),
    ],
)
def test_a_chip_keeps_its_lines(view: str, names: list[str], clients: dict[str, Client], as_owner: Browser) -> None:
    assert [row[1].split()[0] for row in rows(page(as_owner, ver=view))] == names


def test_what_a_person_queued_again_after_weeks_is_in_the_queue(clients: dict[str, Client], as_owner: Browser) -> None:
    make_send(clients["Moda"], "Antiga", status="queued", due_at=NOW, created_at=NOW - timedelta(days=20))

    assert line_of(page(as_owner), "Antiga")[5] == "Na fila em instantes"
    assert chips(page(as_owner))["Na fila"] == 3


def test_a_failure_that_something_newer_made_good_is_no_problem_any_more(
    clients: dict[str, Client], as_owner: Browser
) -> None:
    for failed in Message.objects.filter(client=clients["Clínica"]):
        make_send(clients["Clínica"], failed.to_name, **sent(9, 40))
        Message.objects.filter(to_name=failed.to_name).update(to=failed.to)

    assert chips(page(as_owner))["Com problema"] == 1
    assert "Não enviado" in page(as_owner)  # of its day it stays


@pytest.mark.parametrize(
    ("typed", "names"),
    [("ipe", ["Moda", "Moda"]), ("CAFÉ", ["Café"]), ("grupo serra", ["Café"]), ("nao ha", None)],
)
def test_a_search_by_name(typed: str, names: list[str] | None, clients: dict[str, Client], as_owner: Browser) -> None:
    html = page(as_owner, q=typed)

    if names is None:
        assert "Nenhum envio encontrado." in html
    else:
        assert [row[1].split()[0] for row in rows(html)] == names


def test_a_reference_is_found_on_whatever_day(clients: dict[str, Client], as_owner: Browser) -> None:
    (old,) = make_send(clients["Moda"], "Antiga", **sent(8, day=TODAY - timedelta(days=200)))

    (line,) = rows(page(as_owner, q=f"#{old.reference.lower()}"))

    assert (line[0], line[3]) == ("8 mai 08:00", "Antiga")


def test_another_day_has_its_own_lines(clients: dict[str, Client], as_owner: Browser) -> None:
    yesterday = TODAY - timedelta(days=1)
    make_send(clients["Moda"], "De ontem", **sent(23, 59, yesterday))
    make_report(clients["Café"], status="discarded", reason="Faltam dias.", created_at=at(9, day=yesterday))

    html = page(as_owner, dia=yesterday.isoformat())

    assert [(row[0], row[5]) for row in rows(html)] == [
        ("09:00", "Descartado Faltam dias."),
        ("23:59", "Sem entrega há 9 h 44"),
    ]
    assert "segunda, 23 nov" in html
    assert "relatórios retidos" not in html


@pytest.mark.parametrize("asked", [{"dia": "2026-11-24"}, {"dia": "2026-12-24"}, {"dia": "x"}, {"ver": "x"}])
def test_what_makes_no_sense_is_today(asked: dict[str, str], clients: dict[str, Client], as_owner: Browser) -> None:
    assert len(rows(page(as_owner, **asked))) == 13


def test_the_days_ahead(clients: dict[str, Client], as_owner: Browser) -> None:
    few, all_ = page(as_owner), page(as_owner, ver="proximos")

    assert (few.count('id="dia-'), few.count("e mais 7")) == (4 * 2, 4)
    assert (all_.count('id="dia-'), all_.count("e mais")) == (7 * 2, 0)


def test_a_pause_is_why_nothing_runs(agency: Agency, clients: dict[str, Client], as_owner: Browser) -> None:
    agency_pauses.add(agency, TODAY + timedelta(days=2), TODAY + timedelta(days=2), "recesso")

    assert "Pausa da agência (recesso)" in page(as_owner)


def test_the_lines_ask_for_themselves_only_while_something_moves(clients: dict[str, Client], as_owner: Browser) -> None:
    asking = 'hx-trigger="every 4s"'
    assert asking in page(as_owner)
    assert asking not in page(as_owner, ver="fila")
    assert asking not in page(as_owner, dia="2026-11-23")

    Message.objects.filter(status="queued").update(status="read", sent_at=NOW)
    lines = as_owner.get(reverse("reports:sends_day"), headers=HTMX).content.decode()

    assert "every" not in lines
    assert "<html" not in lines


def test_a_search_is_kept_by_the_lines_that_ask_again(clients: dict[str, Client], as_owner: Browser) -> None:
    assert f'hx-get="{reverse("reports:sends_day")}?q=grafica"' in page(as_owner, q="grafica")


def test_an_agency_without_anything(as_owner: Browser) -> None:
    html = page(as_owner)

    assert "Nenhum cliente cadastrado ainda." in html
    assert sum(chips(html).values()) == 0


def test_a_client_out_of_service_keeps_its_lines_and_gets_no_link(
    clients: dict[str, Client], as_owner: Browser
) -> None:
    archive_client(clients["Imobiliária"])

    html = page(as_owner)

    assert line_of(html, "Imobiliária")[6] == ""
    assert reverse("agency:client", args=[clients["Imobiliária"].pk]) not in html
    (address,) = re.findall(rf"{reverse('reports:sends')}reports/[0-9a-f-]+/", html)
    assert "Faltam 21 e 22 nov" in as_owner.get(address).content.decode()


def test_strangers_and_anonymous(clients: dict[str, Client], as_stranger: Browser, as_anonymous: Browser) -> None:
    message = Message.objects.filter(client=clients["Clínica"]).first()
    report = Report.objects.filter(status="held").first()
    assert message
    assert report
    assert sum(chips(page(as_stranger)).values()) == 0
    assert "Nenhum envio" in page(as_stranger, q=f"#{message.reference}")
    for name, pk in (("send", message.pk), ("send_report", report.pk)):
        assert as_stranger.get(reverse(f"reports:{name}", args=[pk])).status_code == 404
    assert as_stranger.post(reverse("reports:send_by_agency", args=[message.pk])).status_code == 404
    for name in ("sends", "sends_day"):
        assert as_anonymous.get(reverse(f"reports:{name}")).status_code == 302
        assert as_stranger.post(reverse(f"reports:{name}")).status_code == 405


def test_one_send_in_full(clients: dict[str, Client], as_owner: Browser) -> None:
    message = Message.objects.get(to_name="Juliana Alves")

    html = as_owner.get(reverse("reports:send", args=[message.pk]), headers=HTMX).content.decode()

    for words in ("Pet Shop Amigo Fiel", "diário, 23 nov", "Olá", f"#{message.reference}", "lido hoje 07:04"):
        assert words in html
    assert "pelo número da agência: em andamento. O cliente não tem WhatsApp próprio." in html


def test_a_report_that_was_given_up_shows_what_it_said(clients: dict[str, Client], as_owner: Browser) -> None:
    days = Days(date(2026, 11, 23), date(2026, 11, 23))
    block = Block(Platform.META, "BRL", Sums(spend=Decimal("12.34")))
    frozen = snapshot.to_json(ReportData("Café Serra Mansa", days, None, (Metric.SPEND,), (block,)))
    report = make_report(clients["Café"], status="discarded", reason="Faltam dias.", snapshot=frozen)

    html = as_owner.get(reverse("reports:send_report", args=[report.pk]), headers=HTMX).content.decode()

    assert "R$ 12,34" in html
    assert "Nada foi enviado." in html


def test_what_failed_goes_through_the_agencys_number_once(clients: dict[str, Client], as_owner: Browser) -> None:
    message = Message.objects.filter(client=clients["Clínica"]).first()
    assert message
    address = reverse("reports:send_by_agency", args=[message.pk])

    first, second = (as_owner.post(address, headers=HTMX)["HX-Trigger"] for _ in range(2))

    assert "3 mensagens saem" in first
    assert "Nada mudou" in second
    assert set(Message.objects.filter(client=clients["Clínica"]).values_list("status", flat=True)) == {"queued"}


@pytest.mark.parametrize(
    ("word", "why"), [("Hotel", "may have left"), ("Padaria", "has left"), ("Café", "has arrived")]
)
def test_nothing_that_may_have_left_goes_again(
    word: str, why: str, clients: dict[str, Client], as_owner: Browser
) -> None:
    WhatsAppConnection.objects.filter(client=clients[word]).update(status="restricted")
    before = list(Message.objects.filter(client=clients[word]).values_list("pk", "status"))

    for pk, _ in before:
        as_owner.post(reverse("reports:send_by_agency", args=[pk]), headers=HTMX)

    assert list(Message.objects.filter(client=clients[word]).values_list("pk", "status")) == before


def test_old_news_is_not_sent_again(clients: dict[str, Client], as_owner: Browser) -> None:
    Message.objects.filter(client=clients["Clínica"]).update(created_at=NOW - timedelta(hours=25))
    message = Message.objects.filter(client=clients["Clínica"]).first()
    assert message

    as_owner.post(reverse("reports:send_by_agency", args=[message.pk]), headers=HTMX)

    assert Message.objects.filter(client=clients["Clínica"], status="queued").count() == 0


@pytest.mark.parametrize("times", [1, 6])
def test_the_page_costs_the_same_for_one_and_for_many(
    times: int,
    agency: Agency,
    clients: dict[str, Client],
    as_owner: Browser,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(1, times):
        for client in clients.values():
            make_send(client, f"Pessoa {number}", **sent(8, number))
            make_send(client, f"Outra {number}", created_at=at(9), status="failed", reason="Não.")
            make_report(client, status="held", reason="Faltam dias.", created_at=at(9))
    gateway.outage()  # its word is kept for a while
    with django_assert_num_queries(17):
        page(as_owner)
