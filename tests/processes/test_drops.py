"""A number is unlinked on its phone: the running product tells its gestor, and closes that when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes.product import Product, running_product, wait_until

pytestmark = [pytest.mark.processes]

GESTOR = "+5531977776666"
#: Waits of minutes become seconds, and beat rings as much more often.
SCALE = "0.05"
BEGIN = f"""
import json
from agency.models import User
from connections.models import WhatsAppConnection
User.objects.update(phone="{GESTOR}")
row = WhatsAppConnection.objects.filter(status="connected").exclude(client=None).order_by("instance_name").first()
print(json.dumps([row.instance_name, row.phone, row.client.name, str(row.pk)]))
"""
NOTICE = """
import json
from agency.models import Notice
print(json.dumps(list(Notice.objects.filter(subject="dropped:{pk}").values_list("title", "outcome"))))
"""
RECONNECT = """
from connections import services
from connections.models import WhatsAppConnection
row = WhatsAppConnection.objects.get(pk="{pk}")
services.connect(row.agency, row.client)
"""


@pytest.fixture
def hasty(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    monkeypatch.setenv("ADSCAPE_WAIT_SCALE", SCALE)
    with running_product(tmp_path_factory.mktemp("hasty")) as product:
        yield product


def test_a_number_that_falls_is_told_by_whatsapp_and_closed_when_it_is_back(hasty: Product) -> None:
    instance, phone, client, pk = hasty.shell(BEGIN)

    def notices() -> Any:
        return hasty.shell(NOTICE.format(pk=pk))

    def told() -> list[str]:
        """Of this number; the demonstration has one that fell already."""
        return [message["text"] for message in hasty.received(to=GESTOR) if client in message["text"]]

    hasty.sandbox("POST", "unlink", instance=instance)
    (text,) = wait_until(told, "the gestor is told", seconds=60)

    assert f"{client}: WhatsApp desconectado" in text
    assert notices() == [[f"{client}: WhatsApp desconectado", ""]]

    hasty.shell(RECONNECT.format(pk=pk))
    hasty.sandbox("POST", "scan", instance=instance, phone=phone)
    wait_until(lambda: notices()[0][1], "the notice is closed", seconds=60)

    assert notices()[0][1].startswith(f"{client}: Reconectado às ")
    assert len(told()) == 1
