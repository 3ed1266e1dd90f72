"""The strip of thirty days on each client's card: written into the client's own row, so that the page reads it for
nothing. At once where a number's state changes, and by beat, since days pass without a change.

The rule is `connections.uptime`; the signs are `agency.uptime_strip`'s. Writes only rows that say something else.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q
from django.utils import timezone

from agency.cards import related
from agency.models import Client
from agency.uptime_strip import Sign
from connections.changes import changes_of
from connections.uptime import BARS, DAY, Bar, Change, bars, uptime

logger = logging.getLogger(__name__)

#: Clients that are read at once, and that are written by one statement: SQLite counts its parameters.
BATCH = 500
_WRITTEN = 125
_COLUMNS = ("uptime_days", "uptime_share", "uptime_at")
_FACTS = (
    *("uptime_days", "uptime_share", "agency__time_zone"),
    *(f"whatsapp_connection__{name}" for name in ("client", "status", "reason", "connected_at", "disconnected_at")),
)
_SIGNS = {"up": Sign.UP, "part": Sign.PART, "down": Sign.DOWN, "none": Sign.UNKNOWN}


def refresh(clients: Iterable[uuid.UUID | None]) -> int:
    """Write anew the strips of these clients (None is nobody: a row of the agency itself); how many said otherwise."""
    keys = {key for key in clients if key is not None}
    return _write(keys) if keys else 0


def repair() -> int:
    """Those of all clients in service that have, or had, a number; how many said otherwise."""
    rows = Client.objects.active().exclude(whatsapp_connection=None, uptime_days="").order_by("pk")
    written, keys = 0, list(rows.values_list("pk", flat=True)[:BATCH])
    while keys:
        written += _write(keys)
        keys = list(rows.filter(pk__gt=keys[-1]).values_list("pk", flat=True)[:BATCH])
    return written


def _write(keys: Iterable[uuid.UUID]) -> int:
    now = timezone.now()
    clients = Client.objects.filter(pk__in=keys).select_related("agency", "whatsapp_connection").only(*_FACTS)
    numbers = {client: related(client, "whatsapp_connection") for client in clients.order_by()}
    known = changes_of(filter(None, numbers.values()), now - BARS * DAY)
    wrong = []
    for client, number in numbers.items():
        before = (client.uptime_days, client.uptime_share)
        changes = known[number.pk] if number else []
        try:
            client.uptime_days, client.uptime_share = _strip(changes, now, ZoneInfo(client.agency.time_zone))
        except ZoneInfoNotFoundError:  # one agency's must not keep others, nor the number's state, from being written
            logger.exception("strip of client %s not written", client.pk)
            continue
        client.uptime_at = now
        if (client.uptime_days, client.uptime_share) != before:
            wrong.append(client)
    # Who has begun to read later than this has read what is newer, and is not written over.
    older = Client.objects.filter(Q(uptime_at=None) | Q(uptime_at__lt=now))
    starts = range(0, len(wrong), _WRITTEN)
    return sum(older.bulk_update(wrong[start : start + _WRITTEN], _COLUMNS) for start in starts)


def _strip(changes: list[Change], now: datetime, zone: ZoneInfo) -> tuple[str, int | None]:
    share = uptime(changes, now - BARS * DAY, now).share
    days = "".join(map(_sign, bars(changes, now, zone)))
    return ("", None) if share is None or set(days) == {Sign.UNKNOWN} else (days, int(share * 10))


def _sign(bar: Bar) -> str:
    return _SIGNS[bar.kind]
