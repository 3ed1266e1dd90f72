"""A number falls: its gestor is told, its report leaves through the agency's, and all is well once it is back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import log_in, page_of
from tests.browser.test_pages import look_at
from tests.processes.product import Product, running_product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

GESTOR, AGENCYS = "+5531977776666", "+5511940028765"
#: Waits of minutes become seconds, and beat rings as much more often.
SCALE = "0.03"
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
#: Two clients whose numbers are up and whose reports have one recipient.
BEGIN = f"""
import json
from agency.models import User
from connections.models import WhatsAppConnection
User.objects.update(phone="{GESTOR}")
rows = WhatsAppConnection.objects.filter(status="connected").exclude(client=None).order_by("instance_name")
print(json.dumps([
    {{"instance": row.instance_name, "phone": row.phone, "client": row.client.name,
      "client_pk": str(row.client.pk), "recipient": row.client.recipients.get().phone}}
    for row in rows if row.client.recipients.count() == 1 and row.client.report_settings.active
][:2]))
"""


@pytest.fixture
def hasty(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    monkeypatch.setenv("ADSCAPE_WAIT_SCALE", SCALE)
    with running_product(tmp_path_factory.mktemp("hasty")) as product:
        yield product


def test_a_number_that_falls_is_told_carried_and_closed_when_it_is_back(hasty: Product, chromium: Browser) -> None:
    """At both widths, on one product: starting it takes longer than all of this."""
    numbers = hasty.shell(BEGIN)
    assert len(numbers) == len(WIDTHS)
    for number, (width, height) in zip(numbers, WIDTHS.values(), strict=True):
        with page_of(chromium, hasty, width=width, height=height) as page:
            log_in(page)
            falls_and_comes_back(hasty, page, **number)


def falls_and_comes_back(
    product: Product, page: Page, *, instance: str, phone: str, client: str, client_pk: str, recipient: str
) -> None:
    def told() -> list[str]:
        """Of this number; the demonstration has one that fell already."""
        return [message["text"] for message in product.received(to=GESTOR) if client in message["text"]]

    product.sandbox("DELETE", "messages")
    product.sandbox("POST", "unlink", instance=instance)
    (text,) = wait_until(told, "the gestor is told", seconds=60)
    assert f"{client}: WhatsApp desconectado" in text
    page.goto("/agency/notices/")
    expect(page.get_by_text(f"{client}: WhatsApp desconectado").first).to_be_visible()
    look_at(page, "notice of a drop")

    # What is sent meanwhile leaves through the agency's number.
    page.goto(f"/agency/clients/{client_pk}/")
    page.get_by_role("button", name="Enviar agora").click()
    (report,) = wait_until(lambda: product.received(to=recipient), "the report arrives")
    assert report["from"] == AGENCYS

    # Reconnected by its QR, the notice closes by itself.
    page.get_by_role("link", name=re.compile("^Reconectar")).first.click()
    qr = page.get_by_role("dialog").get_by_role("img", name="QR Code para conectar o WhatsApp")
    expect(qr).to_be_visible()
    product.sandbox("POST", "scan", instance=instance, phone=phone)
    expect(page.get_by_text(f"WhatsApp de {client} conectado!")).to_be_visible()
    closed = page.get_by_text(re.compile(f"{re.escape(client)}: Reconectado às "))

    def is_closed() -> bool:
        page.goto("/agency/notices/")
        return closed.count() > 0

    wait_until(is_closed, "the notice is closed", seconds=60)
    assert len(told()) == 1
