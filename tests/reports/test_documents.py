"""What goes with a report: drawn after its text is in the outbox, once for each recipient, whatever dies between."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client as Browser
from PIL import Image

from agency.models import Agency, Client, Notice, User
from agency.services import archive_client
from connections import outbox
from connections.models import Message, MessageStatus
from connections.moves import move
from reports import chart_image, digest, documents, holding, pause_all, pdf, tasks, trial
from reports.models import Report, ReportSettings
from reports.sending import pause, send_due, send_now
from tests.factories import make_user
from tests.reports.editor import HTMX, TOKEN, form, make_ipe, settings_form, text, toast, url
from tests.reports.factories import make_days, make_recipient, week
from tests.reports.test_sending import NOW, YESTERDAY, due_client

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=30)
AFTER_THE_LEASE = NOW + documents.LEASE + timedelta(seconds=1)


@pytest.fixture(autouse=True)
def at_nine() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


class Killed(BaseException):
    """What a worker that is killed leaves behind is what this leaves behind."""


def reported(*, recipients: int = 1, chart: bool = True, whole: bool = True) -> Report:
    """A report whose text has just gone into the outbox."""
    client = due_client(recipients=recipients, name="Moda Ipê")
    ReportSettings.objects.filter(client=client).update(with_chart=chart, with_pdf=whole)
    assert send_due(NOW) == 1
    return Report.objects.select_related("client__agency").get(client=client)


def texts() -> list[Message]:
    return list(Message.objects.filter(file_name="").order_by("to"))


def files() -> list[Message]:
    return list(Message.objects.exclude(file_name="").order_by("to", "due_at"))


def keys(found: list[Message]) -> list[str]:
    return sorted(message.dedupe_key for message in found)


def dies(*args: Any, **kwargs: Any) -> Any:
    raise Killed


def breaks(*args: Any, **kwargs: Any) -> Any:
    raise ZeroDivisionError


def test_each_recipient_gets_what_was_chosen_behind_the_text() -> None:
    report = reported(recipients=2)
    assert not files()

    assert documents.draw_due(LATER) == 1

    assert keys(files()) == sorted(
        f"report:{report.pk}:{message.to}:{end}" for message in texts() for end in ("chart", "pdf")
    )
    for message in texts():
        chart, whole = (file for file in files() if file.to == message.to)
        assert message.due_at < chart.due_at < whole.due_at < LATER + timedelta(seconds=15)
        for file in (chart, whole):
            assert (file.subject, file.kind, file.to_name) == (message.subject, "report", message.to_name)
            assert (file.expires_at, file.client, file.agency) == (message.expires_at, message.client, message.agency)
            assert file.body == f"Moda Ipê, 17 a 23 nov\n_#{file.reference}_"
        assert (chart.file_type, whole.file_type) == ("image/png", "application/pdf")
        assert whole.file_name == f"Relatório Moda Ipê 17 a 23 nov #{whole.reference}.pdf"
        assert chart.file_name == f"Relatório Moda Ipê 17 a 23 nov #{chart.reference}.png"
        assert Image.open(io.BytesIO(bytes(chart.file or b""))).width > 700
        assert bytes(whole.file or b"").startswith(b"%PDF-")


def test_the_pdf_has_the_reference_of_the_text_that_it_goes_with(monkeypatch: pytest.MonkeyPatch) -> None:
    reported(recipients=2)
    said: list[str] = []
    draw = pdf.pdf
    monkeypatch.setattr(pdf, "pdf", lambda *args, **kwargs: said.append(kwargs["reference"]) or draw(*args, **kwargs))

    documents.draw_due(LATER)

    assert said == [message.reference for message in texts()]


@pytest.mark.parametrize(
    ("chart", "whole", "ends"), [(True, False, ["chart"]), (False, True, ["pdf"]), (False, False, [])]
)
def test_only_what_was_chosen(chart: bool, whole: bool, ends: list[str]) -> None:
    report = reported(chart=chart, whole=whole)

    documents.draw_due(LATER)

    assert [message.dedupe_key.rpartition(":")[2] for message in files()] == ends
    assert (report.documents_due is not None) is bool(ends)


def test_what_is_chosen_afterwards_changes_nothing() -> None:
    report = reported(whole=False)
    report.settings.with_chart, report.settings.with_pdf = False, True
    report.settings.save()

    documents.draw_due(LATER)

    assert [message.file_type for message in files()] == ["image/png"]


def test_drawn_of_the_frozen_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported(whole=False)
    report.client.daily_metrics.all().delete()
    drawn: list[Any] = []
    draw = chart_image.png
    monkeypatch.setattr(chart_image, "png", lambda data, head: drawn.append(data) or draw(data, head))

    documents.draw_due(LATER)

    assert drawn[0].blocks[0].now.spend == 700


def test_the_bell_rings_once_the_report_can_be_seen(
    django_capture_on_commit_callbacks: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[str] = []
    monkeypatch.setattr(tasks.draw_documents, "delay", rung.append)

    with django_capture_on_commit_callbacks(execute=True):
        report = reported()

    assert rung == [str(report.pk)]
    assert Message.objects.count() == 1
    tasks.draw_documents(rung[0])
    assert Message.objects.count() == 3


def test_beat_draws_what_no_bell_was_heard_for() -> None:
    reported()
    tasks.draw_documents()
    assert len(files()) == 2


def test_drawing_twice_sends_once() -> None:
    report = reported()

    assert [documents.draw(report.pk, LATER), documents.draw(report.pk, LATER)] == [True, False]
    assert [documents.draw_due(AFTER_THE_LEASE), len(files())] == [0, 2]


@pytest.mark.parametrize("killed_at", ["chart_image.png", "pdf.pdf", "outbox.enqueue_many", "notices.documents_drawn"])
def test_a_worker_that_dies_loses_and_doubles_nothing(killed_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported(recipients=2)
    module, name = killed_at.split(".")
    place = {"chart_image": chart_image, "pdf": pdf, "outbox": outbox, "notices": documents.notices}[module]
    with monkeypatch.context() as dying, pytest.raises(Killed):
        dying.setattr(place, name, dies)
        documents.draw(report.pk, LATER)

    assert not files()
    assert documents.draw_due(LATER) == 0  # somebody may still be at it
    assert documents.draw_due(AFTER_THE_LEASE + timedelta(minutes=1)) == 1
    assert len(files()) == 4


def test_who_is_slower_than_the_claim_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second worker takes the claim over while the first still draws."""
    report = reported()
    draw = chart_image.png
    second: list[bool] = []

    def slow(*args: Any) -> bytes:
        if not second:
            second.append(False)
            second[0] = documents.draw(report.pk, AFTER_THE_LEASE + timedelta(minutes=1))
        return draw(*args)

    monkeypatch.setattr(chart_image, "png", slow)

    assert documents.draw(report.pk, LATER) is False
    assert second == [True]
    assert len(files()) == 2


