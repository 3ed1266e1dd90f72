""" "Reenviar": a sent report once more, exactly as it was frozen, because a person said so, once for each click."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from agency.models import Client, User
from agency.services import archive_client
from connections.models import Message
from reports import attachments, documents, pause_all, resending, sends_dress, sends_words
from reports.models import AdAccount, DailyMetric, Recipient, Report, ReportSettings
from reports.sending import send_due
from tests.factories import make_agency, make_connection, make_user
from tests.people import browser_of
from tests.reports.factories import make_recipient
from tests.reports.test_sending import NOW, due_client
from tests.threads import together

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
TOKEN, OTHER = "a-token-of-a-form", "another-token"
LATER = NOW + timedelta(hours=1)
#: Of the question: the person, the message, its report, connections, texts, recipients; banner and bell are the page's.
QUERIES = 8


@pytest.fixture(autouse=True)
def at_nine() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def reported(*, recipients: int = 2, **settings: Any) -> Report:
    """A report that has been sent to all its recipients, an hour ago."""
    client = due_client(recipients=recipients, name="Moda Ipê")
    make_connection(agency=client.agency, client=client)
    ReportSettings.objects.filter(client=client).update(**settings)
    assert send_due(NOW) == 1
    documents.draw_due(NOW)
    Message.objects.update(status="delivered", sent_at=NOW, delivered_at=NOW)
    report = Report.objects.select_related("client__agency", "settings").get(client=client)
    assert resending.report_of(client.agency, texts(report)[0]) == report
    return report


def texts(report: Report) -> list[Message]:
    return list(Message.objects.filter(subject=report.subject, file_name="").order_by("created_at", "to"))


def again(report: Report) -> list[Message]:
    return list(Message.objects.filter(subject=report.subject, dedupe_key__contains=":again:").order_by("due_at", "to"))


def addresses(report: Report) -> list[str]:
    return [message.to for message in texts(report)]


def same(body: str, message: Message, *, link: bool = False) -> str:
    """Without what is each message's own."""
    body = body.replace(message.reference, "REF")
    return re.sub(r"/r/[^\s/]+/", "/r/TOKEN/", body) if link else body


def test_it_is_the_frozen_text_whatever_has_become_of_the_numbers() -> None:
    report = reported(free_text="Bom dia, {{ cliente }}")
    before = texts(report)
    DailyMetric.objects.all().delete()
    AdAccount.objects.all().delete()
    ReportSettings.objects.update(free_text="outra coisa", metrics=["spend"], period="yesterday")
    Client.objects.update(name="Outro nome")

    with time_machine.travel(LATER, tick=False):
        resent = resending.resend(report, addresses(report), TOKEN)

    assert resent == resending.Resent(2)
    assert {same(message.body, message) for message in again(report)} == {same(before[0].body, before[0])}
    assert [message.dedupe_key for message in again(report)] == [
        f"{report.subject}:{address}:again:{TOKEN}" for address in addresses(report)[:2]
    ]
    assert {(m.subject, m.expires_at, m.status, m.to_name) for m in again(report)} == {
        (report.subject, LATER + timedelta(hours=24), "queued", m.to_name) for m in before
    }
    assert len({message.reference for message in texts(report)}) == 4


def test_only_whom_a_person_chose_and_a_second_click_is_the_first() -> None:
    report = reported(recipients=3)
    (chosen, *_) = addresses(report)

    assert [resending.resend(report, [chosen], TOKEN).texts for _ in range(2)] == [1, 1]
    assert [message.to for message in again(report)] == [chosen]

    # Another click, while that one is on its way: a third copy is nobody's decision.
    assert resending.resend(report, [chosen], OTHER) == resending.Resent(0, 1)
    assert len(again(report)) == 1


def test_its_page_is_the_same_by_a_new_address() -> None:
    report = reported(recipients=1, with_page=True)
    (before,) = texts(report)
    ReportSettings.objects.update(with_page=False)
    assert resending.offer(report).has_page

    with time_machine.travel(LATER, tick=False):
        resending.resend(report, addresses(report), TOKEN)

    (message,) = again(report)
    assert same(message.body, message, link=True) == same(before.body, before, link=True)
    (path,) = re.findall(r"/r/[^\s/]+/", message.body)
    assert path not in before.body
    assert Browser().get(path).status_code == 200


def test_without_a_page_then_there_is_none_now() -> None:
    report = reported(recipients=1)
    ReportSettings.objects.update(with_page=True)
    resending.resend(report, addresses(report), TOKEN)

    assert "/r/" not in again(report)[0].body


