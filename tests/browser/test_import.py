"""Numbers from a file in a real browser: one with an error stores nothing and says where, the mended one is stored."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import log_in
from tests.browser.test_pages import look_at
from tests.processes.product import Product
from tests.reports.exports.files import export

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CLIENT = "Auto Center Pampulha"
#: Days long before those of the demonstration, so that nothing of them is known.
HEADER = "plataforma;conta;data;investimento;receita;leads"
ACCOUNT = """
import json
from reports.models import AdAccount
account = AdAccount.objects.filter(client__name="{name}").first()
print(json.dumps([account.platform, account.external_id, account.name]))
"""
STORED = """
import json
from reports.models import DailyMetric
days = DailyMetric.objects.filter(account__external_id="{account}", date__range=("2025-03-01", "2025-03-31"))
print(json.dumps([[str(day.date), str(day.spend), str(day.revenue), day.leads] for day in days.order_by("date")]))
"""


def file_of(*rows: str) -> FilePayload:
    content = "\r\n".join([HEADER, *rows]).encode("cp1252")
    return {"name": "março.csv", "mimeType": "text/csv", "buffer": content}


def test_a_file_with_an_error_and_then_without(product: Product, page: Page) -> None:
    platform, account, name = product.shell(ACCOUNT.format(name=CLIENT))
    good = [f"{platform};{account};2025-03-01;R$ 1.234,56;2.000,00;12", f"{platform};{account};04/03/2025;10,5;;"]
    log_in(page)
    page.locator("summary").filter(has_text="Maré Alta").click()
    page.get_by_role("link", name="Importar números").click()
    expect(page.get_by_role("heading", name="Importar números", level=1)).to_be_visible()
    look_at(page, "import")

    # One bad row: its line and reason, and nothing is stored.
    page.get_by_label("Arquivo CSV").set_input_files(file_of(*good, f"{platform};{account};31/02/2025;1;;"))
    page.get_by_role("button", name="Conferir arquivo").click()
    expect(page.get_by_role("alert").get_by_text("Linha 4: data “31/02/2025” não existe.")).to_be_visible()
    expect(page.get_by_role("alert").get_by_text("Nada foi gravado.")).to_be_visible()
    look_at(page, "import with errors")
    assert product.shell(STORED.format(account=account)) == []

    # The mended file: a preview first, and then it is stored.
    page.get_by_label("Arquivo CSV").set_input_files(file_of(*good))
    page.get_by_role("button", name="Conferir arquivo").click()
    expect(page.get_by_role("heading", name="março.csv")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=name)
    expect(row).to_contain_text("R$ 1.245,06")
    expect(row).to_contain_text("2 dias novos")
    expect(row).to_contain_text("2 dias faltam")
    look_at(page, "preview")
    page.set_viewport_size({"width": 390, "height": 844})
    look_at(page, "preview on a phone")
    assert product.shell(STORED.format(account=account)) == []
    page.get_by_label("Nos dias que faltam nada rodou: gravar zero.").check()
    page.get_by_role("button", name="Importar 2 dias").click()
    expect(page.get_by_text("março.csv importado: 4 dias novos.")).to_be_visible()
    assert product.shell(STORED.format(account=account)) == [
        ["2025-03-01", "1234.56", "2000.00", 12],
        ["2025-03-02", "0.00", "0.00", 0],
        ["2025-03-03", "0.00", "0.00", 0],
        ["2025-03-04", "10.50", "None", None],
    ]
    look_at(page, "import on a phone")

    # The same file again changes nothing.
    page.get_by_label("Arquivo CSV").set_input_files(file_of(*good))
    page.get_by_role("button", name="Conferir arquivo").click()
    expect(page.get_by_text("Nada mudaria.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Importar"))).to_have_count(0)
    page.get_by_role("button", name="Descartar").click()
    expect(page.get_by_text("março.csv descartado. Nada foi gravado.")).to_be_visible()


def test_an_export_that_does_not_name_its_account(product: Product, page: Page) -> None:
    content = export("meta_conta_pt.csv").decode().replace("/11/2026", "/02/2025").encode("utf-16")
    log_in(page)
    page.goto("/agency/import/")
    page.get_by_label("Arquivo CSV").set_input_files({"name": "meta.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Conferir arquivo").click()
    look_at(page, "choice of the account")
    page.get_by_label("Esta exportação é da conta").select_option(index=1)
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("heading", name="O que foi entendido")).to_be_visible()
    expect(page.get_by_text("Cliques no link").first).to_be_visible()
    look_at(page, "what was understood")
    page.set_viewport_size({"width": 390, "height": 844})
    look_at(page, "what was understood, on a phone")
    page.get_by_role("button", name="Descartar").click()
    expect(page.get_by_text("meta.csv descartado. Nada foi gravado.")).to_be_visible()
