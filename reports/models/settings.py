"""`ReportSettings`: what a client is told and when; `Recipient`: who is told."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from agency.fields import PhoneField
from agency.models import Client
from reports.choices import Frequency, Period
from reports.schedule import Schedule


class ReportSettingsQuerySet(models.QuerySet["ReportSettings"]):
    def due(self, now: datetime.datetime) -> ReportSettingsQuerySet:
        return self.filter(active=True, next_run_at__lte=now).order_by("next_run_at", "pk")


class ReportSettings(models.Model):
    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="report_settings", verbose_name="cliente"
    )
    active = models.BooleanField("relatório automático", default=False)
    frequency = models.CharField("frequência", max_length=10, choices=Frequency.choices, default=Frequency.DAILY)
    time_of_day = models.TimeField("hora", default=datetime.time(9), help_text="No fuso horário do cliente.")
    period = models.CharField("período", max_length=20, choices=Period.choices, default=Period.LAST_7_DAYS)
    compare = models.BooleanField("comparar com o período anterior", default=True)
    #: In UTC. Moved on only together with a report's row (`sending`), or by an edit (`planning`). None: nothing is due.
    next_run_at = models.DateTimeField("próximo envio", null=True, blank=True)

    #: Why the newest report did not leave, in pt-BR; empty once one does. Here, so that a card reads it with its join.
    last_problem = models.CharField("último problema", max_length=200, blank=True, editable=False)

    objects = ReportSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = "configuração de relatório"
        verbose_name_plural = "configurações de relatório"
        indexes: ClassVar = [
            models.Index(fields=["next_run_at"], condition=Q(active=True), name="report_due"),  # sending.send_due
        ]

    def __str__(self) -> str:
        return f"Relatório de {self.client_id}"

    @property
    def schedule(self) -> Schedule:
        """Reads the client, and the agency where the client has no zone of its own."""
        return Schedule(Frequency(self.frequency), self.time_of_day, self.client.zone)


class Recipient(models.Model):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="recipients", verbose_name="cliente")
    name = models.CharField("nome", max_length=80)
    phone = PhoneField("WhatsApp")
    gets_reports = models.BooleanField("relatórios", default=True)
    gets_alerts = models.BooleanField("alertas", default=True)

    class Meta:
        verbose_name = "quem recebe"
        verbose_name_plural = "quem recebe"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "phone"],
                name="recipient_once_per_client",
                violation_error_message="Este número já está na lista.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
