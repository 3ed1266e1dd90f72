"""The list of a number's groups: who reads it and when, what is kept of it, and what a group's message makes of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests
from django.conf import settings
from django.utils import timezone

from agency.models import Agency, Client, Notice
from connections import delivery, group_lists, outcomes, receipts
from connections.classification import SENTENCE, Code
from connections.groups_rule import CLAIM, LEAST_BETWEEN, LIST_LIFE, ListProblem
from connections.models import GroupList, Message, MessageStatus, WhatsAppConnection, WhatsAppGroup
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection, make_list, make_message

JID = "120363025246125486@g.us"
OLD = "5531987654321-1400000000@g.us"
GONE: dict[str, Any] = {
    "status": 400,
    "json": {"status": 400, "error": "Bad Request", "response": {"message": ["[object Object]"]}},
}


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Serra Azul")


@pytest.fixture
def own(agency: Agency, client: Client) -> WhatsAppConnection:
    return make_connection(agency=agency, client=client)


def listing(gateway: Gateway, connection: WhatsAppConnection, **answer: Any) -> Any:
    answer = answer or recorded("numbers_and_groups.json", "fetchAllGroups false")
    return gateway._stub("GET", f"/group/fetchAllGroups/{connection.instance_name}", **answer)


def wanted(connection: WhatsAppConnection) -> GroupList:
    assert group_lists.want(connection, older_than=LIST_LIFE)
    return GroupList.objects.get(connection=connection)


def test_a_list_is_read_once_and_kept(own: WhatsAppConnection, gateway: Gateway) -> None:
    wanted(own)
    stub = listing(gateway, own)

    group_lists.fetch(own.pk)
    group_lists.fetch(own.pk)  # a bell that comes twice

    row = GroupList.objects.get(connection=own)
    assert (row.wanted_at, row.claimed_until, row.problem, row.phone) == (None, None, "", own.phone)
    assert stub.call_count == 1
    assert stub.calls[0].request.params == {"getParticipants": "false"}
    assert list(WhatsAppGroup.objects.values_list("subject", "size")) == [
        ("Equipe Agência", 3),
        ("Relatórios Cliente X", 4),
    ]


def test_what_is_not_listed_any_more_goes_and_what_stays_keeps_its_row(
    own: WhatsAppConnection, gateway: Gateway
) -> None:
    stays, goes = make_list(own, JID, OLD, fetched_at=timezone.now() - timedelta(days=1))
    wanted(own)
    listing(gateway, own)

    group_lists.fetch(own.pk)

    stays.refresh_from_db()
    assert (stays.subject, stays.size) == ("Relatórios Cliente X", 4)
    assert not WhatsAppGroup.objects.filter(pk=goes.pk).exists()


def test_two_workers_do_not_read_the_same_list(own: WhatsAppConnection, gateway: Gateway) -> None:
    wanted(own)
    GroupList.objects.update(claimed_until=timezone.now() + CLAIM)

    group_lists.fetch(own.pk)  # the gateway is not stubbed

    assert group_lists.due() == []
    assert group_lists.due(timezone.now() + 2 * CLAIM) == [own.pk]


def test_who_has_lost_the_claim_stores_nothing(own: WhatsAppConnection, gateway: Gateway) -> None:
    wanted(own)

    def taken(_: Any) -> tuple[int, dict[str, str], str]:
        GroupList.objects.update(claimed_until=timezone.now() + 2 * CLAIM)
        return 200, {}, "[]"

    url = f"{settings.EVOLUTION_API_URL}/group/fetchAllGroups/{own.instance_name}"
    gateway.http.add_callback("GET", url, callback=taken)
    make_list(own, JID)
    GroupList.objects.update(wanted_at=timezone.now())

    group_lists.fetch(own.pk)

    assert WhatsAppGroup.objects.get().jid == JID


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"status": 500, "json": {"response": {"message": "Connection Closed"}}}, ListProblem.NOT_CONNECTED),
        ({"status": 500, "json": {"response": {"message": "rate-overlimit"}}}, ListProblem.LIMITED),
        ({"json": {"error": True}}, ListProblem.LIMITED),
        ({"body": requests.ReadTimeout()}, ListProblem.SLOW),
    ],
)
def test_a_failure_is_a_sentence_and_takes_nothing_away(
    answer: dict[str, Any], problem: ListProblem, own: WhatsAppConnection, gateway: Gateway
) -> None:
    make_list(own, JID, fetched_at=timezone.now() - 2 * LIST_LIFE)
    wanted(own)
    listing(gateway, own, **answer)

    group_lists.fetch(own.pk)

    row = GroupList.objects.get()
    assert (row.problem, row.wanted_at, row.claimed_until) == (problem, None, None)
    assert WhatsAppGroup.objects.count() == 1
    assert group_lists.want(own, older_than=timedelta(0)) is False  # not at once
    assert group_lists.want(own, older_than=timedelta(0), now=timezone.now() + 2 * LEAST_BETWEEN)


def test_a_number_that_is_not_connected_is_not_asked(agency: Agency) -> None:
    own = make_connection(agency=agency, status="disconnected")
    wanted(own)

    group_lists.fetch(own.pk)

    assert GroupList.objects.get().problem == ListProblem.NOT_CONNECTED


@pytest.mark.parametrize(
    ("age", "is_read_again"), [(LIST_LIFE - timedelta(minutes=1), False), (LIST_LIFE + timedelta(minutes=1), True)]
)
def test_only_an_old_list_is_read_again(age: timedelta, is_read_again: bool, own: WhatsAppConnection) -> None:
    make_list(own, JID, fetched_at=timezone.now() - age)

    assert group_lists.want(own, older_than=LIST_LIFE) is is_read_again
    assert group_lists.want(own, older_than=LIST_LIFE) is False  # it is wanted already


def test_a_list_of_another_phone_is_old(own: WhatsAppConnection) -> None:
    make_list(own, JID, phone="+5521987650000")

    assert group_lists.want(own, older_than=LIST_LIFE)


# --- What a message to a group makes of it ---------------------------------------------------------------------------


@pytest.mark.parametrize("jid", [JID, OLD])
def test_a_message_to_a_group_is_done_at_sent(
    jid: str, client: Client, own: WhatsAppConnection, gateway: Gateway
) -> None:
    stub = gateway.send(own, status=201, json={"key": {"remoteJid": jid, "id": "3EB0A"}, "status": "PENDING"})
    message = make_message(client=client, to=jid, to_name="Obra")

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.jid, message.awaits_receipt) == (MessageStatus.SENT, jid, False)
    assert f'"number": "{jid}"' in stub.calls[0].request.body.decode()
    Message.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    message.refresh_from_db()
    assert (message.is_undelivered, message.may_arrive) == (False, False)


def test_a_group_that_the_number_has_left_fails_once_a_new_list_says_so(
    client: Client, own: WhatsAppConnection, gateway: Gateway
) -> None:
    make_list(own, JID, fetched_at=timezone.now() - timedelta(hours=1))
    gateway.send(own, **GONE)
    message = make_message(client=client, to=JID, to_name="Obra")

    delivery.deliver(message.pk)

    # The gateway says the same while the socket is down: it waits, and the list is read again.
    message.refresh_from_db()
    assert (message.status, message.reason) == ("queued", SENTENCE[Code.GROUP_UNKNOWN])
    assert GroupList.objects.get().wanted_at is not None

    listing(gateway, own, json=[])
    group_lists.fetch(own.pk)
    Message.objects.update(due_at=timezone.now())
    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("failed", outcomes.GROUP_IS_GONE)
    assert Notice.objects.get().title == "Serra Azul: teste para Obra não saiu"


def test_a_group_that_the_number_is_still_in_is_tried_again(
    client: Client, own: WhatsAppConnection, gateway: Gateway
) -> None:
    message = make_message(client=client, to=JID)
    make_list(own, JID)
    gateway.send(own, **GONE)

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert message.status == "queued"


def test_the_agency_carries_what_the_client_has_left_where_it_is_in_the_group(
    agency: Agency, client: Client, own: WhatsAppConnection, gateway: Gateway
) -> None:
    agencys = make_connection(agency=agency)
    message = make_message(client=client, to=JID)
    make_list(own)
    make_list(agencys, JID)
    gateway.send(own, **GONE)
    gateway.send(agencys)

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.connection) == ("sent", agencys)


@pytest.mark.parametrize(("agency_is_in_it", "status"), [(False, "failed"), (True, "queued")])
def test_what_whatsapp_refuses_late_is_offered_to_the_agency_only_where_that_is_in_the_group(
    agency_is_in_it: bool, status: str, agency: Agency, client: Client, own: WhatsAppConnection
) -> None:
    make_list(make_connection(agency=agency), *([JID] if agency_is_in_it else []))
    message = make_message(client=client, to=JID, status="sent", external_id="3EB0A", connection=own)

    receipts.note(own.pk, "3EB0A", "ERROR", timezone.now())

    message.refresh_from_db()
    assert message.status == status
