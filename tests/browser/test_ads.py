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
        read = account.get_by_text(re.compile("^Dados até ontem, lidos "))
        expect(read).to_be_visible(timeout=20_000)  # the worker may be at it, too


OTHER = """
import json
from agency.models import Agency, Client
print(json.dumps(str(Client.objects.create(agency=Agency.objects.get(name="Maré Alta"), name="Ateliê Aurora").pk)))
"""
READ = """
import json
from datetime import timedelta
from django.utils import timezone
from reports import synchronising
from reports.models import AdAccount
account = AdAccount.objects.get(client__name="Ateliê Aurora")
for visit in range({visits}):
    AdAccount.objects.filter(pk=account.pk).update(next_read_at=timezone.now(), balance_checked_at=None)
    synchronising.read_due(timezone.now() + timedelta(seconds=1))
account.refresh_from_db()
print(json.dumps([account.daily_metrics.count(), str(account.history_from), str(account.history_done_from)]))
"""
#: By plain arithmetic over the numbers that the platform's stand-in is made of.
EXPECTED = """
import json
from datetime import timedelta
from decimal import Decimal
from django.utils import timezone
from reports import demo_numbers
from reports.choices import Platform
from reports.models import AdAccount
account = AdAccount.objects.get(client__name="Ateliê Aurora")
yesterday = timezone.localdate(timezone=account.client.zone) - timedelta(days=1)
days = [yesterday - timedelta(days=n) for n in range(7)]
found = demo_numbers.numbers_of(account.external_id, Platform.META, None, days)
print(json.dumps(str(sum((one.spend for one in found.values()), Decimal()))))
"""


def test_a_pasted_token_is_followed_to_its_numbers_and_to_its_death(product: Product, chromium: Browser) -> None:
    client = product.shell(OTHER)
    with page_of(chromium, product, width=390, height=844) as page:
        log_in(page)
        page.goto("/connections/")
        page.get_by_role("region", name="Acessos a anúncios").get_by_role("link", name="Conectar Meta Ads").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Token").fill(" sandbox-meta-many-3-\n aurora ")  # as it comes out of a chat
        dialog.get_by_role("button", name="Testar e conectar").click()
        expect(page.get_by_text(re.compile(r"conectado como .*, \d+ contas")).first).to_be_visible()

        page.goto(f"/agency/clients/{client}/accounts/choose/")
        offers = page.get_by_role("region", name="Contas")
        offers.get_by_role("checkbox", name=re.compile("Conta 700300000000001")).check()
        page.get_by_text("6 meses", exact=True).click()
        page.get_by_role("button", name="Ler as contas marcadas").click()
        account = page.get_by_role("region", name="Conta 700300000000001")
        product.shell(READ.format(visits=2))
        expect(account.get_by_text(re.compile(r"^Histórico: \d+ % de 6 meses"))).to_be_visible(timeout=15_000)
        days, wanted, done = product.shell(READ.format(visits=3))
        assert (done, days) == (wanted, days)
        expect(account.get_by_text("Dados até ontem", exact=False)).to_be_visible()

        page.goto(f"/agency/clients/{client}/")
        spend = product.shell(EXPECTED).replace(".", ",")[-6:]  # hundreds and cents
        expect(page.get_by_role("region", name="Desempenho").get_by_text(re.compile(spend)).first).to_be_visible()

        product.ads("POST", "faults", kind="token_dead", access="sandbox-meta-many-3-aurora", times=None)
        product.shell(READ.format(visits=1))
        page.goto("/agency/notices/")
        expect(page.get_by_text("Meta Ads: o acesso parou de funcionar").first).to_be_visible()
        page.goto("/connections/")
        expect(page.get_by_role("link", name="Conectar de novo").first).to_be_visible()
    product.ads("DELETE", "faults")
