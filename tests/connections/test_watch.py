"""The watch is bounded: few calls for many connections, few statements for many calls, those that wait for it first."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agency.models import Agency, Client
from connections import watch
from connections.models import WhatsAppConnection
from connections.states import Status
from tests.connections.conftest import Gateway
from tests.factories import make_client, make_connection

pytestmark = pytest.mark.django_db
STATES = re.compile(r"http://evolution\.test/instance/connectionState/.*")


def answer_all(http: responses.RequestsMock, states: dict[str, str] | None = None) -> Counter[str]:
    """Every state is open, but for those named; counts the calls by name."""
    calls: Counter[str] = Counter()

    def state(request: Any) -> tuple[int, dict[str, str], str]:
        name = request.url.rpartition("/")[2]
        calls[name] += 1
        body = {"instance": {"instanceName": name, "state": (states or {}).get(name, "open")}}
        return 200, {}, json.dumps(body)

    http.add_callback("GET", STATES, state)
    return calls


def make_many(count: int, *, delivered: int) -> None:
    """Connected numbers that were read two minutes ago; so many of them have just delivered something."""
    now = timezone.now()
    agency = Agency.objects.create(name="Grande")
    clients = Client.objects.bulk_create([Client(agency=agency, name=f"C{n}") for n in range(count)], batch_size=1000)
    rows = [
        WhatsAppConnection(
            agency=agency,
            client=client,
            instance_name=f"adscape_c_{n:012x}",
            instance_id=str(n),
            status=Status.CONNECTED,
            reason="",
            phone="+5511999990000",
            has_session=True,
            connected_at=now - timedelta(days=3),
            last_seen_at=now - timedelta(minutes=2),
            delivered_at=now - timedelta(minutes=10) if n < delivered else None,
        )
        for n, client in enumerate(clients)
    ]
    WhatsAppConnection.objects.bulk_create(rows, batch_size=500)


def test_ten_thousand_connections_cost_few_calls_and_few_queries(http: responses.RequestsMock) -> None:
    make_many(10_000, delivered=9_500)
    calls = answer_all(http)

    with CaptureQueriesContext(database) as queries:
        watch.refresh_stale()

    assert sum(calls.values()) == 500  # of at most 600
    assert len(queries) <= 6  # of at most 200, twenty for each thousand
    assert WhatsAppConnection.objects.filter(last_seen_at__gt=timezone.now() - timedelta(minutes=1)).count() == 500


def test_a_round_reads_so_many_and_the_next_one_goes_on(
    http: responses.RequestsMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "MOST", 20)
    make_many(50, delivered=0)
    calls = answer_all(http)

    assert [watch.refresh_stale() for _ in range(4)] == [20, 20, 10, 0]
    assert set(calls.values()) == {1}


def test_who_has_delivered_within_the_hour_is_not_asked_unless_it_was_never_read(agency: Agency, http: Any) -> None:
    now = timezone.now()
    recent, old = now - timedelta(minutes=59), now - timedelta(minutes=61)
    fields = {
        "delivers": {"delivered_at": recent, "last_seen_at": now - timedelta(days=1)},
        "delivered": {"delivered_at": old, "last_seen_at": now - timedelta(minutes=2)},
        "unread": {"delivered_at": recent, "last_seen_at": None},
        "fell": {"delivered_at": recent, "status": "disconnected", "last_seen_at": now - timedelta(minutes=2)},
    }
    for name, values in fields.items():
        make_connection(agency=agency, client=make_client(agency=agency), instance_name=name, **values)
    calls = answer_all(http)

    watch.refresh_stale()

    assert set(calls) == {"delivered", "unread", "fell"}


def test_what_has_changed_is_read_once_and_stored(agency: Agency, gateway: Gateway) -> None:
    old = timezone.now() - timedelta(minutes=2)
    rows = {
        state: make_connection(agency=agency, client=make_client(agency=agency), instance_name=state, last_seen_at=old)
        for state in ("open", "connecting", "close")
    }
    gateway.instance("close", disconnectionReasonCode=440, disconnectionAt=timezone.now().isoformat())
    calls = answer_all(gateway.http, {state: state for state in rows})

    watch.refresh_stale()

    assert calls == {"open": 1, "connecting": 1, "close": 1}
    found = dict(WhatsAppConnection.objects.values_list("instance_name", "status"))
    assert found == {"open": "connected", "connecting": "connecting", "close": "disconnected"}
    rows["close"].refresh_from_db()
    assert rows["close"].reason == "replaced"


def test_the_code_of_an_earlier_end_says_nothing_of_this_one(agency: Agency, gateway: Gateway) -> None:
    old = timezone.now() - timedelta(minutes=2)
    row = make_connection(agency=agency, last_seen_at=old, connected_at=timezone.now() - timedelta(days=1))
    long_ago = (timezone.now() - timedelta(days=9)).isoformat()
    gateway.instance(row.instance_name, disconnectionReasonCode=401, disconnectionAt=long_ago)
    gateway.state(row.instance_name, "close")

    watch.refresh_stale()
    row.refresh_from_db()
    assert (row.status, row.events.count()) == ("connecting", 0)  # it may be on its way back
    WhatsAppConnection.objects.update(disconnected_at=timezone.now() - timedelta(seconds=16), last_seen_at=old)
    watch.refresh_stale()

    row.refresh_from_db()
    assert (row.status, row.reason, row.events.count()) == ("disconnected", "closed", 1)
