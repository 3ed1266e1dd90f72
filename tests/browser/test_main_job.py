"""The main job in a real browser, on the whole product: connect a client by QR, send its report, see it arrive."""

from __future__ import annotations

import re
import time
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.views.sending import ONE_CLICK
from tests.browser.conftest import PASSWORD, log_in, page_of
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]
#: It has left, and its receipt may have come by now.
LEFT = re.compile(r"^(Enviado|Entregue)$")

CLIENT, CLIENTS_PHONE = "Auto Center Pampulha", "+5531986304412"
WITHOUT_OWN_NUMBER = "Pet Shop Amigo Fiel"
#: The seeded days, summed here by plain arithmetic, not by the code under test.
EXPECTED = """
import json
from datetime import datetime, timedelta
from reports.models import DailyMetric
from agency.models import Client
client = Client.objects.get(name="{name}")
today = datetime.now(client.zone).date()
days = DailyMetric.objects.filter(client=client, date__gte=today - timedelta(days=7), date__lt=today)
print(json.dumps({{
    "days": len(set(day.date for day in days)),
    "spend": str(sum(day.spend for day in days)),
    "revenue": str(sum(day.revenue or 0 for day in days)),
    "clicks": sum(day.clicks for day in days),
    "impressions": sum(day.impressions for day in days),
    "recipient": client.recipients.get().phone,
    "first": (today - timedelta(days=7)).strftime("%d/%m/%Y"),
    "last": (today - timedelta(days=1)).strftime("%d/%m/%Y"),
}}))
"""

#: A colleague, and a client of this test alone.
COLLEAGUE = "colega@marealta.exemplo"
BOTH_CONNECT, ITS_PHONE = "Padaria de Dois", "+5531987005566"
MAKE_COLLEAGUE = f"""
from agency.models import Agency, Client, Membership, User
from allauth.account.models import EmailAddress
user = User.objects.create_user("{COLLEAGUE}", password="{PASSWORD}", name="Caio Prates")
Membership.objects.create(user=user, agency=Agency.objects.get(), role="gestor")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
Client.objects.create(agency=Agency.objects.get(), name="{BOTH_CONNECT}")
"""
PUT_AWAY = f"""
import json
from agency.models import Client
from agency.services import archive_client
client = Client.objects.get(name="{BOTH_CONNECT}")
print(json.dumps([client.whatsapp_connection.instance_name, client.whatsapp_connection.status]))
archive_client(client)
"""


def reais(amount: Decimal) -> str:
    whole, cents = f"{amount:.2f}".split(".")
    return f"R$ {int(whole):,}".replace(",", ".") + f",{cents}"


def test_the_main_job(product: Product, page: Page) -> None:
    before = {row["instance"] for row in product.sandbox("GET", "instances")["instances"]}
    log_in(page)
    page.evaluate("window.sameDocument = true")
    card = page.get_by_role("article", name=CLIENT)

    # Connect by QR.
    card.get_by_role("link", name="Conectar WhatsApp").click()
    expect(page.get_by_role("dialog").get_by_role("img", name="QR Code para conectar o WhatsApp")).to_be_visible()
    (instance,) = [row for row in product.sandbox("GET", "instances")["instances"] if row["instance"] not in before]
    product.sandbox("POST", "scan", instance=instance["instance"], phone=CLIENTS_PHONE)
    expect(page.get_by_text(f"WhatsApp de {CLIENT} conectado!")).to_be_visible()
    expect(card.get_by_text("Conectado", exact=True)).to_be_visible()
    expect(card.get_by_text("(31) 9 8630-4412")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.evaluate("window.sameDocument") is True

    # The report leaves through the client's own number, with the right figures.
    expected = product.shell(EXPECTED.format(name=CLIENT))
    card.get_by_role("button", name="Enviar agora").click()
    expect(page.get_by_text("Relatório a caminho de 1 destinatário.")).to_be_visible()
    (report,) = wait_until(lambda: product.received(to=expected["recipient"]), "the report arrives")
    assert report["from"] == CLIENTS_PHONE
    spend, revenue = Decimal(expected["spend"]), Decimal(expected["revenue"])
    assert expected["days"] == 7
    for line in (
        "📊 *Adscape • Resumo de Performance*",
        f"Conta: *{CLIENT}*",
        f"Período: {expected['first']} — {expected['last']}",
        f"💰 Investimento: *{reais(spend)}*",
        f"💵 Receita: *{reais(revenue)}*",
        f"📈 ROAS: *{revenue / spend:.2f}x*".replace(".", ","),
        f"🖱 Cliques: *{expected['clicks']:,}*".replace(",", "."),
        f"👁 Impressões: *{expected['impressions']:,}*".replace(",", "."),
    ):
        assert line in report["text"].splitlines()
    assert re.search(r"_Relatório automático • Adscape • #[2-9A-Z]{6}_$", report["text"])
    expect(card.get_by_text(LEFT)).to_be_visible()
    assert page.evaluate("window.sameDocument") is True

    # Once the device is removed on the phone, the next one leaves through the agency's number.
    time.sleep(ONE_CLICK.total_seconds())  # sooner it would be the second half of a slow double click
    product.sandbox("DELETE", "messages")
    product.sandbox("POST", "unlink", instance=instance["instance"])
    page.reload()
    page.get_by_role("article", name=CLIENT).get_by_role("button", name="Enviar agora").click()
    (second,) = wait_until(lambda: product.received(to=expected["recipient"]), "the second report arrives")
    assert second["from"] == "+5511940028765"


def test_a_client_without_a_number_is_served_by_the_agencys(product: Product, page: Page) -> None:
    log_in(page)
    recipient = product.shell(EXPECTED.format(name=WITHOUT_OWN_NUMBER))["recipient"]

    page.get_by_role("link", name=f"Abrir {WITHOUT_OWN_NUMBER}").click()
    page.get_by_role("button", name="Enviar agora").click()

    (report,) = wait_until(lambda: product.received(to=recipient), "the report arrives")
    assert report["from"] == "+5511940028765"
    assert f"Conta: *{WITHOUT_OWN_NUMBER}*" in report["text"]


def test_two_gestores_who_connect_one_client_at_once_see_one_qr(
    product: Product, page: Page, chromium: Browser
) -> None:
    product.shell(MAKE_COLLEAGUE)
    before = {row["instance"] for row in product.sandbox("GET", "instances")["instances"]}
    with page_of(chromium, product, width=390, height=844) as colleagues:
        log_in(page)
        log_in(colleagues, COLLEAGUE)
        both = (page, colleagues)
        for one in both:
            one.goto("/agency/?q=Padaria+de+Dois")
        for one in both:  # neither waits for the other's answer
            link = one.get_by_role("article", name=BOTH_CONNECT).get_by_role("link", name="Conectar WhatsApp")
            link.click(no_wait_after=True)

        for one in both:
            expect(
                one.get_by_role("dialog").get_by_role("img", name="QR Code para conectar o WhatsApp")
            ).to_be_visible()
        (instance,) = {row["instance"] for row in product.sandbox("GET", "instances")["instances"]} - before
        product.sandbox("POST", "scan", instance=instance, phone=ITS_PHONE)
        for one in both:
            told = one.get_by_text(f"WhatsApp de {BOTH_CONNECT} conectado!")
            expect(told).to_be_visible(timeout=20_000)  # the dialog asks every three seconds

    assert product.shell(PUT_AWAY) == [instance, "connected"]