def test_a_pause_while_they_are_drawn_stops_them(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported()
    draw = chart_image.png

    def paused_meanwhile(*args: Any) -> bytes:
        pause(report.client, True, LATER)
        return draw(*args)

    monkeypatch.setattr(chart_image, "png", paused_meanwhile)

    assert documents.draw(report.pk, LATER) is False
    assert not files()
    assert [message.status for message in texts()] == [MessageStatus.CANCELLED]


def test_a_pause_cancels_what_is_drawn_and_calls_off_what_is_not() -> None:
    drawn, waiting = reported(), reported()
    documents.draw(drawn.pk, LATER)

    for report in (drawn, waiting):
        pause(report.client, True, LATER)

    assert {message.status for message in Message.objects.all()} == {MessageStatus.CANCELLED}
    assert documents.draw_due(AFTER_THE_LEASE) == 0
    assert len(files()) == 2


def test_nothing_follows_a_text_that_ended() -> None:
    reported(recipients=3)
    first, second, third = texts()
    move(first.pk, MessageStatus.QUEUED, MessageStatus.CANCELLED)
    Message.objects.filter(pk=second.pk).update(expires_at=LATER)

    documents.draw_due(LATER)

    assert {message.to for message in files()} == {third.to}


def test_an_archived_client_gets_nothing_more() -> None:
    report = reported()
    archive_client(report.client)

    assert documents.draw_due(LATER) == 0
    assert not files()
    assert not Report.objects.filter(documents_due__isnull=False).exists()


def test_what_cannot_be_drawn_is_told_and_the_rest_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported(recipients=2)
    with monkeypatch.context() as broken:
        broken.setattr(pdf, "pdf", breaks)
        documents.draw_due(LATER)

    assert [message.file_type for message in files()] == ["image/png"] * 2
    notice = Notice.objects.get(subject=f"documents:{report.client_id}")
    assert notice.title == "Moda Ipê: relatório de 17 a 23 nov saiu sem anexo"
    assert notice.text == "O PDF não pôde ser montado. O texto não depende disso."
    assert documents.draw_due(AFTER_THE_LEASE) == 0  # it is not tried for ever
    assert {message.status for message in texts()} == {MessageStatus.QUEUED}


def test_the_notice_goes_once_a_newer_report_has_its_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported()
    with monkeypatch.context() as broken:
        broken.setattr(pdf, "pdf", breaks)
        broken.setattr(chart_image, "png", breaks)
        documents.draw_due(LATER)
    assert Notice.objects.get().text.startswith("O gráfico e o PDF não puderam ser montados.")

    send_now(report.client, "a" * 22, LATER)
    documents.draw_due(LATER)

    assert Notice.objects.get().outcome == "Moda Ipê: os anexos de um relatório mais novo foram montados."


def test_numbers_that_cannot_be_read_are_told() -> None:
    report = reported()
    Report.objects.filter(pk=report.pk).update(snapshot={"version": 99})

    assert documents.draw_due(LATER) == 0
    assert Notice.objects.get().text.startswith("O gráfico e o PDF não puderam")


def test_a_report_that_workers_die_of_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    report, at = reported(), LATER
    with monkeypatch.context() as dying:
        dying.setattr(chart_image, "png", dies)
        for _ in range(documents.MOST_TRIES):
            with pytest.raises(Killed):
                documents.draw(report.pk, at)
            at += documents.LEASE + timedelta(seconds=1)
        assert documents.draw(report.pk, at) is False

    assert Notice.objects.filter(subject=f"documents:{report.client_id}").exists()
    assert documents.draw_due(at + timedelta(days=1)) == 0


def test_one_report_that_cannot_be_written_down_does_not_keep_the_next_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = reported(), reported()
    write = outbox.enqueue_many

    def fails_for_the_first(drafts: list[outbox.Draft]) -> list[Message]:
        if drafts[0].client == first.client:
            raise OperationalError("database is locked")
        return write(drafts)

    with monkeypatch.context() as failing:
        failing.setattr(outbox, "enqueue_many", fails_for_the_first)
        assert documents.draw_due(LATER) == 1
    assert {message.client for message in files()} == {second.client}

    assert documents.draw_due(AFTER_THE_LEASE + timedelta(minutes=1)) == 1
    assert len(files()) == 4


def test_a_held_report_has_its_documents_once_it_is_released() -> None:
    client = due_client(with_data=False)
    ReportSettings.objects.filter(client=client).update(with_pdf=True)
    send_due(NOW)
    assert documents.draw_due(LATER) == 0

    make_days(client.ad_accounts.get(), week(YESTERDAY, weeks=2))
    report = Report.objects.select_related("client__agency", "settings").get()
    holding.release(report, holding.propose(report).digest, make_user(agency=client.agency), LATER)
    documents.draw_due(LATER)

    assert [message.dedupe_key for message in files()] == [f"{texts()[0].dedupe_key}:pdf"]


def test_a_click_counts_recipients_and_not_messages() -> None:
    client = due_client(recipients=2, due=None)
    ReportSettings.objects.filter(client=client).update(with_chart=True, with_pdf=True)
    assert send_now(client, "a" * 22, NOW).messages == 2
    documents.draw_due(LATER)
    assert send_now(client, "a" * 22, LATER).messages == 2


def test_the_digest_counts_a_report_once() -> None:
    report = reported()
    documents.draw_due(LATER)
    for message in Message.objects.all():
        move(message.pk, MessageStatus.QUEUED, MessageStatus.SENDING)
        move(message.pk, MessageStatus.SENDING, MessageStatus.SENT)
    Message.objects.update(created_at=NOW)

    assert digest.gather(report.client.agency, date(2026, 11, 30)).sent == 1


def test_a_test_brings_the_documents_along(agency: Agency) -> None:
    client = make_ipe(agency)
    settings = ReportSettings(client=client, with_chart=True, with_pdf=True)
    to = make_user(agency=agency, phone="+5531993110846")

    first, again = (trial.send(settings, to, TOKEN) for _ in range(2))

    assert [first.is_new, again.is_new, first.not_drawn] == [True, False, ""]
    assert keys(list(Message.objects.all())) == [
        f"test:{client.pk}:{TOKEN}",
        f"test:{client.pk}:{TOKEN}:chart",
        f"test:{client.pk}:{TOKEN}:pdf",
    ]
    assert {(message.kind, message.to) for message in Message.objects.all()} == {("test", to.phone)}


def test_a_test_says_what_it_could_not_draw(
    as_owner: Browser, agency: Agency, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.phone = "+5531993110846"
    owner.save()
    client = make_ipe(agency)
    monkeypatch.setattr(pdf, "pdf", breaks)

    answer = as_owner.post(url("send_test", client), {**settings_form(with_pdf="on"), "token": TOKEN}, headers=HTMX)

    assert Message.objects.count() == 1
    assert toast(answer)["text"].startswith("Teste a caminho de (31) 9 9311-0846. O PDF não pôde ser montado.")


def test_the_editor_keeps_what_goes_along(as_owner: Browser, agency: Agency) -> None:
    client: Client = make_ipe(agency)
    page = text(as_owner.get(url("settings", client)))
    assert 'name="settings-with_chart"' in page
    assert "Anexos" in page

    as_owner.post(url("settings", client), {**form(client), "settings-with_pdf": "on"})

    saved = ReportSettings.objects.get(client=client)
    assert (saved.with_chart, saved.with_pdf) == (False, True)


def test_the_history_says_what_each_message_is(as_owner: Browser, agency: Agency) -> None:
    client = make_ipe(agency)
    make_recipient(client)
    ReportSettings.objects.update_or_create(client=client, defaults={"with_chart": True, "with_pdf": True})
    send_now(client, "a" * 22)
    documents.draw_due()

    page = text(as_owner.get(f"/agency/clients/{client.pk}/"))

    assert "Relatório em PDF," in page
    assert "Relatório, gráfico," in page
    assert f"#{files()[1].reference}.pdf" in page


def test_who_is_taken_off_the_list_gets_no_document_of_a_text_that_left(monkeypatch: pytest.MonkeyPatch) -> None:
    report = reported(recipients=2)
    gone, stays = report.client.recipients.order_by("pk")
    Message.objects.update(status="sent")
    whole = pdf.pdf

    def taken_off_meanwhile(*args: Any, **kwargs: Any) -> bytes:
        report.client.recipients.filter(pk=gone.pk).delete()
        return whole(*args, **kwargs)

    monkeypatch.setattr(pdf, "pdf", taken_off_meanwhile)
    assert documents.draw(report.pk, LATER)

    assert {message.to for message in files()} == {stays.phone}


def test_a_pause_of_all_calls_off_what_is_not_drawn_though_nothing_waits() -> None:
    report = reported()
    Message.objects.update(status="sent")

    pause_all.pause(report.client.agency, LATER)

    assert not documents.draw(report.pk, LATER)
    assert not files()


def test_a_text_that_is_tried_again_takes_its_documents_along() -> None:
    report = reported()
    Message.objects.update(status="failed")
    assert not documents.draw(report.pk, LATER)

    documents.draw_again(report, LATER)
    Message.objects.update(status="queued")

    assert documents.draw(report.pk, LATER)
    assert len(files()) == 2
    documents.draw_again(report, LATER)
    documents.draw(report.pk, LATER)
    assert len(files()) == 2
