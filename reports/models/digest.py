"""`DigestCopy`: that a person's digest of a week was begun, so that nobody begins it again."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from agency.models import Agency


class DigestCopy(models.Model):
    """Written before the e-mail leaves. Without `sent_at` it did not leave, or nobody knows; it is not tried again."""

    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="+", verbose_name="agência")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="pessoa"
    )
    week = models.DateField("segunda-feira", help_text="A do envio, no fuso da agência.")
    claimed_at = models.DateTimeField("começou", default=timezone.now)
    sent_at = models.DateTimeField("enviado em", null=True, blank=True)

    class Meta:
        verbose_name = "resumo semanal"
        verbose_name_plural = "resumos semanais"
        ordering: ClassVar = ["-week", "agency", "user"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "week"], name="one_digest_per_person_and_week"),
        ]

    def __str__(self) -> str:
        return f"{self.week} → {self.user_id}"
