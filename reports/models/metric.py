"""`DailyMetric`: what one ad account did on one day of its own zone."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from agency.models import Client
from reports.choices import Platform
from reports.models.account import AdAccount


class DailyMetric(models.Model):
    """A day that was read has a row, with zeros where nothing ran; a day without a row is not known.

    Money is in major units of the account's currency. NULL: the platform or the file does not report that number.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="daily_metrics", verbose_name="cliente")
    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="daily_metrics", verbose_name="conta")
    platform = models.CharField("plataforma", max_length=10, choices=Platform.choices)
    date = models.DateField("dia")
    spend = models.DecimalField("investimento", max_digits=14, decimal_places=2)
    revenue = models.DecimalField("receita", max_digits=14, decimal_places=2, null=True, blank=True)
    impressions = models.PositiveBigIntegerField("impressões", null=True, blank=True)
    clicks = models.PositiveBigIntegerField("cliques", null=True, blank=True)
    #: Google credits parts of a conversion.
    conversions = models.DecimalField("conversões", max_digits=14, decimal_places=2, null=True, blank=True)
    leads = models.PositiveIntegerField("leads", null=True, blank=True)
    messages = models.PositiveIntegerField("mensagens", null=True, blank=True)
    #: What the platform told of each `Family`: {"purchases": ["10", "4500.00"]}, count and value, null for unknown.
    #: Which of them the columns above say follows from the client's settings (`reports.days`).
    results = models.JSONField(default=dict, blank=True, editable=False)

    class Meta:
        verbose_name = "número do dia"
        verbose_name_plural = "números por dia"
        ordering: ClassVar = ["-date"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "account", "platform", "date"], name="one_metric_row_per_day"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "date"], name="metric_period"),  # numbers.collect
            models.Index(fields=["account", "-date"], name="metric_recent"),  # storing: recent spend
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.date}"
