"""Single values of a platform's JSON, read tolerantly: numbers come as numbers or as text. Pure; unreadable is None."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

#: No platform writes a number that long; Python refuses to read far longer ones.
_LONGEST_NUMBER = 40
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
#: What a row of ours can hold, and more than any count can be: beyond it, it is no number that somebody meant.
BIGGEST = 2**63 - 1


def number(value: object) -> Decimal | None:
    """`"22662.53"`, `280`, `0.0`. None for anything else, infinities and NaN among it."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return None
    if isinstance(value, int) and abs(value) > BIGGEST:
        return None
    text = str(value).strip()
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def whole(value: object) -> int | None:
    """`"39125"`, `1`, and what pipelines make of them: `0.0`, `"1.0"`. None for parts and for what is no number."""
    found = number(value)
    if found is None or abs(found) > BIGGEST or found != found.to_integral_value():
        return None
    return int(found)


def words(value: object, most: int = 200) -> str:
    """Text without what a database refuses, at most so long; "" for anything that is no text."""
    return value.replace("\x00", "").strip()[:most] if isinstance(value, str) else ""
