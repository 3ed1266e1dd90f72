"""What WhatsApp refused after it had taken it: through which number it may leave, who is told, which number rests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from agency.models import Agency, Notice, User
from connections import delivery, outbox, pacing, receipts, reconciliation, uncertain
from connections.models import Message, MessageStatus, WhatsAppConnection
from connections.states import Status
from connections.webhooks.work import work
from tests.connections.conftest import Gateway
from tests.connections.doubtful import fresh, row_of, try_by
from tests.connections.hooks import SECRET, event, post
from tests.connections.taken import KEY, make_sent, note
from tests.factories import make_client, make_connection

pytestmark = pytest.mark.django_db
S = MessageStatus
ONE, TWO = "+5531987650001", "+5531987650002"


@pytest.fixture
def own(agency: Agency) -> WhatsAppConnection:
    client = make_client(agency=agency, name="Moda Ipê")
    return make_connection(agency=agency, client=client, webhook_secret=SECRET)


def open_notices() -> list[str]:
    return list(Notice.objects.filter(closed_at=None).values_list("subject", flat=True))


def paused_until(connection: WhatsAppConnection) -> datetime | None:
    return WhatsAppConnection.objects.values_list("paused_until", flat=True).get(pk=connection.pk)


def make_connected_again(own: WhatsAppConnection) -> None:
    WhatsAppConnection.objects.filter(pk=own.pk).update(status=Status.CONNECTED, reason="", paused_until=None)


# --- Through which number -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("there_is_one", [False, True], ids=["no number of the agency", "one that is disconnected"])
def test_where_the_agencys_number_cannot_take_it_a_person_is_told_at_once(
    own: WhatsAppConnection, agency: Agency, there_is_one: bool
) -> None:
    if there_is_one:
        make_connection(agency=agency, status="disconnected")
    message = make_sent(own)

    note(own, "ERROR")
    delivery.deliver(message.pk)

    after = fresh(message)
    assert (after.status, after.reason, after.offered_again) == (S.FAILED, receipts.REFUSED, False)
    assert [subject.split(":")[0] for subject in open_notices()] == ["undelivered"]


def test_it_never_leaves_through_the_refused_number_again(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    message = make_sent(own)
    note(own, "ERROR")
    make_connected_again(own)
    WhatsAppConnection.objects.filter(pk=agencys.pk).update(status=Status.DISCONNECTED)

    delivery.deliver(message.pk)  # no send is stubbed: it would fail here

    waiting = fresh(message)
    assert (waiting.status, waiting.due_at > timezone.now(), waiting.attempts.count()) == (S.QUEUED, True, 1)
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    WhatsAppConnection.objects.filter(pk=agencys.pk).update(status=Status.CONNECTED)
    gateway.send(agencys)
    delivery.deliver(message.pk)
    assert (fresh(message).status, fresh(message).connection_id) == (S.SENT, agencys.pk)


def test_it_does_not_leave_through_the_refused_number_while_the_agencys_one_is_connected(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    sends = gateway.send(agencys)
    message = make_sent(own)
    note(own, "ERROR")
    make_connected_again(own)

    delivery.deliver(message.pk)

    assert (fresh(message).connection_id, sends.call_count) == (agencys.pk, 1)


def test_a_person_who_tries_again_may_use_the_refused_number(
    own: WhatsAppConnection, agency: Agency, gateway: Gateway
) -> None:
    make_connection(agency=agency)
    sends = gateway.send(own)
    message = make_sent(own)
    note(own, "ERROR")
    Message.objects.filter(pk=message.pk).update(status=S.EXPIRED)
    make_connected_again(own)

    assert outbox.try_again(fresh(message), expires_at=timezone.now() + timedelta(hours=1))
    delivery.deliver(message.pk)

    assert (fresh(message).status, fresh(message).connection_id, sends.call_count) == (S.SENT, own.pk, 1)


# --- What is known of the second copy -------------------------------------------------------------------------------


def make_copy_doubtful(message: Message, through: WhatsAppConnection, check_at: datetime | None) -> None:
    Message.objects.filter(pk=message.pk).update(
        status=S.UNCERTAIN, uncertain_since=timezone.now(), check_at=check_at, reason=""
    )
    try_by(through, message, timezone.now())


def row_of_refused(message: Message) -> dict[str, Any]:
    """The gateway's row of the first copy: of the same text, to the same phone."""
    row = row_of(message)
    return row | {"key": row["key"] | {"id": KEY}}


