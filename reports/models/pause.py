"""`AgencyPause`: days on which an agency sends no automatic report to any client."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from agency.models import Agency

#: A pause that has been over for longer says nothing about any run to come, nor about one that may still be missed.
_REMEMBERED = timedelta(days=60)


class AgencyPauseQuerySet(models.QuerySet["AgencyPause"]):
    def copy_of(self, agency_pk: UUID, now: datetime) -> list[list[str]]:
        """An agency's pauses as its clients' settings hold them."""
        rows = self.filter(agency=agency_pk, last_day__gte=now.date() - _REMEMBERED)
        return [[f"{row.first_day}", f"{row.last_day}", row.note] for row in rows]


class AgencyPause(models.Model):
    """Days of each client's own zone, both ends included. `agency_pauses` alone writes them: clients' settings hold a
    copy, which their next runs follow from."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="report_pauses", verbose_name="agência")
    first_day = models.DateField("primeiro dia")
    last_day = models.DateField("último dia")
    note = models.CharField("motivo", max_length=40, blank=True)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)

    objects = AgencyPauseQuerySet.as_manager()

    class Meta:
        verbose_name = "pausa da agência"
        verbose_name_plural = "pausas da agência"
        ordering: ClassVar = ["first_day", "last_day"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="pause_ends_after_it_begins",
                violation_error_message="O último dia vem antes do primeiro.",
            ),
            models.UniqueConstraint(
                fields=["agency", "first_day", "last_day"],
                name="pause_once_per_agency",
                violation_error_message="Esta pausa já está na lista.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_day} a {self.last_day}"
