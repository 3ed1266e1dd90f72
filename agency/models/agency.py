"""`Agency`: the tenant that all else belongs to; `AgencyLogo`: its picture, apart. No rule but what a zone may be."""

from __future__ import annotations

import uuid
import zoneinfo

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("Fuso horário desconhecido: %(name)s.", params={"name": name})


class Agency(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("nome", max_length=120)
    time_zone = models.CharField(
        "fuso horário", max_length=64, default="America/Sao_Paulo", validators=[validate_time_zone]
    )
    #: Between these times of day, in the agency's zone, nothing leaves but tests that somebody asks for: reports,
    #: alerts and what is sent by hand wait. Both or none.
    quiet_from = models.TimeField("silêncio a partir de", null=True, blank=True)
    quiet_until = models.TimeField("silêncio até", null=True, blank=True)
    #: What may have left and has no trace at the gateway is sent again by itself: it may arrive twice.
    resend_without_trace = models.BooleanField("sem rastro, enviar de novo", default=False)
    #: Written by `agency.waiting`: held and lost reports of clients in service that a person can still decide on.
    reports_waiting = models.PositiveIntegerField("relatórios à espera", default=0, editable=False)
    weekly_digest = models.BooleanField("resumo de segunda-feira por e-mail", default=True)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "agência"
        verbose_name_plural = "agências"

    def __str__(self) -> str:
        return self.name


class AgencyLogo(models.Model):
    """An agency's logo, apart from the agency so that its row stays small. Written by `agency.logos` only."""

    class Ground(models.TextChoices):
        OWN = "own", "o seu próprio"
        LIGHT = "light", "claro"
        DARK = "dark", "escuro"

    agency = models.OneToOneField(
        Agency, on_delete=models.CASCADE, primary_key=True, related_name="logo", verbose_name="agência"
    )
    content = models.BinaryField("PNG")
    #: SHA-256 of `content` in hex, and so its public address.
    digest = models.CharField(max_length=64, db_index=True)
    width = models.PositiveSmallIntegerField("largura")
    height = models.PositiveSmallIntegerField("altura")
    ground = models.CharField("fundo", max_length=5, choices=Ground.choices)
    updated_at = models.DateTimeField("atualizado em", default=timezone.now)

    class Meta:
        verbose_name = "logo"
        verbose_name_plural = "logos"

    def __str__(self) -> str:
        return f"Logo de {self.agency_id}"

    @property
    def address(self) -> str:
        return reverse("agency:logo_image", args=[self.digest])
