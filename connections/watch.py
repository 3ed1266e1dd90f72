"""Beat's eye on the connections: re-reads states that have grown old and carries out the disconnects asked for.

Bounded in every round and spread out: a number that delivered within the hour needs no reading, those that wait for
something are read first, and what a reading does not change costs one statement for all of them.
"""

from __future__ import annotations

import logging
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection as database
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from connections import health, pairing, services
from connections.classification import GATEWAY_IS_DOWN
from connections.evolution import EvolutionClient, EvolutionError
from connections.gateway import evolution, watched
from connections.models import WhatsAppConnection
from connections.observation import observe
from connections.states import Reason, Status

logger = logging.getLogger(__name__)

#: A state read longer ago than this is read again. Short: a number that fell must not carry the next report.
STALE_AFTER = timedelta(seconds=55)
#: So recent a delivery says that a connected number works.
DELIVERED_WITHIN = timedelta(hours=1)
#: Readings of one round, the longest unread first; how many at once; seconds after which it leaves the rest to others.
MOST = 600
AT_ONCE = 8
PATIENCE = 25.0
#: What a reading needs to know; the rest, keys to be deciphered among it, stays in the database.
_READ = (
    *("instance_name", "instance_id", "status", "reason", "phone", "client_id", "connected_at", "paused_until"),
    *("pairing_since", "has_session", "qr_at", "last_seen_at"),
)


def refresh_stale(now: datetime | None = None) -> int:
    """Re-read what is due, and return how many states were read. Stops where the gateway is down."""
    now, began = now or timezone.now(), time.monotonic()
    _disconnect_wanted()
    rows = list(due(now)[:MOST])
    if not rows:
        return 0
    states = _read_states(rows, began)
    read = [row for row in rows if row.pk in states]
    outcomes = health.outcomes_of([row for row in read if states[row.pk] == "open"], now)
    same: list[uuid.UUID] = []
    other: list[uuid.UUID] = []
    for row in read:
        seen = observe(pairing.known(row), states[row.pk], outcomes=outcomes[row.pk]) if row.pk in outcomes else None
        unchanged = seen == (row.status, row.reason) and bool(row.phone)
        (same if unchanged else other).append(row.pk)
    WhatsAppConnection.objects.filter(pk__in=same).update(last_seen_at=now)
    for pk in other:
        if not _step(pk, states[pk]) or time.monotonic() - began > PATIENCE:
            break
    return len(read)


def due(now: datetime) -> QuerySet[WhatsAppConnection]:
    """What there is to read, the longest unread first; not what works, since a phone has just confirmed a message."""
    stale = now - STALE_AFTER * settings.WAIT_SCALE
    old = Q(last_seen_at=None) | Q(last_seen_at__lt=stale)
    works = Q(status=Status.CONNECTED, delivered_at__gt=now - DELIVERED_WITHIN, last_seen_at__isnull=False)
    rows = WhatsAppConnection.objects.exclude(instance_id="").filter(old, disconnect_wanted_at=None).exclude(works)
    return rows.only(*_READ).order_by(F("last_seen_at").asc(nulls_first=True))


def _read_states(rows: list[WhatsAppConnection], began: float) -> dict[uuid.UUID, str | None]:
    """What the gateway says of each; of those that could not be read, nothing. No database connection is held."""
    if not database.in_atomic_block:
        database.close()
    gateway = evolution()
    states: dict[uuid.UUID, str | None] = {}
    down: list[EvolutionError] = []

    def read(row: WhatsAppConnection) -> None:
        if down or time.monotonic() - began > PATIENCE:
            return
        try:
            states[row.pk] = _state(gateway, row.instance_name)
        except EvolutionError as error:
            logger.warning("state of connection %s not read: %s", row.pk, error)
            if error.code in GATEWAY_IS_DOWN:
                down.append(error)
        except Exception:
            # One that cannot be read must not leave all those behind it with a state that is no longer true.
            logger.exception("state of connection %s not read", row.pk)

    first, *others = rows
    read(first)  # alone: where the gateway is down, nobody else asks it
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="watch") as pool:
        list(pool.map(read, others))
    return states


def _state(gateway: EvolutionClient, name: str) -> str | None:
    with watched():
        return gateway.connection_state(name)


def _step(pk: uuid.UUID, state: str | None) -> bool:
    """Do what follows from what was read; whether to go on with others."""
    try:
        pairing.step(WhatsAppConnection.objects.select_related("agency", "client").get(pk=pk), read=(state,))
    except EvolutionError as error:
        logger.warning("state of connection %s not read: %s", pk, error)
        return error.code not in GATEWAY_IS_DOWN
    except Exception:
        logger.exception("state of connection %s not read", pk)
    return True


def _disconnect_wanted() -> None:
    rows = WhatsAppConnection.objects.exclude(instance_id="").exclude(disconnect_wanted_at=None)
    for row in list(rows.select_related("agency", "client")[:MOST]):
        try:
            services.disconnect(row.agency, row.client, reason=Reason.ARCHIVED)
        except EvolutionError as error:
            logger.warning("connection %s not disconnected: %s", row.pk, error)
            if error.code in GATEWAY_IS_DOWN:
                return
        except Exception:
            logger.exception("connection %s not disconnected", row.pk)
