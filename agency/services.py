"""What happens to clients. Owns the transactions; other apps learn of it by signals."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from agency.models import Client
from agency.signals import client_archived


@transaction.atomic
def archive_client(client: Client) -> None:
    """Take a client out of service, once; the receivers' writes stand or fall with it."""
    if Client.objects.filter(pk=client.pk, archived_at=None).update(archived_at=timezone.now()):
        client.refresh_from_db(fields=["archived_at"])
        client_archived.send(sender=Client, client=client)
