"""The changes of connections' states as `connections.uptime` takes them, read from their history."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from connections.models import ConnectionEvent, WhatsAppConnection
from connections.states import Reason, Status
from connections.uptime import Change

#: How much further back the change is looked for that says how a time began.
_BEFORE = timedelta(days=60)


def changes_of(connections: Iterable[WhatsAppConnection], since: datetime) -> dict[uuid.UUID, list[Change]]:
    """Of each connection those since then, in their order, and the one that stood then; of one that is older than its
    history, what its row says. One query."""
    rows = {connection.pk: connection for connection in connections}
    found: defaultdict[uuid.UUID, list[Change]] = defaultdict(list)
    events = ConnectionEvent.objects.filter(
        connection__in=list(rows), kind=ConnectionEvent.Kind.STATUS, at__gt=since - _BEFORE
    )
    for key, at, status, reason in events.order_by("at", "pk").values_list("connection", "at", "status", "reason"):
        found[key].append(Change(at, Status(status), Reason(reason)))
    return {key: _earlier(row, found[key]) + found[key] for key, row in rows.items()}


def _earlier(connection: WhatsAppConnection, known: list[Change]) -> list[Change]:
    connected, ended = connection.connected_at, connection.disconnected_at
    if connected is None or (known and connected >= known[0].at):
        return []
    earlier = [Change(connected, Status.CONNECTED, Reason.NONE)]
    is_down = connection.status == Status.DISCONNECTED and ended is not None
    if is_down and ended is not None and connected < ended and (not known or ended < known[0].at):
        earlier.append(Change(ended, Status.DISCONNECTED, Reason(connection.reason)))
    return earlier
