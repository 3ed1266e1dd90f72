"""`GatewayState`: the one row that says whether sends are being claimed at all."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class GatewayState(models.Model):
    """After some send timeouts in a row claiming stops: a gateway that hangs must not make a queue uncertain."""

    #: There is one row, with this key.
    ONLY = 1

    timeouts = models.PositiveSmallIntegerField("envios sem resposta seguidos", default=0)
    halted_at = models.DateTimeField("parado desde", null=True, blank=True)
    #: While halted: one message may try from this moment on; its outcome decides.
    probe_at = models.DateTimeField("próxima tentativa", null=True, blank=True)

    class Meta:
        verbose_name = "estado do servidor"
        verbose_name_plural = "estado do servidor"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(pk=1), name="one_gateway_state")]

    def __str__(self) -> str:
        return "parado" if self.halted_at else "em serviço"
