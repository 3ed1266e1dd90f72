"""Meta's two ways to write money, as Decimal in major units of the account's currency. Pure.

The account itself gives minor units as whole numbers in text (`"39125"`), its insights major ones (`"22662.53"`):
https://developers.facebook.com/docs/marketing-api/currencies. Mixing them up is an error of a hundred times.
"""

from __future__ import annotations

from decimal import Decimal

from reports.ads.json_values import whole

#: Currencies that Meta writes without decimals. Its own list: ISO gives HUF, COP, CRC, IDR and TWD two.
WITHOUT_DECIMALS = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})
#: In major units: more than any account spends. Beyond it, it is a misunderstanding.
ABSURD = Decimal(10) ** 12


def decimals(currency: str) -> int:
    return 0 if currency in WITHOUT_DECIMALS else 2


def major(minor: object, currency: str) -> Decimal | None:
    """`"39125"` of BRL is 391.25, of JPY 39125. None where it is no whole number, or the currency is not known."""
    amount = whole(minor)
    return None if amount is None or not currency else Decimal(amount).scaleb(-decimals(currency))
