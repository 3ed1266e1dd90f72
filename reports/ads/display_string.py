"""The balance in the text that Meta shows for a prepaid account, the only place where it is. Pure; never guesses.

`Saldo disponível (R$278,60 BRL)`, `Available Balance ($24.52 USD)`: in the language of whoever the access belongs to,
and so are the separators. Refused (None) is whatever could mean something else: no amount or two, a negative one, one
without a mark of the account's own currency beside it, and `R$ 1.234`, which may be a thousand or a little over one.
A card's text (`Visa *1234 (limit $50.00 USD)`) may hold an amount too: only texts of prepaid accounts may come here.
"""

from __future__ import annotations

import re
from decimal import Decimal

from reports.ads.meta_money import ABSURD, decimals

_LONGEST = 200
_SPACES = re.compile(r"[\s\u200b\u200e\u200f\ufeff]+")
_RUN = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
#: Not the hyphen of `pré-pago`: a minus anywhere else makes it unclear what is negative.
_MINUS = re.compile(r"(?<![^\W\d_])[-‐-―−]|[-‐-―−](?![^\W\d_])")
_WITH_DECIMALS = re.compile(
    r"(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<group>[.,])[0-9]{3}(?:(?P=group)[0-9]{3})*)(?P<mark>[.,])(?P<part>[0-9]{2})"
)
_WHOLE = re.compile(r"[0-9]+|[1-9][0-9]{0,2}(?P<group>[.,])[0-9]{3}(?:(?P=group)[0-9]{3})*")
#: What stands before the amount and after it, up to the nearest space or bracket.
_BEFORE = re.compile(r"(?:^|[ (\[:])(?P<mark>[^ ()\[\]:]+)(?P<space> ?)$")
_AFTER = re.compile(r"(?P<space> ?)(?P<mark>[^ ()\[\].]*)[)\].]*")
_DOLLARS = frozenset(
    {"ARS", "AUD", "CAD", "CLP", "COP", "DOP", "HKD", "MXN", "NZD", "SGD", "TWD", "USD", "UYU"},
)
#: Symbols as Meta writes them, and the currencies that each may stand for. `$` alone is never a real.
_SYMBOLS: dict[str, frozenset[str]] = {
    "R$": frozenset({"BRL"}),
    "$": _DOLLARS,
    "US$": frozenset({"USD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"CNY", "JPY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
    "₫": frozenset({"VND"}),
    "₱": frozenset({"PHP"}),
    "₲": frozenset({"PYG"}),
    "₪": frozenset({"ILS"}),
    "₺": frozenset({"TRY"}),
    "S/": frozenset({"PEN"}),
    "Bs": frozenset({"BOB"}),
    "R": frozenset({"ZAR"}),
    "zł": frozenset({"PLN"}),
}


def shown_balance(text: object, currency: str) -> Decimal | None:
    """The amount in major units of `currency` (ISO code, upper case), or None where the text leaves any doubt."""
    if not isinstance(text, str) or not currency or len(text) > _LONGEST:
        return None
    tidy = _SPACES.sub(" ", text).strip()
    runs = list(_RUN.finditer(tidy))
    if len(runs) != 1 or _MINUS.search(tidy) or any(sign.isdigit() and not sign.isascii() for sign in tidy):
        return None
    if not _is_marked(tidy[: runs[0].start()], tidy[runs[0].end() :], currency):
        return None
    amount = _amount(runs[0].group(), decimals(currency))
    return amount if amount is not None and amount <= ABSURD else None


def _amount(digits: str, places: int) -> Decimal | None:
    """Two decimals, or none at all in a currency without, say which of the two signs is which."""
    found = (_WITH_DECIMALS if places else _WHOLE).fullmatch(digits)
    if found is None:
        return None
    group = found["group"] or ""
    if not places:
        return Decimal(digits.replace(group, "") if group else digits)
    if group == found["mark"]:
        return None
    return Decimal(f"{found['whole'].replace(group, '') if group else found['whole']}.{found['part']}")


def _is_marked(before: str, after: str, currency: str) -> bool:
    """Whether a mark of this currency stands beside the amount, and none of another; and nothing else after it, so that
    `R$ 10,00 mil` is not taken for ten."""
    marks = []
    if (found := _BEFORE.search(before)) and (not found["space"] or _looks_like_a_mark(found["mark"])):
        marks.append(found["mark"])
    found = _AFTER.fullmatch(after)
    if found is None:
        return False
    if found["mark"]:
        marks.append(found["mark"])
    return bool(marks) and all(mark == currency or currency in _SYMBOLS.get(mark, ()) for mark in marks)


def _looks_like_a_mark(word: str) -> bool:
    """Also one that is not known here, as long as it is no plain word: it names another currency."""
    return word in _SYMBOLS or re.fullmatch(r"[A-Z]{3}", word) is not None or not word.isalpha()
