"""A forgotten password and the choice of a theme, in a browser that runs no script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.processes.product import Product, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PERSON = """
from allauth.account.models import EmailAddress
from agency.models import Agency, Membership, User
user = User.objects.create_user("sem-senha@marealta.exemplo", name="Sem Senha")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
Membership.objects.create(user=user, agency=Agency.objects.first())
"""


@pytest.fixture
def scriptless(chromium: Browser, product: Product) -> Iterator[Page]:
    context = chromium.new_context(base_url=product.url, java_script_enabled=False, color_scheme="light")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def background(page: Page) -> str:
    """What the browser itself paints under the page, which follows the scheme that the page claims."""
    return page.locator("html").evaluate("page => `${page.dataset.theme} ${getComputedStyle(page).colorScheme}`")


def mailed_link(product: Product) -> str:
    found = re.findall(r"https?://\S+/accounts/password/reset/key/\S+", product.log.read_text())
    return found[-1] if found else ""


def test_a_first_password_and_a_theme_without_scripts(product: Product, scriptless: Page) -> None:
    page = scriptless
    product.shell(PERSON)
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Esqueci minha senha").click()
    page.get_by_label("E-mail").fill("sem-senha@marealta.exemplo")
    page.get_by_role("button", name="Enviar link").click()
    expect(page.get_by_role("heading", name="Veja seu e-mail")).to_be_visible()

    page.goto(wait_until(lambda: mailed_link(product), "the e-mail in the log"))
    assert page.url.endswith("-set-password/")
    page.get_by_role("textbox", name="Nova senha", exact=True).fill("uma-senha-bem-nova")
    page.get_by_label("Nova senha, outra vez").fill("uma-senha-bem-nova")
    page.get_by_role("button", name="Salvar senha").click()
    page.get_by_role("link", name="Entrar").click()
    page.get_by_label("E-mail").fill("sem-senha@marealta.exemplo")
    page.get_by_label("Senha", exact=True).fill("uma-senha-bem-nova")
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("heading", name="Gestão de Clientes")).to_be_visible()
    assert background(page) == "undefined light"

    page.goto("/agency/profile/")
    chosen = page.get_by_role("main").get_by_role("group", name="Tema")
    chosen.get_by_role("button", name="Escuro").click()
    expect(chosen.get_by_role("button", name="Escuro")).to_have_attribute("aria-pressed", "true")
    assert page.url.endswith("/agency/profile/")
    assert background(page) == "adscape-dark dark"

    page.context.clear_cookies(name="sessionid")
    page.goto("/accounts/login/")
    assert background(page) == "adscape-dark dark"
