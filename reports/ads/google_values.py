"""The values in Google's JSON, read strictly: int64 are strings, a default is left out, micros are 10^-6. Pure.

What cannot be (a negative amount, a count of 10^15) is refused with `AdsError`, not stored and not rounded into shape.
https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from reports.ads.errors import AdsError, Remedy

#: No account has had so many clicks, or spent as many units of any currency, on one day; more would not fit a column.
MOST = 10**12
MICROS = 10**6
_WHOLE = re.compile(r"-?\d{1,19}")
_SENTENCE = (
    "O Google respondeu com números que não fazem sentido, e nada deles foi guardado. Fale com o suporte do Adscape."
)


def bad(what: str) -> AdsError:
    """The error for an answer that says what cannot be; `what` is our own word for it."""
    return AdsError(Remedy.FIX_REQUEST, f"answer: {what}", sentence=_SENTENCE, of_account=True)


def part(row: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object inside another; empty where it is left out."""
    found = row.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise bad(name)
    return found


def text(row: Mapping[str, Any], name: str) -> str:
    found = row.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise bad(name)
    return found.strip()


def whole(row: Mapping[str, Any], name: str, most: int = MOST) -> int:
    """An int64: 0 where it is left out. Raises AdsError for what is negative or above `most`."""
    found = row.get(name, 0)
    if isinstance(found, str) and _WHOLE.fullmatch(found):
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= most:
        raise bad(name)
    return found


def micros(row: Mapping[str, Any], name: str) -> int:
    """Money in millionths of the currency's unit, for every currency."""
    return whole(row, name, MOST * MICROS)


def money(amount: int) -> Decimal:
    """Micros in major units, exactly."""
    return Decimal(amount).scaleb(-6)


def number(row: Mapping[str, Any], name: str) -> Decimal:
    """A double, 0 where it is left out, with the digits that were written. Raises AdsError as `whole` does."""
    found = row.get(name, 0)
    if not isinstance(found, int | float | Decimal) or isinstance(found, bool):
        raise bad(name)  # also "NaN" and "Infinity", which JSON writes as strings
    try:
        amount = Decimal(str(found))
        is_possible = 0 <= amount <= MOST
    except InvalidOperation:
        is_possible = False
    if not is_possible:
        raise bad(name)
    return amount
