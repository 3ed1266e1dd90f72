"""`WebhookEvent`: what the gateway told us, cut down to what is ours, until it is worked on; kept seven days.
`WebhookTally`: how often something came that is not kept."""

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
    #: When it is looked at (again): a receipt may come before the answer to the send that it is about.
    due_at = models.DateTimeField("tratar em", default=timezone.now, editable=False)
    #: When it was worked on; `outcome` says what came of it.
    done_at = models.DateTimeField("tratado em", null=True, blank=True)
    outcome = models.CharField("resultado", max_length=40, blank=True)

    class Meta:
        verbose_name = "evento do servidor"
        verbose_name_plural = "eventos do servidor"
        ordering: ClassVar = ["-received_at", "-pk"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(done_at=None), name="webhook_to_do"),
            models.Index(fields=["received_at"], name="webhook_to_delete"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.received_at:%d/%m %H:%M:%S}"


class WebhookTally(models.Model):
    """One row for each day and kind of call that left nothing else behind, so that support sees what comes in vain."""

    class Kind(models.TextChoices):
        UNKNOWN_CONNECTION = "unknown_connection", "Conexão desconhecida"
        UNKNOWN_EVENT = "unknown_event", "Evento desconhecido"
        NOT_OURS = "not_ours", "Nada do Adscape"
        WRONG_SECRET = "wrong_secret", "Segredo errado"
        UNREADABLE = "unreadable", "Corpo ilegível"
        TOO_LARGE = "too_large", "Corpo grande demais"

    day = models.DateField("dia", help_text="Em UTC.")
    kind = models.CharField("tipo", max_length=20, choices=Kind.choices)
    count = models.PositiveBigIntegerField("vezes", default=0)

    class Meta:
        verbose_name = "chamada sem efeito"
        verbose_name_plural = "chamadas sem efeito"
        ordering: ClassVar = ["-day", "kind"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "kind"], name="one_webhook_tally")]

    def __str__(self) -> str:
        return f"{self.day:%d/%m} {self.get_kind_display()}"
