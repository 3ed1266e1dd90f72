"""From WhatsApp's word to the page, through real processes: sent, delivered, read; and a refusal that comes late."""

from __future__ import annotations

import pytest

from tests.processes.product import Product, wait_until
from tests.processes.test_faults import SEND, outcome, strike

pytestmark = pytest.mark.processes


@pytest.fixture(autouse=True)
def calm_gateway(product: Product) -> None:
    product.sandbox("DELETE", "faults")
    product.sandbox("DELETE", "messages")


def test_a_report_is_sent_delivered_and_read(product: Product) -> None:
    subject, recipient, _ = product.shell(SEND)

    outcome(product, subject, "delivered")
    assert len(product.received(to=recipient)) == 1
    product.sandbox("POST", "read", to=recipient)

    outcome(product, subject, "read")


def test_a_late_refusal_goes_through_the_agencys_number_once(product: Product) -> None:
    strike(product, "ack_error")

    subject, recipient, _ = product.shell(SEND)

    found = outcome(product, subject, "delivered", "failed")
    assert found == {"status": "delivered", "by_agency": True, "attempts": ["refused", "sent"]}
    wait_until(lambda: len(product.received(to=recipient)) == 1, "one phone got it, once", seconds=5)