def test_its_documents_are_the_very_ones() -> None:
    report = reported(recipients=2, with_chart=True, with_pdf=True)
    before = list(Message.objects.exclude(file_name="").defer(None).order_by("to", "due_at"))
    ReportSettings.objects.update(with_chart=False, with_pdf=False)

    with time_machine.travel(LATER, tick=False):
        resending.resend(report, addresses(report), TOKEN)

    files = [m for m in again(report) if m.file_name]
    stored = list(Message.objects.filter(pk__in=[m.pk for m in files]).defer(None).order_by("to", "due_at"))
    assert [(m.to, m.file_type, bytes(m.file or b"")) for m in stored] == [
        (m.to, m.file_type, bytes(m.file or b"")) for m in before
    ]
    assert [same(m.file_name, m) for m in stored] == [same(m.file_name, m) for m in before]
    assert [same(m.body, m) for m in stored] == [same(m.body, m) for m in before]
    assert [m.dedupe_key.rpartition(":")[2] for m in stored] == ["chart", "pdf"] * 2


def test_documents_that_are_not_there_are_drawn_as_they_would_have_been() -> None:
    report = reported(recipients=1, with_chart=True, with_pdf=True)
    before = {m.file_type: bytes(m.file or b"") for m in Message.objects.exclude(file_name="").defer(None)}
    Message.objects.exclude(file_name="").delete()

    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        resending.resend(report, addresses(report), TOKEN)

    assert {m.file_type: bytes(m.file or b"") for m in Message.objects.exclude(file_name="").defer(None)} == before


def test_what_cannot_be_drawn_does_not_keep_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported(recipients=1, with_pdf=True)
    Message.objects.exclude(file_name="").delete()
    monkeypatch.setattr(attachments.pdf, "pdf", lambda *_, **__: 1 / 0)

    resent = resending.resend(report, addresses(report), TOKEN)

    assert resent == resending.Resent(1, 0, "O PDF não pôde ser montado.")
    assert len(again(report)) == 1


@pytest.mark.parametrize("status", ["uncertain", "queued", "sending"])
def test_what_may_still_arrive_has_its_own_way(status: str) -> None:
    report = reported(recipients=2)
    one, two = addresses(report)
    Message.objects.filter(to=one).update(status=status)

    assert [choice.may for choice in resending.offer(report).choices if choice.address == one] == [False]
    assert resending.resend(report, [one, two], TOKEN) == resending.Resent(1, 1)
    assert [message.to for message in again(report)] == [two]


def test_it_suggests_those_who_lack_it() -> None:
    report = reported(recipients=3)
    failed, silent, fine = addresses(report)
    assert resending.offer(report).suggested == {failed, silent, fine}

    Message.objects.filter(to=failed).update(status="failed", sent_at=None)
    Message.objects.filter(to=silent).update(status="sent", awaits_receipt=True, sent_at=NOW - timedelta(hours=1))
    assert resending.offer(report).suggested == {failed, silent}
    assert {choice.address for choice in resending.offer(report).may_double} == {silent, fine}

    Recipient.objects.filter(phone=failed).delete()
    assert resending.offer(report).suggested == {silent}


def test_a_client_archived_meanwhile_gets_nothing() -> None:
    report = reported()
    archive_client(report.client)

    assert resending.resend(report, addresses(report), TOKEN) == resending.Resent(0, 2)
    assert resending.report_of(report.client.agency, texts(report)[0]) is None


def test_a_pause_takes_a_resend_back_too() -> None:
    report = reported(recipients=1)
    resending.resend(report, addresses(report), TOKEN)
    pause_all.pause(report.client.agency)

    assert [message.status for message in again(report)] == ["cancelled"]


def test_the_newer_copy_stands_for_the_one_that_failed() -> None:
    """Else the line would say "Não enviado" for ever, and offer the old one to the agency's number as well."""
    report = reported(recipients=2)
    one, _ = addresses(report)
    Message.objects.filter(to=one).update(status="failed", sent_at=None, delivered_at=None)
    client = report.client
    make_connection(agency=client.agency)
    with time_machine.travel(LATER, tick=False):
        resending.resend(report, [one], TOKEN)
        numbers = sends_dress.Numbers(client.agency, [])
        assert sends_dress.failed_for_agency(texts(report), numbers, LATER) == []
        assert sends_words.standing_of(texts(report), LATER, client.zone).tally == "queued"
        Message.objects.filter(status="queued").update(status="read", sent_at=LATER, read_at=LATER)
        assert sends_words.standing_of(texts(report), LATER, client.zone).tally == "delivered"


def ask(browser: Browser, message: Message, **how: Any) -> str:
    html = browser.get(reverse("reports:resend", args=[message.pk]), **how).content.decode()
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", html, flags=re.DOTALL).split())


