"""Alert settings in a real browser, at desk and phone width: a threshold, a balance under it, and the alert arrives."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]
#: It has left, and its receipt may have come by now.
LEFT = re.compile(r"^(Enviado|Entregue)$")

RECIPIENT = """
import json
from agency.models import Client
client = Client.objects.get(name="{name}")
print(json.dumps([client.recipients.get().phone, str(client.pk)]))
"""


def look_at(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] != "minor"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (serious, wide) == ([], 0)


@pytest.mark.parametrize(
    ("width", "client", "account"),
    [(1440, "Restaurante Dona Lúcia", "Dona Lúcia"), (390, "Pet Shop Amigo Fiel", "Amigo Fiel Banho e Tosa")],
    ids=["desk", "phone"],
)
def test_a_balance_under_its_threshold_is_told(
    width: int, client: str, account: str, product: Product, page: Page
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    phone, pk = product.shell(RECIPIENT.format(name=client))
    before = len(product.received(to=phone))
    log_in(page)
    page.goto(f"/agency/clients/{pk}/")
    page.get_by_role("link", name=f"Alertas e contas de {client}").click()
    expect(page.get_by_role("heading", name="Saldo e alertas")).to_be_visible()
    look_at(page)

    # On without a threshold is refused, in words, at the field.
    panel = page.get_by_role("region", name=account)
    panel.get_by_label("Alerta de saldo mínimo").check()
    panel.get_by_label("Alertar em (R$)").fill("")
    panel.get_by_label("Saldo (R$)").fill("181,25")
    expect(panel.get_by_text("Sem prévia enquanto houver algo errado:")).to_be_visible()
    page.get_by_role("button", name="Salvar", exact=True).click()
    expect(page.get_by_text("Nada foi salvo.")).to_be_visible()
    expect(panel.get_by_text("Informe o limite em reais para ligar o alerta.").first).to_be_visible()
    look_at(page)

    # By the forecast there is no limit to type, and the text says when it ends; back to the limit, it says that.
    panel.get_by_text("Previsão de fim").click()
    expect(panel.get_by_label("Com até 3 dias")).to_be_visible()
    expect(panel.get_by_label("Alertar em (R$)")).to_be_hidden()
    expect(panel.get_by_text("⏳ Previsão: acaba")).to_be_visible()
    panel.get_by_text("Valor em reais").click()
    panel.get_by_label("Alertar em (R$)").fill("1.250,00")
    panel.get_by_label("Como é paga").select_option("pix")
    expect(panel.get_by_text("Limite configurado: R$ 1.250,00")).to_be_visible()
    expect(panel.get_by_text("Recarga por Pix: cai na hora")).to_be_visible()
    panel.get_by_role("button", name="3 dias").click()
    expect(panel.get_by_text("Silenciado até")).to_be_visible()
    panel.get_by_role("button", name="Voltar a avisar").click()
    expect(panel.get_by_role("button", name="3 dias")).to_be_visible()
    look_at(page)
    page.get_by_role("group", name="Quem recebe alertas").get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Salvar", exact=True).click()
    expect(page.get_by_text("Alterações salvas.")).to_be_visible()
    readings = page.get_by_role("region", name="Leituras de saldo")
    expect(readings.get_by_text("R$ 181,25")).to_be_visible()
    expect(readings.get_by_text("Informado").first).to_be_visible()

    page.get_by_role("button", name="Verificar agora").click()
    # Beat checks as well: where its sweep fell into this very second, its alert is the one.
    said = re.compile(f"{account}: (alerta a caminho|um alerta já está a caminho|já houve um alerta)")
    expect(page.get_by_text(said)).to_be_visible()
    alerts = page.get_by_role("region", name="Alertas", exact=True)
    expect(alerts.get_by_text("Saldo R$ 181,25, limite R$ 1.250,00")).to_be_visible()
    new = wait_until(lambda: product.received(to=phone)[before:], "the alert arrives")
    (alert,) = [message["text"] for message in new if "Saldo Baixo" in message["text"]]
    assert f"📋 Conta: {account}" in alert
    assert "💰 Saldo atual: R$ 181,25" in alert
    assert "🔻 Limite configurado: R$ 1.250,00" in alert
    assert "\nRecarga por Pix: cai na hora\n" in alert

    # The page looks by itself what became of it, until it is settled.
    expect(alerts.get_by_text(LEFT)).to_be_visible(timeout=10_000)
    expect(page.locator("#balance-history[hx-trigger*=every]")).to_have_count(0)
    look_at(page)
