"""Reports that did not leave: seen with their cause, opened with the text of now, released once or discarded."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from agency.services import archive_client
from connections.models import Message
from reports import holding
from reports.models import DailyMetric, Recipient, Report
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, make_settings, week

HTMX = {"HX-Request": "true"}
#: Tuesday, 10:00 in São Paulo.
NOW = datetime(2026, 11, 24, 13, tzinfo=UTC)
YESTERDAY = date(2026, 11, 23)
VIEWS = {"open_reports": ["get"], "held": ["get"], "release": ["post"], "discard": ["post"]}


@pytest.fixture(autouse=True)
def at_ten() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(agency: Agency) -> Client:
    """The agency's client, whose account lacks two days, and one recipient."""
    client = make_client(agency=agency, name="Moda Ipê")
    days = [day for day in week(YESTERDAY) if day not in (date(2026, 11, 20), date(2026, 11, 21))]
    make_days(make_account(client=client, name="Ipê Loja"), days)
    make_recipient(client, name="Beatriz", phone="+5511987650011")
    return client


@pytest.fixture
def report(client: Client) -> Report:
    return make_report(client)


def make_report(client: Client, **fields: Any) -> Report:
    settings = getattr(client, "report_settings", None) or make_settings(client, next_run_at=NOW + timedelta(hours=23))
    words = {
        "occurrence": str(uuid.uuid4()),
        "trigger": "schedule",
        "period": "last_7_days",
        "period_start": date(2026, 11, 17),
        "period_end": YESTERDAY,
        "status": "held",
        "reason": "Faltam 20 e 21 nov de Ipê Loja.",
        "expires_at": NOW + timedelta(hours=23),
        **fields,
    }
    return Report.objects.create(client=client, settings=settings, **words)


def path(name: str, report: Report) -> str:
    args = [report.client_id] if name == "open_reports" else [report.client_id, report.pk]
    return reverse(f"reports:{name}", args=args)


def see(browser: Browser, name: str, report: Report) -> str:
    return browser.get(path(name, report), headers=HTMX).content.decode()


def digest_in(page: str) -> str:
    (digest,) = re.findall(r'name="digest" value="([0-9a-f]+)"', page)
    return digest


def release(browser: Browser, report: Report, digest: str) -> Any:
    return browser.post(path("release", report), {"digest": digest}, headers=HTMX)


def events(answer: Any) -> dict[str, Any]:
    return json.loads(answer["HX-Trigger"])


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_wrong_method(name: str, method: str, as_owner: Browser, report: Report) -> None:
    if method not in VIEWS[name]:
        assert getattr(as_owner, method)(path(name, report)).status_code == 405


@pytest.mark.parametrize("name", VIEWS)
def test_anonymous_goes_to_login(name: str, as_anonymous: Browser, report: Report) -> None:
    answer = as_anonymous.post(path(name, report))

    assert (answer.status_code, answer["Location"].startswith(reverse("account_login"))) == (302, True)
    assert Report.objects.get().status == "held"


@pytest.mark.parametrize("name", VIEWS)
def test_a_stranger_finds_and_changes_nothing(name: str, as_stranger: Browser, report: Report) -> None:
    (method,) = VIEWS[name]

    assert getattr(as_stranger, method)(path(name, report)).status_code == 404
    assert Report.objects.get().status == "held"


@pytest.mark.parametrize("name", ["held", "release", "discard"])
def test_a_report_is_found_through_its_own_client_only(name: str, as_owner: Browser, report: Report) -> None:
    (method,) = VIEWS[name]
    other = make_client(agency=report.client.agency)

    for args in ([other.pk, report.pk], [report.client_id, uuid.uuid4()]):
        assert getattr(as_owner, method)(reverse(f"reports:{name}", args=args)).status_code == 404
    assert Report.objects.get().status == "held"


@pytest.mark.parametrize("name", VIEWS)
def test_an_archived_client_is_not_found(name: str, as_owner: Browser, report: Report) -> None:
    archive_client(report.client)
    (method,) = VIEWS[name]

    assert getattr(as_owner, method)(path(name, report)).status_code == 404


@pytest.mark.parametrize("name", ["release", "discard"])
def test_a_post_without_csrf_is_refused(name: str, owner: Any, report: Report) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(owner, backend="allauth.account.auth_backends.AuthenticationBackend")

    assert browser.post(path(name, report)).status_code == 403


