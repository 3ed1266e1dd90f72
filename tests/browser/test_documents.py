"""What goes with a report, from the editor's switches to the phone that it arrives on."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

#: A client of this test alone: with numbers, a connected number and one recipient.
MAKE = """
import json
from datetime import timedelta
from django.utils import timezone
from agency.models import Agency
from connections.models import WhatsAppConnection
from reports.models import ReportSettings
from tests.factories import make_client
from tests.reports.factories import make_account, make_days, make_recipient, week
client = make_client(agency=Agency.objects.get(name="Maré Alta"), name="Ótica Farol")
yesterday = timezone.now().astimezone(client.zone).date() - timedelta(days=1)
make_days(make_account(client=client, name="Ótica Farol"), week(yesterday, weeks=2))
make_recipient(client, name="Lia", phone="+5531985550142")
print(json.dumps(str(client.pk)))
"""
PHONE = "+5531985550142"


def test_a_report_arrives_with_its_picture_and_its_pdf(product: Product, page: Page) -> None:
    client = product.shell(MAKE)
    log_in(page)
    page.goto(f"/agency/clients/{client}/report/")
    panel = page.locator("#report-attachments")
    for name in ("Gráfico Uma imagem", "PDF O relatório inteiro"):
        panel.get_by_role("checkbox", name=name).check()
    assert Axe().run(page, options={"resultTypes": ["violations"]}).violations_count == 0
    page.get_by_role("button", name="Salvar").click()
    expect(page.get_by_text("Alterações salvas.")).to_be_visible()

    page.get_by_role("button", name="Enviar agora").first.click()
    received = wait_until(
        lambda: len(found := product.received(to=PHONE)) == 3 and found, "text, picture and PDF are on the phone"
    )

    # The text is first; which of the two follows it first is the worker's threads' affair.
    files = {message["file"]["type"]: message["file"]["name"] for message in received if message.get("file")}
    assert "file" not in received[0] or not received[0]["file"]
    assert set(files) == {"image/png", "application/pdf"}
    assert files["application/pdf"].startswith("Relatório Ótica Farol")
    page.goto(f"{product.sandbox_url}/?to=%2B5531985550142")
    expect(page.get_by_alt_text("Imagem recebida")).to_be_visible()
    assert page.get_by_alt_text("Imagem recebida").evaluate("image => image.complete && image.naturalWidth > 700")
