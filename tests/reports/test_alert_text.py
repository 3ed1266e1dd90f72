"""Alerts against golden files: a change of one character is a change that a person must mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal as D
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import alert_text
from reports.alert_text import Money
from reports.choices import PAYMENT_TROUBLE, AccountState, AlertBy, PaidBy
from reports.text import NO_REFERENCE

GOLDEN = Path(__file__).parent / "golden"
SP = ZoneInfo("America/Sao_Paulo")
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=SP)
BY_LIMIT = Money("Serra Azul", "BRL", D("684.1"), SP, threshold=D("700"), ends_at=NOW + timedelta(days=2, hours=5))
BY_FORECAST = replace(BY_LIMIT, by=AlertBy.FORECAST)


def golden(name: str) -> str:
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("alert", alert_text.low(BY_LIMIT, NOW, "B2M8ZD")),
        ("alert_forecast", alert_text.low(BY_FORECAST, NOW, "B2M8ZD")),
        ("alert_over", alert_text.low(replace(BY_FORECAST, balance=D(0)), NOW, "B2M8ZD")),
        (
            "alert_pix",
            alert_text.low(replace(BY_FORECAST, paid_by=PaidBy.PIX, pay_note="https://agencia.com/pix"), NOW, "B2M8ZD"),
        ),
        ("alert_recovered", alert_text.recovered(replace(BY_FORECAST, balance=D(2000)), NOW, "B2M8ZD")),
        (
            "alert_payment",
            alert_text.payment(replace(BY_LIMIT, paid_by=PaidBy.CARD), AccountState.PAYMENT_FAILED, "B2M8ZD"),
        ),
    ],
)
def test_golden(name: str, text: str) -> None:
    assert text == golden(name)


def test_the_preview_is_the_message_without_its_reference() -> None:
    assert alert_text.low(BY_FORECAST, NOW) == golden("alert_forecast").replace("#B2M8ZD", f"#{NO_REFERENCE}")


def test_every_trouble_has_its_words() -> None:
    for state in PAYMENT_TROUBLE:
        assert str(state.label) in alert_text.payment(BY_LIMIT, state)


@pytest.mark.parametrize(
    ("paid_by", "note", "hint"),
    [
        (PaidBy.UNSAID, "", ""),
        (PaidBy.UNSAID, "Fale com a Rafa", "Fale com a Rafa"),
        (PaidBy.PIX, "", "Recarga por Pix: cai na hora"),
        (PaidBy.PIX, "financeiro_pix@mare.com", "Recarga por Pix: financeiro_pix@mare.com; cai na hora"),
        (PaidBy.BOLETO, "", "Recarga por boleto: leva até 3 dias úteis"),
        (PaidBy.CARD, "", ""),
        (PaidBy.CARD, "final 4417", "Pagamento no cartão: final 4417"),
        (PaidBy.PIX, "*Pague*\n_já_ ~ou~ `não`", "Recarga por Pix: ∗Pague∗ ˍjáˍ ∼ou∼ ˋnãoˋ; cai na hora"),
        (PaidBy.UNSAID, "em https://x.com/a_b?c=_d agora", "em https://x.com/a_b?c=_d agora"),
        (PaidBy.UNSAID, "https://x.com/*a*", "https://x.com/∗a∗"),
    ],
)
def test_how_it_is_paid(paid_by: PaidBy, note: str, hint: str) -> None:
    assert alert_text.payment_hint(paid_by, note) == hint


@given(st.text(max_size=200))
def test_whatever_is_typed_stays_on_its_line_without_markup(note: str) -> None:
    text = alert_text.low(replace(BY_FORECAST, paid_by=PaidBy.PIX, pay_note=note), NOW)
    (hint,) = [line for line in text.split("\n") if line.startswith("Recarga")]

    assert len(text.splitlines()) == 7
    assert not any(sign in hint for sign in "*~`")
