"""The past of a connection as its panel shows it: a strip of thirty days, shares, and what happened, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from agency.uptime_strip import share_words
from connections.changes import changes_of
from connections.models import ConnectionEvent, WhatsAppConnection
from connections.uptime import BARS, DAY, Bar, Uptime, bars, uptime

#: Events that the panel lists.
SHOWN = 20
SPANS = (("24 horas", DAY), ("7 dias", 7 * DAY), ("30 dias", BARS * DAY))
#: The strip's geometry, in units of its view box of 100.
_STEP = Decimal(100) / BARS


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar with its place, written as SVG wants it."""

    bar: Bar
    x: str


@dataclass(frozen=True, slots=True)
class Past:
    """`is_known`: there is a time to tell of. `spans` are the shares by name, longest last; `words` tells that one."""

    strip: list[DrawnBar]
    spans: list[tuple[str, Uptime]]
    words: str
    is_known: bool
    entries: list[ConnectionEvent]


def past_of(connection: WhatsAppConnection, now: datetime, zone: ZoneInfo) -> Past:
    """`zone` is the agency's, whose days the strip shows. Two queries."""
    entries = list(connection.events.select_related("user")[:SHOWN])
    changes = changes_of([connection], now - BARS * DAY)[connection.pk]
    spans = [(name, uptime(changes, now - length, now)) for name, length in SPANS]
    strip = [DrawnBar(bar, f"{_STEP * n:.2f}") for n, bar in enumerate(bars(changes, now, zone))]
    whole = spans[-1][1]
    return Past(strip, spans, words(whole), whole.share is not None, entries)


def words(whole: Uptime) -> str:
    """`99,6% conectado, 1 queda`."""
    if whole.share is None:
        return "Ainda não há o que contar."
    drops = "nenhuma queda" if not whole.drops else "1 queda" if whole.drops == 1 else f"{whole.drops} quedas"
    return f"{share_words(whole.share)}, {drops}"
