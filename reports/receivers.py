"""What reports do when a client changes: rows only, inside the sender's transaction."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from agency import standing
from agency.models import Agency, Client
from agency.signals import client_archiving
from reports import planning
from reports.models import AdAccount, ReportSettings


@receiver(client_archiving, dispatch_uid="reports.stop_archived_client")
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


#: What of these rows a card's note depends on.
_ON_THE_CARD = {"balance", "alert_by", "alert_threshold", "low_stage", "last_problem", "client"}


@receiver(post_save, sender=AdAccount, dispatch_uid="reports.client_standing_account")
@receiver(post_save, sender=ReportSettings, dispatch_uid="reports.client_standing_settings")
def part_of_card_saved(
    instance: AdAccount | ReportSettings,
    created: bool,
    raw: bool = False,
    update_fields: Collection[str] | None = None,
    **kwargs: Any,
) -> None:
    says_nothing_yet = created and not (instance.is_low if isinstance(instance, AdAccount) else instance.last_problem)
    untouched = update_fields is not None and _ON_THE_CARD.isdisjoint(update_fields)
    if not raw and not says_nothing_yet and not untouched:
        standing.refresh([instance.client_id])


@receiver(post_delete, sender=AdAccount, dispatch_uid="reports.client_standing_without_account")
@receiver(post_delete, sender=ReportSettings, dispatch_uid="reports.client_standing_without_settings")
def part_of_card_deleted(instance: AdAccount | ReportSettings, **kwargs: Any) -> None:
    standing.refresh([instance.client_id])
