""" "Enviar para vários": chosen, asked, confirmed once, told how far it is; nobody else's."""

from __future__ import annotations

import re
import uuid
from datetime import time, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency import listing
from agency.models import Agency, Client, User
from agency.services import archive_client
from connections.models import Message
from reports import bulk, bulk_ahead
from reports.models import BulkRun, Report
from tests.factories import make_agency, make_client, make_connection
from tests.reports.factories import make_recipient
from tests.reports.sends_world import NOW, make_report
from tests.reports.test_bulk import ready

#: Of the page of clients: the person, banner and bell, the listing, who receives, the last runs.
PAGE_QUERIES = 10
QUESTION_QUERIES = 15


@pytest.fixture(autouse=True)
def at_nine_forty_three() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def ask(browser: Browser, *clients: Client, action: str = "send", **more: str) -> Any:
    return browser.post(reverse("reports:bulk_ask"), {"acao": action, "client": [c.pk for c in clients], **more})


def run_asked(browser: Browser, *clients: Client, **more: str) -> BulkRun:
    answer = ask(browser, *clients, **more)
    (key,) = re.findall(r"/agency/send/([0-9a-f-]{36})/$", answer["Location"])
    return BulkRun.objects.get(pk=key)


def page(browser: Browser, view: str, run: BulkRun) -> str:
    html = browser.get(reverse(f"reports:bulk_{view}", args=[run.pk])).content.decode()
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html.partition("<main")[2] or html, flags=re.DOTALL).split())


def test_it_lists_the_clients_in_service_by_name(agency: Agency, as_owner: Browser) -> None:
    make_connection(agency=agency)
    b, a = ready(agency, "Barbearia", recipients=2), ready(agency, "Ateliê", recipients=0, active=False)
    archive_client(ready(agency, "Velha"))
    ready(make_agency(), "Alheia")

    html = as_owner.get(reverse("reports:bulk")).content.decode()

    rows = re.findall(r'<tr id="bulk-([0-9a-f-]+)">(.*?)</tr>', html, re.DOTALL)
    assert [key for key, _ in rows] == [str(a.pk), str(b.pk)]
    assert "ninguém" in rows[0][1]
    assert "pausado" in rows[0][1]
    assert "hoje 18:00" in rows[1][1]


def test_search_and_filter_are_in_the_address_and_go_with_all(agency: Agency, as_owner: Browser) -> None:
    make_connection(agency=agency)
    found, other = ready(agency, "Café Bom"), ready(agency, "Padaria")

    html = as_owner.get(reverse("reports:bulk"), {"q": "cafe"}).content.decode()
    assert f"bulk-{found.pk}" in html
    assert f"bulk-{other.pk}" not in html

    run = run_asked(as_owner, quais="todos", q="cafe")
    assert [item.client for item in run.items.all()] == [found]


