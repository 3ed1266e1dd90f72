"""Support's console of a connection in a real browser: each button is a form of its own, nothing breaks the CSP."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.processes.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]

SUPPORT = """
import json
from allauth.account.models import EmailAddress
from agency.models import User
from connections.models import WhatsAppConnection
User.objects.filter(email="suporte@adscape.exemplo").delete()
person = User.objects.create_superuser("suporte@adscape.exemplo", "senha-do-suporte", name="Suporte")
EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
row = WhatsAppConnection.objects.filter(status="connected").exclude(client=None).order_by("instance_name").first()
print(json.dumps([str(row.pk), row.client.name]))
"""


def test_support_reads_restarts_and_redoes_the_webhook(product: Product, page: Page) -> None:
    pk, client = product.shell(SUPPORT)
    page.goto("/admin/")
    page.get_by_label("E-mail").fill("suporte@adscape.exemplo")
    page.get_by_label("Senha").fill("senha-do-suporte")
    page.get_by_label("Senha").press("Enter")
    page.wait_for_url("**/admin/")
    page.goto(f"/admin/connections/whatsappconnection/{pk}/change/")

    page.get_by_role("button", name="Ler estado agora").click()
    expect(page.get_by_text(f"{client}: Conectado.")).to_be_visible()
    page.get_by_role("button", name="Reiniciar").click()
    expect(page.get_by_text(f"{client}: Reiniciada.")).to_be_visible()
    page.get_by_role("button", name="Refazer webhook").click()
    expect(page.get_by_text(f"{client}: Webhook refeito.")).to_be_visible()

    history = page.get_by_role("group", name="Últimos eventos").or_(page.locator("#events-group"))
    expect(history.first).to_contain_text("Reiniciada pelo suporte")
    expect(history.first).to_contain_text("Webhook refeito")
    page.get_by_role("button", name="Desconectar").click()  # the browser asks for the second word first
    expect(page.get_by_label("Sim, encerrar a sessão deste número")).to_be_visible()
    assert (
        product.shell(f"""
import json
from connections.models import WhatsAppConnection
print(json.dumps(WhatsAppConnection.objects.get(pk="{pk}").status))
""")
        == "connected"
    )
