"""What an event meets when others are at work in the same moment: nothing that it tells is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.db import connection as database
from django.utils import timezone

from agency.models import Agency
from connections import delivery, pairing
from connections.models import Attempt, Message, MessageStatus, WebhookEvent, WhatsAppConnection
from connections.states import Reason, Status
from connections.webhooks.work import work
from tests.connections.conftest import Gateway
from tests.connections.doubtful import TO, fresh, make_doubtful, row_of
from tests.connections.hooks import SECRET, event, post, receipt, state
from tests.connections.taken import KEY, make_sent, note
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.django_db
S = MessageStatus
CONNECTION_CLOSED = {"status": 500, "error": "Internal Server Error", "response": {"message": "Connection Closed"}}


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    long_ago = timezone.now() - timedelta(minutes=2)
    client = make_client(agency=agency)
    return make_connection(agency=agency, client=client, webhook_secret=SECRET, last_seen_at=long_ago)


def once_after(is_it: Callable[[str], bool], do: Callable[[], Any]) -> Any:
    """What another process commits just after the first statement that `is_it` says yes to."""
    is_done = False

    def wrapper(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal is_done
        result = execute(sql, *rest)
        if not is_done and is_it(sql):
            is_done = True
            do()
        return result

    return database.execute_wrapper(wrapper)


def is_question(sql: str) -> bool:
    return sql.startswith("SELECT") and 'FROM "connections_message"' in sql


def is_move(sql: str) -> bool:
    return sql.startswith("UPDATE") and '"connections_message"' in sql


def test_a_receipt_is_kept_though_its_answer_is_written_while_the_door_asks(own: WhatsAppConnection) -> None:
    """First no message has its id yet, and then none is under way any more."""
    now = timezone.now()
    message = make_message(client=own.client, status=S.SENDING, sending_since=now, to=TO)
    Attempt.objects.create(message=message, connection=own, instance_name=own.instance_name)
    answer = {"status": S.SENT, "external_id": KEY, "connection": own, "sent_at": now}

    with once_after(is_question, lambda: Message.objects.filter(pk=message.pk).update(**answer)):
        assert post(own, receipt(KEY, "DELIVERY_ACK")).status_code == 204
    work()

    assert fresh(message).status == S.DELIVERED


def test_a_reading_that_meets_the_delivery_stands(own: WhatsAppConnection) -> None:
    """Another worker notes the delivery just after this one has first tried to move it."""
    message = make_sent(own)
    sent = Message.objects.filter(pk=message.pk, status=S.SENT)

    with once_after(is_move, lambda: sent.update(status=S.DELIVERED, delivered_at=timezone.now())):
        note(own, "READ")

    assert fresh(message).status == S.READ


def test_a_receipt_that_comes_while_the_second_copy_is_leaving_waits_for_how_that_ends(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    message = make_sent(own)
    note(own, "ERROR")

    def meanwhile(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        assert post(own, receipt(KEY, "DELIVERY_ACK")).status_code == 204
        assert work() == 0
        return 500, {}, json.dumps(CONNECTION_CLOSED)

    url = f"http://evolution.test/message/sendText/{agencys.instance_name}"
    gateway.http.add_callback("POST", url, meanwhile)
    delivery.deliver(message.pk)
    assert fresh(message).status == S.QUEUED  # the agency's number was down: it certainly did not leave

    work(timezone.now() + timedelta(minutes=1))

    assert fresh(message).status == S.DELIVERED


def test_a_trace_that_comes_while_a_second_copy_waits_keeps_that_here(own: WhatsAppConnection) -> None:
    later = timezone.now() + timedelta(hours=1)
    message = make_doubtful(own, check_at=None)
    Message.objects.filter(pk=message.pk).update(status=S.QUEUED, due_at=later, resent_without_trace=True)

    post(own, event("send.message", row_of(message)))
    work()

    assert fresh(message).status == S.SENT


def test_a_hint_waits_for_who_is_at_the_connection_already(own: WhatsAppConnection, gateway: Gateway) -> None:
    """That one may have read the state before what the hint tells of."""
    now = timezone.now()
    WhatsAppConnection.objects.filter(pk=own.pk).update(claimed_until=now + timedelta(seconds=50))
    post(own, state("close", 401))

    assert work() == 0  # no state is stubbed yet: it would fail here
    WhatsAppConnection.objects.filter(pk=own.pk).update(claimed_until=None)
    read = gateway.state(own.instance_name, "open")
    assert work(now + timedelta(minutes=1)) == 1

    assert (read.call_count, WebhookEvent.objects.get().outcome) == (1, "estado relido")


def test_a_close_that_a_hint_met_in_passing_is_no_logout(own: WhatsAppConnection, gateway: Gateway) -> None:
    """A session that comes back is closed for a moment; the gateway still has the code of an earlier end then."""
    before = (timezone.now() - timedelta(days=9)).isoformat()
    gateway.state(own.instance_name, "close")
    gateway.instance(own.instance_name, disconnectionReasonCode=401, disconnectionAt=before)
    post(own, state("connecting"))

    assert work() == 1

    own.refresh_from_db()
    assert (own.status, own.reason, own.has_session) == ("connecting", "", True)


def test_who_writes_a_state_leaves_what_was_learnt_of_the_webhook_meanwhile(own: WhatsAppConnection) -> None:
    now = timezone.now()
    read_before = WhatsAppConnection.objects.get(pk=own.pk)
    WhatsAppConnection.objects.filter(pk=own.pk).update(webhook_checked_at=now, webhook_base="http://adscape:8000")

    pairing.store(read_before, Status.CONNECTED, Reason.NONE, now)

    own.refresh_from_db()
    assert (own.webhook_checked_at, own.webhook_base) == (now, "http://adscape:8000")
