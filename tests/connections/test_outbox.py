"""Putting something into the outbox: once for a key, in the caller's transaction, with a bell that may be silent."""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.db import connection as database
from django.utils import timezone
from kombu import pools

from agency.models import Agency
from connections import outbox, tasks
from connections.models import ClientDelivery, Message, WhatsAppConnection
from tests.factories import make_agency, make_client, make_connection, make_message


def enqueue(agency: Agency, **fields: Any) -> Message:
    defaults: dict[str, Any] = {
        "agency": agency,
        "client": None,
        "kind": Message.Kind.REPORT,
        "subject": "report:1",
        "dedupe_key": "report:1:+5511988887777",
        "to": "+5511988887777",
        "compose": lambda reference: f"Texto #{reference}",
        "expires_at": timezone.now() + timedelta(hours=1),
    }
    return outbox.enqueue(**defaults | fields)


def test_the_same_key_twice_is_one_message(agency: Agency) -> None:
    first = enqueue(agency)
    second = enqueue(agency, compose=lambda reference: "Outro texto")

    assert first == second
    assert Message.objects.count() == 1
    assert second.body == f"Texto #{first.reference}"


def test_a_reference_is_six_unmistakable_characters(agency: Agency) -> None:
    assert re.fullmatch(r"[2-9A-HJ-NP-TV-Z]{6}", enqueue(agency).reference)


def test_a_rolled_back_caller_leaves_no_message(agency: Agency) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        enqueue(agency)
        raise RuntimeError

    assert Message.objects.count() == 0


def test_the_newest_message_stands_beside_its_client(agency: Agency) -> None:
    client = make_client(agency=agency)
    make_message(client=client)
    newest = make_message(client=client)

    assert ClientDelivery.objects.get().last_message == newest


def test_a_client_of_another_agency_is_refused(agency: Agency) -> None:
    with pytest.raises(ValueError, match="agency"):
        enqueue(agency, client=make_client())


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_does_not_stop_the_caller(settings: LazySettings) -> None:
    from adscape.celery import app

    agency = make_agency()
    reachable = app.conf.broker_url
    app.conf.broker_url = "redis://127.0.0.1:1/0"
    app.pool.force_close_all()
    app.__dict__.pop("amqp", None)
    try:
        message = enqueue(agency)
    finally:
        app.conf.broker_url = reachable
        app.__dict__.pop("amqp", None)
        pools.reset()  # one that was closed stays closed: later tests ring bells too
        app._pool = None

    assert Message.objects.get(pk=message.pk).status == "queued"


@pytest.mark.parametrize("status", ["queued", "sending", "sent", "uncertain", "cancelled"])
def test_what_may_have_left_is_never_tried_again(status: str, agency: Agency) -> None:
    message = make_message(agency=agency, status=status)

    assert outbox.try_again(message, expires_at=timezone.now()) is False
    message.refresh_from_db()
    assert message.status == status


@pytest.mark.parametrize("status", ["failed", "expired"])
def test_a_person_may_try_again_what_did_not_leave(status: str, agency: Agency) -> None:
    message = make_message(agency=agency, status=status, reason="Sem WhatsApp.", tries=4)

    assert outbox.try_again(message, expires_at=timezone.now() + timedelta(hours=1)) is True
    message.refresh_from_db()
    assert (message.status, message.reason, message.tries) == ("queued", "", 0)


def test_one_connection_for_a_client_and_one_for_the_agency(agency: Agency) -> None:
    make_connection(agency=agency)
    make_connection(agency=make_agency())

    with pytest.raises(IntegrityError), transaction.atomic():
        make_connection(agency=agency, instance_name="another")


@pytest.mark.skipif(
    "sqlite" in database.vendor, reason="SQLite cannot add a composite foreign key; the services check it"
)
def test_the_database_itself_refuses_a_client_of_another_agency(agency: Agency) -> None:
    other = make_client()

    with pytest.raises(IntegrityError), transaction.atomic():
        WhatsAppConnection.objects.create(agency=agency, client=other, instance_name="wrong")
        database.check_constraints()


def drafts(agency: Agency, count: int, **fields: Any) -> list[outbox.Draft]:
    client = make_client(agency=agency)
    return [
        outbox.Draft(
            **{
                "agency": agency,
                "client": client,
                "kind": Message.Kind.REPORT,
                "subject": f"report:{number}",
                "dedupe_key": f"report:{number}",
                "to": "+5511988887777",
                "compose": lambda reference: f"Texto #{reference}",
                "expires_at": timezone.now() + timedelta(hours=1),
                **fields,
            }
        )
        for number in range(count)
    ]


