"""The bell in a real browser: counted, opened, read, put away, shut by the keyboard; and a link where nothing runs."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]

#: Two that stay until somebody acts, and one that came right. What fell in the demonstration, or by a test before, was
#: wanted: else beat would raise a notice of it in the middle of a test.
RAISED = """
import json
from agency import notices
from agency.models import Agency, Notice
from connections.models import ConnectionEvent, WhatsAppConnection
agency = Agency.objects.get()
for row in WhatsAppConnection.objects.filter(status="disconnected"):
    wanted = {"kind": "status", "status": "disconnected", "reason": "by_user", "actor": "system"}
    ConnectionEvent.objects.create(connection=row, **wanted)
Notice.objects.all().delete()
words = {"text": "Falta o dia 22.", "url": "/connections/", "action": "Abrir"}
notices.raise_notice(agency, "browser:1", title="Primeiro aviso", **words)
notices.raise_notice(agency, "browser:2", title="Segundo aviso", level="bad")
notices.raise_notice(agency, "browser:3", title="Terceiro aviso")
notices.resolve(agency, "browser:3", outcome="Studio Corpo Leve voltou.")
print(json.dumps(2))
"""


def test_the_bell_is_opened_read_and_emptied(product: Product, page: Page) -> None:
    product.shell(RAISED)
    log_in(page)
    bell = page.locator("#bell")
    panel = page.get_by_role("group", name="Avisos")
    expect(bell).to_have_accessible_name("2 avisos não lidos")

    page.get_by_role("button", name="2 avisos não lidos").click()  # a button as soon as the scripts are there
    expect(panel.get_by_role("listitem").first).to_contain_text("Segundo aviso")
    expect(panel.get_by_text("Studio Corpo Leve voltou.")).to_be_visible()
    expect(panel.get_by_role("link", name="Abrir Primeiro aviso")).to_have_attribute("href", "/connections/")
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")]
    assert serious == []

    panel.get_by_role("button", name="Dispensar: Segundo aviso").click()
    expect(panel.get_by_text("Segundo aviso")).to_have_count(0)
    expect(bell).to_have_accessible_name("1 aviso não lido")
    panel.get_by_role("button", name="Marcar todos como lidos").click()
    expect(bell).to_have_accessible_name("Avisos, nenhum não lido")
    expect(panel.get_by_role("heading", name="Avisos")).to_be_focused()
    expect(panel.get_by_role("paragraph").filter(has_text="Primeiro aviso")).to_be_visible()

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(bell).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel).to_be_visible()
    page.mouse.click(20, 600)
    expect(panel).to_be_hidden()
    expect(bell).to_have_attribute("aria-expanded", "false")


def test_without_scripts_the_bell_is_a_link_to_all_notices(product: Product, chromium: Browser) -> None:
    product.shell(RAISED)
    context = chromium.new_context(base_url=product.url, locale="pt-BR", java_script_enabled=False)
    page = context.new_page()
    try:
        log_in(page)
        page.get_by_role("link", name="avisos não lidos").or_(page.get_by_role("link", name="aviso não lido")).click()
        expect(page.get_by_role("heading", level=1, name="Avisos")).to_be_visible()
        page.get_by_role("button", name="Dispensar: Segundo aviso").click()
        expect(page.get_by_text("Aviso dispensado.")).to_be_visible()
        expect(page.get_by_text("Segundo aviso")).to_have_count(0)
    finally:
        context.close()


def test_on_a_phone_the_bell_opens_over_the_whole_width(product: Product, page: Page) -> None:
    product.shell(RAISED)
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page)

    page.get_by_role("button", name="2 avisos não lidos").click()
    panel = page.get_by_role("group", name="Avisos")
    expect(panel.get_by_role("paragraph").filter(has_text="Primeiro aviso")).to_be_visible()

    box = panel.bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
