"""What may have left is looked for at a real stand-in of the gateway, and settles by its trace or goes to a person."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.apps import apps
from django.conf import LazySettings
from django.utils import timezone

from agency import notices
from agency.models import Agency
from connections import delivery, outbox, reconciliation
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from connections.sandbox.chats import TALK
from connections.states import REALLY_SENT
from tests.connections.doubtful import JID, TO, fresh
from tests.connections.sandbox_server import KEY, Client, running
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.processes
S = MessageStatus


@pytest.fixture
def sandbox(tmp_path: Path, settings: LazySettings) -> Iterator[Client]:
    with running(tmp_path) as client:
        settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY = client.url, KEY
        client.control("POST", "pace", {"delivery_ack": 3600})  # a slow machine must not see receipts, which say more
        yield client


@pytest.fixture
def own(agency: Agency, sandbox: Client) -> WhatsAppConnection:
    """A client's number, connected in the sandbox too; nothing may fall back to the agency's."""
    connection = make_connection(agency=agency, client=make_client(agency=agency, name="Moda Ipê"))
    sandbox.connected(connection.instance_name, connection.phone)
    return connection


def sent_with(sandbox: Client, own: WhatsAppConnection, fault: str, **order: Any) -> Message:
    """One message, carried to the sandbox with this fault."""
    message = make_message(client=own.client, to=TO, to_name="Beatriz")
    sandbox.fault(fault, times=1, **order)
    delivery.deliver(message.pk)
    assert fresh(message).status == S.UNCERTAIN
    return message


def look(message: Message, after: float = 5.0) -> datetime:
    """Reconcile so many seconds after it became uncertain."""
    since = fresh(message).uncertain_since
    assert since is not None
    now = since + timedelta(seconds=after)
    reconciliation.reconcile(now)
    return now


def test_a_lost_answer_settles_itself_by_the_gateways_own_row(sandbox: Client, own: WhatsAppConnection) -> None:
    message = sent_with(sandbox, own, "reset_after_send")

    look(message)

    settled = fresh(message)
    (on_phone,) = sandbox.received(to=TO)
    assert (settled.status, settled.reason, settled.decision) == (S.SENT, "", "")
    assert (settled.external_id, settled.jid) == (on_phone["id"], JID)
    assert settled.sent_at is not None
    assert abs(settled.sent_at - datetime.fromisoformat(on_phone["at"])) < timedelta(seconds=1)
    assert (settled.connection, settled.sender_phone, settled.by_agency_number) == (own, own.phone, False)
    assert settled.check_at is None
    assert list(settled.attempts.values_list("outcome", flat=True)) == ["sent"]
    assert notices.open_of(own.agency).count() == 0


def document(own: WhatsAppConnection, caption: str) -> Message:
    """A report as a PDF, put into the outbox."""
    return outbox.enqueue(
        agency=own.agency,
        client=own.client,
        kind=Message.Kind.REPORT,
        subject="report:1",
        dedupe_key="report:1",
        to=TO,
        compose=lambda reference: caption.format(reference),
        expires_at=timezone.now() + timedelta(hours=1),
        file=b"%PDF-1.4 whole",
        file_name="Relatório 16 a 22 nov.pdf",
        file_type="application/pdf",
    )


def test_a_document_goes_from_the_outbox_to_the_phone(sandbox: Client, own: WhatsAppConnection) -> None:
    message = document(own, "Segue o *relatório*.\n_#{}_")

    delivery.deliver(message.pk)

    sent = fresh(message)
    (on_phone,) = sandbox.received(to=TO)
    name = f"Relatório 16 a 22 nov #{message.reference}.pdf"
    assert (sent.status, sent.external_id, sent.jid) == (S.SENT, on_phone["id"], JID)
    assert on_phone["text"] == message.body
    assert on_phone["file"] == {"name": name, "type": "application/pdf", "size": 14}
    assert requests.get(f"{sandbox.url}/page/file/{on_phone['id']}", timeout=10).content == b"%PDF-1.4 whole"


@pytest.mark.parametrize("fault", ["reset_after_send", "proxy_504"])
def test_a_document_whose_answer_is_lost_settles_itself_by_its_files_name(
    sandbox: Client, own: WhatsAppConnection, fault: str
) -> None:
    message = document(own, "Segue o relatório.")  # without the reference: only the file's name tells
    sandbox.fault(fault, times=1)
    delivery.deliver(message.pk)
    in_doubt = fresh(message)

    look(message)

    settled = fresh(message)
    (on_phone,) = sandbox.received(to=TO)
    assert (in_doubt.status, settled.status) == (S.UNCERTAIN, S.SENT)
    assert (settled.external_id, settled.jid, settled.connection) == (on_phone["id"], JID, own)
    assert message.reference in on_phone["file"]["name"]
    assert message.reference not in on_phone["text"]
    assert list(settled.attempts.values_list("outcome", flat=True)) == ["sent"]


def test_a_document_that_left_no_trace_goes_to_a_person(sandbox: Client, own: WhatsAppConnection) -> None:
    message = document(own, "Segue o relatório.\n_#{}_")
    sandbox.fault("sent_not_recorded", times=1)
    delivery.deliver(message.pk)

    look(message, 600)

    assert (fresh(message).status, fresh(message).check_at) == (S.UNCERTAIN, None)
    assert len(sandbox.received(to=TO)) == 1


def test_through_the_agencys_number(sandbox: Client, agency: Agency) -> None:
    number = make_connection(agency=agency)
    sandbox.connected(number.instance_name, number.phone)
    message = make_message(client=make_client(agency=agency), to=TO)
    sandbox.fault("reset_after_send", times=1)
    delivery.deliver(message.pk)

    look(message)

    settled = fresh(message)
    assert (settled.status, settled.connection, settled.by_agency_number) == (S.SENT, number, True)


def test_a_row_that_is_written_late_is_found_late(sandbox: Client, own: WhatsAppConnection) -> None:
    message = sent_with(sandbox, own, "recorded_late", seconds=0.6)

    look(message)
    early = fresh(message).status
    threading.Event().wait(0.7)
    look(message, 20)

    assert (early, fresh(message).status) == (S.UNCERTAIN, S.SENT)


def test_what_left_no_trace_goes_to_a_person_after_the_window_and_not_before(
    sandbox: Client, own: WhatsAppConnection
) -> None:
    message = sent_with(sandbox, own, "sent_not_recorded")

    for after in (5, 20, 50, 110, 230, 350, 470, 599):
        look(message, after)
        assert fresh(message).looked_for_until is not None
        assert notices.open_of(own.agency).count() == 0
    look(message, 600)

    assert (fresh(message).status, fresh(message).check_at) == (S.UNCERTAIN, None)
    assert notices.open_of(own.agency).get().subject == f"uncertain:{message.pk}"
    assert delivery.sweep() == []
    assert len(sandbox.received(to=TO)) == 1


def test_a_gateway_that_is_down_for_a_while(sandbox: Client, own: WhatsAppConnection, settings: LazySettings) -> None:
    message = sent_with(sandbox, own, "reset_after_send")

    settings.EVOLUTION_API_URL = "http://127.0.0.1:9"
    look(message)
    down = fresh(message)
    settings.EVOLUTION_API_URL = sandbox.url
    look(message, 20)

    assert (down.status, down.lookup_failed) == (S.UNCERTAIN, True)
    assert fresh(message).status == S.SENT


def test_two_of_one_number_at_once(sandbox: Client, own: WhatsAppConnection) -> None:
    first, second = (sent_with(sandbox, own, "reset_after_send") for _ in range(2))

    look(second)

    assert (fresh(first).status, fresh(second).status) == (S.SENT, S.SENT)
    assert fresh(first).external_id != fresh(second).external_id


def test_nothing_of_private_chats_is_stored_or_logged(
    sandbox: Client, own: WhatsAppConnection, caplog: pytest.LogCaptureFixture
) -> None:
    """2,000 rows that the number's owner wrote, before and after ours, and as many that others wrote."""
    caplog.set_level("DEBUG")
    for _ in range(2):
        sandbox.control("POST", "chats", {"instance": own.instance_name, "turns": 500})
    message = sent_with(sandbox, own, "reset_after_send")
    for _ in range(2):
        sandbox.control("POST", "chats", {"instance": own.instance_name, "turns": 500})
    hidden = sent_with(sandbox, own, "sent_not_recorded")

    look(hidden)
    look(hidden, 600)

    assert fresh(message).status in REALLY_SENT  # and delivered, where its receipt had come
    assert fresh(hidden).status == S.UNCERTAIN
    private = {word for name, number, _, text in TALK for word in (name, number, number[:4] + number[5:], text)}
    kept = everything_stored()
    assert message.body in kept  # the search would see it
    assert [word for word in private if word in kept] == []
    assert [word for word in private if word in caplog.text] == []


