from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from reports import formatting
from reports.periods import Days


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (D("1234.56"), "BRL", "R$ 1.234,56"),
        (D("0"), "BRL", "R$ 0,00"),
        (D("1234567.5"), "BRL", "R$ 1.234.567,50"),
        (D("0.005"), "BRL", "R$ 0,01"),
        (D("-12.3"), "BRL", "-R$ 12,30"),
        (D("-0.001"), "BRL", "R$ 0,00"),
        (D("10"), "USD", "US$ 10,00"),
        (D("10"), "EUR", "€ 10,00"),
        (D("10"), "CLP", "CLP 10,00"),
        (None, "BRL", "—"),
    ],
)
def test_money(amount: D | None, currency: str, expected: str) -> None:
    assert formatting.money(amount, currency) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1234, "1.234"), (0, "0"), (D("34.5"), "34,5"), (D("34.00"), "34"), (D("1000"), "1.000"), (None, "—")],
)
def test_count(amount: D | int | None, expected: str) -> None:
    assert formatting.count(amount) == expected


def test_percent_and_times() -> None:
    assert formatting.percent(D("1.777474")) == "1,78%"
    assert formatting.percent(None) == "—"
    assert formatting.times(D("4.2")) == "4,20x"
    assert formatting.times(None) == "—"


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (D("12"), "+12%"),
        (D("12.5"), "+13%"),
        (D("-17.4"), "-17%"),
        (D("0.4"), "0%"),
        (D("-0.4"), "0%"),
        (D("1234"), "+1.234%"),
        (None, "—"),
    ],
)
def test_signed_percent(amount: D | None, expected: str) -> None:
    assert formatting.signed_percent(amount) == expected


def test_days() -> None:
    assert formatting.days(Days(date(2026, 11, 3), date(2026, 11, 3))) == "03/11/2026"
    assert formatting.days(Days(date(2026, 11, 17), date(2026, 11, 23))) == "17/11/2026 — 23/11/2026"


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2026, 11, 16), date(2026, 11, 22), "16 a 22 de novembro de 2026"),
        (date(2026, 11, 22), date(2026, 11, 22), "22 de novembro de 2026"),
        (date(2026, 11, 30), date(2026, 12, 6), "30 de novembro a 6 de dezembro de 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "28 de dezembro de 2026 a 3 de janeiro de 2027"),
        (date(2025, 12, 1), date(2026, 12, 1), "1 de dezembro de 2025 a 1 de dezembro de 2026"),
    ],
)
def test_long_days(first: date, last: date, expected: str) -> None:
    assert formatting.long_days(Days(first, last)) == expected
