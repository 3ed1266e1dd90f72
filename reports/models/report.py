"""`Report`: one occurrence of a client's report, with the numbers that it was made of, or why there is none."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.models import Client, User
from reports.choices import Period, ReportStatus, Trigger
from reports.models.settings import ReportSettings


class Report(models.Model):
    """Unique by (settings, occurrence), so one occurrence can never be two reports.

    Its messages are found by their subject, `report:<id>`. `snapshot` is what `reports.snapshot` writes; empty where
    nothing was collected.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="reports", verbose_name="cliente")
    settings = models.ForeignKey(
        ReportSettings, on_delete=models.CASCADE, related_name="reports", verbose_name="configuração"
    )
    occurrence = models.CharField("ocorrência", max_length=80, help_text="2026-11-24T12:00Z ou manual:<token>.")
    trigger = models.CharField("origem", max_length=10, choices=Trigger.choices)
    #: What it was about when it was due; the settings may say something else by now.
    period = models.CharField("período", max_length=20, choices=Period.choices, blank=True)
    period_start = models.DateField("de", null=True, blank=True)
    period_end = models.DateField("até", null=True, blank=True)
    status = models.CharField("estado", max_length=10, choices=ReportStatus.choices, default=ReportStatus.BUILT)
    #: A sentence in pt-BR for the person who wonders why nothing was sent.
    reason = models.CharField("motivo", max_length=200, blank=True)
    #: The `HoldKind`s of a report that waits.
    holds = models.JSONField("por que espera", default=list, blank=True, editable=False)
    #: When it is looked at again whether a held report may leave by itself; None: only a person can release it.
    look_again_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Until when a held report can be released: its next occurrence.
    expires_at = models.DateTimeField("pode ser liberado até", null=True, blank=True)
    #: The person who released or discarded it, and when. A held report that expired has only the time.
    settled_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="decidido por"
    )
    settled_at = models.DateTimeField("decidido em", null=True, blank=True)
    snapshot = models.JSONField("números", default=dict, blank=True)
    #: What addresses of its public page must name; one more ends all that were given out (`page_links`).
    page_version = models.PositiveSmallIntegerField(default=0, editable=False)
    #: What goes with its text, as the settings had it when that went into the outbox.
    with_chart = models.BooleanField("com gráfico", default=False, editable=False)
    with_pdf = models.BooleanField("com PDF", default=False, editable=False)
    #: When they are drawn next, or drawn anew should whoever is at it be gone; None: nothing is to be drawn (any more).
    documents_due = models.DateTimeField(null=True, blank=True, editable=False)
    documents_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "relatório"
        verbose_name_plural = "relatórios"
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["settings", "occurrence"], name="one_report_per_occurrence"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "-created_at"], name="report_history"),  # the client page
            # "Envios", and the count of its bar
            models.Index(fields=["client"], condition=Q(status__in=("held", "lost")), name="report_waiting"),
            models.Index(fields=["expires_at"], condition=Q(status="held"), name="report_held"),  # holding.expire_held
            models.Index(
                fields=["look_again_at"], condition=Q(status="held"), name="report_look_again"
            ),  # waiting.look_again
            models.Index(
                fields=["documents_due"], condition=Q(documents_due__isnull=False), name="report_documents"
            ),  # documents.draw_due
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """What the outbox knows it by."""
        return f"report:{self.pk}"
