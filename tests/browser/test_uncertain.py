"""What may have left, decided in a browser: one from the client's page, the others at once from the list."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product, wait_until
from tests.processes.test_faults import AFTER_THE_WINDOW

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CLIENT = "Studio Corpo Leve"
SEND = f"""
import json, uuid
from agency.models import Client
from reports.sending import send_now
client = Client.objects.select_related("agency").get(name="{CLIENT}")
subjects = [send_now(client, str(uuid.uuid4())).report.subject for _ in range(3)]
print(json.dumps([str(client.pk), subjects]))
"""
FOUND = """
import json
from connections.models import Message
rows = Message.objects.filter(subject__in={subjects}).order_by("created_at")
print(json.dumps(list(rows.values_list("reference", "status", "decision"))))
"""
SETTLE_THE_REST = """
from connections import uncertain
from connections.models import Message
for message in Message.objects.filter(status="uncertain"):
    uncertain.settle_as_sent(message.pk)
"""


def look_at(page: Page) -> None:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [
        f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] in ("serious", "critical")
    ]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (serious, wide) == ([], 0)


@pytest.mark.parametrize("width", [1440, 390])
def test_a_person_decides_one_and_then_the_others(width: int, product: Product, page: Page) -> None:
    product.sandbox("DELETE", "faults")
    product.shell(SETTLE_THE_REST)
    product.sandbox("POST", "faults", kind="sent_not_recorded", call="send", times=3)
    client, subjects = product.shell(SEND)

    def rows() -> list[list[str]]:
        found: list[list[str]] = product.shell(FOUND.format(subjects=subjects))
        return found

    wait_until(lambda: {status for _, status, _ in rows()} == {"uncertain"}, "all are uncertain", seconds=90)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(f"/agency/clients/{client}/")
    expect(page.locator("#history").get_by_text("Conferindo no WhatsApp até").first).to_be_visible()
    expect(page.get_by_role("link", name="Enviar de novo")).to_have_count(0)
    product.shell(AFTER_THE_WINDOW)
    page.reload()
    look_at(page)

    first = rows()[0][0]
    page.get_by_role("link", name=f"Foi recebida #{first}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("A mensagem está na conversa?")).to_be_visible()
    look_at(page)
    dialog.get_by_role("button", name="Foi recebida").click()

    expect(page.get_by_text("Recebimento confirmado.", exact=True)).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(page.locator("#history").get_by_text("Recebimento confirmado por Rafaela Couto.").first).to_be_visible()

    page.goto("/connections/uncertain/")
    look_at(page)
    marks = page.get_by_role("checkbox")
    expect(marks).to_have_count(3)
    page.get_by_label("Marcar todos").check()
    expect(marks.nth(1)).to_be_checked()
    page.get_by_role("button", name="Enviar de novo").click()
    expect(dialog.get_by_text("Pode chegar duas vezes.")).to_be_visible()
    look_at(page)
    dialog.get_by_role("button", name="Enviar de novo").click()

    expect(page.get_by_text("2 de volta à fila.")).to_be_visible()
    expect(page.get_by_text("Nada incerto.")).to_be_visible()
    wait_until(
        lambda: {status for _, status, _ in rows()} <= {"sent", "delivered", "read"}, "all were sent", seconds=90
    )
    decisions = sorted(decision for _, _, decision in rows())
    assert decisions == ["Enviado de novo por Rafaela Couto."] * 2 + ["Recebimento confirmado por Rafaela Couto."]