def test_the_panel_lists_what_waits_with_its_cause(as_owner: Browser, report: Report) -> None:
    make_report(
        report.client, status="lost", reason="Previsto para 23/11/2026 às 09:00; o sistema só voltou.", expires_at=None
    )

    page = see(as_owner, "open_reports", report)

    assert "2 esperam por você" in page
    assert page.index("Retido") < page.index("Faltam 20 e 21 nov de Ipê Loja.") < page.index("Relatório de 17 a 23 nov")
    assert page.index("Perdido") < page.index("Previsto para 23/11/2026 às 09:00")
    assert ("Liberar" in page, "Enviar assim mesmo" in page) == (True, True)


def test_where_nothing_waits_there_is_no_panel(as_owner: Browser, client: Client) -> None:
    address = reverse("reports:open_reports", args=[client.pk])

    assert as_owner.get(address, headers=HTMX).content.decode().strip() == ""
    assert "Nenhum relatório espera por você." in as_owner.get(address).content.decode()


def test_past_ones_keep_their_reason_and_who_decided(as_owner: Browser, owner: Any, report: Report) -> None:
    make_report(report.client, status="expired", reason="Faltam 2 nov de Ipê Loja.", settled_at=NOW - timedelta(days=3))
    holding.discard(report, owner)

    page = see(as_owner, "open_reports", report)

    assert "nenhum espera por você" in page
    assert re.search(r"Descartado.*Faltam 20 e 21 nov.*por Rafaela Couto", page, re.DOTALL)
    assert re.search(r"Expirado.*Faltam 2 nov.*ninguém liberou a tempo", page, re.DOTALL)


@pytest.mark.parametrize("paused", [True, False])
def test_a_released_one_that_was_taken_back_is_not_said_to_have_left(
    paused: bool, as_owner: Browser, owner: Any, report: Report
) -> None:
    holding.release(report, holding.propose(report).digest, owner)
    if paused:
        as_owner.post(reverse("reports:pause", args=[report.client_id]), {"paused": "1"})

    page = see(as_owner, "open_reports", report)

    assert ("Liberado, mas não saiu: O relatório automático foi pausado" in page) is paused
    assert ("Cancelado" in page) is paused


def test_past_ones_come_thirty_at_a_time(as_owner: Browser, report: Report) -> None:
    for number in range(31):
        make_report(
            report.client, status="expired", reason=f"Motivo {number}.", settled_at=NOW - timedelta(hours=number)
        )
    address = path("open_reports", report)

    first = see(as_owner, "open_reports", report)
    second = as_owner.get(address, {"decididos": "60"}).content.decode()

    assert ("Motivo 29." in first, "Motivo 30." in first) == (True, False)
    assert f'href="{address}?decididos=60#decided-reports"' in first
    assert ("Motivo 30." in second, "Mostrar mais" in second) == (True, False)


@pytest.mark.parametrize("htmx", [False, True])
def test_the_dialog_shows_the_text_the_recipients_and_what_is_missing(
    htmx: bool, as_owner: Browser, report: Report
) -> None:
    page = as_owner.get(path("held", report), headers=HTMX if htmx else {}).content.decode()

    assert ("<html" in page) is not htmx
    for text in ("Conta: <b>Moda Ipê</b>", "17/11/2026 — 23/11/2026", "R$ 500,00", "#······", "Ipê Loja: 2 dias"):
        assert text in page
    assert ("Beatriz" in page, "(11) 9 8765-0011" in page, "Liberar e enviar" in page) == (True, True, True)


def test_what_is_shown_is_what_is_sent(as_owner: Browser, owner: Any, report: Report) -> None:
    digest = digest_in(see(as_owner, "held", report))
    shown = holding.propose(report).text

    answer = release(as_owner, report, digest)

    assert answer.status_code == 204
    assert events(answer)["toast"] == {"text": "Relatório liberado: a caminho de 1 destinatário.", "level": "ok"}
    assert {"dialog-close", f"client-changed-{report.client_id}"} <= events(answer).keys()
    message = Message.objects.get()
    assert (message.to, message.subject) == ("+5511987650011", report.subject)
    assert shown is not None
    assert message.body == shown.replace("······", message.reference)
    report.refresh_from_db()
    assert (report.status, report.settled_by, report.settled_at) == ("built", owner, NOW)
    assert "espera por você" not in see(as_owner, "open_reports", report).replace("nenhum espera por você", "")


