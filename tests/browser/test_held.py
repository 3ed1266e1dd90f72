"""A held report in a real browser, on the whole product: seen with its cause, opened, released, received once."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]
#: It has left, and its receipt may have come by now.
LEFT = re.compile(r"^(Enviado|Entregue)$")

#: Of its own: other tests of the same product count on the demonstration's clients being as they were planted.
CLIENT, ACCOUNT = "Floricultura Jacarandá", "Jacarandá Buquês"
#: What a sweep of beat would find: two days of the account that nothing covers, and a run that is due.
DUE = """
import json
from datetime import timedelta
from django.utils import timezone
from agency.models import Agency, Client
from reports import planning, sending
from reports.demo_numbers import numbers_of
from reports.models import AdAccount, Recipient, Report, ReportSettings
from reports.storing import store_days
client = Client.objects.create(agency=Agency.objects.get(name="Maré Alta"), name="{name}", is_demo=True)
account = AdAccount.objects.create(client=client, platform="meta", external_id="700100000000099", name="{account}")
now = timezone.now()
today = now.astimezone(client.zone).date()
days = [today - timedelta(days=number) for number in (1, *range(4, 30))]
store_days(account, numbers_of(account.external_id, account.platform, None, days))
Recipient.objects.create(client=client, name="Helena Prates", phone="+5562988230019")
planning.settings_of(client)
ReportSettings.objects.filter(client=client).update(active=True, next_run_at=now)
sending.send_due()
(report,) = Report.objects.filter(client=client, status="held")
to = client.recipients.get().phone
print(json.dumps({{"report": str(report.pk), "client": str(client.pk), "reason": report.reason, "to": to}}))
"""
STATUS = """
import json
from connections.models import Message
from reports.models import Report
report = Report.objects.select_related("settled_by").get(pk="{pk}")
print(json.dumps([report.status, report.settled_by and report.settled_by.name,
    Message.objects.filter(subject=report.subject).count()]))
"""


def test_a_held_report_is_released_once(product: Product, page: Page) -> None:
    held = product.shell(DUE.format(name=CLIENT, account=ACCOUNT))
    log_in(page)
    page.goto(f"/agency/clients/{held['client']}/")
    panel = page.get_by_role("region", name="Relatórios que não saíram")
    expect(panel.get_by_text("1 espera por você")).to_be_visible()
    expect(panel.get_by_text(held["reason"])).to_be_visible()
    performance = page.get_by_role("region", name="Desempenho")
    expect(performance.get_by_text(re.compile(f"^Sem números em .+ de {ACCOUNT}"))).to_be_visible()
    assert product.received(to=held["to"]) == []

    panel.get_by_role("link", name="Liberar").click()
    dialog = page.get_by_role("dialog", name="Liberar relatório")
    text = dialog.get_by_role("region", name="Texto que será enviado")
    expect(text).to_contain_text(f"Conta: {CLIENT}")
    expect(dialog.get_by_text(f"{ACCOUNT}: 2 dias.")).to_be_visible()
    shown = text.inner_text().strip()
    page.evaluate("window.sameDocument = true")
    dialog.get_by_role("button", name="Liberar e enviar").click()

    expect(page.get_by_text("Relatório liberado: a caminho de 1 destinatário.")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(panel.get_by_text("nenhum espera por você")).to_be_visible()
    expect(page.get_by_role("region", name="Histórico de envios").get_by_text(LEFT)).to_be_visible()
    # The page has read itself anew, and its panels were kept and not loaded again from their skeletons.
    expect(performance.get_by_text("Carregando os números")).to_have_count(0)
    assert page.evaluate("window.sameDocument") is True

    (received,) = wait_until(lambda: product.received(to=held["to"]), "the report arrives")
    plain = re.sub(r"(?<!\w)[*_]|[*_](?!\w)", "", received["text"])
    assert re.sub(r"#[2-9A-Z]{6}", "#······", plain).split() == shown.split()
    time.sleep(3)  # several sweeps of the outbox
    assert len(product.received(to=held["to"])) == 1
    assert product.shell(STATUS.format(pk=held["report"])) == ["built", "Rafaela Couto", 1]
    panel.get_by_text("Já decididos").click()
    expect(panel.get_by_text("por Rafaela Couto")).to_be_visible()
