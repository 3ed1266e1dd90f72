"""Through which number a message leaves, as a table, and what that becomes in a delivery."""

from __future__ import annotations

import pytest
from django.utils import timezone

from agency.models import Agency
from connections import delivery, outbox, routing
from connections.models import Attempt, Message, WhatsAppConnection
from tests.connections.conftest import Gateway
from tests.factories import make_client, make_connection, make_list, make_message

OWN, AGENCYS, NONE = "own", "agencys", "none"

#: (own connected, agency's connected, the client may use the agency's) → what leaves for the client's own phone.
WANTED: list[tuple[bool | None, bool | None, bool, str, str]] = [
    (True, True, True, AGENCYS, ""),
    (True, False, True, NONE, routing.WAITS_FOR_AGENCY),
    (True, None, True, NONE, routing.WAITS_FOR_AGENCY),
    (False, True, True, AGENCYS, ""),
    (None, True, True, AGENCYS, ""),
    (None, None, True, NONE, routing.WAITS_FOR_AGENCY),
    (True, True, False, OWN, ""),
    (True, False, False, OWN, ""),
    (False, True, False, NONE, routing.NOBODY_BUT_OWN),
]


def number(connected: bool | None) -> WhatsAppConnection | None:
    return None if connected is None else WhatsAppConnection(status="connected" if connected else "disconnected")


@pytest.mark.parametrize(("own", "agencys", "may_use", "leaves", "why"), WANTED)
def test_the_rule_for_the_phone_of_the_clients_own_number(
    own: bool | None, agencys: bool | None, may_use: bool, leaves: str, why: str
) -> None:
    numbers = {OWN: number(own), AGENCYS: number(agencys), NONE: None}

    route = routing.choose(numbers[OWN], numbers[AGENCYS], is_clients=True, may_use_agency=may_use, wants_agency=True)

    assert route == routing.Route(numbers[leaves], is_fallback=False, why=why)


def test_a_number_that_has_just_failed_is_not_chosen_for_it() -> None:
    agencys = WhatsAppConnection(status="connected")

    route = routing.choose(None, agencys, is_clients=True, may_use_agency=True, wants_agency=True, avoid=agencys.pk)

    assert route.connection is None


def test_the_agencys_own_message_has_no_other_way() -> None:
    agencys = WhatsAppConnection(status="connected")

    route = routing.choose(None, agencys, is_clients=False, may_use_agency=True, wants_agency=True)

    assert route == routing.Route(agencys)


def ask_for_agency(message: Message) -> Message:
    Message.objects.filter(pk=message.pk).update(wants_agency_number=True)
    return message


def test_it_leaves_through_the_agencys_number_and_that_is_no_fallback(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    make_connection(agency=agency, client=client)
    agencys = make_connection(agency=agency)
    message = ask_for_agency(make_message(client=client))
    gateway.send(agencys)

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.connection, message.by_agency_number) == ("sent", agencys, True)
    attempt = Attempt.objects.get()
    assert (attempt.is_fallback, attempt.fallback_reason) == (False, "")


def test_it_waits_with_a_reason_of_its_own_while_the_agencys_number_is_away(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    make_connection(agency=agency, client=client)
    make_connection(agency=agency, status="disconnected")
    message = ask_for_agency(make_message(client=client))

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("queued", routing.WAITS_FOR_AGENCY)


def test_a_client_that_does_not_use_the_agencys_number_is_served_by_its_own(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency, use_agency_number=False)
    own = make_connection(agency=agency, client=client)
    make_connection(agency=agency)
    message = ask_for_agency(make_message(client=client))
    gateway.send(own)

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.connection, message.by_agency_number) == ("sent", own, False)


@pytest.mark.parametrize("wanted", [True, False])
def test_the_outbox_keeps_the_wish(wanted: bool, agency: Agency) -> None:
    template = make_message(agency=agency)

    message = outbox.enqueue(
        agency=agency,
        client=None,
        kind=Message.Kind.REPORT,
        subject="report:1",
        dedupe_key="report:1",
        to=template.to,
        compose=str,
        expires_at=template.expires_at,
        wants_agency_number=wanted,
    )

    assert Message.objects.get(pk=message.pk).wants_agency_number is wanted


GROUP = "120363025246125486@g.us"
#: (own connected, agency's connected, may use that, the group was found in the agency's list, agency's is in it) → …
OF_GROUPS: list[tuple[bool | None, bool | None, bool, bool, bool, str, str]] = [
    (True, True, True, False, False, OWN, ""),
    (True, None, False, False, False, OWN, ""),
    (False, True, True, False, True, AGENCYS, routing.OWN_NOT_CONNECTED),
    (False, True, True, False, False, NONE, routing.ONLY_OWN_IN_GROUP),
    (None, True, True, False, False, NONE, routing.ONLY_OWN_IN_GROUP),
    (False, False, True, False, True, NONE, routing.NOBODY),
    (False, True, False, False, True, NONE, routing.NOBODY_BUT_OWN),
    (True, True, True, True, True, AGENCYS, ""),
    (True, False, True, True, True, NONE, routing.WAITS_FOR_GROUP),
    (True, None, True, True, True, NONE, routing.WAITS_FOR_GROUP),
    (True, True, False, True, True, NONE, routing.GROUP_OF_AGENCY),
]


@pytest.mark.parametrize(("own", "agencys", "may_use", "of_agency", "is_in", "leaves", "why"), OF_GROUPS)
def test_the_rule_for_a_group(
    own: bool | None, agencys: bool | None, may_use: bool, of_agency: bool, is_in: bool, leaves: str, why: str
) -> None:
    numbers = {OWN: number(own), AGENCYS: number(agencys), NONE: None}
    mine = numbers[OWN]
    if mine is not None:
        mine.connected_at = timezone.now()

    route = routing.choose(
        mine,
        numbers[AGENCYS],
        is_clients=True,
        may_use_agency=may_use,
        wants_agency=of_agency,
        to_group=True,
        agency_is_in_group=is_in,
    )

    assert (route.connection, route.why) == (numbers[leaves], why)
    assert route.is_fallback is (leaves == AGENCYS and not of_agency)


@pytest.mark.parametrize(
    ("listed", "status", "reason"),
    [
        ([GROUP], "sent", ""),
        (["5531987654321-1400000000@g.us"], "queued", routing.ONLY_OWN_IN_GROUP),
        (None, "queued", routing.ONLY_OWN_IN_GROUP),
    ],
    ids=["the agency is in it", "it is in others", "nobody knows"],
)
def test_a_group_leaves_through_the_agencys_number_only_where_that_is_in_it(
    listed: list[str] | None, status: str, reason: str, agency: Agency, gateway: Gateway
) -> None:
    client = make_client(agency=agency)
    make_connection(agency=agency, client=client, status="disconnected")
    agencys = make_connection(agency=agency)
    if listed is not None:
        make_list(agencys, *listed)
    make_list(make_connection(agency=agency, client=make_client(agency=agency)), GROUP)  # another client's is no way
    message = make_message(client=client, to=GROUP)
    if status == "sent":
        gateway.send(agencys)

    delivery.deliver(message.pk)

    message.refresh_from_db()
    assert (message.status, message.reason) == (status, reason)


def test_a_list_of_another_phone_says_nothing_of_this_one(agency: Agency) -> None:
    agencys = make_connection(agency=agency)
    make_list(agencys, GROUP)
    assert routing.is_in(agencys, GROUP)

    WhatsAppConnection.objects.filter(pk=agencys.pk).update(phone="+5521987650000")

    assert not routing.is_in(agencys, GROUP)
