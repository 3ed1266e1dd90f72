"""The strip in each client's row: written at once where a state changes, by beat where time does, in few statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from agency.models import Agency, Client
from connections import events, pairing, strips, tasks
from connections.models import ConnectionEvent, WhatsAppConnection
from connections.states import Reason, Status
from tests.bench.agencies import make_agency as make_large_agency
from tests.factories import make_agency, make_client, make_connection
from tests.people import browser_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def client(agency: Agency) -> Client:
    return make_client(agency=agency, name="Moda Ipê")


def strip(client: Client) -> tuple[str, int | None]:
    client.refresh_from_db()
    return client.uptime_days, client.uptime_share


def happened(number: WhatsAppConnection, days: float, status: str, reason: str = "") -> None:
    """So many days ago, and not told to the strip."""
    at = timezone.now() - timedelta(days=days)
    ConnectionEvent.objects.create(
        connection=number, kind="status", at=at, status=status, reason=reason, actor="whatsapp"
    )


def test_a_new_number_has_one_at_once(client: Client) -> None:
    assert strip(client) == ("", None)

    make_connection(agency=client.agency, client=client, connected_at=timezone.now() - timedelta(seconds=1))

    days, share = strip(client)
    assert (days.lstrip("-"), len(days), share) == ("u", 30, 1000)


def test_a_drop_and_a_return_are_there_at_once(client: Client) -> None:
    number = make_connection(agency=client.agency, client=client, connected_at=timezone.now() - 60 * DAY)
    happened(number, 60, "connected")
    assert strip(client) == ("u" * 30, 1000)

    pairing.store(number, Status.DISCONNECTED, Reason.LOGGED_OUT, timezone.now())
    assert strip(client) == ("u" * 29 + "p", 999)

    with time_machine.travel(timezone.now() + 3 * DAY):
        pairing.store(number, Status.CONNECTED, Reason.NONE, timezone.now())
        assert strip(client) == ("u" * 26 + "pddp", 899)


def test_an_end_on_purpose_is_no_drop(client: Client) -> None:
    number = make_connection(agency=client.agency, client=client, connected_at=timezone.now() - 60 * DAY)

    pairing.store(number, Status.DISCONNECTED, Reason.BY_USER, timezone.now(), actor=events.SYSTEM)
    assert strip(client) == ("u" * 30, 1000)

    with time_machine.travel(timezone.now() + 2 * DAY, tick=False):
        strips.repair()
        assert strip(client) == ("u" * 28 + "--", 1000)
    with time_machine.travel(timezone.now() + 31 * DAY, tick=False):
        strips.repair()
        assert strip(client) == ("", None)


def test_what_is_no_state_asks_nothing(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    number = make_connection(agency=client.agency, client=client)
    number.status = Status.AWAITING_SCAN

    with django_assert_num_queries(2):  # the newest event, and this one
        events.record_status(number, events.SYSTEM)
    number.status = Status.CONNECTED
    with django_assert_num_queries(2 + 2):  # and the client with its number, and the changes, which say nothing new
        events.record_status(number, events.SYSTEM)


def test_days_pass_by_beat(client: Client) -> None:
    assert tasks.refresh_strips.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    number = make_connection(agency=client.agency, client=client, connected_at=timezone.now() - 60 * DAY)
    happened(number, 2, "disconnected", "timed_out")

    tasks.refresh_strips()

    assert strip(client) == ("u" * 27 + "pdd", 933)
    assert client.uptime_at is not None


def test_the_days_are_those_of_the_agency() -> None:
    # 02:00 in UTC of the 24th is late on the 23rd in São Paulo.
    with time_machine.travel(datetime(2026, 11, 24, 2, tzinfo=UTC), tick=False):
        here, there = (make_client(agency=make_agency(time_zone=zone)) for zone in ("America/Sao_Paulo", "UTC"))
        for client in (here, there):
            make_connection(agency=client.agency, client=client, connected_at=timezone.now() - timedelta(hours=6))

    assert (strip(here)[0], strip(there)[0]) == ("-" * 29 + "u", "-" * 28 + "uu")


def test_the_agencys_own_number_stands_on_no_card(agency: Agency, client: Client) -> None:
    make_connection(agency=agency)

    assert (strip(client), strips.refresh([None])) == (("", None), 0)


def test_a_number_that_is_gone_leaves_nothing(client: Client) -> None:
    make_connection(agency=client.agency, client=client).delete()

    assert strip(client) == ("", None)


def test_one_agencys_zone_keeps_no_others_strip_from_being_written(client: Client) -> None:
    make_connection(agency=client.agency, client=client)
    odd = make_client(agency=make_agency(time_zone="Nowhere/At_All"))
    number = make_connection(agency=odd.agency, client=odd)
    Client.objects.update(uptime_days="", uptime_share=None)

    pairing.store(number, Status.DISCONNECTED, Reason.LOGGED_OUT, timezone.now())

    assert strips.repair() == 1
    assert strip(client)[0].endswith("u")
    assert strip(odd) == ("", None)


def test_who_read_earlier_does_not_write_over_who_read_later(client: Client) -> None:
    make_connection(agency=client.agency, client=client, connected_at=timezone.now() - 60 * DAY)
    Client.objects.filter(pk=client.pk).update(uptime_at=timezone.now() + timedelta(seconds=5), uptime_days="p" * 30)

    assert strips.repair() == 0
    assert strip(client)[0] == "p" * 30


@pytest.mark.parametrize("count", [1, 500])
def test_many_cost_what_one_costs_and_a_statement_for_each_125(
    count: int, agency: Agency, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    clients = Client.objects.bulk_create([Client(agency=agency, name=f"Cliente {n}") for n in range(count)])
    numbers = WhatsAppConnection.objects.bulk_create(
        [
            WhatsAppConnection(agency=agency, client=one, instance_name=f"of-{one.pk}", status="connected", reason="")
            for one in clients
        ]
    )
    now = timezone.now()
    ConnectionEvent.objects.bulk_create(
        ConnectionEvent(connection=number, kind="status", at=now - hours * timedelta(hours=1), status=status)
        for n, number in enumerate(numbers)
        for hours, status in ((700 - n, "connected"), (100, "disconnected"), (90, "connected"))
    )
    writes = -(-count // 125)
    with django_assert_num_queries(3 + writes + 1):  # keys, clients with numbers, changes; that there are no more keys
        assert strips.repair() == count
    with django_assert_num_queries(3 + 1):
        assert strips.repair() == 0


def test_the_page_has_room_for_them() -> None:
    person = make_large_agency(60)
    strips.repair()

    page = browser_of(person).get("/agency/").content
    own = Client.objects.exclude(uptime_days="").count()

    assert 30 < own < 60
    assert page.count(b"<article") == 50
    assert page.count(b"<dt>30 dias") > 25
    assert page.count(b"<svg viewBox=0,0,30,1") > 5
    assert len(page) < 100_000


def test_a_card_says_it_where_there_was_a_number(as_owner: Browser, client: Client) -> None:
    make_client(agency=client.agency, name="Sem número")
    number = make_connection(agency=client.agency, client=client, connected_at=timezone.now() - 60 * DAY)
    happened(number, 2, "disconnected", "timed_out")
    happened(number, 1.9, "connected")
    strips.repair()

    page = as_owner.get("/agency/").content.decode()

    assert page.count("<dt>30 dias<dd") == 1
    assert "</svg>99,6% conectado" in page
