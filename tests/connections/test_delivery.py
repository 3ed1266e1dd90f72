"""From a queued row to its outcome: one claim, one call, one truth; fallback at once; nothing uncertain is repeated."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import requests
import responses
from django.conf import LazySettings, settings
from django.db import InterfaceError, OperationalError
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from urllib3.exceptions import MaxRetryError, NewConnectionError

from agency.models import Agency
from connections import delivery, halting, outbox, outcomes, routing
from connections import gateway as gateway_health
from connections.models import Attempt, ClientDelivery, Message, WhatsAppConnection
from connections.states import MessageStatus
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_agency, make_client, make_connection, make_message

LEASE = timedelta(seconds=settings.SEND_LEASE)

S = MessageStatus
CLOSED = recorded("send_when_not_connected.json", "sendText after phone unlink, number CACHED")
NOT_ON_WHATSAPP = recorded("send_text.json", "not on WhatsApp")
UNREACHABLE = requests.ConnectionError(MaxRetryError(None, "/", NewConnectionError(None, "refused")))  # type: ignore[arg-type]
CUT_OFF = requests.ConnectionError("Connection aborted.", ConnectionResetError(104, "reset"))


def fresh(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_the_clients_own_number_carries_its_message(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    own = make_connection(agency=agency, client=client, phone="+5511977776666")
    make_connection(agency=agency)
    message = make_message(client=client, to="+5511988887777")
    stub = gateway.send(own)

    delivery.deliver(message.pk)

    sent = fresh(message)
    assert (sent.status, sent.sender_phone, sent.by_agency_number) == (S.SENT, "+5511977776666", False)
    assert (sent.external_id, sent.jid) == ("3EB0D63231F26C8D4D7D44", "551188887777@s.whatsapp.net")
    request: Any = stub.calls[0].request
    assert json.loads(request.body) == {"number": "5511988887777", "text": message.body, "linkPreview": False}
    assert request.headers["apikey"] == "test-key"
    assert Attempt.objects.get().outcome == Attempt.Outcome.SENT


def test_without_an_own_number_the_agencys_carries_it(agency: Agency, gateway: Gateway) -> None:
    message = make_message(client=make_client(agency=agency))
    gateway.send(make_connection(agency=agency))

    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).by_agency_number) == (S.SENT, True)
    attempt = Attempt.objects.get()
    assert (attempt.is_fallback, attempt.fallback_reason) == (True, routing.NO_OWN)


def test_what_certainly_did_not_leave_goes_through_the_agencys_number_at_once(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    own, agencys = make_connection(agency=agency, client=client), make_connection(agency=agency)
    message = make_message(client=client)
    gateway.send(own, **CLOSED)
    gateway.send(agencys)

    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).connection, fresh(message).tries) == (S.SENT, agencys, 2)
    assert list(Attempt.objects.values_list("outcome", "error_code", "is_fallback")) == [
        ("not_sent", "connection_closed", False),
        ("sent", "", True),
    ]
    own.refresh_from_db()
    assert (own.status, own.reason, own.last_seen_at) == ("disconnected", "send_closed", None)


def test_a_client_that_does_not_use_the_agencys_number_waits(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency, use_agency_number=False)
    own = make_connection(agency=agency, client=client)
    make_connection(agency=agency)
    message = make_message(client=client)
    gateway.send(own, **CLOSED)

    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).reason) == (S.QUEUED, routing.NOBODY_BUT_OWN)
    assert fresh(message).due_at > timezone.now()


OUTCOMES: list[tuple[str, dict[str, Any], MessageStatus, str]] = [
    ("not on WhatsApp", NOT_ON_WHATSAPP, S.FAILED, "not_on_whatsapp"),
    ("gateway unreachable", {"body": UNREACHABLE}, S.QUEUED, "unreachable"),
    ("connect timeout", {"body": requests.ConnectTimeout()}, S.QUEUED, "unreachable"),
    ("wrong key", recorded("auth_and_create.json", "wrong apikey"), S.QUEUED, "unauthorized"),
    ("read timeout", {"body": requests.ReadTimeout()}, S.UNCERTAIN, "timeout"),
    ("reset after the request", {"body": CUT_OFF}, S.UNCERTAIN, "cut_off"),
    ("answer cut in the middle", {"body": requests.exceptions.ChunkedEncodingError()}, S.UNCERTAIN, "cut_off"),
    ("a proxy's 504", {"status": 504, "body": "<html>"}, S.UNCERTAIN, "unknown_answer"),
    ("201 without an id", {"status": 201, "json": {"status": "PENDING"}}, S.UNCERTAIN, "unknown_answer"),
    ("201 that is no JSON", {"status": 201, "body": "ok"}, S.UNCERTAIN, "unknown_answer"),
    ("201 with a list", {"status": 201, "json": [1]}, S.UNCERTAIN, "unknown_answer"),
]


@pytest.mark.parametrize(("name", "answer", "status", "code"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_the_outcome_of_an_answer(
    name: str, answer: dict[str, Any], status: MessageStatus, code: str, agency: Agency, gateway: Gateway
) -> None:
    client = make_client(agency=agency)
    message = make_message(client=client)
    stub = gateway.send(make_connection(agency=agency, client=client), **answer)
    make_connection(agency=agency)  # must not be used: the error is not the number's, or the message may have left

    delivery.deliver(message.pk)
    delivery.deliver(message.pk)

    assert fresh(message).status == status
    assert fresh(message).reason != ""
    assert Attempt.objects.get().error_code == code
    assert stub.call_count == 1


def test_only_one_of_two_deliveries_of_a_message_calls_the_gateway(agency: Agency, gateway: Gateway) -> None:
    own = make_connection(agency=agency)
    message = make_message(agency=agency)

    def deliver_again_while_sending(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        delivery.deliver(message.pk)
        return 201, {}, json.dumps({"key": {"id": "3EB0", "remoteJid": "x"}})

    gateway.http.add_callback(
        "POST", f"http://evolution.test/message/sendText/{own.instance_name}", deliver_again_while_sending
    )

    delivery.deliver(message.pk)

    assert Attempt.objects.count() == 1
    assert len(gateway.http.calls) == 1


def test_nothing_is_sent_before_it_is_due_or_after_it_expired(agency: Agency, http: responses.RequestsMock) -> None:
    make_connection(agency=agency)
    later = make_message(agency=agency, due_at=timezone.now() + timedelta(minutes=5))
    too_late = make_message(agency=agency, expires_at=timezone.now() - timedelta(seconds=1))

    delivery.deliver(later.pk)
    delivery.deliver(too_late.pk)

    assert Attempt.objects.count() == 0
    assert len(http.calls) == 0


def test_without_any_number_it_waits_and_then_expires_with_a_reason(agency: Agency) -> None:
    message = make_message(client=make_client(agency=agency))

    delivery.deliver(message.pk)
    waiting = fresh(message)
    delivery.sweep(message.expires_at)

    assert (waiting.status, waiting.reason) == (S.QUEUED, routing.NOBODY)
    assert (fresh(message).status, fresh(message).reason) == (S.EXPIRED, routing.NOBODY)


def test_a_demonstration_client_never_reaches_a_real_gateway(agency: Agency, http: responses.RequestsMock) -> None:
    client = make_client(agency=agency, is_demo=True)
    make_connection(agency=agency, client=client)
    message = make_message(client=client)

    delivery.deliver(message.pk)

    assert fresh(message).status == S.CANCELLED
    assert len(http.calls) == 0


def test_a_demonstration_client_sends_into_the_sandbox(
    agency: Agency, gateway: Gateway, settings: LazySettings
) -> None:
    settings.EVOLUTION_IS_SANDBOX = True
    client = make_client(agency=agency, is_demo=True)
    gateway.send(make_connection(agency=agency, client=client))
    message = make_message(client=client)

    delivery.deliver(message.pk)

    assert fresh(message).status == S.SENT


def test_sweep_rings_for_what_is_due_oldest_first(agency: Agency) -> None:
    now = timezone.now()
    second = make_message(agency=agency, due_at=now - timedelta(minutes=1))
    first = make_message(agency=agency, due_at=now - timedelta(minutes=2))
    make_message(agency=agency, due_at=now + timedelta(minutes=1))
    make_message(agency=agency, status=S.SENT)

    assert delivery.sweep(now) == [first.pk, second.pk]


def test_a_row_stuck_in_sending_becomes_uncertain_and_is_not_sent_again(
    agency: Agency, http: responses.RequestsMock
) -> None:
    now = timezone.now()
    own = make_connection(agency=agency)
    lost = make_message(
        agency=agency,
        status=S.SENDING,
        sending_since=now - LEASE - timedelta(seconds=1),
    )
    busy = make_message(
        agency=agency,
        status=S.SENDING,
        sending_since=now - LEASE + timedelta(seconds=30),
    )
    Attempt.objects.create(message=lost, connection=own, instance_name=own.instance_name)

    due = delivery.sweep(now)
    delivery.deliver(lost.pk)

    assert due == []
    assert (fresh(lost).status, fresh(busy).status) == (S.UNCERTAIN, S.SENDING)
    assert Attempt.objects.get().outcome == Attempt.Outcome.UNCERTAIN


def test_an_answer_after_the_lease_ran_out_is_still_the_truth(agency: Agency, gateway: Gateway) -> None:
    own = make_connection(agency=agency)
    message = make_message(agency=agency)

    def answer_late(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        delivery.sweep(timezone.now() + LEASE + timedelta(seconds=1))
        assert fresh(message).status == S.UNCERTAIN
        return 201, {}, json.dumps({"key": {"id": "3EB0", "remoteJid": "x"}})

    gateway.http.add_callback("POST", f"http://evolution.test/message/sendText/{own.instance_name}", answer_late)

    delivery.deliver(message.pk)

    assert fresh(message).status == S.SENT


def test_a_gateway_that_is_down_is_known_and_known_again_when_it_is_back(agency: Agency, gateway: Gateway) -> None:
    own = make_connection(agency=agency)
    first, second = make_message(agency=agency), make_message(agency=agency)
    stub = gateway.send(own, body=UNREACHABLE)

    delivery.deliver(first.pk)
    down = gateway_health.outage()
    gateway.http.remove(stub)
    gateway.send(own)
    delivery.deliver(second.pk)

    assert down is not None
    assert down.sentence == "O servidor do WhatsApp não responde."
    assert gateway_health.outage() is None
    own.refresh_from_db()
    assert own.status == "connected"


def test_tries_that_fail_wait_longer_each_time(agency: Agency, gateway: Gateway) -> None:
    own = make_connection(agency=agency)
    message = make_message(agency=agency)
    gateway.send(own, body=UNREACHABLE)
    waits = []

    for _ in range(6):
        Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
        before = timezone.now()
        delivery.deliver(message.pk)
        waits.append(round((fresh(message).due_at - before).total_seconds() / 60))

    assert waits == [1, 2, 5, 10, 15, 15]


def test_a_sending_connection_row_holds_no_secret_in_logs(
    agency: Agency, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    own = make_connection(agency=agency)
    message = make_message(agency=agency, to="+5511988887777")
    gateway.send(own, status=500, json={"response": {"message": "boom 5511988887777"}})

    delivery.deliver(message.pk)

    assert "unknown_answer" in caplog.text
    assert not any(secret in caplog.text for secret in ("test-key", "5511988887777", own.token, "boom"))


def test_the_connection_of_another_agency_is_never_used(agency: Agency, http: responses.RequestsMock) -> None:
    other = make_client()
    make_connection(agency=other.agency)
    make_connection(agency=other.agency, client=other)
    message = make_message(client=make_client(agency=agency))

    delivery.deliver(message.pk)

    assert fresh(message).status == S.QUEUED
    assert WhatsAppConnection.objects.filter(agency=agency).count() == 0


def test_a_cache_that_is_away_does_not_make_a_sent_message_uncertain(
    agency: Agency, gateway: Gateway, settings: LazySettings
) -> None:
    own = make_connection(agency=agency)
    message = make_message(agency=agency)
    gateway.send(own)
    default = settings.CACHES["default"]
    settings.CACHES = {"default": default | {"LOCATION": "redis://127.0.0.1:1/0"}}

    delivery.deliver(message.pk)

    assert gateway_health.outage() is None
    settings.CACHES = {"default": default}
    assert fresh(message).status == S.SENT


def test_nothing_leaves_for_an_archived_client(agency: Agency, http: responses.RequestsMock) -> None:
    client = make_client(agency=agency, archived_at=timezone.now())
    make_connection(agency=agency)
    message = make_message(client=client)

    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).reason) == (S.CANCELLED, "Cliente arquivado.")
    assert len(http.calls) == 0


def problem_of(client: Any) -> Message | None:
    return ClientDelivery.objects.get(client=client).problem


def test_a_failure_is_not_hidden_by_a_newer_message_and_ends_when_it_is_made_good(
    agency: Agency, gateway: Gateway
) -> None:
    client = make_client(agency=agency)
    own = make_connection(agency=agency, client=client)
    refused = make_message(client=client, to="+5511900000000")
    other = make_message(client=client, to="+5511988887777")
    stub = gateway.send(own, **NOT_ON_WHATSAPP)

    delivery.deliver(refused.pk)
    gateway.http.remove(stub)
    gateway.send(own)
    delivery.deliver(other.pk)
    noted = problem_of(client)
    again = make_message(client=client, to="+5511900000000")
    delivery.deliver(again.pk)

    assert noted == refused
    assert problem_of(client) is None


def test_of_two_problems_the_other_is_shown_when_one_is_made_good(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    first = make_message(client=client, to="+5511911111111", expires_at=timezone.now() - timedelta(seconds=1))
    second = make_message(client=client, to="+5511922222222", expires_at=timezone.now() - timedelta(seconds=1))
    delivery.sweep()
    newest = problem_of(client)
    assert newest is not None
    gateway.send(make_connection(agency=agency, client=client))

    delivery.deliver(make_message(client=client, to=newest.to).pk)

    assert {newest, problem_of(client)} == {first, second}


def test_a_try_again_takes_its_note_off(agency: Agency) -> None:
    client = make_client(agency=agency)
    message = make_message(client=client, expires_at=timezone.now() - timedelta(seconds=1))
    delivery.sweep()
    assert problem_of(client) == message

    outbox.try_again(fresh(message), expires_at=timezone.now() + timedelta(hours=1))

    assert problem_of(client) is None


def test_without_another_number_the_true_reason_and_the_backoff_stand(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    message = make_message(client=client)
    body = {"response": {"message": "Cannot read properties of undefined (reading 'find')"}}
    gateway.send(make_connection(agency=agency, client=client), status=500, json=body)
    waits = []

    for _ in range(3):
        Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
        before = timezone.now()
        delivery.deliver(message.pk)
        waits.append(round((fresh(message).due_at - before).total_seconds() / 60))

    assert waits == [1, 2, 5]
    assert fresh(message).reason == "O WhatsApp não respondeu à busca do número."


@pytest.mark.parametrize(
    ("file_name", "file_type", "kind"),
    [("Relatório.pdf", "application/pdf", "document"), ("grafico.png", "image/png", "image")],
)
def test_a_file_leaves_by_multipart_with_its_reference_in_its_name(
    file_name: str, file_type: str, kind: str, agency: Agency, gateway: Gateway
) -> None:
    number = make_connection(agency=agency)
    answer = recorded("send_media.json", "multipart file")
    stub = gateway._stub("POST", f"/message/sendMedia/{number.instance_name}", **answer)
    message = outbox.enqueue(
        agency=agency,
        client=None,
        kind=Message.Kind.REPORT,
        subject="report:1",
        dedupe_key="report:1",
        to="+5511988887777",
        compose=lambda reference: f"Relatório #{reference}",
        expires_at=timezone.now() + timedelta(hours=1),
        file=b"%PDF-1.4 whole",
        file_name=file_name,
        file_type=file_type,
    )

    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).external_id) == (S.SENT, answer["json"]["key"]["id"])
    request: Any = stub.calls[0].request
    assert request.headers["Content-Type"].startswith("multipart/form-data")
    body = request.body.decode()
    parts = dict(re.findall(r'name="(\w+)"\r\n\r\n(.*?)\r\n--', body, re.DOTALL))
    stem, ending = file_name.split(".")
    assert parts == {
        "number": "5511988887777",
        "mediatype": kind,
        "fileName": f"{stem} #{message.reference}.{ending}",
        "caption": message.body,
    }
    assert f"Content-Type: {file_type}\r\n\r\n%PDF-1.4 whole\r\n" in body


def test_a_file_whose_answer_is_lost_is_uncertain(agency: Agency, gateway: Gateway) -> None:
    number = make_connection(agency=agency)
    gateway._stub("POST", f"/message/sendMedia/{number.instance_name}", body=CUT_OFF)
    message = make_message(agency=agency, file=b"x", file_name="a.pdf", file_type="application/pdf")

    delivery.deliver(message.pk)

    assert fresh(message).status == S.UNCERTAIN


@pytest.mark.parametrize("to", ["+5511988887777", "120363025246125486@g.us"], ids=["a person", "a group"])
def test_the_usual_way_takes_few_statements(
    to: str, agency: Agency, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halting, "_BELIEVED", 3600.0)  # no second may pass between the two deliveries of a slow machine
    client = make_client(agency=agency)
    gateway.send(make_connection(agency=agency, client=client))
    message = make_message(client=client, to=to)
    delivery.deliver(message.pk)  # what a process reads once a second is read by now
    message = make_message(client=client, to=to)

    with CaptureQueriesContext(database) as taken:
        delivery.deliver(message.pk)

    control = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    sent = [query["sql"] for query in taken]
    if database.vendor == "postgresql":  # a message and its attempt are written by one statement, which needs no BEGIN
        assert len(sent) == 3
    else:
        assert len([sql for sql in sent if not sql.startswith(control)]) == 5


@pytest.mark.skipif(database.vendor != "postgresql", reason="Only PostgreSQL's statements are prepared.")
@pytest.mark.parametrize("prepared", [True, False])
def test_each_statement_is_planned_once_where_that_is_wanted(
    prepared: bool, agency: Agency, gateway: Gateway, settings: LazySettings
) -> None:
    settings.PREPARED_STATEMENTS = prepared
    gateway.send(make_connection(agency=agency))
    with database.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    messages = [make_message(agency=agency) for _ in range(3)]

    for message in messages:
        delivery.deliver(message.pk)

    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (3 if prepared else 0,)
    assert {fresh(message).status for message in messages} == {S.SENT}


@pytest.mark.skipif(database.vendor != "postgresql", reason="Only PostgreSQL's statements are prepared.")
def test_a_migration_under_a_running_worker_keeps_nothing_from_leaving(
    transactional_db: None, gateway: Gateway
) -> None:
    agency = make_agency()
    gateway.send(make_connection(agency=agency))
    before, after = make_message(agency=agency), make_message(agency=agency)
    delivery.deliver(before.pk)
    delivery.deliver(before.pk)  # has nothing to send, but this connection knows its first statement now

    with database.cursor() as cursor:
        cursor.execute("ALTER TABLE connections_message ALTER reason TYPE text")
    try:
        delivery.deliver(after.pk)
    finally:
        with database.cursor() as cursor:
            cursor.execute("ALTER TABLE connections_message ALTER reason TYPE varchar(200)")

    assert (fresh(before).status, fresh(after).status) == (S.SENT, S.SENT)


def test_a_known_outcome_outlives_a_database_that_is_away_for_a_moment(
    transactional_db: None, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It left, and the database cannot be told at first: that must not become a doubt that a person has to settle."""
    monkeypatch.setattr(outcomes, "_PATIENCE", (0.01, 0.01, 0.01))
    agency = make_agency()
    stub = gateway.send(make_connection(agency=agency))
    message = make_message(agency=agency)
    refused = iter([OperationalError("the server closed the connection"), InterfaceError("connection is closed")])

    def refuse_twice(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'UPDATE "connections_attempt"' in sql and (error := next(refused, None)) is not None:
            raise error
        return execute(sql, params, many, context)

    with database.execute_wrapper(refuse_twice):
        delivery.deliver(message.pk)

    assert (fresh(message).status, stub.call_count) == (S.SENT, 1)
    assert [attempt.outcome for attempt in Attempt.objects.all()] == ["sent"]
