"""A report's page as its client opens it on a phone, at a desk and on paper; and the client's numbers, platform by
platform."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import log_in, page_of
from tests.browser.test_pages import look_at
from tests.processes.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]

#: A report of the demonstration's numbers that leaves for nobody, with more campaigns than are seen at once.
MAKE = """
import json
from agency.models import Client
from django.urls import reverse
from django.utils import timezone
from reports import numbers, page_links, planning, snapshot
from reports.models import Report, ReportSettings
client = Client.objects.get(name="Construtora Serra Azul")
settings = planning.settings_of(client)
# Not what is stored, which other tests of this product change.
stored = snapshot.to_json(numbers.collect(ReportSettings(client=client), timezone.now()))
for block in stored["blocks"]:
    now = list(block["now"].values())
    block["campaigns"] = [[f"Campanha de nome comprido, conjunto {number}", now] for number in range(25)]
stored |= {"goals": {"spend": "1", "cpa": "9000", "leads": "1"}, "goals_currency": "BRL"}
stored["comment"] = "Testamos o *vídeo novo*: _{{ investimento }}_ no período."
report = Report.objects.create(
    client=client, settings=settings, occurrence="browser", trigger="manual", snapshot=stored
)
home = reverse("agency:client", args=[client.pk])
dialog = reverse("reports:page_link", args=[client.pk, report.pk])
print(json.dumps([page_links.public_url(report), home, dialog]))
"""


def test_a_report_is_read_on_a_phone_at_a_desk_and_on_paper(product: Product, chromium: Browser) -> None:
    address, home, dialog = product.shell(MAKE)
    with page_of(chromium, product, width=360, height=740) as page:
        page.goto(urlsplit(address).path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            look_at(page, f"report, {scheme}")
        expect(page.locator("blockquote strong")).to_have_text("vídeo novo")
        expect(page.get_by_text("fora da meta R$ 1,00").first).to_be_visible()
        page.get_by_text("Campanhas e outros indicadores").first.click()
        page.get_by_text("Ver todas as 25 campanhas").first.click()
        expect(page.get_by_text("Campanha de nome comprido, conjunto 24").first).to_be_visible()
        look_at(page, "report, all campaigns")
        page.set_viewport_size({"width": 1440, "height": 900})
        look_at(page, "report, desk")

        expect(page.get_by_text("Campanha de nome comprido, conjunto 24").last).to_be_hidden()
        page.emulate_media(media="print")
        expect(page.get_by_text("Campanha de nome comprido, conjunto 24").last).to_be_visible()
        expect(page.get_by_role("button", name="Imprimir")).to_be_hidden()
        assert page.context.cookies() == []

    with page_of(chromium, product, width=390, height=844) as page:
        log_in(page)
        page.goto(dialog)
        look_at(page, "address of a report's page")
        page.goto(f"{home}?periodo=last_7_days")  # whatever another test has left of its settings
        performance = page.get_by_role("region", name="Desempenho")
        expect(performance.get_by_role("img", name=re.compile("^Investimento por dia"))).to_be_visible()
        performance.get_by_role("link", name="Google").click()
        expect(performance.get_by_role("link", name="Google")).to_have_attribute("aria-current", "true")
        performance.get_by_role("link", name="Últimos 30 dias").click()
        expect(page).to_have_url(re.compile(r"\?periodo=last_30_days&plataforma=google$"))
        page.reload()
        expect(performance.get_by_role("link", name="Google")).to_have_attribute("aria-current", "true")
        look_at(page, "client's numbers")
