"""When a trace is looked for, how much one ring does, and what follows from each answer of the gateway."""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests
import responses
from django.conf import LazySettings, settings
from django.utils import timezone

from agency import notices
from agency.models import Agency
from connections import delivery, moves, reconciliation, uncertain
from connections import gateway as gateway_health
from connections.models import Attempt, Message, MessageStatus, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.connections.doubtful import JID, fresh, make_doubtful, row_of, try_by
from tests.factories import make_agency, make_client, make_connection, make_message, make_user
from tests.threads import together

S = MessageStatus
WINDOW = timedelta(seconds=settings.UNCERTAIN_WINDOW)
LEASE = timedelta(seconds=settings.SEND_LEASE)
UNREACHABLE = requests.ConnectTimeout()
HANGING = requests.ReadTimeout()


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency, client=make_client(agency=agency, name="Moda Ipê"))


def body_of(stub: responses.BaseResponse, call: int = 0) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(stub.calls[call].request.body or "{}")
    return asked


# --- When -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "passed", "following"),
    [
        (600, 0, 5),
        (600, 5, 20),
        (600, 19.9, 20),
        (600, 50, 110),
        (600, 400, 470),
        (600, 470, 600),
        (600, 599.9, 600),
        (600, 600, None),
        (600, 9000, None),
        (60, 0, 0.5),
        (60, 11, 23),
        (60, 60, None),
    ],
)
def test_the_moments_of_a_window(window: int, passed: float, following: float | None, settings: LazySettings) -> None:
    settings.UNCERTAIN_WINDOW = window
    since = timezone.now()

    found = reconciliation.next_look(since, since + timedelta(seconds=passed))

    assert found == (None if following is None else since + timedelta(seconds=following))


def test_a_look_that_is_not_due_is_not_made(own: WhatsAppConnection, http: responses.RequestsMock) -> None:
    make_doubtful(own, check_at=timezone.now() + timedelta(seconds=1))
    make_doubtful(own, check_at=None)
    make_doubtful(own, status=S.SENT)

    reconciliation.reconcile()

    assert len(http.calls) == 0


