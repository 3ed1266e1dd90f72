"""`ReportSettings`: what a client is told and when; `Recipient`: who is told."""

from __future__ import annotations

import datetime
from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from agency.fields import PhoneField
from agency.models import Client
from reports.choices import Family, Frequency, Period, Weekday
from reports.metrics import Metric
from reports.schedule import Schedule


def all_metrics() -> list[str]:
    return list(Metric.values)


class ReportSettingsQuerySet(models.QuerySet["ReportSettings"]):
    def due(self, now: datetime.datetime) -> ReportSettingsQuerySet:
        return self.filter(active=True, next_run_at__lte=now).order_by("next_run_at", "pk")


class ReportSettings(models.Model):
    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="report_settings", verbose_name="cliente"
    )
    active = models.BooleanField("relatório automático", default=False)
    frequency = models.CharField("frequência", max_length=10, choices=Frequency.choices, default=Frequency.DAILY)
    weekday = models.PositiveSmallIntegerField("dia da semana", choices=Weekday.choices, default=Weekday.MONDAY)
    day_of_month = models.PositiveSmallIntegerField(
        "dia do mês", default=1, validators=[MinValueValidator(1), MaxValueValidator(28)], help_text="De 1 a 28."
    )
    time_of_day = models.TimeField("hora", default=datetime.time(9), help_text="No fuso horário do cliente.")
    period = models.CharField("período", max_length=20, choices=Period.choices, default=Period.LAST_7_DAYS)
    compare = models.BooleanField("comparar com o período anterior", default=True)
    #: Which of the twelve metrics the message shows; their order is that of `Metric`.
    metrics = models.JSONField("métricas", default=all_metrics)
    #: Adds a block with the sums of all platforms; each keeps its own block in any case.
    blend = models.BooleanField("somar as plataformas", default=False)
    #: What "Conversões" counts in Meta's numbers; Google's are what the account counts as conversions.
    conversion_family = models.CharField(
        "conversões são", max_length=24, choices=Family.choices, default=Family.PURCHASES
    )
    #: In UTC. Moved on only together with a report's row (`sending`), or by an edit (`planning`). None: nothing is due.
    next_run_at = models.DateTimeField("próximo envio", null=True, blank=True)
    #: The client's day of the newest occurrence that was claimed, so that no edit brings a second one on the same day.
    last_run_on = models.DateField("dia do último envio automático", null=True, blank=True, editable=False)

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
        return Schedule(
            Frequency(self.frequency),
            self.time_of_day,
            self.client.zone,
            weekday=self.weekday,
            day_of_month=self.day_of_month,
        )

    @property
    def chosen_metrics(self) -> tuple[Metric, ...]:
        """The metrics that the message shows, in their order; a name that is not known is left out."""
        return tuple(metric for metric in Metric if metric.value in self.metrics)


class Recipient(models.Model):
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="recipients", verbose_name="cliente")
    name = models.CharField("nome", max_length=80)
    phone = PhoneField("WhatsApp")
    gets_reports = models.BooleanField("relatórios", default=True)
    gets_alerts = models.BooleanField("alertas", default=True)
    #: Where the phone is the sending number itself: WhatsApp does not notify a phone of its own messages.
    via_agency = models.BooleanField("pelo número da agência", default=False)

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
