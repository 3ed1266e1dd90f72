"""Whoever writes a connection and the client's row locks the connection first: else two would wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.utils import timezone

from agency.models import Agency
from connections import delivery
from connections.models import Message, MessageStatus
from tests.connections.doubtful import fresh
from tests.connections.taken import make_sent, note
from tests.factories import make_client, make_connection, make_message
from tests.threads import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(database.vendor != "postgresql", reason="only PostgreSQL locks rows"),
]


class Meeting:
    """A message gets its moment, which locks the connection, and goes on once the other wants to lock or write it.

    The other holds by then what it took before. Where that is the client's row, neither would ever end.
    """

    def __init__(self) -> None:
        self.is_locked = threading.Event()
        self.is_wanted = threading.Event()

    def pacer(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if wants_connection(sql) and not self.is_locked.is_set():
            self.is_locked.set()
            assert self.is_wanted.wait(timeout=10)
        return result

    def other(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if wants_connection(sql):
            self.is_wanted.set()  # and waits there for the pacer's transaction to end
        return execute(sql, *rest)


def wants_connection(sql: str) -> bool:
    return "UPDATE" in sql and '"whatsapp_connections"' in sql


def test_a_late_refusal_and_a_message_that_gets_its_moment_both_end(agency: Agency, settings: LazySettings) -> None:
    settings.MANNERS = True
    now = timezone.now()
    client = make_client(agency=agency, use_agency_number=False)
    # Its next moment is in an hour: who waits for it says so on the client's card, and a refusal shows there too.
    pace = {"next_slot_at": now + timedelta(hours=1), "first_connected_at": now - timedelta(days=30)}
    own = make_connection(agency=agency, client=client, **pace)
    refused = make_sent(own, kind=Message.Kind.REPORT)
    waiting = make_message(client=client, kind=Message.Kind.REPORT, to="+5511977776666")
    meeting = Meeting()

    def get_its_moment() -> None:
        with database.execute_wrapper(meeting.pacer):
            delivery.deliver(waiting.pk)

    def refuse() -> bool | None:
        assert meeting.is_locked.wait(timeout=10)
        with database.execute_wrapper(meeting.other):
            return note(own, "ERROR")

    assert together(get_its_moment, refuse) == [None, True]

    assert (fresh(refused).status, fresh(waiting).slot_of) == (MessageStatus.FAILED, own.pk)