def everything_stored() -> str:
    """Each value of each table, as text."""
    return "\n".join(
        str(value) for model in apps.get_models() for row in model._default_manager.values_list() for value in row
    )


def test_a_trace_that_a_webhook_brought_first_stands(sandbox: Client, own: WhatsAppConnection) -> None:
    message = sent_with(sandbox, own, "reset_after_send")
    at = timezone.now()

    by_webhook = reconciliation.settle(message.pk, "3EB0WEBHOOK", JID, at, own)
    twice = reconciliation.settle(message.pk, "3EB0OTHER", JID, at, own)
    reconciliation.reconcile(timezone.now() + timedelta(seconds=30))

    assert (by_webhook, twice) == (True, False)
    settled = fresh(message)
    assert (settled.status, settled.external_id, settled.sent_at) == (S.SENT, "3EB0WEBHOOK", at)
    assert Attempt.objects.get().outcome == Attempt.Outcome.SENT


def test_a_shortened_window_still_looks_four_times(
    sandbox: Client, own: WhatsAppConnection, settings: LazySettings
) -> None:
    settings.UNCERTAIN_WINDOW = 8
    message = sent_with(sandbox, own, "sent_not_recorded")
    looks = 0
    for tenth in range(1, 100):  # a beat ten times a second
        before = fresh(message).check_at
        look(message, tenth / 10)
        looks += fresh(message).check_at != before

    assert looks >= 4
    assert fresh(message).check_at is None
    assert notices.open_of(own.agency).count() == 1
