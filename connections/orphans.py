"""Instances at the gateway that no connection knows: found by a task, adopted or removed by support, never by itself.

An agency that used Evolution before keeps its numbers: an instance that is adopted goes on without a new scan.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agency.phones import phone_of_jid
from connections import claims, events, pairing, services
from connections.classification import Code
from connections.evolution import EvolutionError, NotSent
from connections.gateway import evolution, watched
from connections.models import OrphanInstance, WhatsAppConnection
from connections.webhooks import registration

logger = logging.getLogger(__name__)


class CannotAdopt(Exception):
    """Why an instance cannot become this connection's, in one sentence in pt-BR."""


def find(now: datetime | None = None) -> int:
    """Write down what the gateway holds and no connection knows, and forget what is gone; how many there are."""
    now = now or timezone.now()
    with watched():
        found = evolution().list_instances()
    known = set(WhatsAppConnection.objects.exclude(instance_id="").values_list("instance_name", flat=True))
    # An instance that is just being created stands at the gateway a moment before its id stands in our row.
    known |= set(WhatsAppConnection.objects.filter(claimed_until__gt=now).values_list("instance_name", flat=True))
    orphans = [
        OrphanInstance(
            name=info.name[:120],
            instance_id=info.id[:60],
            phone=phone_of_jid(info.owner_jid),
            profile_name=info.profile_name[:120],
            found_at=now,
            seen_at=now,
        )
        for info in found
        if info.name and info.name not in known
    ]
    OrphanInstance.objects.bulk_create(
        orphans,
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["instance_id", "phone", "profile_name", "seen_at"],
        batch_size=500,
    )
    OrphanInstance.objects.filter(seen_at__lt=now).delete()
    return len(orphans)


def adopt(orphan: OrphanInstance, actor: events.Actor) -> WhatsAppConnection:
    """Make it the connection of the agency or client that support has chosen. Raises CannotAdopt, EvolutionError."""
    if orphan.agency is None:
        raise CannotAdopt("Escolha a agência, e o cliente se for de um cliente.")
    connection = services.connection_of(orphan.agency, orphan.client)
    if not claims.take(connection, timezone.now()):
        raise NotSent(Code.NOT_LOADED, "adopt")
    try:
        connection.refresh_from_db()
        if connection.instance_id:
            raise CannotAdopt("Este dono já tem uma conexão. Desconecte-a primeiro.")
        token = evolution().token_to_adopt(orphan.name)
        if not token:
            raise CannotAdopt("Esta instância não existe mais no servidor.")
        _take_over(connection, orphan, token, actor)
    finally:
        claims.release(connection)
    try:
        pairing.step(connection)
        registration.repair()
    except EvolutionError as error:  # it is adopted; the watch reads its state, and beat sets its webhook
        logger.warning("adopted instance %s not read yet: %s", connection.instance_name, error)
    return connection


@transaction.atomic
def _take_over(connection: WhatsAppConnection, orphan: OrphanInstance, token: str, actor: events.Actor) -> None:
    connection.instance_name, connection.instance_id, connection.token = orphan.name, orphan.instance_id, token
    connection.has_session, connection.webhook_checked_at, connection.last_seen_at = True, None, None
    connection.save(
        update_fields=[
            *("instance_name", "instance_id", "token", "has_session", "webhook_checked_at", "last_seen_at"),
        ]
    )
    events.record(connection, events.Kind.ADOPTED, actor)
    orphan.delete()


def remove(orphan: OrphanInstance) -> None:
    """Delete it at the gateway. Raises CannotAdopt where a connection knows it by now, EvolutionError."""
    if WhatsAppConnection.objects.filter(instance_name=orphan.name).exclude(instance_id="").exists():
        raise CannotAdopt("Uma conexão já usa esta instância.")
    with watched():
        evolution().delete(orphan.name)
    orphan.delete()