def test_many_are_written_in_their_order_each_with_its_own_reference(agency: Agency) -> None:
    wanted = drafts(agency, 30)

    written = outbox.enqueue_many(wanted)

    assert [message.dedupe_key for message in written] == [draft.dedupe_key for draft in wanted]
    assert len({message.reference for message in written}) == 30
    assert all(message.body == f"Texto #{message.reference}" for message in written)
    assert ClientDelivery.objects.get().last_message in written


def test_many_with_keys_that_are_there_already_add_only_the_others(agency: Agency) -> None:
    first = outbox.enqueue_many(drafts(agency, 3))

    again = outbox.enqueue_many([*drafts(agency, 5), *drafts(agency, 2)])

    assert Message.objects.count() == 5
    assert again[:3] == first
    assert again[5:] == first[:2]


@pytest.mark.parametrize("count", [2, 200])
def test_many_take_few_statements(agency: Agency, count: int, django_assert_max_num_queries: Any) -> None:
    wanted = drafts(agency, count)

    # SQLite takes fewer values in one statement than PostgreSQL.
    with django_assert_max_num_queries(7 if database.vendor == "postgresql" else 8 if count == 2 else 14):
        outbox.enqueue_many(wanted)


def test_one_foreign_client_among_many_leaves_nothing(agency: Agency) -> None:
    mixed = [*drafts(agency, 2), *drafts(agency, 1, client=make_client(agency=make_agency()), dedupe_key="other")]

    with pytest.raises(ValueError, match="not the agency's"):
        outbox.enqueue_many(mixed)

    assert not Message.objects.exists()


def test_what_is_written_together_keeps_its_own_words_and_files(agency: Agency) -> None:
    texts = ['{"a", NULL}', "NULL", "", "it's 100 % \\n\n of {} “ação”"]
    files = [b"%PDF\x00\xff", None, b"", None]
    given = [
        dataclasses.replace(draft, compose=lambda reference, text=text: text, file=file)
        for draft, text, file in zip(drafts(agency, 4), texts, files, strict=True)
    ]

    written = outbox.enqueue_many(given)

    stored = [Message.objects.get(pk=message.pk) for message in written]
    assert [message.body for message in stored] == texts
    assert [message.file and bytes(message.file) for message in stored] == files


def test_a_document_carries_its_reference_in_its_name(agency: Agency) -> None:
    files = {"file": b"%PDF-1.4", "file_name": "Relatório 16 a 22 nov.pdf", "file_type": "application/pdf"}

    (message,) = outbox.enqueue_many(drafts(agency, 1, **files))

    stored = Message.objects.get(pk=message.pk)
    assert stored.file_name == f"Relatório 16 a 22 nov #{message.reference}.pdf"
    assert (bytes(stored.file or b""), stored.file_type) == (b"%PDF-1.4", "application/pdf")


def test_a_list_of_messages_does_not_read_their_files(agency: Agency) -> None:
    outbox.enqueue_many(drafts(agency, 1, file=b"%PDF-1.4", file_name="a.pdf", file_type="application/pdf"))

    assert "file" in Message.objects.get().get_deferred_fields()


@pytest.mark.parametrize(
    ("newer", "again"), [("queued", False), ("sent", False), ("failed", True), ("cancelled", True)]
)
def test_what_was_said_once_more_is_not_tried_again(newer: str, again: bool, agency: Agency) -> None:
    now = timezone.now()
    first = make_message(agency=agency, status="failed", created_at=now - timedelta(minutes=5), subject="report:1")
    make_message(agency=agency, status=newer, to=first.to, created_at=now, subject="report:1")

    assert outbox.try_again(first, expires_at=now + timedelta(hours=1)) is again


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("seconds", "bell"), [(0, 0), (4, 4), (30, 30), (31, 0), (7200, 0)])
def test_what_is_due_in_a_moment_has_its_bell_then(
    seconds: int, bell: int, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[int] = []
    monkeypatch.setattr(tasks, "ring", lambda pks, wait=0: rung.append(wait))

    enqueue(agency, due_at=timezone.now() + timedelta(seconds=seconds))

    assert rung == [bell]
