"""The balance in Meta's text: every recorded case, both languages, and everything that leaves a doubt is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.display_string import shown_balance
from reports.ads.meta_money import major
from tests.reports.ads.recorded import recorded

AMOUNTS = st.integers(0, 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
ENGLISH, BRAZILIAN = st.just(",."), st.just(".,")
LOCALES = ENGLISH | BRAZILIAN
FRAMES = st.sampled_from(
    ["Saldo disponível (R${} BRL)", "Available balance (R${} BRL)", "R$ {}", "R$\u00a0{}", "{} BRL"]
)


def written(amount: Decimal, signs: str) -> str:
    return f"{amount:,.2f}".translate(str.maketrans(",.", signs))


@pytest.mark.parametrize("case", recorded("display_string_cases"), ids=lambda case: str(case["display_string"]))
def test_recorded_texts(case: dict[str, Any]) -> None:
    currency = case["account_currency"] or ""

    assert shown_balance(case["display_string"], currency) == major(case["expected_minor"], currency)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("Saldo disponível (R$\u00a080,00 BRL)", "BRL", "80.00"),
        ("Available Balance ($24.52 USD)", "USD", "24.52"),
        ("Available Balance (US$24.52)", "USD", "24.52"),
        ("Saldo pré-pago (R$ 80,00)", "BRL", "80.00"),
        ("BRL 1234,56", "BRL", "1234.56"),
        ("Saldo 80,00 BRL", "BRL", "80.00"),
        ("Available balance (¥1,234 JPY)", "JPY", "1234"),
        ("Saldo disponible ($1.234.567 CLP)", "CLP", "1234567"),
        ("Saldo disponible ($12.345,60 MXN)", "MXN", "12345.60"),
    ],
)
def test_what_is_clear_is_read(text: str, currency: str, amount: str) -> None:
    assert shown_balance(text, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("R$ 1.234", "BRL"),
        ("R$ 1,234", "BRL"),
        ("R$ 10", "BRL"),
        ("R$ 10,5", "BRL"),
        ("R$ 1.234,567", "BRL"),
        ("R$ 12.34.56", "BRL"),
        ("R$ 1.23,45", "BRL"),
        ("R$ 0.123,45", "BRL"),
        ("R$ 1 234,56", "BRL"),
        ("$10.00", "BRL"),
        ("R$10.00", "USD"),
        ("R$ 10,00 USD", "BRL"),
        ("US$ 10,00 BRL", "BRL"),
        ("€10,00 BRL", "BRL"),
        ("Saldo disponível (10,00)", "BRL"),
        ("10,00", "BRL"),
        ("-R$ 10,00", "BRL"),
        ("R$ -10,00", "BRL"),
        ("R$ −10,00", "BRL"),
        ("R$ 10,00-", "BRL"),
        ("Saldo-R$ 10,00", "BRL"),
        ("R$ 10,00 mil", "BRL"),
        ("R$10,00K", "BRL"),
        ("R$ 10,00%", "BRL"),
        ("R$ 1٠,00", "BRL"),
        ("Visa *1234 (limit $50.00 USD)", "USD"),
        ("¥1,234.50 JPY", "JPY"),
        ("R$ 9999999999999,00", "BRL"),
        ("R$ 10,00" + " " * 300, "BRL"),
        ("R$ 10,00", ""),
        ("", "BRL"),
        (1000, "BRL"),
    ],
)
def test_what_leaves_a_doubt_is_refused(text: object, currency: str) -> None:
    assert shown_balance(text, currency) is None


@given(AMOUNTS, LOCALES, FRAMES)
def test_any_amount_in_either_language_is_read_back(amount: Decimal, signs: str, frame: str) -> None:
    assert shown_balance(frame.format(written(amount, signs)), "BRL") == amount


@given(AMOUNTS, AMOUNTS, LOCALES, st.sampled_from([" ", " e ", " / ", ", ", " ("]))
def test_two_amounts_are_refused(one: Decimal, other: Decimal, signs: str, between: str) -> None:
    assert shown_balance(f"R$ {written(one, signs)}{between}R$ {written(other, signs)}", "BRL") is None


@given(
    AMOUNTS, LOCALES, st.sampled_from("-‐‑‒–—−"), st.sampled_from(["{m}R${a}", "R${m}{a}", "R$ {m} {a}", "R${a}{m}"])
)
def test_below_zero_is_refused(amount: Decimal, signs: str, minus: str, frame: str) -> None:
    assert shown_balance(f"Saldo ({frame.format(m=minus, a=written(amount, signs))} BRL)", "BRL") is None


@given(AMOUNTS, LOCALES, st.sampled_from(["{}", "Saldo disponível ({})", "Saldo: {}"]))
def test_without_a_mark_of_the_currency_it_is_refused(amount: Decimal, signs: str, frame: str) -> None:
    assert shown_balance(frame.format(written(amount, signs)), "BRL") is None


@given(st.integers(1, 999), st.integers(0, 999), st.sampled_from(",."))
def test_a_thousand_without_decimals_is_refused(thousands: int, rest: int, sign: str) -> None:
    assert shown_balance(f"R$ {thousands}{sign}{rest:03}", "BRL") is None


@given(st.text(max_size=60), st.sampled_from(["BRL", "USD", "JPY"]))
def test_no_text_breaks_it(text: str, currency: str) -> None:
    amount = shown_balance(text, currency)

    assert amount is None or amount >= 0