def test_release_without_javascript(as_owner: Browser, report: Report) -> None:
    digest = digest_in(as_owner.get(path("held", report)).content.decode())

    answer = as_owner.post(path("release", report), {"digest": digest})

    assert answer["Location"] == reverse("agency:client", args=[report.client_id])
    assert said(answer) == ["Relatório liberado: a caminho de 1 destinatário."]
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ("release", "Relatório liberado: a caminho de 1 destinatário."),
        ("discard", "Relatório descartado. Nada foi enviado."),
    ],
)
@pytest.mark.parametrize("query", ["", "?de=sino"])
def test_the_reports_own_page_goes_on_to_the_clients(
    query: str, action: str, sentence: str, as_owner: Browser, as_colleague: Browser, report: Report
) -> None:
    """It is no dialog that could shut: it would stay, with a button for what is done already."""
    digest = digest_in(as_owner.get(path("held", report)).content.decode())
    headers = {**HTMX, "HX-Current-URL": f"http://testserver{path('held', report)}{query}"}

    first = as_owner.post(path(action, report), {"digest": digest}, headers=headers)
    second = as_colleague.post(path(action, report), {"digest": digest}, headers=headers)

    for answer in (first, second):
        assert answer["HX-Redirect"] == reverse("agency:client", args=[report.client_id])
    assert said(first) == [sentence]
    assert said(second)[0].startswith(("Este relatório já foi liberado por", "Este relatório já foi descartado por"))


def test_a_dialog_on_another_page_only_shuts(as_owner: Browser, report: Report) -> None:
    digest = digest_in(see(as_owner, "held", report))
    page = f"http://testserver{reverse('agency:client', args=[report.client_id])}"

    answer = as_owner.post(path("release", report), {"digest": digest}, headers={**HTMX, "HX-Current-URL": page})

    assert "HX-Redirect" not in answer
    assert "dialog-close" in events(answer)


def test_two_clicks_or_two_tabs_are_one_release(as_owner: Browser, as_colleague: Browser, report: Report) -> None:
    digest = digest_in(see(as_owner, "held", report))

    release(as_owner, report, digest)
    second = release(as_colleague, report, digest)

    assert Message.objects.count() == 1
    assert events(second)["toast"] == {
        "text": "Este relatório já foi liberado por Rafaela Couto às 10:00.",
        "level": "info",
    }
    assert "dialog-close" in events(second)


@pytest.mark.parametrize("what", ["numbers", "recipients", "digest"])
def test_what_has_changed_meanwhile_is_shown_again_and_not_sent(what: str, as_owner: Browser, report: Report) -> None:
    digest = digest_in(see(as_owner, "held", report))
    if what == "numbers":
        DailyMetric.objects.update(spend=7)
    elif what == "recipients":
        make_recipient(report.client, name="Paulo")
    else:
        digest = ""

    answer = release(as_owner, report, digest)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "O relatório mudou desde que você o viu." in page
    assert {"numbers": "R$ 35,00", "recipients": "Paulo", "digest": "R$ 500,00"}[what] in page
    assert not Message.objects.exists()
    assert release(as_owner, report, digest_in(page)).status_code == 204
    assert Message.objects.count() == Recipient.objects.count()


def test_days_that_came_meanwhile_are_in_the_text(as_owner: Browser, report: Report) -> None:
    make_days(report.client.ad_accounts.get(), [date(2026, 11, 20), date(2026, 11, 21)])

    page = see(as_owner, "held", report)

    assert "R$ 700,00" in page
    assert "Ipê Loja: 2 dias" not in page


def test_with_nothing_to_send_there_is_nothing_to_release(as_owner: Browser, report: Report) -> None:
    DailyMetric.objects.all().delete()

    page = see(as_owner, "held", report)

    assert "Não há o que enviar." in page
    assert "Liberar e enviar" not in page
    assert "Descartar" in page


