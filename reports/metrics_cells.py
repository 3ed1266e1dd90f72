"""One cell of a file of daily numbers: from what is written to what it means. Pure; refuses what it would guess.

An empty cell is unknown, which is never zero. `1.234` as an amount may be a thousand or a little more than one: it is
refused with the way to write it, and never decided by what other cells look like.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agency.text import search_key
from reports.account_ids import AccountIdError, parse_account_id
from reports.choices import Platform

#: Whole digits of an amount, as the columns of `DailyMetric` hold them: 14 digits, two of them decimals.
_AMOUNT_DIGITS = 12
_BIG, _SMALL = 2**63 - 1, 2**31 - 1
_LONGEST = 60
_SHOWN = 40
_SPACES = re.compile(r"[\s\u200b\ufeff]+")
_IN_KEY = re.compile(r"[\s_.\-‐-―]+")
#: What spreadsheets and exports write behind a day that they take for a moment. Another time of day is no day.
_MIDNIGHT = r"(?:[ T]00:00(?::00(?:[.,]0+)?)?)?"
_ISO = re.compile(rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}}){_MIDNIGHT}")
_BRAZILIAN = re.compile(rf"([0-9]{{2}})/([0-9]{{2}})/([0-9]{{4}}){_MIDNIGHT}")
_PLATFORMS = {"meta": Platform.META, "metaads": Platform.META, "google": Platform.GOOGLE, "googleads": Platform.GOOGLE}
_CURRENCIES = {"": "", "r$": "BRL", "us$": "USD"}
_SIGNED = re.compile(r"(?P<before>[-−–]?) ?(?P<symbol>(?:US|R)\$|) ?(?P<after>[-−–]?) ?(?P<digits>.*)", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[., ])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_FRACTION = re.compile(
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<group>[., ])[0-9]{3}(?:(?P=group)[0-9]{3})*)(?P<mark>[.,])(?P<part>[0-9]+)"
)


class CellError(ValueError):
    """The reason, in pt-BR, as the rest of a sentence that begins with "Linha 12: "."""


@dataclass(frozen=True, slots=True)
class Amount:
    value: Decimal
    #: "" where the cell names none.
    currency: str = ""


@dataclass(frozen=True, slots=True)
class _Digits:
    """A number taken apart: `1.234,50` is whole 1234 and part 50. `is_ambiguous`: 1.234 alone."""

    whole: str
    part: str = ""
    is_ambiguous: bool = False


def key(text: str) -> str:
    """A column's or a platform's name without regard to case, accents, spaces and underscores."""
    return _IN_KEY.sub("", search_key(tidy(text)))


def tidy(text: str) -> str:
    """A cell without the spaces around it; spaces of every kind in it become plain ones."""
    return _SPACES.sub(" ", text).strip()


def shown(text: str) -> str:
    """A cell as a sentence quotes it."""
    return f"“{text if len(text) <= _SHOWN else text[: _SHOWN - 1] + '…'}”"


def read_platform(cell: str) -> Platform:
    if not cell:
        raise CellError("falta a plataforma.")
    found = _PLATFORMS.get(key(cell))
    if found is None:
        raise CellError(f"{shown(cell)} não é uma plataforma: escreva meta ou google.")
    return found


def read_account(platform: Platform, cell: str) -> str:
    """The digits of the account's id."""
    if not cell:
        raise CellError("falta a conta.")
    if re.fullmatch(r"[0-9][.,0-9]*E\+?[0-9]+", cell, re.IGNORECASE):
        raise CellError(
            f"a planilha encurtou a conta {shown(cell)}: formate a coluna como texto, ou escreva act_ ou hifens no id."
        )
    try:
        return parse_account_id(platform, cell)
    except AccountIdError as error:
        raise CellError(f"conta {shown(cell)}: {str(error)[:1].lower()}{str(error)[1:]}") from None


def read_day(cell: str) -> date:
    if not cell:
        raise CellError("falta a data.")
    if found := _ISO.fullmatch(cell):
        year, month, day = found.groups()
    elif found := _BRAZILIAN.fullmatch(cell):
        day, month, year = found.groups()
    else:
        raise CellError(f"{shown(cell)} não é uma data: escreva 2026-11-24 ou 24/11/2026.")
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellError(f"data {shown(cell)} não existe.") from None


def read_money(name: str, cell: str) -> Amount | None:
    return _read_amount(name, cell, may_have_currency=True)


def read_parts(name: str, cell: str) -> Amount | None:
    """A count of which a platform may credit parts: up to two decimals, no currency."""
    return _read_amount(name, cell, may_have_currency=False)


def read_whole(most: int) -> Callable[[str, str], int | None]:
    """A reader of whole numbers up to `most`: here groups of three can only be thousands."""

    def read(name: str, cell: str) -> int | None:
        if not cell:
            return None
        digits, currency = _digits(name, cell)
        if currency:
            raise CellError(f"{name} {shown(cell)} não é um número.")
        if digits.part.strip("0") or len(digits.part) > 2:
            raise CellError(f"{name} {shown(cell)} não é um número inteiro.")
        # Python refuses to read thousands of digits, and no column holds them.
        whole = int(digits.whole) if len(digits.whole) <= len(str(most)) else most + 1
        if whole > most:
            raise CellError(f"{name} {shown(cell)} é grande demais.")
        return whole

    return read


read_big_whole, read_small_whole = read_whole(_BIG), read_whole(_SMALL)


def _read_amount(name: str, cell: str, *, may_have_currency: bool) -> Amount | None:
    if not cell:
        return None
    digits, currency = _digits(name, cell)
    if currency and not may_have_currency:
        raise CellError(f"{name} {shown(cell)} não é um número.")
    if digits.is_ambiguous:
        whole = digits.whole
        raise CellError(
            f"{name} {shown(cell)} pode ser {whole} ou {whole[:-3]},{whole[-3:]}: "
            f"escreva {whole},00 ou, com duas casas, {whole[:-3]},{whole[-3:-1]}."
        )
    if len(digits.part) > 2:
        raise CellError(f"{name} {shown(cell)} tem mais de duas casas decimais.")
    if len(digits.whole.lstrip("0")) > _AMOUNT_DIGITS:
        raise CellError(f"{name} {shown(cell)} é grande demais.")
    return Amount(Decimal(f"{digits.whole}.{digits.part or '0'}"), currency)


def _digits(name: str, cell: str) -> tuple[_Digits, str]:
    """A number taken apart, and its currency. Raises CellError for what is none, and for one below zero."""
    found = _SIGNED.fullmatch(cell) if len(cell) <= _LONGEST else None
    currency = _CURRENCIES.get(found["symbol"].lower()) if found else None
    digits = _taken_apart(found["digits"]) if found else None
    if found is None or currency is None or digits is None:
        raise CellError(f"{name} {shown(cell)} não é um número.")
    if found["before"] or found["after"]:
        raise CellError(f"{name} {shown(cell)} é um número negativo.")
    return digits, currency


def _taken_apart(text: str) -> _Digits | None:
    if _PLAIN.fullmatch(text):
        return _Digits(text)
    if found := _GROUPED.fullmatch(text):
        mark = found["mark"]
        return _Digits(text.replace(mark, ""), is_ambiguous=mark != " " and text.count(mark) == 1)
    if (found := _FRACTION.fullmatch(text)) and found["group"] != found["mark"]:
        whole = found["whole"]
        return _Digits(whole.replace(found["group"], "") if found["group"] else whole, found["part"])
    return None