def person(report: Report) -> User:
    return make_user(agency=report.client.agency)


def test_the_question_shows_the_text_and_says_that_it_may_arrive_twice(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    report = reported(recipients=2)
    ReportSettings.objects.update(active=False)
    browser, (message, other) = browser_of(person(report)), texts(report)

    with django_assert_num_queries(QUERIES):
        said = ask(browser, message, headers=HTMX)

    assert "Pode chegar duas vezes." in said
    assert "Conta: Moda Ipê" in said
    assert resending.PAUSED in said
    Message.objects.filter(pk=other.pk).update(status="uncertain")
    assert "Pode ter chegado: responda em Envios incertos" in ask(browser, message)
    Message.objects.update(status="failed")
    assert "Pode chegar duas vezes." not in ask(browser, message)


def test_without_a_number_it_is_said_that_it_waits() -> None:
    report = reported(recipients=1)
    report.client.whatsapp_connection.delete()

    assert "Agora nada sai:" in ask(browser_of(person(report)), texts(report)[0])


def test_the_answer_is_a_toast_and_the_page_knows() -> None:
    report = reported(recipients=2)
    browser, (message, _) = browser_of(person(report)), texts(report)
    address = reverse("reports:resend", args=[message.pk])

    answers = [
        browser.post(address, {"token": TOKEN, "to": addresses(report)}, headers=HTMX)["HX-Trigger"] for _ in range(2)
    ]

    for heard in answers:
        assert "Relat\\u00f3rio de novo a caminho de 2 destinat\\u00e1rios." in heard
        assert all(event in heard for event in ("sends-changed", "dialog-close", f"client-changed-{report.client_id}"))
    assert len(again(report)) == 2


def test_without_scripts_it_leads_back_to_the_sends() -> None:
    report = reported(recipients=1)
    address = reverse("reports:resend", args=[texts(report)[0].pk])
    browser = browser_of(person(report))

    answer = browser.post(address, {"token": TOKEN, "to": addresses(report)})
    assert answer["Location"] == reverse("reports:sends")
    nobody = browser.post(address, {"token": OTHER})
    assert nobody["Location"] == address
    assert len(again(report)) == 1


@pytest.mark.parametrize("token", ["", "short", "x" * 37, "not/a/token"])
def test_a_form_without_its_token_sends_nothing(token: str) -> None:
    report = reported(recipients=1)
    address = reverse("reports:resend", args=[texts(report)[0].pk])

    browser_of(person(report)).post(address, {"token": token, "to": addresses(report)}, headers=HTMX)

    assert again(report) == []


def test_only_a_sent_report_of_the_own_agency_to_somebody_who_got_it() -> None:
    report = reported(recipients=1)
    (message,) = texts(report)
    address = reverse("reports:resend", args=[message.pk])
    mine, stranger = browser_of(person(report)), browser_of(make_user(agency=make_agency()))

    assert stranger.get(address).status_code == 404
    assert stranger.post(address, {"token": TOKEN, "to": addresses(report)}).status_code == 404
    assert mine.get(reverse("reports:resend", args=[uuid.uuid4()])).status_code == 404
    assert mine.post(address, {"token": TOKEN, "to": make_recipient(report.client).phone}).status_code == 404
    assert mine.delete(address).status_code == 405
    assert Browser().get(address).status_code == 302
    for subject in ("alert:1", "report:1", f"report:{uuid.uuid4()}"):
        Message.objects.filter(pk=message.pk).update(subject=subject)
        assert mine.get(address).status_code == 404
    assert again(report) == []


def test_numbers_of_an_unknown_version_are_not_sent_again() -> None:
    report = reported(recipients=1)
    Report.objects.update(snapshot={"version": 99})

    assert resending.report_of(report.client.agency, texts(report)[0]) is None


def test_the_page_of_sends_offers_it_where_nothing_else_helps() -> None:
    report = reported(recipients=1)
    browser, (message,) = browser_of(person(report)), texts(report)
    address = reverse("reports:resend", args=[message.pk])
    send = reverse("reports:send", args=[message.pk])

    assert address not in browser.get(reverse("reports:sends")).content.decode()
    assert address in browser.get(send).content.decode()

    Message.objects.update(status="sent", awaits_receipt=True, sent_at=NOW - timedelta(hours=1), delivered_at=None)
    assert address in browser.get(reverse("reports:sends")).content.decode()
    Message.objects.update(status="uncertain")
    assert address not in browser.get(send).content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_send_one_copy() -> None:
    report = reported(recipients=1)

    resent = together(*(partial(resending.resend, report, addresses(report), token) for token in (TOKEN, OTHER)))

    assert sorted(each.texts for each in resent) == [0, 1]
    assert len(again(report)) == 1
