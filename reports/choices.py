"""The words for what reports and alerts can be. Pure: enumerations only, no rule and no query."""

from __future__ import annotations

from django.db import models


class Platform(models.TextChoices):
    META = "meta", "Meta Ads"
    GOOGLE = "google", "Google Ads"


class Period(models.TextChoices):
    """What a report is about. None of them includes the day of the run; `reports.periods` says which days they are."""

    YESTERDAY = "yesterday", "Ontem"
    LAST_7_DAYS = "last_7_days", "Últimos 7 dias"


class Frequency(models.TextChoices):
    DAILY = "daily", "Diário"


class Trigger(models.TextChoices):
    SCHEDULE = "schedule", "Automático"
    MANUAL = "manual", "Enviar agora"


class ReportStatus(models.TextChoices):
    BUILT = "built", "Montado"
    HELD = "held", "Retido"
    LOST = "lost", "Perdido"


class BalanceSource(models.TextChoices):
    """Where a balance was read: what a platform displays, what is estimated from its limits, what a person typed."""

    META_DISPLAY = "meta_display", "Mostrado pela plataforma"
    META_CAP_ESTIMATE = "meta_cap_estimate", "Limite da conta menos o gasto"
    GOOGLE_BUDGET = "google_budget", "Orçamento da conta"
    INFORMED = "informado", "Informado"