def test_a_look_is_made_once_by_whoever_claims_it(own: WhatsAppConnection, gateway: Gateway) -> None:
    message = make_doubtful(own)
    now = timezone.now()
    path = f"{settings.EVOLUTION_API_URL}/chat/findMessages/{own.instance_name}"

    def ring_again(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        reconciliation.reconcile(now)
        return 200, {}, json.dumps({"messages": {"pages": 1, "records": []}})

    gateway.http.add_callback("POST", path, ring_again)

    reconciliation.reconcile(now)

    assert len(gateway.http.calls) == 1
    assert fresh(message).check_at == fresh(message).uncertain_since + timedelta(seconds=5)  # type: ignore[operator]


def test_a_last_look_whose_worker_died_is_made_by_another(own: WhatsAppConnection, gateway: Gateway) -> None:
    message = make_doubtful(own)
    end = timezone.now() + WINDOW
    gateway.search(own.instance_name)
    Message.objects.update(check_at=end + reconciliation.LAST_LOOK)  # claimed, and nothing came of it

    reconciliation.reconcile(end + timedelta(seconds=1))
    too_early = fresh(message).check_at
    reconciliation.reconcile(end + reconciliation.LAST_LOOK)

    assert too_early is not None
    assert fresh(message).check_at is None
    assert notices.open_of(own.agency).count() == 1


@pytest.mark.parametrize(("window", "taken"), [(600, 120), (60, 12), (8, 10)])
def test_how_long_a_last_look_is_taken_stands_in_proportion_to_the_window(
    own: WhatsAppConnection, gateway: Gateway, settings: LazySettings, window: int, taken: int
) -> None:
    settings.UNCERTAIN_WINDOW = window
    message = make_doubtful(own)
    end = message.uncertain_since + timedelta(seconds=window)  # type: ignore[operator]
    seen: list[Any] = []

    def look(request: Any) -> tuple[int, dict[str, str], str]:
        seen.append(fresh(message).check_at)
        return 200, {}, '{"messages": {"pages": 1, "records": []}}'

    path = f"http://evolution.test/chat/findMessages/{own.instance_name}"
    gateway.http.add_callback("POST", path, look)

    reconciliation.reconcile(end)

    assert seen == [end + timedelta(seconds=taken)]


# --- Where and what -------------------------------------------------------------------------------------------------


def test_the_search_begins_a_minute_before_the_newest_attempt_at_its_own_instance(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    agencys = make_connection(agency=own.agency)
    message = make_doubtful(own)
    now = (timezone.now() + timedelta(seconds=1)).replace(microsecond=0)
    try_by(agencys, message, now)
    stub = gateway.search(agencys.instance_name, [row_of(message)])

    assert reconciliation.reconcile(now + timedelta(seconds=5)) == 1

    window = body_of(stub)["where"]["messageTimestamp"]
    assert datetime.fromisoformat(window["gte"]) == now - timedelta(minutes=1)
    assert datetime.fromisoformat(window["lte"]) == now + timedelta(seconds=65)
    settled = fresh(message)
    assert (settled.connection, settled.by_agency_number) == (agencys, True)
    assert list(settled.attempts.values_list("outcome", flat=True)) == ["uncertain", "sent"]


def test_all_of_one_instance_in_one_walk_that_ends_where_all_are_found(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    first, second = make_doubtful(own), make_doubtful(own)
    rows = [row_of(first, key={"id": "A", "fromMe": True, "remoteJid": JID}), row_of(second)]
    stub = gateway.search(own.instance_name, rows, pages=9)

    assert reconciliation.reconcile() == 2

    assert stub.call_count == 1
    assert (fresh(first).external_id, fresh(second).external_id) == ("A", "3EB0C767D26A1B5D8E23")


def test_the_pages_are_read_to_the_end(own: WhatsAppConnection, gateway: Gateway) -> None:
    message = make_doubtful(own)
    gateway.search(own.instance_name, [None, "odd", {"key": {}}], pages=3)
    stub = gateway.http.registered()[0]

    reconciliation.reconcile()

    assert [body_of(stub, call)["page"] for call in range(stub.call_count)] == [1, 2, 3]
    assert (fresh(message).status, fresh(message).lookup_failed) == (S.UNCERTAIN, False)


def test_a_number_that_writes_more_than_can_be_searched_proves_nothing(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    message = make_doubtful(own)
    stub = gateway.search(own.instance_name, [{}], pages=100_000)

    reconciliation.reconcile()

    assert stub.call_count == 50
    assert fresh(message).lookup_failed is True


ANSWERS: list[tuple[str, dict[str, Any]]] = [
    ("unreachable", {"body": UNREACHABLE}),
    ("no answer", {"body": HANGING}),
    ("reset", {"body": requests.ConnectionError("Connection aborted.", ConnectionResetError(104, "reset"))}),
    ("500", {"status": 500, "json": {"status": 500, "error": "Internal Server Error", "response": {"message": "x"}}}),
    ("instance unknown", {"status": 404, "json": {"response": {"message": ['The "x" instance does not exist']}}}),
    ("wrong key", {"status": 401, "json": {"status": 401, "error": "Unauthorized", "response": {"message": "x"}}}),
    ("no JSON", {"body": "<html>"}),
    ("a list", {"json": []}),
    ("without rows", {"json": {"messages": {"total": 0}}}),
    ("rows that are none", {"json": {"messages": {"pages": 1, "records": "x"}}}),
]


@pytest.mark.parametrize(("name", "answer"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_a_look_that_failed_is_made_again_and_then_goes_to_a_person(
    name: str, answer: dict[str, Any], own: WhatsAppConnection, gateway: Gateway
) -> None:
    """Even where the agency has traceless messages sent again: a failed look is no silence."""
    Agency.objects.update(resend_without_trace=True)
    message = make_doubtful(own)
    stub = gateway.search(own.instance_name, **answer)
    now = timezone.now()

    reconciliation.reconcile(now)
    between = fresh(message)
    reconciliation.reconcile(now + WINDOW)

    assert stub.call_count == 2
    assert (between.status, between.lookup_failed) == (S.UNCERTAIN, True)
    assert between.check_at is not None
    assert (fresh(message).status, fresh(message).check_at) == (S.UNCERTAIN, None)
    assert notices.open_of(own.agency).count() == 1


def test_one_gateway_that_is_down_is_asked_once_for_all_numbers(agency: Agency, gateway: Gateway) -> None:
    numbers = [make_connection(agency=agency, client=make_client(agency=agency)) for _ in range(4)]
    messages = [make_doubtful(number) for number in numbers]
    gateway.search(numbers[0].instance_name, body=UNREACHABLE)

    reconciliation.reconcile()

    assert len(gateway.http.calls) == 1
    assert [fresh(message).lookup_failed for message in messages] == [True] * 4
    assert gateway_health.outage() is not None


def test_a_gateway_that_hangs_is_not_asked_for_each_number(agency: Agency, gateway: Gateway) -> None:
    numbers = [make_connection(agency=agency, client=make_client(agency=agency)) for _ in range(4)]
    messages = [make_doubtful(number) for number in numbers]
    for number in numbers[:2]:
        gateway.search(number.instance_name, body=HANGING)

    reconciliation.reconcile()

    assert len(gateway.http.calls) == 2
    assert [fresh(message).lookup_failed for message in messages] == [True] * 4


def test_a_message_without_any_attempt_goes_to_a_person(agency: Agency, http: responses.RequestsMock) -> None:
    now = timezone.now()
    message = make_message(agency=agency, status=S.UNCERTAIN, uncertain_since=now, check_at=now)

    reconciliation.reconcile(now + WINDOW)

    assert (fresh(message).status, fresh(message).check_at) == (S.UNCERTAIN, None)
    assert notices.open_of(agency).count() == 1


def test_a_log_says_that_a_look_failed_and_nothing_private(
    own: WhatsAppConnection, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    message = make_doubtful(own)
    gateway.search(own.instance_name, status=500, json={"response": {"message": "Consulta do Dr. Álvaro"}})

    with caplog.at_level(logging.DEBUG):
        reconciliation.reconcile()

    assert "unknown_answer" in caplog.text
    assert "Álvaro" not in caplog.text
    assert message.to[1:] not in caplog.text


# --- Sent again without a trace: only by choice, only once, only where every look was made -------------------------


def test_an_agency_that_chose_so_has_a_traceless_message_sent_again_once(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    Agency.objects.update(resend_without_trace=True)
    message = make_doubtful(own)
    gateway.search(own.instance_name)
    now = timezone.now()

    reconciliation.reconcile(now)
    during = fresh(message)
    reconciliation.reconcile(now + WINDOW)
    again = fresh(message)
    Message.objects.update(status=S.UNCERTAIN, uncertain_since=now, check_at=now)  # and in doubt once more
    reconciliation.reconcile(now + WINDOW)

    assert during.status == S.UNCERTAIN
    assert (again.status, again.decision, again.reason) == (
        S.QUEUED,
        reconciliation.WITHOUT_TRACE,
        reconciliation.WITHOUT_TRACE,
    )
    assert (again.due_at, again.expires_at) == (now + WINDOW, now + WINDOW + timedelta(hours=24))
    assert (again.tries, again.attempts.count(), again.check_at) == (1, 1, None)
    assert (fresh(message).status, fresh(message).check_at) == (S.UNCERTAIN, None)
    assert notices.open_of(own.agency).count() == 1


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("off", lambda message: Agency.objects.update(resend_without_trace=False)),
        ("a look failed", lambda message: Message.objects.update(lookup_failed=True)),
        ("another instance", lambda message: WhatsAppConnection.objects.update(connected_at=timezone.now())),
        ("never connected", lambda message: WhatsAppConnection.objects.update(connected_at=None)),
        ("renamed", lambda message: WhatsAppConnection.objects.update(instance_name="adscape_c_other")),
        ("connection gone", lambda message: Attempt.objects.update(connection=None)),
    ],
)
def test_otherwise_no_trace_is_not_a_proof(
    name: str, spoil: Callable[[Message], Any], own: WhatsAppConnection, gateway: Gateway
) -> None:
    Agency.objects.update(resend_without_trace=True)
    message = make_doubtful(own)
    gateway.search(own.instance_name)
    spoil(message)

    reconciliation.reconcile(timezone.now() + WINDOW)

    assert (fresh(message).status, fresh(message).check_at) == (S.UNCERTAIN, None)
    assert notices.open_of(own.agency).count() == 1


# --- Settling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [one for one in S if one not in (S.UNCERTAIN, S.QUEUED)])
def test_a_trace_settles_nothing_but_what_is_uncertain_or_was_queued_again(
    status: MessageStatus, own: WhatsAppConnection, django_assert_num_queries: Any
) -> None:
    message = make_doubtful(own, status=status)
    before = Message.objects.filter(pk=message.pk).values().get()

    with django_assert_num_queries(1):  # the event of each send asks
        assert reconciliation.settle(message.pk, "3EB0", JID, timezone.now(), own) is False

    assert Message.objects.filter(pk=message.pk).values().get() == before
    assert Attempt.objects.get().outcome == Attempt.Outcome.UNCERTAIN


def test_a_trace_without_a_time_counts_from_the_attempt(own: WhatsAppConnection, gateway: Gateway) -> None:
    message = make_doubtful(own)
    gateway.search(own.instance_name, [row_of(message, messageTimestamp="?")])

    reconciliation.reconcile()

    assert fresh(message).sent_at == Attempt.objects.get().started_at


def test_a_trace_after_a_person_was_asked_takes_the_question_back(own: WhatsAppConnection, gateway: Gateway) -> None:
    message = make_doubtful(own)
    gateway.search(own.instance_name)
    reconciliation.reconcile(timezone.now() + WINDOW)
    asked = notices.open_of(own.agency).count()

    assert reconciliation.settle(message.pk, "3EB0", JID, timezone.now(), own) is True

    assert asked == 1
    assert notices.open_of(own.agency).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_trace_and_two_people_at_once_make_one_end() -> None:
    agency = make_agency()
    own = make_connection(agency=agency, client=make_client(agency=agency))
    first, second = make_user(agency=agency, name="Rafaela"), make_user(agency=agency, name="Davi")

    for _ in range(8):
        message = make_doubtful(own, check_at=None)
        works: list[Callable[[], Any]] = [
            partial(reconciliation.settle, message.pk, "3EB0", JID, timezone.now(), own),
            partial(uncertain.received, [message], first),
            partial(uncertain.send_again, [message], second),
        ]
        found, confirmed, again = together(*works)

        ended = fresh(message)
        overtaken = found and bool(again.done)  # queued again, and kept from leaving by the trace
        assert found + len(confirmed.done) + len(again.done) == 1 + overtaken
        assert ended.status == (S.QUEUED if again.done and not found else S.SENT)
        assert bool(ended.external_id) is found
        assert Attempt.objects.filter(message=message).count() == 1
        for other in (confirmed, again):
            seen = [one.status for one in other.resolved]
            assert seen == ([] if other.done else [ended.status]) or (overtaken and seen == [S.QUEUED])
        assert notices.open_of(agency).count() == 0
        assert ended.tries == 1
        if again.done and not found:
            moves.move(message.pk, S.QUEUED, S.CANCELLED)


@pytest.mark.django_db(transaction=True)
def test_two_rings_at_once_settle_each_message_once(gateway: Gateway) -> None:
    own = make_connection(agency=make_agency())
    messages = [make_doubtful(own) for _ in range(6)]
    rows = [row_of(one, key={"id": one.reference, "fromMe": True, "remoteJid": JID}) for one in messages]
    gateway.search(own.instance_name, rows)
    now = timezone.now()

    assert sum(together(*[partial(reconciliation.reconcile, now)] * 3)) == 6

    assert {fresh(one).external_id for one in messages} == {one.reference for one in messages}


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_and_a_trace_of_the_same_try_at_once_make_one_end(gateway: Gateway) -> None:
    own = make_connection(agency=make_agency())
    lost = threading.Event()

    def answer_late(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        delivery.sweep(timezone.now() + LEASE + timedelta(seconds=1))
        lost.set()
        return 201, {}, json.dumps({"key": {"id": "3EB0LATE", "remoteJid": JID}})

    gateway.http.add_callback("POST", f"{settings.EVOLUTION_API_URL}/message/sendText/{own.instance_name}", answer_late)

    def settle(pk: uuid.UUID) -> bool:
        lost.wait(10)
        return reconciliation.settle(pk, "3EB0TRACE", JID, timezone.now(), own)

    for _ in range(8):
        lost.clear()
        message = make_message(agency=own.agency)

        _, by_trace = together(partial(delivery.deliver, message.pk), partial(settle, message.pk))

        ended = fresh(message)
        assert (ended.status, ended.external_id) == (S.SENT, "3EB0TRACE" if by_trace else "3EB0LATE")
        assert list(ended.attempts.values_list("outcome", flat=True)) == ["sent"]
