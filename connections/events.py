"""The history of a connection: who or what changed it, when and why. One function writes it, and nothing changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from agency.models import User
from connections import strips
from connections.models import ConnectionEvent, WhatsAppConnection
from connections.uptime import UNDER_WAY

Kind = ConnectionEvent.Kind


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. A person is named while the account exists."""

    kind: ConnectionEvent.Actor
    user_id: int | None = None


WHATSAPP = Actor(ConnectionEvent.Actor.WHATSAPP)
SYSTEM = Actor(ConnectionEvent.Actor.SYSTEM)
CLIENT = Actor(ConnectionEvent.Actor.CLIENT)


def person(user: User | int) -> Actor:
    """The person of an account, or of its primary key."""
    return Actor(ConnectionEvent.Actor.PERSON, user if isinstance(user, int) else user.pk)


def record(
    connection: WhatsAppConnection, kind: ConnectionEvent.Kind, actor: Actor, *, at: datetime | None = None
) -> ConnectionEvent:
    """Write down what has just happened; of a STATUS the row's status and reason as they are now."""
    is_status = kind == Kind.STATUS
    return ConnectionEvent.objects.create(
        connection=connection,
        kind=kind,
        at=at or timezone.now(),
        status=connection.status if is_status else "",
        reason=connection.reason if is_status else "",
        actor=actor.kind,
        user_id=actor.user_id,
    )


def record_status(connection: WhatsAppConnection, actor: Actor, *, at: datetime | None = None) -> None:
    """As `record`, unless the history says so already: a number that was away for a moment has not changed.

    What counts for its uptime stands on its client's card at once.
    """
    newest = connection.events.filter(kind=Kind.STATUS).values_list("status", "reason").first()
    if newest != (connection.status, connection.reason):
        record(connection, Kind.STATUS, actor, at=at)
        if connection.status not in UNDER_WAY:
            strips.refresh([connection.client_id])
