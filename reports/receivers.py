"""What reports do when a client changes: rows only, inside the sender's transaction."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from agency.models import Agency, Client
from agency.signals import client_archived
from reports import planning


@receiver(client_archived, dispatch_uid="reports.stop_archived_client")
def stop_archived_client(client: Client, **kwargs: Any) -> None:
    planning.stop(client)


@receiver(post_save, sender=Client, dispatch_uid="reports.client_zone_changed")
def client_zone_changed(instance: Client, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created and not raw:
        planning.zone_changed(client=instance)


@receiver(post_save, sender=Agency, dispatch_uid="reports.agency_zone_changed")
def agency_zone_changed(instance: Agency, created: bool, raw: bool = False, **kwargs: Any) -> None:
    if not created and not raw:
        planning.zone_changed(agency=instance)
