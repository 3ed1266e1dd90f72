"""Groups at the sandbox, asked by our own client: their list, slow, limited and lacking one, and what is sent there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from agency.models import Agency
from connections import delivery, group_lists, reconciliation
from connections.classification import Code
from connections.evolution import EvolutionClient, NotSent, Uncertain
from connections.groups_rule import LIST_LIFE
from connections.models import MessageStatus, WhatsAppGroup
from tests.connections.sandbox_server import KEY, Client, running
from tests.factories import make_client, make_connection, make_message

pytestmark = pytest.mark.processes

WORKS, CLASSIC = "120363041077120114@g.us", "5531988887777-1400000000@g.us"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(tmp_path) as client:
        yield client


@pytest.fixture
def ours(client: Client) -> EvolutionClient:
    return EvolutionClient(client.url, KEY)


def test_they_are_listed_with_who_may_write_and_without_the_community_itself(
    client: Client, ours: EvolutionClient
) -> None:
    found = {group.jid: group for group in ours.list_groups(client.connected())}

    assert (found[WORKS].subject, found[WORKS].size, found[WORKS].only_admins) == ("Obra Serra Azul", 14, False)
    assert [group.subject for group in found.values() if group.only_admins] == [
        "Diretoria: avisos",
        "Lojistas do Centro",
    ]
    assert any("🌽" in group.subject for group in found.values())
    assert CLASSIC in found


def test_a_list_can_be_slow_limited_and_of_a_closed_number(client: Client, ours: EvolutionClient) -> None:
    name = client.connected()
    client.fault("groups_slow", seconds=0.3)
    client.fault("groups_limited")

    began = time.monotonic()
    assert ours.list_groups(name)
    assert time.monotonic() - began >= 0.3
    with pytest.raises(Uncertain) as limited:
        ours.list_groups(name)
    client.store.unlink(name)
    with pytest.raises(NotSent) as closed:
        ours.list_groups(name)

    assert (limited.value.code, closed.value.code) == (Code.UNKNOWN_ANSWER, Code.CONNECTION_CLOSED)


def test_a_group_that_the_phone_has_left(client: Client, ours: EvolutionClient) -> None:
    name = client.connected()
    client.fault("left_group", number=WORKS)

    with pytest.raises(NotSent) as gone:
        ours.send_text(name, to=WORKS, text="oi")
    ours.send_text(name, to=CLASSIC, text="oi")

    assert gone.value.code is Code.GROUP_UNKNOWN
    assert WORKS not in [group.jid for group in ours.list_groups(name)]
    assert [message["to"] for message in client.received()] == [CLASSIC]


@pytest.mark.parametrize("jid", [WORKS, CLASSIC])
def test_what_may_have_left_to_a_group_is_found_there(
    jid: str, agency: Agency, client: Client, settings: LazySettings
) -> None:
    settings.EVOLUTION_API_URL, settings.EVOLUTION_API_KEY = client.url, KEY
    own = make_connection(agency=agency, client=make_client(agency=agency))
    client.connected(own.instance_name, own.phone)
    group_lists.want(own, older_than=LIST_LIFE)
    group_lists.fetch(own.pk)
    assert WhatsAppGroup.objects.filter(connection=own, jid=jid).exists()
    message = make_message(client=own.client, to=jid)
    client.fault("reset_after_send")
    delivery.deliver(message.pk)
    message.refresh_from_db()
    assert message.status == MessageStatus.UNCERTAIN

    reconciliation.reconcile(timezone.now() + timedelta(seconds=6))

    message.refresh_from_db()
    assert (message.status, message.jid, message.awaits_receipt) == (MessageStatus.SENT, jid, False)
