"""Held reports released many at a time, at a desk and on a phone: only what was shown leaves, the rest is named."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

#: Of its own: other tests of the same product count on the demonstration's clients being as they were planted.
NAMES = ("Ateliê Violeta", "Barbearia Ouro", "Cantina Rosso")
#: Three clients whose account lacks two days, and a run of each that is due.
HELD = """
import json
from datetime import timedelta
from django.utils import timezone
from agency.models import Agency, Client
from reports import planning, sending
from reports.demo_numbers import numbers_of
from reports.models import AdAccount, Recipient, Report, ReportSettings
from reports.storing import store_days
now = timezone.now()
to = []
for number, name in enumerate({names}):
    client = Client.objects.create(agency=Agency.objects.get(name="Maré Alta"), name=name, is_demo=True)
    key = f"70010000000088{{number}}"
    account = AdAccount.objects.create(client=client, platform="meta", external_id=key, name=f"Conta {{name}}")
    today = now.astimezone(client.zone).date()
    days = [today - timedelta(days=passed) for passed in (1, *range(4, 30))]
    store_days(account, numbers_of(account.external_id, account.platform, None, days))
    to.append(Recipient.objects.create(client=client, name=f"Dona {{name}}", phone=f"+556298823008{{number}}").phone)
    planning.settings_of(client)
    ReportSettings.objects.filter(client=client).update(active=True, next_run_at=now)
sending.send_due()
print(json.dumps(to))
"""
CHANGE = """
from reports.models import Recipient
Recipient.objects.filter(name="Dona {name}").update(via_agency=True)
print("null")
"""


def test_held_reports_are_released_many_at_a_time(product: Product, page: Page) -> None:
    to = product.shell(HELD.format(names=NAMES))
    page.set_viewport_size({"width": 1440, "height": 900})
    log_in(page)
    page.get_by_role("navigation", name="Principal", exact=True).get_by_role("link", name="Envios").click()
    panel = page.get_by_role("form", name=re.compile("relatórios retidos"))
    for name in NAMES[:2]:
        panel.get_by_label(f"Marcar {name}").check()
    panel.get_by_role("button", name="Liberar 2").click()
    dialog = page.get_by_role("dialog", name="Liberar relatórios")
    expect(dialog.get_by_text(f"Conta: {NAMES[0]}")).to_be_hidden()
    dialog.get_by_text(NAMES[0], exact=True).first.click()
    expect(dialog.get_by_text(f"Conta: {NAMES[0]}")).to_be_visible()

    product.shell(CHANGE.format(name=NAMES[1]))
    dialog.get_by_role("button", name="Liberar 2").click()

    expect(page.get_by_text(f"1 liberado, 1 mudou: veja antes ({NAMES[1]}).")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(panel.get_by_label(f"Marcar {NAMES[0]}")).to_have_count(0)
    expect(panel.get_by_label(f"Marcar {NAMES[1]}")).not_to_be_checked()
    lines = page.get_by_role("row", name=re.compile(f"{NAMES[0]}.*(Enviado|Entregue|Lido)"))
    expect(lines).to_be_visible()  # the lines ask for themselves
    lines.get_by_role("link", name=re.compile("^Ver ")).click()
    sent = page.get_by_role("dialog", name=NAMES[0])
    expect(sent.get_by_role("region", name="Texto da mensagem")).to_contain_text(f"Conta: {NAMES[0]}")
    page.keyboard.press("Escape")

    page.set_viewport_size({"width": 390, "height": 844})
    panel.get_by_label(f"Marcar {NAMES[2]}").check()
    panel.get_by_role("button", name="Liberar 1").click()
    page.get_by_role("dialog", name="Liberar relatório").get_by_role("button", name="Liberar 1").click()
    expect(page.get_by_text("1 liberado.")).to_be_visible()

    wait_until(lambda: product.received(to=to[0]) and product.received(to=to[2]), "both arrive")
    assert [len(product.received(to=one)) for one in to] == [1, 0, 1]
