"""What happens to clients. Owns the transactions; other apps learn of it by signals."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from agency import notices, standing
from agency.models import Client
from agency.signals import client_archived, client_archiving


@transaction.atomic
def archive_client(client: Client) -> None:
    """Take a client out of service, once; the receivers' writes stand or fall with it.

    Rows are locked in the order that everybody takes (settings, messages, notices, the client last): a worker that
    claims one of its messages in this very moment waits, or is waited for.
    """
    if not Client.objects.filter(pk=client.pk, archived_at=None).exists():
        return
    client_archiving.send(sender=Client, client=client)
    client_archived.send(sender=Client, client=client)
    notices.close_of_client(client)
    Client.objects.filter(pk=client.pk, archived_at=None).update(archived_at=timezone.now())
    client.refresh_from_db(fields=["archived_at"])
    standing.refresh([client.pk])
