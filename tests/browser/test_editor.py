"""The report editor in a real browser: a schedule is edited with its preview beside it, tested, and saved."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import log_in
from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CLIENT, OWN_PHONE = "Construtora Serra Azul", "+5531992056614"
WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}
TODAY = """
import json
from datetime import datetime
from zoneinfo import ZoneInfo
print(json.dumps(datetime.now(ZoneInfo("America/Sao_Paulo")).date().isoformat()))
"""
SETTINGS = """
import json
from reports.models import ReportSettings
found = ReportSettings.objects.get(client__name="{name}")
print(json.dumps([found.frequency, found.weekdays, found.period, found.metrics]))
"""
GIVE_PHONE = """
from agency.models import User
User.objects.filter(email="demo@marealta.exemplo").update(phone="{phone}")
"""


def day(of: date) -> str:
    return f"{of:%d/%m/%Y}"


def open_editor(page: Page) -> None:
    log_in(page)
    page.get_by_role("link", name=f"Abrir {CLIENT}").click()
    page.get_by_role("link", name="Editar relatório").click()
    expect(page.get_by_role("heading", name="Relatório automático")).to_be_visible()
    page.evaluate("window.sameDocument = true")


def set_all(boxes: Locator, on: bool) -> None:
    """Click those that are otherwise, all at once: one by one takes seconds and shows nothing more."""
    boxes.evaluate_all("(boxes, on) => boxes.filter(box => box.checked !== on).forEach(box => box.click())", on)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_schedule_is_edited_with_its_preview(width: str, product: Product, page: Page) -> None:
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    today = date.fromisoformat(product.shell(TODAY))
    yesterday = today - timedelta(days=1)
    open_editor(page)
    stored = product.shell(SETTINGS.format(name=CLIENT))
    metrics = page.locator("#report-what fieldset").get_by_role("checkbox")
    text, note = page.locator("#preview-text"), page.get_by_text("Alterado agora, ainda não salvo")
    page.get_by_text("Diário", exact=True).click()
    page.get_by_label("Período", exact=True).select_option("Últimos 7 dias")
    set_all(metrics, True)
    expect(text).to_contain_text(f"Período: {day(today - timedelta(days=7))} — {day(yesterday)}")

    # The days and the lines of the message follow what is chosen, in the same page.
    page.get_by_label("Período", exact=True).select_option("Ontem")
    expect(text).to_contain_text(f"Período: {day(yesterday)}")
    expect(note).to_be_visible()
    expect(text).to_contain_text("Receita")
    page.get_by_role("checkbox", name="Receita").uncheck()
    expect(text).not_to_contain_text("Receita")
    expect(page.get_by_text("11 de 26, em ordem de envio")).to_be_visible()

    # Only the fields of the chosen frequency are there; the next run is said in words.
    days, runs = page.get_by_role("group", name="Dias da semana"), page.locator("#schedule-runs li")
    expect(days).to_be_hidden()
    page.get_by_text("Semanal", exact=True).click()
    for box in days.get_by_role("checkbox").all():
        box.set_checked(box.get_attribute("value") in "35", force=True)
    page.get_by_label("Hora", exact=True).fill("07:45")
    expect(page.locator("#schedule-words")).to_contain_text(re.compile(r"Próximo: (quinta|sábado), \d+ \w{3}, 07:45\."))
    expect(runs).to_have_text([re.compile(r"(qui|sáb) \d+ \w{3}, 07:45")] * 5)
    days.get_by_text("sáb", exact=True).click()
    expect(runs).to_have_text([re.compile(r"qui \d+ \w{3}, 07:45")] * 5)
    expect(page.get_by_label("Dia do mês")).to_be_hidden()
    page.get_by_text("Manual", exact=True).click()
    expect(page.get_by_label("Hora", exact=True)).to_be_hidden()
    expect(page.locator("#schedule-words")).to_contain_text("Nada sai sozinho")
    page.get_by_text("Semanal", exact=True).click()
    expect(page.locator("#schedule-words")).to_contain_text("07:45")

    # What cannot be sent is said in the preview's place.
    set_all(metrics, False)
    expect(page.get_by_text("Escolha pelo menos uma métrica.")).to_be_visible()
    page.get_by_role("checkbox", name="CPA").check()
    expect(text).to_contain_text("CPA")

    # A group of the number that sends is found by its name, becomes a row, and is stored with the rest.
    asked, group = {"desk": ("SAO joao", "São João 2026, promoções"), "phone": ("obra", "Obra Serra Azul")}[width]
    page.get_by_role("link", name="Adicionar grupo").click()
    page.get_by_label("Buscar grupo pelo nome").fill(asked)
    found = page.get_by_role("dialog").get_by_role("listitem")
    expect(found).to_have_count(1, timeout=20_000)
    found.get_by_role("button", name="Escolher").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("#recipients-rows li").filter(has_text=group)).to_contain_text("participantes")

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    serious = [
        found
        for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert [found["id"] for found in serious] == []
    assert page.evaluate("window.sameDocument") is True
    assert product.shell(SETTINGS.format(name=CLIENT)) == stored

    page.get_by_role("button", name="Salvar").click()
    expect(page.get_by_text(re.compile(r"Alterações salvas. Próximo relatório: \d\d/\d\d às 07:45\."))).to_be_visible()
    expect(page.get_by_role("heading", name=CLIENT)).to_be_visible()
    expect(page.get_by_text("07:45").first).to_be_visible()
    expect(page.get_by_role("region", name="Quem recebe")).to_contain_text(group)
    assert product.shell(SETTINGS.format(name=CLIENT)) == ["weekly", [3], "yesterday", ["cpa"]]


#: What is stored of it, and the usual contents again for the tests that follow.
CONTENTS = """
import json
from reports.models import ReportSettings
from reports.models.settings import all_metrics
found = ReportSettings.objects.get(client__name="{name}")
kept = [found.template, found.metrics[0], dict(found.layout)["comparison"], found.free_text, found.goals]
found.template, found.metrics, found.layout, found.free_text, found.goals = "general", all_metrics(), [], "", {{}}
found.save()
print(json.dumps(kept))
"""


@pytest.mark.parametrize("width", WIDTHS)
def test_what_a_report_says_is_chosen_and_written(width: str, product: Product, page: Page) -> None:
    page.set_viewport_size({"width": WIDTHS[width][0], "height": WIDTHS[width][1]})
    open_editor(page)
    text, note = page.locator("#preview-text"), page.get_by_text("Alterado agora, ainda não salvo")
    written = page.get_by_role("textbox", name="Texto livre")

    # A template fills the form in its place; nothing of it is stored.
    page.get_by_label("Modelo", exact=True).select_option("E-commerce")
    expect(note).to_be_hidden()
    page.get_by_role("button", name="Usar modelo").click()
    expect(page.get_by_text("Modelo E-commerce aplicado abaixo.")).to_be_visible()
    expect(text).to_contain_text("Faturamento")
    expect(note).to_be_visible()

    # A row moves by keyboard, keeps the focus, and the message follows.
    up = page.get_by_role("button", name="Subir Faturamento")
    up.focus()
    for _ in range(30):
        if page.locator("#report-what [data-row] input[type=checkbox]").first.get_attribute("value") == "revenue":
            break
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Descer Faturamento")).to_be_focused()
    expect(page.locator("#live")).to_have_text(re.compile("^Faturamento: 1 de "))
    expect(text).to_contain_text(re.compile("Faturamento.*Investimento", re.DOTALL))

    # A block goes, a text with a variable comes, a goal is marked; what does not exist is said.
    page.locator("#report-text").get_by_role("checkbox", name="Comparativo").uncheck()
    expect(text).not_to_contain_text("Comparado")
    written.fill("Obrigado, {{ cpf }}")
    expect(page.get_by_text("“{{ cpf }}” não existe.")).to_be_visible()
    written.fill("Obrigado, {{ cliente }}")
    expect(text).to_contain_text(f"Obrigado, {CLIENT}")
    page.get_by_text("Metas", exact=True).click()
    page.get_by_label(re.compile("^CPM")).fill("99.999,00")
    expect(text).to_contain_text("🟢")

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    serious = [
        found
        for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert [found["id"] for found in serious] == []
    assert page.evaluate("window.sameDocument") is True

    page.get_by_role("button", name="Salvar").click()
    expect(page.get_by_text("Alterações salvas.")).to_be_visible()
    kept = product.shell(CONTENTS.format(name=CLIENT))
    assert kept == ["ecommerce", "revenue", False, "Obrigado, {{ cliente }}", {"cpm": "99999"}]


def test_a_test_arrives_once_as_it_was_previewed(product: Product, page: Page) -> None:
    phone = "+5531993110846"
    product.shell(GIVE_PHONE.format(phone=""))
    open_editor(page)
    page.get_by_role("button", name="Enviar teste").click()
    expect(page.get_by_role("link", name="Abrir o perfil")).to_be_visible()
    product.shell(GIVE_PHONE.format(phone=phone))
    product.sandbox("DELETE", "messages")
    page.get_by_label("Período", exact=True).select_option("Últimos 30 dias")
    expect(page.locator("#preview-days")).not_to_have_text("")
    expect(page.get_by_text("Alterado agora, ainda não salvo")).to_be_visible()
    with page.expect_response(re.compile("/report/test/")):
        page.get_by_role("button", name="Enviar teste").dblclick()
    expect(page.get_by_text("Teste a caminho de (31) 9 9311-0846.")).to_be_visible()

    (message,) = wait_until(lambda: product.received(to=phone), "the test arrives")
    assert message["from"] == OWN_PHONE
    first = message["text"].splitlines()[3]
    expect(page.locator("#preview-text")).to_contain_text(first)
    assert len(product.received(to=phone)) == 1

    # The next click is another test.
    page.get_by_role("button", name="Enviar teste").click()
    wait_until(lambda: len(product.received(to=phone)) == 2, "the second test arrives")


def test_leaving_asks_only_where_something_would_be_lost(page: Page) -> None:
    open_editor(page)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    before = page.get_by_label("Período", exact=True).input_value()

    page.get_by_label("Período", exact=True).select_option("last_month" if before != "last_month" else "yesterday")
    expect(page.get_by_text("Alterado agora, ainda não salvo")).to_be_visible()
    page.get_by_label("Período", exact=True).select_option(before)
    expect(page.get_by_text("Alterado agora, ainda não salvo")).to_be_hidden()
    page.get_by_role("link", name=CLIENT).click()
    expect(page.get_by_role("heading", name=CLIENT)).to_be_visible()
    assert asked == []

    page.get_by_role("link", name="Editar relatório").click()
    page.get_by_label("Hora", exact=True).fill("06:10")
    page.get_by_role("link", name=CLIENT).click()
    expect(page.get_by_role("heading", name=CLIENT)).to_be_visible()
    assert asked == ["beforeunload"]


def test_the_number_that_sends_is_served_by_the_agencys_with_one_click(page: Page) -> None:
    open_editor(page)
    page.get_by_role("button", name="Adicionar").click()
    page.get_by_label("Nome").last.fill("Recepção")
    page.get_by_label("WhatsApp").last.fill("(31) 9 9205-6614")
    page.get_by_role("button", name="Salvar").click()

    expect(page.get_by_text("o WhatsApp não notifica mensagens para si mesmo").first).to_be_visible()
    page.get_by_role("button", name="Usar o número da agência").click()

    expect(page.get_by_text("Recepção passa a receber pelo número da agência.")).to_be_visible()
    expect(page.get_by_label("Receber pelo número da agência: Recepção")).to_be_checked()
    expect(page.get_by_role("button", name="Usar o número da agência")).to_be_hidden()


def test_an_editor_that_was_open_while_another_tab_saved_is_told(page: Page) -> None:
    open_editor(page)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Hora", exact=True).fill("05:55")
    other.get_by_role("button", name="Salvar").click()
    expect(other.get_by_text("Alterações salvas.")).to_be_visible()
    other.close()

    page.get_by_label("Hora", exact=True).fill("06:40")
    expect(page.locator("#schedule-words")).to_contain_text("06:40")
    page.get_by_role("button", name="Salvar").dblclick()

    note = page.get_by_role("alert").filter(has_text="Alguém mudou este relatório")
    expect(note.get_by_text("Hora: 05:55")).to_be_visible()
    expect(page.get_by_label("Hora", exact=True)).to_have_value("06:40")
    page.on("dialog", lambda dialog: dialog.accept())
    note.get_by_role("link", name="Carregar o que está salvo").click()
    expect(note).to_be_hidden()
    expect(page.get_by_label("Hora", exact=True)).to_have_value("05:55")


def test_the_next_run_is_taken_out_and_put_back_beside_an_edit(product: Product, page: Page) -> None:
    open_editor(page)
    page.get_by_text("Diário", exact=True).click()
    page.get_by_role("button", name="Salvar").click()
    expect(page.get_by_text("Alterações salvas.")).to_be_visible()
    page.get_by_role("link", name="Editar relatório").click()
    runs = page.locator("#schedule-runs li")
    expect(runs).to_have_count(5)
    page.get_by_label("Período", exact=True).select_option("Mês anterior")
    page.get_by_role("button", name="Pular o próximo").click()

    # What was typed stays in the page, and the list says what will run now.
    expect(runs).to_have_count(6)
    expect(runs.first).to_contain_text("pulado")
    expect(page.get_by_role("button", name="Pular o próximo")).to_be_hidden()
    expect(page.get_by_label("Período", exact=True)).to_have_value("last_month")
    page.get_by_role("button", name="Não pular").click()
    expect(runs).to_have_count(5)

    # The same on the client's page.
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name=CLIENT).click()
    agenda = page.locator("#client-schedule")
    agenda.get_by_role("button", name="Pular o próximo").click()
    expect(agenda.get_by_role("button", name="Não pular")).to_be_visible()
    serious = [
        found
        for found in Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        if found["impact"] in ("serious", "critical")
    ]
    assert [found["id"] for found in serious] == []
    agenda.get_by_role("button", name="Não pular").click()
    expect(agenda.get_by_role("button", name="Pular o próximo")).to_be_visible()
