"""`SendingRules`: what an agency's reports have to pass before they leave."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import models

from agency.models import Agency
from reports.choices import AtDeadline

JUMP_FACTORS = (
    (Decimal(2), "o dobro do comum"),
    (Decimal(3), "três vezes o comum"),
    (Decimal(5), "cinco vezes o comum"),
    (Decimal(10), "dez vezes o comum"),
)
REVIEW_MINUTES = ((30, "30 minutos"), (60, "1 hora"), (120, "2 horas"), (240, "4 horas"), (480, "8 horas"))


class SendingRules(models.Model):
    """An agency without a row has the ones of a new row."""

    agency = models.OneToOneField(
        Agency, on_delete=models.CASCADE, primary_key=True, related_name="sending_rules", verbose_name="agência"
    )
    #: So many times what was usual, a day's spend holds the report; None: it may be anything.
    jump_factor = models.DecimalField(
        "segurar quando o gasto passa de",
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        default=Decimal(3),
        choices=JUMP_FACTORS,
    )
    review = models.BooleanField("revisar antes de enviar", default=False)
    review_minutes = models.PositiveSmallIntegerField("prazo da revisão", default=120, choices=REVIEW_MINUTES)
    at_deadline = models.CharField(
        "sem resposta no prazo", max_length=4, choices=AtDeadline.choices, default=AtDeadline.SEND
    )

    class Meta:
        verbose_name = "regras de envio"
        verbose_name_plural = "regras de envio"

    def __str__(self) -> str:
        return f"Regras de {self.agency_id}"

    @property
    def review_for(self) -> timedelta:
        return timedelta(minutes=self.review_minutes)
