"""The right to change an instance at the gateway: one holder at a time, as a moment in the connection's row.

Two creates of one name at once can destroy the instance, and a second socket of one session fights the first. A holder
that is gone loses it by the clock. `also` are columns that are written in the same statement, and in the object too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from connections.classification import Code
from connections.evolution import NotSent
from connections.models import WhatsAppConnection

#: Longer than any two calls in a row can last; a holder renews it in between, so it runs out only when that is gone.
CLAIM = timedelta(seconds=60)


def take(connection: WhatsAppConnection, now: datetime) -> bool:
    """Take the right to change this connection at the gateway; False while somebody else has it."""
    free = Q(claimed_until=None) | Q(claimed_until__lt=now)
    return _write(WhatsAppConnection.objects.filter(free), connection, claimed_until=now + CLAIM)


def renew(connection: WhatsAppConnection, **also: Any) -> None:
    """Go on holding the claim, before a call that must not be made twice.

    Raises NotSent where a slow gateway has let it run out and somebody else has it: that one's word counts.
    """
    _or_lost(_write(_mine(connection), connection, claimed_until=timezone.now() + CLAIM, **also))


def write(connection: WhatsAppConnection, **columns: Any) -> None:
    """Write what was learnt while the claim was held, or by one who needs none while nobody has it. Raises NotSent as
    `renew`."""
    _or_lost(_write(_mine(connection), connection, **columns))


def release(connection: WhatsAppConnection) -> None:
    """Give the claim back; one that somebody else holds by now stays."""
    _write(_mine(connection), connection, claimed_until=None)


def _mine(connection: WhatsAppConnection) -> QuerySet[WhatsAppConnection]:
    return WhatsAppConnection.objects.filter(claimed_until=connection.claimed_until)


def _write(rows: QuerySet[WhatsAppConnection], connection: WhatsAppConnection, **columns: Any) -> bool:
    done = rows.filter(pk=connection.pk).update(**columns) == 1
    if done:
        for name, value in columns.items():
            setattr(connection, name, value)
    return done


def _or_lost(done: bool) -> None:
    if not done:
        raise NotSent(Code.NOT_LOADED, "claim lost")
