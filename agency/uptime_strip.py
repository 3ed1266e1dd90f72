"""How a client's own number did on each of thirty days, as the client's row keeps it and its card draws it. Pure.

Kept as a sign for each day of the agency's calendar, oldest first, today last; nothing at all where nothing is known.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from enum import StrEnum

DAYS = 30


class Sign(StrEnum):
    """Of a day: connected for all of what is known of it, for some, for none; or nothing is known of it."""

    UP = "u"
    PART = "p"
    DOWN = "d"
    UNKNOWN = "-"


def runs(days: str) -> dict[Sign, str]:
    """What is not up, as one SVG path for each sign that occurs: strokes along a line of thirty units, one for each
    day. Without blanks, so that it may stand without quotes."""
    found: dict[Sign, str] = {}
    start = 0
    for sign, group in itertools.groupby(map(Sign, days)):
        length = len(list(group))
        if sign is not Sign.UP:
            found[sign] = f"{found.get(sign, '')}M{start},0h{length}"
        start += length
    return found


def share_words(share: Decimal) -> str:
    """`99,6% conectado`, of a share in per cent with one decimal."""
    figure = f"{share:f}".replace(".", ",").removesuffix(",0")
    return f"{figure}% conectado"
