""" "Enviar para vários" in a real browser, on the whole product: marked, confirmed, told until it is done, received
once; then one of them sent again as it was."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import log_in, page_of
from tests.browser.test_pages import look_at
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

#: Of its own: two whose report can leave, and one that nobody receives. Their first word finds them.
CLIENTS = """
import json
from datetime import timedelta
from django.utils import timezone
from agency.models import Agency, Client
from reports.demo_numbers import numbers_of
from reports.models import AdAccount, Recipient
from reports.storing import store_days
agency = Agency.objects.get(name="Maré Alta")
for place, name in enumerate(("Atacado Bom Preço", "Atacado Rio Claro", "Atacado Sem Ninguém")):
    client = Client.objects.create(agency=agency, name=name, is_demo=True)
    account = AdAccount.objects.create(client=client, platform="meta", external_id=f"70010000000011{place}", name=name)
    today = timezone.now().astimezone(client.zone).date()
    days = [today - timedelta(days=number) for number in range(1, 30)]
    store_days(account, numbers_of(account.external_id, "meta", None, days))
    if place < 2:
        Recipient.objects.create(client=client, name=f"Dona {place}", phone=f"+556298823002{place}")
print(json.dumps([]))
"""
PHONES = ("+5562988230020", "+5562988230021")


def test_many_are_sent_once_and_one_of_them_again(product: Product, chromium: Browser) -> None:
    product.shell(CLIENTS)
    with page_of(chromium, product, width=390, height=844) as page:
        log_in(page)
        page.get_by_role("link", name="Enviar para vários").click()
        page.get_by_role("searchbox").fill("atacado")
        page.get_by_role("searchbox").press("Enter")
        page.get_by_text("Marcar todos").click()
        look_at(page, "send")
        page.get_by_role("button", name="Enviar agora 3").click()

        expect(page.get_by_role("heading", name="Enviar agora o relatório de 3 clientes?")).to_be_visible()
        expect(page.get_by_text("2 clientes, 2 mensagens.")).to_be_visible()
        expect(page.get_by_text("1 sem destinatário: Atacado Sem Ninguém.")).to_be_visible()
        look_at(page, "question")
        page.get_by_role("button", name="Enviar agora").click()

        done = page.get_by_role("status").filter(has_text="3 de 3: 2 a caminho, 1 sem destinatário")
        expect(done).to_be_visible()
        look_at(page, "progress")
        for phone in PHONES:
            wait_until(lambda phone=phone: product.received(to=phone), "the report arrives")  # type: ignore[misc]
        page.go_back()  # the question again, as the browser kept it or as it stands now
        page.reload()
        expect(done).to_be_visible()

        page.goto("/agency/sends/?q=bom+preço")
        page.get_by_role("link", name=re.compile("^Ver .* de Atacado Bom Preço")).click()
        page.get_by_role("dialog").get_by_role("link", name="Reenviar").click()
        dialog = page.get_by_role("dialog", name="Reenviar relatório")
        expect(dialog.get_by_text("Pode chegar duas vezes.")).to_be_visible()
        dialog.get_by_role("button", name="Reenviar").click()
        expect(page.get_by_text("Relatório de novo a caminho de 1 destinatário.")).to_be_visible()

    wait_until(lambda: len(product.received(to=PHONES[0])) == 2, "the copy arrives")
    time.sleep(2)  # sweeps of the outbox
    first, second = (re.sub(r"#[2-9A-Z]{6}", "#", each["text"]) for each in product.received(to=PHONES[0]))
    assert first == second
    assert len(product.received(to=PHONES[1])) == 1
