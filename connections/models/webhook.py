"""`WebhookEvent`: what the gateway told us, cut down to what is ours, until it is worked on; kept seven days."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from connections.models.connection import WhatsAppConnection


class WebhookEvent(models.Model):
    """`data` holds only what `connections.webhooks` lets through: no text, name or number of a client's chats."""

    connection = models.ForeignKey(
        WhatsAppConnection, on_delete=models.CASCADE, related_name="webhook_events", verbose_name="conexão"
    )
    event = models.CharField("evento", max_length=40)
    data = models.JSONField("dados", default=dict)
    received_at = models.DateTimeField("recebido em", default=timezone.now)
    #: When it was worked on; `outcome` says what came of it.
    done_at = models.DateTimeField("tratado em", null=True, blank=True)
    outcome = models.CharField("resultado", max_length=40, blank=True)

    class Meta:
        verbose_name = "evento do servidor"
        verbose_name_plural = "eventos do servidor"
        ordering: ClassVar = ["-received_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], condition=Q(done_at=None), name="webhook_to_do"),
            models.Index(fields=["received_at"], name="webhook_to_delete"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.received_at:%d/%m %H:%M:%S}"
