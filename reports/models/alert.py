"""`BalanceAlert`: the decision to tell people how an account's money stands, with the figures it was made on."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from reports.choices import AlertKind, Stage
from reports.models.account import AdAccount, BalanceReading


class BalanceAlert(models.Model):
    """Its messages are found by their subject, `alert:<id>`; whether one was sent is known there and nowhere else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="alerts", verbose_name="conta")
    kind = models.CharField("tipo", max_length=10, choices=AlertKind.choices, default=AlertKind.LOW)
    #: "" where a balance is not what it is about.
    stage = models.CharField("situação", max_length=10, choices=Stage.choices, blank=True, default=Stage.LIMIT)
    balance = models.DecimalField("saldo", max_digits=14, decimal_places=2, null=True, blank=True)
    #: None where the forecast decided.
    threshold = models.DecimalField("limite", max_digits=14, decimal_places=2, null=True, blank=True)
    #: What was forecast, or what the platform says of the payment, in the words that were sent.
    words = models.CharField("em palavras", max_length=80, blank=True)
    tells_agency = models.BooleanField("avisa o gestor", default=False)
    reading = models.ForeignKey(
        BalanceReading, on_delete=models.SET_NULL, null=True, blank=True, related_name="alerts", verbose_name="leitura"
    )
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "alerta de saldo"
        verbose_name_plural = "alertas de saldo"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["account", "-created_at"], name="alert_history")]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """What the outbox knows it by."""
        return f"alert:{self.pk}"
