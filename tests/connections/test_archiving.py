"""A client is archived in the very moment in which a worker claims one of its messages: neither dies of the other.

Only PostgreSQL locks rows; SQLite has one writer at a time and nothing to test here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database

from agency.models import Agency, Client
from agency.services import archive_client
from connections import delivery
from connections.models import Message
from connections.models import MessageStatus as S
from tests.connections.conftest import Gateway
from tests.factories import make_client, make_connection, make_message
from tests.threads import together

WHY = "O número do cliente está desconectado."


class Meeting:
    """Stops a thread before its first statement that writes (or locks) a table, tells the other, and waits for it."""

    def __init__(self) -> None:
        self.claimed = threading.Event()
        self.at_the_messages = threading.Event()

    def worker(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "UPDATE" in sql and '"agency_client"' in sql and not self.claimed.is_set():
            self.claimed.set()  # its message is ours by now, in a transaction that is still open
            assert self.at_the_messages.wait(timeout=10)
        return execute(sql, *rest)

    def archiver(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "UPDATE" in sql and '"connections_message"' in sql:
            self.at_the_messages.set()  # and waits there for the worker's transaction to end
        return execute(sql, *rest)


@pytest.mark.skipif(database.vendor != "postgresql", reason="only PostgreSQL locks rows")
@pytest.mark.django_db(transaction=True)
def test_archiving_waits_for_a_claim_of_this_moment(agency: Agency, gateway: Gateway) -> None:
    client = make_client(agency=agency)
    gateway.send(make_connection(agency=agency, client=client))
    # The claim takes the reason away, and with it the client's call for attention: that writes the client's row.
    claimed = make_message(client=client, reason=WHY)
    waiting = make_message(client=client, reason=WHY)
    client.delivery.last_message = claimed  # type: ignore[attr-defined]
    client.delivery.save()  # type: ignore[attr-defined]
    Client.objects.filter(pk=client.pk).update(attention_if_agency_up=True, attention_if_agency_down=True)
    meeting = Meeting()

    def work() -> None:
        with database.execute_wrapper(meeting.worker):
            delivery.deliver(claimed.pk)

    def archive() -> None:
        assert meeting.claimed.wait(timeout=10)
        with database.execute_wrapper(meeting.archiver):
            archive_client(client)

    together(work, archive)

    client.refresh_from_db()
    assert client.is_archived
    assert Message.objects.get(pk=claimed.pk).status == S.SENT
    assert Message.objects.get(pk=waiting.pk).status == S.CANCELLED
