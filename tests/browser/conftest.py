"""A real Chromium on the running product; a page that logs an error (CSP breaches are errors) fails its test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import CHROMIUM
from tests.processes.product import Product

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "demo-adscape"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """For one file: while it is open, Playwright's event loop runs in this thread, and Django refuses its database to
    whatever test of another file comes next."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, product: Product) -> Iterator[Page]:
    with page_of(chromium, product) as page:
        yield page


@contextmanager
def page_of(chromium: Browser, product: Product, *, width: int = 1280, height: int = 720) -> Iterator[Page]:
    """A browser of its own, with no cookies yet."""
    context = chromium.new_context(
        base_url=product.url,
        locale="pt-BR",
        timezone_id="America/Sao_Paulo",
        viewport={"width": width, "height": height},
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def log_in(page: Page, email: str = "demo@marealta.exemplo") -> None:
    """The demonstration's person, or another one of the same password."""
    page.goto("/agency/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("heading", name="Gestão de Clientes")).to_be_visible()
