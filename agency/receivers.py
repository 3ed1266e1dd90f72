"""What a saved client changes in the agency's own rows, inside the transaction of who did it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from agency import standing
from agency.models import Client

#: What of a client its standing depends on; the stored answers too, since a whole row is written as it was once read.
_DEPENDS_ON = {
    *("use_agency_number", "number_state", "attention_if_agency_up", "attention_if_agency_down", "has_low_balance"),
}


@receiver(post_save, sender=Client, dispatch_uid="agency.client_standing")
def client_saved(
    instance: Client, created: bool, raw: bool = False, update_fields: Collection[str] | None = None, **kwargs: Any
) -> None:
    untouched = update_fields is not None and _DEPENDS_ON.isdisjoint(update_fields)
    # A client that nothing belongs to yet stands as its columns' defaults say, if it uses the agency's number.
    if not raw and not untouched and not (created and instance.use_agency_number):
        standing.refresh([instance.pk])
