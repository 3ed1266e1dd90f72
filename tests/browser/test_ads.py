"""From an access given in Facebook's window to a client's first numbers, against the ads sandbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import log_in, page_of
from tests.processes.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CLIENT = """
import json
from agency.models import Agency, Client
print(json.dumps(str(Client.objects.create(agency=Agency.objects.get(name="Maré Alta"), name="Ótica Visão").pk)))
"""


def test_an_account_is_connected_chosen_and_read(product: Product, chromium: Browser) -> None:
    client = product.shell(CLIENT)
    with page_of(chromium, product) as page:
        log_in(page)
        page.goto("/connections/")
        panel = page.get_by_role("region", name="Acessos a anúncios")
        panel.get_by_role("link", name="Conectar Meta Ads").click()
        page.get_by_role("button", name="Conectar com o Facebook").click()
        page.wait_for_url(re.compile(re.escape(product.ads_url)))
        page.get_by_role("button", name="Permitir").click()
        page.wait_for_url("**/connections/")
        expect(page.get_by_text(re.compile("^Meta Ads: conectado como "))).to_be_visible()
        expect(panel.get_by_text(re.compile("vale até")).first).to_be_visible()

        page.goto(f"/agency/clients/{client}/accounts/choose/")
        offers = page.get_by_role("region", name="Contas")
        first = offers.get_by_role("checkbox").first
        name = str(offers.locator("li .font-medium").first.text_content())
        page.get_by_role("searchbox", name="Buscar por nome ou id").fill(name.upper())
        expect(offers.get_by_role("status")).to_contain_text(f"“{name.upper()}”")
        first.check()
        page.get_by_role("searchbox", name="Buscar por nome ou id").fill("nada disso")
        expect(offers.get_by_text("Nenhuma conta encontrada.")).to_be_visible()
        expect(offers.get_by_text(name, exact=True)).to_be_visible()  # what is ticked stays in sight
        page.get_by_role("button", name="Ler as contas marcadas").click()

        account = page.get_by_role("region", name=name)
        expect(account.get_by_text(re.compile("^(A primeira leitura está|Dados até)"))).to_be_visible()
        product.shell("from reports import synchronising; synchronising.read_due(); print('1')")
        expect(account.get_by_text(re.compile("^Dados até ontem, lidos "))).to_be_visible()
