"""Linking from afar in a real browser: the code tab, and the link from its making to "Tudo certo" and its end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import log_in, page_of
from tests.browser.test_pages import look_at
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
#: A client for each width, of this test alone: afterwards nothing leaves for it any more.
CLIENTS = {"desk": ("Padaria da Serra", "+5531987001122"), "phone": ("Padaria do Vale", "+5531987003344")}
MAKE = """
from agency.models import Agency, Client
Client.objects.create(agency=Agency.objects.get(), name="{name}")
"""
PUT_AWAY = """
from agency.models import Client
from agency.services import archive_client
archive_client(Client.objects.get(name="{name}"))
"""
CONNECT = re.compile("^(Conectar WhatsApp|Abrir QR|Reconectar)")
USED_UP, RENEWED = "Padaria Esgotada", "Padaria Renovada"
#: Its connection's row, and a link that is over.
MAKE_WITH_EXPIRED_LINK = f"""
import json
from datetime import timedelta
from django.urls import reverse
from django.utils import timezone
from agency.models import Agency, Client, User
from connections import links, services
client = Client.objects.create(agency=Agency.objects.get(), name="{USED_UP}")
link = links.make(client, User.objects.first())
link.expires_at = timezone.now() - timedelta(minutes=1)
link.save()
instance = services.connection_of(client.agency, client).instance_name
page = reverse("agency:client", args=[client.pk])
print(json.dumps({{"instance": instance, "expired": links.address_of(link), "page": page}}))
"""
INSTANCE = """
import json
from agency.models import Client
print(json.dumps(Client.objects.get(name="{name}").whatsapp_connection.instance_name))
"""
RENEW = """
from agency.models import Client
from connections.gateway import evolution
evolution().restart(Client.objects.get(name="{name}").whatsapp_connection.instance_name)
"""


@pytest.mark.parametrize("width", WIDTHS)
def test_a_client_far_away_connects_and_leaves_by_its_link(
    product: Product, page: Page, chromium: Browser, width: str
) -> None:
    name, phone = CLIENTS[width]
    product.shell(MAKE.format(name=name))
    size = {"width": WIDTHS[width][0], "height": WIDTHS[width][1]}
    page.set_viewport_size(size)  # type: ignore[arg-type]
    log_in(page)
    card = page.get_by_role("article", name=name)

    # The other tab of the dialog: a number in, a code out.
    card.get_by_role("link", name=CONNECT).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name="QR Code para conectar o WhatsApp")).to_be_visible()
    dialog.get_by_role("tab", name="Conectar com código").click()
    dialog.get_by_label("Número do WhatsApp do cliente").fill("123")
    dialog.get_by_role("button", name="Gerar código").click()
    expect(dialog.locator("#pairing-phone-error")).to_be_visible()
    dialog.get_by_label("Número do WhatsApp do cliente").fill(phone)
    dialog.get_by_role("button", name="Gerar código").click()
    expect(dialog.locator("#pairing-code")).to_contain_text(re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}"))
    look_at(page, "code")

    # Back to the QR, and from there to the link.
    dialog.get_by_role("tab", name="QR Code").click()
    expect(dialog.get_by_role("img", name="QR Code para conectar o WhatsApp")).to_be_visible()
    dialog.get_by_role("link", name="Link de conexão").click()
    dialog.get_by_role("button", name="Criar link").click()
    address = dialog.get_by_label("Endereço").input_value()
    look_at(page, "link dialog")

    # Somewhere else, without a login.
    context = chromium.new_context(base_url=product.url, locale="pt-BR", viewport=size)  # type: ignore[arg-type]
    theirs = context.new_page()
    theirs.goto(address)
    expect(theirs.get_by_role("heading", name="Receba seus relatórios pelo seu WhatsApp")).to_be_visible()
    look_at(theirs, "public ask")
    theirs.get_by_label("Número do WhatsApp").fill(phone)
    theirs.get_by_role("button", name="Gerar código").click()
    expect(theirs.get_by_text("Marque a autorização para continuar.")).to_be_visible()
    theirs.get_by_role("checkbox").check()
    theirs.get_by_role("button", name="Gerar código").click()
    expect(theirs.locator("#pairing-code")).to_contain_text(re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}"))
    look_at(theirs, "public code")
    code = theirs.locator("#pairing-code").inner_text()
    theirs.get_by_role("button", name="Não funcionou? Usar QR Code").click()
    expect(theirs.get_by_role("img", name="QR Code para conectar o WhatsApp")).to_be_visible()
    look_at(theirs, "public qr")
    theirs.goto(f"{address}?way=code")
    look_at(theirs, "public number for a code")
    theirs.get_by_role("link", name="Voltar ao QR Code").click()
    theirs.get_by_role("button", name="Voltar ao código").click()
    expect(theirs.locator("#pairing-code")).to_have_text(code, use_inner_text=True)

    product.sandbox("POST", "scan", instance=product.shell(INSTANCE.format(name=name)), phone=phone)
    expect(theirs.get_by_role("heading", name="Tudo certo")).to_be_visible(timeout=20_000)
    look_at(theirs, "public done")

    # The client takes its number back, and the gestor is told.
    theirs.get_by_role("link", name="Desconectar este número").click()
    look_at(theirs, "public disconnect")
    theirs.get_by_role("button", name="Desconectar").click()
    expect(theirs.get_by_role("heading", name="Número desconectado")).to_be_visible()
    page.goto("/agency/notices/")
    expect(page.get_by_text(f"{name} desconectou o próprio WhatsApp").first).to_be_visible()
    context.close()
    product.shell(PUT_AWAY.format(name=name))


def test_the_ends_of_the_dialog_used_up_codes_dead_links_and_a_page_of_its_own(
    product: Product, page: Page, chromium: Browser
) -> None:
    """At both widths, on one page."""
    made = product.shell(MAKE_WITH_EXPIRED_LINK)
    log_in(page)
    page.goto("/agency/?q=Padaria+Esgotada")
    page.get_by_role("article", name=USED_UP).get_by_role("link", name=CONNECT).first.click()
    dialog = page.get_by_role("dialog")
    qr = dialog.get_by_role("img", name="QR Code para conectar o WhatsApp")
    expect(qr).to_be_visible()
    product.sandbox("POST", "exhaust", instance=made["instance"])
    expect(dialog.get_by_text("QR expirado", exact=True)).to_be_visible()
    for across, down in WIDTHS.values():
        page.set_viewport_size({"width": across, "height": down})
        look_at(page, "QR codes used up")
    dialog.get_by_role("button", name="Gerar novo QR Code").click()
    expect(qr).to_be_visible()

    # Links that are over, without a login: cancelling ends those that have expired, too.
    with page_of(chromium, product) as theirs:
        is_over(theirs, made["expired"], "Este link venceu")
        dialog.get_by_role("link", name="Link de conexão").click()
        dialog.get_by_role("button", name="Criar link").click()
        address = dialog.get_by_label("Endereço").input_value()
        dialog.get_by_role("button", name="Cancelar link").click()
        expect(dialog.get_by_role("button", name="Criar link")).to_be_visible()
        is_over(theirs, address, "Este link foi cancelado")

    # The dialog as a page of its own acts in its own place, and gives way to the client's page when all is done.
    page.goto(f"{made['page']}whatsapp/")
    page.get_by_role("tab", name="Conectar com código").click()
    expect(page.get_by_label("Número do WhatsApp do cliente")).to_be_visible()
    page.get_by_role("tab", name="QR Code").click()
    expect(page.get_by_role("img", name="QR Code para conectar o WhatsApp")).to_be_visible()
    expect(dialog).to_be_hidden()
    look_at(page, "the dialog as a page")
    product.sandbox("POST", "scan", instance=made["instance"], phone="+5531987007788")
    expect(page).to_have_url(re.compile(f"{made['page']}$"), timeout=15_000)
    expect(page.get_by_text(f"WhatsApp de {USED_UP} conectado!").first).to_be_visible()
    page.close()  # it would go on asking for a client that is gone
    product.shell(PUT_AWAY.format(name=USED_UP))


def is_over(page: Page, address: str, words: str) -> None:
    """At both widths the page of the link says so, and offers nothing."""
    page.goto(address)
    expect(page.get_by_role("heading", name=words)).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    for across, down in WIDTHS.values():
        page.set_viewport_size({"width": across, "height": down})
        look_at(page, words)


def test_a_qr_renews_itself(product: Product, page: Page) -> None:
    """The gateway comes to the next QR (after 45 seconds, or by a restart); the dialog shows it without a click."""
    product.shell(MAKE.format(name=RENEWED))
    log_in(page)
    page.goto(f"/agency/?q={RENEWED}")
    page.get_by_role("article", name=RENEWED).get_by_role("link", name="Conectar WhatsApp").click()
    qr = page.get_by_role("dialog").get_by_role("img", name="QR Code para conectar o WhatsApp")
    expect(qr).to_be_visible()
    first = qr.inner_html()

    product.shell(RENEW.format(name=RENEWED))
    wait_until(lambda: qr.is_visible() and qr.inner_html() != first, "the next QR", seconds=15)
    page.goto("about:blank")  # the dialog would go on asking about a client who is gone
    product.shell(PUT_AWAY.format(name=RENEWED))
