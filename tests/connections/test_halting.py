"""A gateway that hangs stops the queue after a few messages, and one at a time tries until it answers again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.core.cache import cache

from agency.models import Agency
from connections import delivery, halting
from connections import gateway as gateway_health
from connections.models import GatewayState, Message, WhatsAppConnection
from connections.states import MessageStatus
from tests.connections.conftest import Gateway
from tests.connections.recorded import recorded
from tests.factories import make_client, make_connection, make_message

S = MessageStatus
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOT_ON_WHATSAPP = recorded("send_text.json", "not on WhatsApp")
HANGS = {"body": requests.ReadTimeout("read timed out")}
CUT_OFF = {"body": requests.ConnectionError("Connection aborted.", ConnectionResetError(104, "reset"))}


@pytest.fixture(autouse=True)
def clock(settings: Any, db: None) -> Iterator[time_machine.Traveller]:
    settings.HALT_AFTER = 3
    halting.forget()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
    halting.forget()


@pytest.fixture
def number(agency: Agency) -> WhatsAppConnection:
    return make_connection(agency=agency)


def messages(agency: Agency, count: int) -> list[Message]:
    client = make_client(agency=agency)
    return [make_message(client=client, due_at=NOW, expires_at=NOW + timedelta(days=1)) for _ in range(count)]


def ring(found: list[Message]) -> list[str]:
    for message in found:
        halting.forget()  # as another process, or a second later
        delivery.deliver(message.pk)
    return [Message.objects.get(pk=message.pk).status for message in found]


def test_a_hanging_gateway_makes_few_messages_uncertain(
    agency: Agency, number: WhatsAppConnection, gateway: Gateway
) -> None:
    stub = gateway.send(number, **HANGS)

    assert ring(messages(agency, 8)) == [S.UNCERTAIN] * 3 + [S.QUEUED] * 5

    assert stub.call_count == 3
    waiting = Message.objects.filter(status=S.QUEUED)
    assert set(waiting.values_list("reason", "due_at")) == {(halting.WAITING, NOW + delivery.WAIT_WHILE_HALTED)}
    outage = gateway_health.outage()
    assert outage is not None
    assert (outage.since, outage.sentence) == (NOW, halting.WAITING)


def test_one_message_tries_and_its_answer_lets_all_go_on(
    agency: Agency, number: WhatsAppConnection, gateway: Gateway, clock: time_machine.Traveller
) -> None:
    gateway.send(number, **HANGS)
    ring(messages(agency, 3))
    gateway.http.reset()
    stub = gateway.send(number)
    found = messages(agency, 3)

    clock.move_to(NOW + halting.PROBE_AFTER)
    assert ring(found) == [S.SENT] * 3
    assert stub.call_count == 3
    assert GatewayState.objects.get().halted_at is None
    assert gateway_health.outage() is None


def test_while_one_tries_the_others_wait(
    agency: Agency, number: WhatsAppConnection, clock: time_machine.Traveller
) -> None:
    for _ in range(3):
        halting.note_timeout(NOW)
    at = NOW + halting.PROBE_AFTER
    halting.forget()

    assert [halting.may_claim(at - timedelta(seconds=1)), halting.may_claim(at), halting.may_claim(at)] == [
        False,
        True,
        False,
    ]


def test_a_try_that_hangs_too_keeps_it_halted(
    agency: Agency, number: WhatsAppConnection, gateway: Gateway, clock: time_machine.Traveller
) -> None:
    stub = gateway.send(number, **HANGS)
    ring(messages(agency, 3))
    clock.move_to(NOW + halting.PROBE_AFTER)

    assert ring(messages(agency, 3)) == [S.UNCERTAIN, S.QUEUED, S.QUEUED]
    assert stub.call_count == 4
    assert GatewayState.objects.get().halted_at == NOW


@pytest.mark.parametrize("answer", [{}, NOT_ON_WHATSAPP])
def test_an_answer_of_any_kind_begins_the_count_anew(
    answer: dict[str, Any], agency: Agency, number: WhatsAppConnection, gateway: Gateway
) -> None:
    gateway.send(number, **HANGS)
    ring(messages(agency, 2))
    gateway.http.reset()
    gateway.send(number, **answer)
    ring(messages(agency, 1))
    gateway.http.reset()
    gateway.send(number, **HANGS)

    assert ring(messages(agency, 2)) == [S.UNCERTAIN] * 2
    assert GatewayState.objects.get().halted_at is None


def test_calls_that_are_cut_off_do_not_halt(agency: Agency, number: WhatsAppConnection, gateway: Gateway) -> None:
    gateway.send(number, **CUT_OFF)

    assert ring(messages(agency, 5)) == [S.UNCERTAIN] * 5


def test_a_flushed_cache_does_not_let_the_queue_go_on(
    agency: Agency, number: WhatsAppConnection, gateway: Gateway
) -> None:
    gateway.send(number, **HANGS)
    ring(messages(agency, 3))
    cache.clear()

    assert ring(messages(agency, 2)) == [S.QUEUED] * 2


def test_the_usual_way_costs_no_query(django_assert_num_queries: Any) -> None:
    assert halting.may_claim(NOW)

    with django_assert_num_queries(0):
        assert halting.may_claim(NOW)
        halting.note_answer()
