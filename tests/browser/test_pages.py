"""Each page at desk and phone width, light and dark: no serious finding of axe, nothing wider than the window."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from adscape.ads_addresses import SANDBOX_META_APP
from tests.browser.conftest import log_in
from tests.processes.product import Product

pytestmark = [pytest.mark.browser, pytest.mark.processes]

WIDTHS = {"desk": (1440, 900), "narrow desk": (1280, 800), "phone": (390, 844)}
SERIOUS = ("serious", "critical")
AXE = Axe()
#: Of Meta, in the sandbox; the ads sandbox's address, and Adscape's.
CONSENT = f"{{}}/dialog/oauth?client_id={SANDBOX_META_APP[0]}&redirect_uri={{}}/"


def look_at(page: Page, name: str) -> None:
    found = AXE.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found if rule["impact"] in SERIOUS]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (name, serious, wide) == (name, [], 0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(width: str, scheme: str, product: Product, page: Page) -> None:
    size = WIDTHS[width]
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    for path in (
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-abc/",
        "/accounts/password/reset/key/done/",
    ):
        page.goto(path)
        look_at(page, path)

    log_in(page)
    look_at(page, "agency")
    client = page.get_by_role("link", name="Abrir Restaurante Dona Lúcia").evaluate("link => link.pathname")
    for path in (
        f"{client}",
        f"{client}report/",
        f"{client}numbers/?periodo=last_30_days",
        f"{client}schedule/",
        f"{client}reports/",
        f"{client}balance/",
        f"{client}accounts/new/",
        f"{client}accounts/choose/",
        f"{client}edit/",
        f"{client}whatsapp/",
        f"{client}whatsapp/disconnect/",
        f"{client}archive/",
        "/agency/?q=nada-disso",
        "/agency/clients/new/",
        "/agency/sends/",
        "/agency/import/",
        "/agency/pauses/",
        "/connections/",
        "/agency/ads/",
        "/agency/ads/connect/meta/",
        "/agency/ads/connect/google/",
        "/connections/uncertain/",
        "/connections/uncertain/again/",
        "/agency/profile/",
        "/agency/notices/",
        "/accounts/password/change/",
        product.sandbox_url,
        product.ads_url,
        CONSENT.format(product.ads_url, product.url),
    ):
        page.goto(path)
        look_at(page, path)


def test_cards_keep_what_they_hold_inside(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    log_in(page)

    overflowing = page.evaluate(
        """() => [...document.querySelectorAll("article a, article button")]
            .filter(part => part.getBoundingClientRect().right > part.closest("article").getBoundingClientRect().right)
            .map(part => part.textContent.trim())"""
    )

    assert overflowing == []
