"""`BulkRun`: one thing done for many clients at once; `BulkItem`: one of them, and what came of it. Decide nothing."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import Agency, Client, User
from reports.choices import BulkAction, BulkOutcome
from reports.models.report import Report


class BulkRun(models.Model):
    """Asked when its clients were marked, started when a person confirmed, finished when none of them waits any more.

    One that was never started does nothing and is deleted after a day. Written by `reports.bulk` only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="bulk_runs", verbose_name="agência")
    action = models.CharField("ação", max_length=10, choices=BulkAction.choices)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="pedido por"
    )
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    started_at = models.DateTimeField("confirmado em", null=True, blank=True)
    #: A person wanted the rest not to be begun.
    stopped_at = models.DateTimeField("parado em", null=True, blank=True)
    finished_at = models.DateTimeField("terminado em", null=True, blank=True)

    class Meta:
        verbose_name = "envio para vários"
        verbose_name_plural = "envios para vários"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["agency", "-created_at"], name="bulk_recent"),  # the page's list of the last ones
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="bulk_open"),  # bulk.work_due
        ]

    def __str__(self) -> str:
        return f"{self.get_action_display()}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def occurrence(self) -> str:
        """Of each report that it makes: together with the client's settings it is unique, so none is made twice."""
        return f"manual:{self.pk}"


class BulkItem(models.Model):
    """One client of a run. `outcome` changes once, from waiting, in the transaction that does what it says."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+", verbose_name="cliente")
    outcome = models.CharField("resultado", max_length=10, choices=BulkOutcome.choices, default=BulkOutcome.WAITING)
    #: A sentence in pt-BR: why it did not leave, or what did not change.
    reason = models.CharField("motivo", max_length=200, blank=True)
    report = models.ForeignKey(Report, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    messages = models.PositiveSmallIntegerField("mensagens", default=0)

    class Meta:
        verbose_name = "cliente de um envio"
        verbose_name_plural = "clientes de um envio"
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "client"], name="bulk_client_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["run"], condition=Q(outcome="waiting"), name="bulk_waiting"),  # bulk.work
        ]

    def __str__(self) -> str:
        return f"{self.client_id}: {self.get_outcome_display()}"
