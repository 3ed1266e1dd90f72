"""Whether a low balance is to be told to the client now. Pure; reads no row and sends nothing.

Unknown never alerts. A message that was really sent, or may have been, gives 24 hours of silence from its own time; one
that is still on its way blocks another; one that failed starts no silence, but is not repeated every minute either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import models

from connections.states import REALLY_SENT, MessageStatus

COOLDOWN = timedelta(hours=24)
#: How long beat waits after an alert that did not leave, so that a refused number does not fill the history.
AFTER_FAILURE = timedelta(hours=1)


class Decision(models.TextChoices):
    """The label is what a person reads who asked for the check."""

    SEND = "send", "alerta a caminho."
    OFF = "off", "o alerta está desligado."
    NO_THRESHOLD = "no_threshold", "falta definir o limite do alerta."
    UNKNOWN = "unknown", "saldo desconhecido, nenhum alerta é enviado."
    ABOVE = "above", "saldo acima do limite, nenhum alerta é necessário."
    NO_RECIPIENTS = "no_recipients", "ninguém está marcado para receber alertas."
    COOLING = "cooling", "já houve um alerta nas últimas 24 horas."
    ON_ITS_WAY = "on_its_way", "um alerta já está a caminho."
    UNCERTAIN = "uncertain", "um alerta das últimas 24 horas pode ter chegado; por isso nenhum outro sai agora."
    AFTER_FAILURE = "after_failure", "o último alerta não saiu; tentamos de novo em até uma hora."


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of an earlier alert of that account; `at` is when it was sent, may have been, or was given up."""

    status: MessageStatus
    at: datetime


def decide(
    *,
    balance: Decimal | None,
    threshold: Decimal | None,
    enabled: bool,
    earlier: Iterable[Earlier],
    now: datetime,
    after_failure: timedelta = AFTER_FAILURE,
) -> Decision:
    """What to do about an account's balance. `after_failure` is zero where a person asks."""
    if not enabled:
        return Decision.OFF
    if threshold is None:
        return Decision.NO_THRESHOLD
    if balance is None:
        return Decision.UNKNOWN
    if balance > threshold:
        return Decision.ABOVE
    return _blocked_by(list(earlier), now, after_failure) or Decision.SEND


def _blocked_by(earlier: list[Earlier], now: datetime, after_failure: timedelta) -> Decision | None:
    recent = [message for message in earlier if now - message.at < COOLDOWN]
    if any(message.status in (MessageStatus.QUEUED, MessageStatus.SENDING) for message in earlier):
        return Decision.ON_ITS_WAY
    if any(message.status in REALLY_SENT for message in recent):
        return Decision.COOLING
    if any(message.status == MessageStatus.UNCERTAIN for message in recent):
        return Decision.UNCERTAIN
    if any(now - message.at < after_failure for message in recent):
        return Decision.AFTER_FAILURE
    return None