def test_without_recipients_there_is_nobody_to_send_to(as_owner: Browser, report: Report) -> None:
    Recipient.objects.all().delete()

    page = see(as_owner, "held", report)

    assert "Ninguém recebe relatórios deste cliente." in page
    assert "Liberar e enviar" not in page
    assert reverse("reports:settings", args=[report.client_id]) in page


def test_a_lost_report_can_be_sent_all_the_same(as_owner: Browser, report: Report) -> None:
    lost = make_report(report.client, status="lost", reason="Previsto para 24/11/2026 às 09:00.", expires_at=None)
    page = see(as_owner, "held", lost)

    assert "Perdido: Previsto para 24/11/2026 às 09:00." in page
    assert "Enviar assim mesmo" in page
    assert release(as_owner, lost, digest_in(page)).status_code == 204
    assert Message.objects.get().subject == lost.subject


@pytest.mark.parametrize("htmx", [False, True])
def test_discarding_sends_nothing_and_says_who(
    htmx: bool, as_owner: Browser, as_colleague: Browser, owner: Any, report: Report
) -> None:
    headers = HTMX if htmx else {}

    first = as_owner.post(path("discard", report), headers=headers)
    second = as_colleague.post(path("discard", report), headers=headers)

    sentences = [
        "Relatório descartado. Nada foi enviado.",
        "Este relatório já foi descartado por Rafaela Couto às 10:00.",
    ]
    if htmx:
        assert [events(answer)["toast"]["text"] for answer in (first, second)] == sentences
    else:
        assert [said(answer) for answer in (first, second)] == [sentences[:1], sentences[1:]]
    report.refresh_from_db()
    assert (report.status, report.settled_by) == ("discarded", owner)
    assert not Message.objects.exists()


@pytest.mark.parametrize("action", ["release", "discard"])
def test_an_expired_one_is_said_and_not_sent(action: str, as_owner: Browser, report: Report) -> None:
    digest = digest_in(see(as_owner, "held", report))
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        answer = as_owner.post(path(action, report), {"digest": digest}, headers=HTMX)
        dialog = see(as_owner, "held", report)

    assert "expirou" in events(answer)["toast"]["text"]
    assert "expirou" in dialog
    assert "Liberar e enviar" not in dialog
    assert not Message.objects.exists()


@pytest.mark.parametrize("count", [1, 4])
def test_what_the_panel_costs(
    count: int, as_owner: Browser, owner: Any, report: Report, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_report(report.client)
        holding.discard(make_report(report.client), owner)
    see(as_owner, "open_reports", report)

    # session, user, membership + agency, the client; what waits; what is decided, with who decided
    with django_assert_num_queries(6):
        see(as_owner, "open_reports", report)


@pytest.mark.parametrize("count", [1, 4])
def test_what_the_dialog_costs(
    count: int, as_owner: Browser, report: Report, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        make_account(client=report.client)
        make_recipient(report.client)
    see(as_owner, "held", report)

    # session, user, membership + agency, the client; the report, whether it waits; numbers, recipients
    with django_assert_num_queries(9):
        see(as_owner, "held", report)


def test_a_comment_is_shown_in_the_text_before_it_leaves(as_owner: Browser, report: Report) -> None:
    address = reverse("reports:held_preview", args=[report.client_id, report.pk])

    shown = as_owner.post(address, {"comment": "Pausamos na sexta."}, HTTP_HX_REQUEST="true").content.decode()

    assert "Pausamos na sexta.<" in shown.split('id="held-text"')[1]
    assert not Message.objects.exists()


def test_a_comment_with_what_does_not_exist_is_not_sent(as_owner: Browser, report: Report) -> None:
    address = reverse("reports:release", args=[report.client_id, report.pk])
    typed = {"digest": holding.propose(report).digest, "comment": "Olá, {{ nome }}"}

    answer = as_owner.post(address, typed, HTTP_HX_REQUEST="true").content.decode()

    assert "“{{ nome }}” não existe." in answer
    assert not Message.objects.exists()


def test_a_report_is_released_with_the_comment(as_owner: Browser, report: Report) -> None:
    address = reverse("reports:release", args=[report.client_id, report.pk])

    as_owner.post(address, {"digest": holding.propose(report).digest, "comment": "Pausamos na sexta."})

    assert "\nPausamos na sexta.\n" in Message.objects.get().body
