"""What connections do when a client is archived: only rows are written here; a task does what takes HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.utils import timezone

from agency import standing
from agency.models import Client
from agency.signals import client_archived
from connections import outbox, strips
from connections.models import ClientDelivery, WhatsAppConnection
from connections.states import Status


@receiver(client_archived, dispatch_uid="connections.stop_archived_client")
def stop_archived_client(client: Client, **kwargs: Any) -> None:
    # The connection first, as `pacing` does; the client's row, and with it its card, is the sender's to write, last.
    WhatsAppConnection.objects.filter(client=client).exclude(instance_id="").update(disconnect_wanted_at=timezone.now())
    outbox.cancel_queued(client, reason="Cliente arquivado.", is_on_a_card=False)


@receiver(post_save, sender=WhatsAppConnection, dispatch_uid="connections.client_standing")
def connection_saved(
    instance: WhatsAppConnection, created: bool, raw: bool = False, update_fields: Any = None, **kwargs: Any
) -> None:
    # Who saves some fields only knows what it changes: `pairing.store` says so itself, twice a minute for each number.
    is_bare = created and instance.status == Status.DISCONNECTED and instance.connected_at is None  # as without a row
    if not raw and update_fields is None and not is_bare:
        standing.refresh([instance.client_id])
        strips.refresh([instance.client_id])


@receiver(post_delete, sender=WhatsAppConnection, dispatch_uid="connections.client_standing_without_connection")
@receiver(post_delete, sender=ClientDelivery, dispatch_uid="connections.client_standing_without_delivery")
def part_of_card_deleted(instance: WhatsAppConnection | ClientDelivery, **kwargs: Any) -> None:
    standing.refresh([instance.client_id])
    if isinstance(instance, WhatsAppConnection):
        strips.refresh([instance.client_id])
