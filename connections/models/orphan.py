"""`OrphanInstance`: an instance at the gateway that no connection knows, until support adopts or removes it."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from agency.fields import PhoneField
from agency.models import Agency, Client


class OrphanInstance(models.Model):
    """Found by `connections.orphans.find`. Support says whose it is to become; nothing is adopted by itself."""

    name = models.CharField("instância", max_length=120, unique=True)
    instance_id = models.CharField("id no servidor", max_length=60, blank=True)
    phone = PhoneField("número", blank=True)
    profile_name = models.CharField("nome no WhatsApp", max_length=120, blank=True)
    found_at = models.DateTimeField("encontrada em", default=timezone.now)
    seen_at = models.DateTimeField("vista em", default=timezone.now)
    agency = models.ForeignKey(
        Agency, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="adotar para"
    )
    client = models.ForeignKey(
        Client,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="cliente",
        help_text="Vazio: o número da própria agência.",
    )

    class Meta:
        verbose_name = "instância órfã"
        verbose_name_plural = "instâncias órfãs"
        ordering: ClassVar = ["-found_at"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.client is not None and self.client.agency_id != self.agency_id:
            raise ValidationError({"client": "Este cliente não é da agência escolhida."})
