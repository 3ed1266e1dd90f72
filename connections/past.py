"""The past of a connection as its panel shows it: a strip of thirty days, shares, and what happened, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from connections import events
from connections.models import ConnectionEvent, WhatsAppConnection
from connections.states import Reason, Status
from connections.uptime import BARS, DAY, Bar, Change, Uptime, bars, uptime

#: Events that the panel lists.
SHOWN = 20
SPANS = (("24 horas", DAY), ("7 dias", 7 * DAY), ("30 dias", BARS * DAY))
#: The strip's geometry, in units of its view box of 100.
_STEP = Decimal(100) / BARS


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar with its place, written as SVG wants it; `at` is the day that it is about."""

    bar: Bar
    x: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """`is_known`: there is a time to tell of. `spans` are the shares by name, longest last; `words` tells that one."""

    strip: list[DrawnBar]
    spans: list[tuple[str, Uptime]]
    words: str
    is_known: bool
    entries: list[ConnectionEvent]


def past_of(connection: WhatsAppConnection, now: datetime) -> Past:
    """Two queries."""
    entries = list(connection.events.select_related("user")[:SHOWN])
    changes = _changes(connection, now - BARS * DAY)
    spans = [(name, uptime(changes, now - length, now)) for name, length in SPANS]
    strip = [DrawnBar(bar, f"{_STEP * n:.2f}", now - DAY * (BARS - 1 - n)) for n, bar in enumerate(bars(changes, now))]
    whole = spans[-1][1]
    return Past(strip, spans, words(whole), whole.share is not None, entries)


def words(whole: Uptime) -> str:
    """`99,6% conectado, 1 queda`."""
    if whole.share is None:
        return "Ainda não há o que contar."
    share = f"{whole.share:f}".replace(".", ",").removesuffix(",0")
    drops = "nenhuma queda" if not whole.drops else "1 queda" if whole.drops == 1 else f"{whole.drops} quedas"
    return f"{share}% conectado, {drops}"


def _changes(connection: WhatsAppConnection, since: datetime) -> list[Change]:
    """Those since then, and the one that stood then; of a connection older than its history, what its row says."""
    rows = connection.events.filter(kind=events.Kind.STATUS).order_by("at", "pk")
    found = [
        Change(at, Status(status), Reason(reason))
        for at, status, reason in rows.filter(at__gt=since - timedelta(days=60)).values_list("at", "status", "reason")
    ]
    first = found[0].at if found else datetime.max.replace(tzinfo=since.tzinfo)
    earlier: list[Change] = []
    if connection.connected_at and connection.connected_at < first:
        earlier.append(Change(connection.connected_at, Status.CONNECTED, Reason.NONE))
        ended = connection.disconnected_at
        if connection.status == Status.DISCONNECTED and ended and connection.connected_at < ended < first:
            earlier.append(Change(ended, Status.DISCONNECTED, Reason(connection.reason)))
    return earlier + found
