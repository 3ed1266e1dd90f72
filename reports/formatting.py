"""Numbers and days as Brazilians read them. Pure; rounds half up, only for display; unknown is "—", never zero."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from reports.periods import Days

UNKNOWN = "—"
_MONTHS = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
_LONG_MONTHS = (
    *("janeiro", "fevereiro", "março", "abril", "maio", "junho"),
    *("julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
)
#: So many separate stretches of days are named; more are only counted.
_MOST_STRETCHES = 3
#: Thousands are said so only where every step of an axis has few digits in them.
_UNITS = ((Decimal(10**9), "bi"), (Decimal(10**6), "mi"), (Decimal(10**3), "mil"))
_LEAST_UNITS = {"bi": 1, "mi": 1, "mil": 10}
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
    return f"{sign}{symbol(currency)} {digits}"


def symbol(currency: str) -> str:
    """`R$`; a currency without a symbol of its own is its code."""
    return _SYMBOLS.get(currency, currency)


def short_unit(highest: Decimal) -> tuple[Decimal, str]:
    """In what large numbers up to `highest` are said where there is little room: `mil`, `mi`, `bi`, or nothing."""
    return next(((unit, name) for unit, name in _UNITS if highest >= unit * _LEAST_UNITS[name]), (Decimal(1), ""))


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


def ratio(amount: Decimal | None) -> str:
    """`2,43`"""
    return UNKNOWN if amount is None else _number(amount, 2)


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


def month(of: date) -> str:
    """`outubro de 2026`"""
    return f"{_LONG_MONTHS[of.month - 1]} de {of.year:04d}"


def long_days(period: Days) -> str:
    """`22 de novembro de 2026`, `16 a 22 de novembro de 2026`, `28 de outubro a 3 de novembro de 2026`; each end with
    its year where they differ."""
    first, last = period.first, period.last
    end = f"{last.day} de {month(last)}"
    if first == last:
        return end
    if first.year != last.year:
        return f"{first.day} de {month(first)} a {end}"
    start = str(first.day) if first.month == last.month else f"{first.day} de {_LONG_MONTHS[first.month - 1]}"
    return f"{start} a {end}"


def short_days(found: Iterable[date]) -> str:
    """`21 e 22 nov`, `28 out a 3 nov`, `2 nov, 5 a 9 nov e mais 4 dias`: single days in words, without the year."""
    stretches = _stretches(sorted(set(found)))
    named = stretches if len(stretches) <= _MOST_STRETCHES else stretches[: _MOST_STRETCHES - 1]
    parts = [_stretch(first, last) for first, last in named]
    left = sum((last - first).days + 1 for first, last in stretches[len(named) :])
    if left:
        parts.append(f"mais {left} dia{'s' if left > 1 else ''}")
    return " e ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _stretches(found: list[date]) -> list[tuple[date, date]]:
    stretches: list[tuple[date, date]] = []
    for each in found:
        if stretches and each - stretches[-1][1] == timedelta(days=1):
            stretches[-1] = (stretches[-1][0], each)
        else:
            stretches.append((each, each))
    return stretches


def _stretch(first: date, last: date) -> str:
    end = f"{last.day} {_MONTHS[last.month - 1]}"
    if first == last:
        return end
    start = str(first.day) if first.month == last.month else f"{first.day} {_MONTHS[first.month - 1]}"
    return f"{start} {'e' if (last - first).days == 1 else 'a'} {end}"
