"""`ConnectionEvent`: what happened to a connection, for its history and its uptime.
`ConnectLink`: the address by which a client who is far away links, and later unlinks, its own WhatsApp."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from agency.fields import PhoneField
from agency.models import Agency, Client
from connections.models.connection import WhatsAppConnection
from connections.states import Reason, Status


class ConnectionEvent(models.Model):
    """Written by `connections.events.record` and by nothing else; never changed."""

    class Kind(models.TextChoices):
        STATUS = "status", "Estado"
        LINK_MADE = "link_made", "Link de conexão criado"
        LINK_OPENED = "link_opened", "Link de conexão aberto"
        CONSENT = "consent", "Autorização dada pelo cliente"
        LINK_REVOKED = "link_revoked", "Link de conexão cancelado"
        RESTARTED = "restarted", "Reiniciada pelo suporte"
        WEBHOOK_REPAIRED = "webhook_repaired", "Webhook refeito"
        ADOPTED = "adopted", "Instância adotada"

    class Actor(models.TextChoices):
        PERSON = "person", "Pessoa"
        CLIENT = "client", "Cliente, pelo link"
        WHATSAPP = "whatsapp", "WhatsApp"
        SYSTEM = "system", "Adscape"

    connection = models.ForeignKey(
        WhatsAppConnection, on_delete=models.CASCADE, related_name="events", verbose_name="conexão"
    )
    at = models.DateTimeField("em", default=timezone.now)
    kind = models.CharField("tipo", max_length=20, choices=Kind.choices)
    #: Of STATUS: what it became, and why.
    status = models.CharField("estado", max_length=20, choices=Status.choices, blank=True)
    reason = models.CharField("motivo", max_length=30, choices=Reason.choices, blank=True)
    actor = models.CharField("por", max_length=10, choices=Actor.choices)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="pessoa",
    )

    class Meta:
        verbose_name = "evento de conexão"
        verbose_name_plural = "eventos de conexão"
        ordering: ClassVar = ["-at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["connection", "-at"], name="connection_history")]

    def __str__(self) -> str:
        return f"{self.at:%d/%m %H:%M} {self.get_status_display() or self.get_kind_display()}"


class ConnectLink(models.Model):
    """One address `/c/<token>/` for one client. The token is signed and not stored; the row ends it before its time."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="connect_links", verbose_name="agência")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="connect_links", verbose_name="cliente")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="criado por",
    )
    created_at = models.DateTimeField("criado em", default=timezone.now)
    expires_at = models.DateTimeField("vale até")
    revoked_at = models.DateTimeField("cancelado em", null=True, blank=True)
    opened_at = models.DateTimeField("aberto em", null=True, blank=True)
    consented_at = models.DateTimeField("autorizado em", null=True, blank=True)
    consent_ip = models.GenericIPAddressField("IP da autorização", null=True, blank=True)
    consent_agent = models.CharField("navegador da autorização", max_length=300, blank=True)
    #: The words that were agreed to.
    consent_text = models.TextField("texto da autorização", blank=True)
    #: Its purpose is fulfilled: it links no other number any more, but may still unlink this one.
    connected_at = models.DateTimeField("conectado em", null=True, blank=True)
    phone = PhoneField("número conectado", blank=True)
    disconnected_at = models.DateTimeField("desconectado pelo cliente em", null=True, blank=True)

    class Meta:
        verbose_name = "link de conexão"
        verbose_name_plural = "links de conexão"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["client", "-created_at"], name="connect_link_of_client")]

    def __str__(self) -> str:
        return f"{self.client} {self.created_at:%d/%m %H:%M}"