def test_all_is_all_pages(agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PER_PAGE", 2)
    for _ in range(5):
        make_client(agency=agency)

    assert "Todos os 5" in as_owner.get(reverse("reports:bulk")).content.decode()
    assert run_asked(as_owner, quais="todos").items.count() == 5


def test_the_question_says_what_will_happen_and_begins_nothing(agency: Agency, as_owner: Browser) -> None:
    make_connection(agency=agency)
    fine, again = ready(agency, "Ateliê", recipients=2), ready(agency, "Barbearia", active=False)
    clients = [fine, again, ready(agency, "Café", days=3), ready(agency, "Doceria", recipients=0)]
    make_report(again, created_at=NOW - timedelta(hours=1))
    own_only = ready(agency, "Escola")
    Client.objects.filter(pk=own_only.pk).update(use_agency_number=False)

    said = page(as_owner, "run", run_asked(as_owner, *clients, own_only))

    assert "Enviar agora o relatório de 5 clientes?" in said
    assert "3 clientes, 4 mensagens." in said
    assert "1 fica retido até alguém decidir: Café: Sem números de" in said
    assert "1 sem destinatário: Doceria ." in said
    assert "1 já teve um relatório hoje e recebe outro: Barbearia." in said
    assert "1 sem WhatsApp conectado: espera na fila" in said
    assert "1 está com o relatório automático desligado e recebe assim mesmo." in said
    assert not Message.objects.exists()
    assert Report.objects.count() == 1


def test_in_the_agencys_quiet_hours_it_says_until_when(agency: Agency, as_owner: Browser) -> None:
    run = run_asked(as_owner, ready(agency))
    assert "Silêncio" not in page(as_owner, "run", run)

    Agency.objects.update(quiet_from=time(9), quiet_until=time(10, 30))
    assert "Silêncio da agência: nada sai antes das 10:30." in page(as_owner, "run", run)


def test_of_very_many_it_says_what_is_known_without_their_numbers(
    agency: Agency, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_ahead, "LOOKED_AT", 1)
    said = page(as_owner, "run", run_asked(as_owner, ready(agency, recipients=2), ready(agency, recipients=0)))

    assert "1 cliente, 2 mensagens." in said
    assert "Os números de cada um são conferidos na hora" in said
    assert "1 sem destinatário:" in said


def test_confirmed_twice_is_once_and_the_page_tells_how_far_it_is(
    agency: Agency, owner: User, as_owner: Browser, as_colleague: Browser
) -> None:
    clients = [ready(agency, "Ateliê", recipients=2), ready(agency, "Café", days=3), ready(agency, recipients=0)]
    run = run_asked(as_owner, *clients)
    start = reverse("reports:bulk_start", args=[run.pk])

    assert [browser.post(start).status_code for browser in (as_owner, as_owner, as_colleague)] == [302] * 3
    html = as_owner.get(reverse("reports:bulk_run", args=[run.pk])).content.decode()
    assert "0 de 3" in html
    assert 'hx-trigger="every 2s"' in html
    assert "Parar" in html

    bulk.work(run.pk)
    fragment = as_owner.get(reverse("reports:bulk_progress", args=[run.pk])).content.decode()

    assert "every 2s" not in fragment
    assert "Parar" not in fragment
    said = page(as_colleague, "run", run)
    assert "Pronto. 3 de 3: 1 a caminho, 1 retido, 1 sem destinatário" in said
    assert "2 mensagens foram para a fila" in said
    assert f"por {owner.name}" in said
    assert "Café Retido Sem números de" in said
    report = Report.objects.get(status="held", client=clients[1])
    assert reverse("reports:held", args=[clients[1].pk, report.pk]) in fragment
    assert (Report.objects.count(), Message.objects.count()) == (3, 2)


def test_stopped_it_says_what_was_not_begun(agency: Agency, as_owner: Browser) -> None:
    run = run_asked(as_owner, ready(agency, "Ateliê"))
    as_owner.post(reverse("reports:bulk_start", args=[run.pk]))
    as_owner.post(reverse("reports:bulk_stop", args=[run.pk]))

    assert "Parado. 1 de 1: 1 não começado" in page(as_owner, "run", run)
    assert bulk.work(run.pk) == 0


@pytest.mark.parametrize(
    ("action", "question", "done"),
    [
        ("pause", "Pausar os relatórios automáticos de 2 clientes?", "pausado"),
        ("resume", "Retomar os relatórios automáticos de 2 clientes?", "retomado"),
    ],
)
def test_pause_and_resume_ask_too(agency: Agency, as_owner: Browser, action: str, question: str, done: str) -> None:
    run = run_asked(as_owner, ready(agency), ready(agency, active=False), action=action)
    said = page(as_owner, "run", run)
    assert question in said
    assert "1 não muda" in said

    as_owner.post(reverse("reports:bulk_start", args=[run.pk]))
    bulk.work(run.pk)

    assert f"2 de 2: 1 {done}, 1 sem mudança" in page(as_owner, "run", run)


def test_nobody_marked_is_said(agency: Agency, as_owner: Browser) -> None:
    ready(agency)
    answer = as_owner.post(reverse("reports:bulk_ask"), {"acao": "send"}, follow=True)

    assert "marque ao menos um cliente" in answer.content.decode()
    assert not BulkRun.objects.exists()


def test_another_run_that_is_going_is_told_of(agency: Agency, as_owner: Browser) -> None:
    client = ready(agency)
    first, second = run_asked(as_owner, client), run_asked(as_owner, client)
    bulk.start(first)

    assert "Outro ainda está em andamento." in page(as_owner, "run", second)
    html = as_owner.get(reverse("reports:bulk")).content.decode()
    assert "(em andamento)" in html
    assert reverse("reports:bulk_run", args=[first.pk]) in html


def test_what_is_not_the_agencys_is_not_there(agency: Agency, as_owner: Browser, as_stranger: Browser) -> None:
    mine, foreign = ready(agency), ready(make_agency())

    assert ask(as_owner, mine, foreign).status_code == 404
    assert as_owner.post(reverse("reports:bulk_ask"), {"acao": "send", "client": "x"}).status_code == 404
    assert ask(as_owner, mine, action="delete").status_code == 404
    assert not BulkRun.objects.exists()

    run = run_asked(as_owner, mine)
    for view in ("run", "progress"):
        assert as_stranger.get(reverse(f"reports:bulk_{view}", args=[run.pk])).status_code == 404
        assert as_owner.get(reverse(f"reports:bulk_{view}", args=[uuid.uuid4()])).status_code == 404
    for view in ("start", "stop"):
        assert as_stranger.post(reverse(f"reports:bulk_{view}", args=[run.pk])).status_code == 404
        assert as_owner.get(reverse(f"reports:bulk_{view}", args=[run.pk])).status_code == 405
    assert as_owner.get(reverse("reports:bulk_ask")).status_code == 405


def test_an_archived_one_is_left_out(agency: Agency, as_owner: Browser) -> None:
    mine, gone = ready(agency), ready(agency)
    archive_client(gone)

    assert [item.client for item in run_asked(as_owner, mine, gone).items.all()] == [mine]


@pytest.mark.parametrize("view", ["bulk", "bulk_run"])
def test_who_is_not_signed_in_signs_in_first(agency: Agency, owner: User, as_anonymous: Browser, view: str) -> None:
    args = [] if view == "bulk" else [uuid.uuid4()]
    answer = as_anonymous.get(reverse(f"reports:{view}", args=args))

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("count", [2, 12])
def test_the_pages_cost_the_same_for_two_and_for_twelve(
    agency: Agency, as_owner: Browser, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_connection(agency=agency)
    clients = [ready(agency) for _ in range(count)]
    make_recipient(clients[0])
    as_owner.get(reverse("reports:bulk"))

    with django_assert_num_queries(PAGE_QUERIES):
        as_owner.get(reverse("reports:bulk"))
    run = run_asked(as_owner, *clients)
    with django_assert_num_queries(QUESTION_QUERIES):
        as_owner.get(reverse("reports:bulk_run", args=[run.pk]))
    assert timezone.now() == NOW
