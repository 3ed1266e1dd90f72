"""Numbers and days as Brazilians read them. Pure; rounds half up, only for display; unknown is "—", never zero."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from reports.periods import Days

UNKNOWN = "—"
_SYMBOLS = {"BRL": "R$", "USD": "US$", "EUR": "€", "GBP": "£"}


def _number(amount: Decimal, places: int) -> str:
    rounded = amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{places}f}".translate(str.maketrans(",.", ".,"))
    return f"-{text}" if rounded < 0 else text


def money(amount: Decimal | None, currency: str = "BRL") -> str:
    """`R$ 1.234,56`; a currency without a symbol of its own by its code: `CLP 1.234,56`."""
    if amount is None:
        return UNKNOWN
    number = _number(amount, 2)
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    return f"{sign}{_SYMBOLS.get(currency, currency)} {digits}"


def count(amount: Decimal | int | None) -> str:
    """`1.234`; a platform may attribute parts of a conversion, which keep up to two decimals: `34,5`."""
    if amount is None:
        return UNKNOWN
    whole, _, part = _number(Decimal(amount), 2).partition(",")
    part = part.rstrip("0")
    return f"{whole},{part}" if part else whole


def percent(amount: Decimal | None) -> str:
    """`1,78%`"""
    return UNKNOWN if amount is None else f"{_number(amount, 2)}%"


def times(amount: Decimal | None) -> str:
    """`4,20x`"""
    return UNKNOWN if amount is None else f"{_number(amount, 2)}x"


def signed_percent(amount: Decimal | None) -> str:
    """`+12%`, `-17%`, `0%`: no decimals."""
    if amount is None:
        return UNKNOWN
    number = _number(amount, 0)
    if number in ("0", "-0"):
        return "0%"
    return f"{number}%" if number.startswith("-") else f"+{number}%"


def day(of: date) -> str:
    """`24/11/2026`"""
    return f"{of:%d/%m}/{of.year:04d}"


def days(period: Days) -> str:
    """`23/11/2026`, or `17/11/2026 — 23/11/2026`"""
    return day(period.first) if period.count == 1 else f"{day(period.first)} — {day(period.last)}"
