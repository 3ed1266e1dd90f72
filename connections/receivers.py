"""What connections do when a client is archived: only rows are written here; a task does what takes HTTP."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from agency.models import Client
from agency.signals import client_archived
from connections import outbox
from connections.models import WhatsAppConnection


@receiver(client_archived, dispatch_uid="connections.stop_archived_client")
def stop_archived_client(client: Client, **kwargs: Any) -> None:
    outbox.cancel_queued(client, reason="Cliente arquivado.")
    WhatsAppConnection.objects.filter(client=client).exclude(instance_id="").update(disconnect_wanted_at=timezone.now())