def test_a_trace_of_the_refused_copy_is_none_of_the_second(own: WhatsAppConnection, agency: Agency) -> None:
    message = make_sent(own)
    agencys = make_connection(agency=agency)
    note(own, "ERROR")
    make_copy_doubtful(message, agencys, timezone.now())

    post(own, event("send.message", row_of_refused(message)))
    assert work() == 1

    assert fresh(message).status == S.UNCERTAIN


def test_a_search_that_finds_the_refused_copy_does_not_settle_the_second(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    message = make_sent(own)
    note(own, "ERROR")
    assert fresh(message).status == S.FAILED
    make_copy_doubtful(message, own, timezone.now())
    gateway.search(own.instance_name, [row_of_refused(message)])

    assert reconciliation.reconcile(timezone.now() + timedelta(seconds=1)) == 0

    assert fresh(message).status == S.UNCERTAIN


def test_what_a_person_confirms_does_not_wait_for_a_receipt_of_the_refused_copy(
    own: WhatsAppConnection, agency: Agency, owner: User
) -> None:
    agencys = make_connection(agency=agency)
    message = make_sent(own, at=timezone.now() - timedelta(hours=2), awaits_receipt=True)
    note(own, "ERROR")
    make_copy_doubtful(message, agencys, None)
    message.attempts.filter(connection=agencys).update(started_at=timezone.now() - timedelta(minutes=30))

    assert uncertain.received([fresh(message)], owner).done

    assert (fresh(message).status, fresh(message).is_undelivered) == (S.SENT, False)


# --- Which number rests ---------------------------------------------------------------------------------------------


def make_refused(agencys: WhatsAppConnection, key: str, to: str, *, minutes: int = 0) -> None:
    """Sent through the agency's number so many minutes ago, and refused now."""
    at = timezone.now() - timedelta(minutes=minutes)
    make_sent(agencys, at=at, external_id=key, to=to, by_agency_number=True)
    assert note(agencys, "ERROR", key) is True


def test_the_agencys_number_rests_after_two_people_were_refused_within_the_hour(agency: Agency) -> None:
    """The receipt has no code: one person may have blocked it, which is no reason to keep all clients waiting."""
    agencys = make_connection(agency=agency)

    make_refused(agencys, "3EB0A", ONE, minutes=40)
    make_refused(agencys, "3EB0B", ONE)
    agencys.refresh_from_db()
    assert (agencys.status, agencys.paused_until) == (Status.CONNECTED, None)

    make_refused(agencys, "3EB0C", TWO)
    agencys.refresh_from_db()
    assert (agencys.status, agencys.paused_until is not None) == (Status.RESTRICTED, True)


def test_a_refusal_of_more_than_an_hour_ago_does_not_count(agency: Agency) -> None:
    agencys = make_connection(agency=agency)

    make_refused(agencys, "3EB0A", ONE, minutes=61)
    make_refused(agencys, "3EB0B", TWO)

    assert paused_until(agencys) is None


def test_the_refusal_of_another_number_does_not_count(agency: Agency, own: WhatsAppConnection) -> None:
    agencys = make_connection(agency=agency)
    make_sent(own, to=ONE)
    note(own, "ERROR")

    make_refused(agencys, "3EB0B", TWO)

    assert (paused_until(agencys), paused_until(own) is None) == (None, False)


def test_a_pause_is_never_shortened(own: WhatsAppConnection) -> None:
    now = timezone.now()
    pacing.pause(own.pk, now)

    pacing.pause(own.pk, now - timedelta(minutes=5))
    assert paused_until(own) == now + pacing.PAUSE

    pacing.pause(own.pk, now + timedelta(minutes=5))
    assert paused_until(own) == now + timedelta(minutes=5) + pacing.PAUSE
