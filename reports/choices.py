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
    LAST_30_DAYS = "last_30_days", "Últimos 30 dias"
    THIS_MONTH = "this_month", "Mês atual"
    LAST_MONTH = "last_month", "Mês anterior"


class Frequency(models.TextChoices):
    DAILY = "daily", "Diário"
    WEEKLY = "weekly", "Semanal"
    MONTHLY = "monthly", "Mensal"
    MANUAL = "manual", "Manual"


class Weekday(models.IntegerChoices):
    """As Python counts them: `date.weekday()`."""

    MONDAY = 0, "Segunda-feira"
    TUESDAY = 1, "Terça-feira"
    WEDNESDAY = 2, "Quarta-feira"
    THURSDAY = 3, "Quinta-feira"
    FRIDAY = 4, "Sexta-feira"
    SATURDAY = 5, "Sábado"
    SUNDAY = 6, "Domingo"


class Trigger(models.TextChoices):
    SCHEDULE = "schedule", "Automático"
    MANUAL = "manual", "Enviar agora"


class ReportStatus(models.TextChoices):
    """Held and lost ones wait for a person who releases or discards them; a held one expires at its next occurrence."""

    BUILT = "built", "Montado"
    HELD = "held", "Retido"
    LOST = "lost", "Perdido"
    EXPIRED = "expired", "Expirado"
    DISCARDED = "discarded", "Descartado"


class ImportStatus(models.TextChoices):
    """Of a file of metrics: shown and not stored yet, stored, or given up."""

    PENDING = "pending", "Em conferência"
    STORED = "stored", "Importado"
    DISCARDED = "discarded", "Descartado"


class FileFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class BalanceSource(models.TextChoices):
    """Where a balance was read: what a platform displays, what is estimated from its limits, what a person typed."""

    META_DISPLAY = "meta_display", "Saldo da Meta"
    META_CAP_ESTIMATE = "meta_cap_estimate", "Estimado"
    META_CAP_LEFT = "meta_cap_left", "Limite restante"
    GOOGLE_BUDGET = "google_budget", "Orçamento Google"
    INFORMED = "informado", "Informado"


class Family(models.TextChoices):
    """What a result of an ad can be. A platform tells one event under many names; `reports.ads` picks one of them."""

    PURCHASES = "purchases", "Compras"
    LEADS = "leads", "Leads"
    FORM_LEADS = "form_leads", "Leads de formulário"
    SITE_LEADS = "site_leads", "Leads do site"
    CONVERSATIONS = "conversations", "Conversas iniciadas"
    LANDING_PAGE_VIEWS = "landing_page_views", "Visualizações da página de destino"
    VIDEO_VIEWS = "video_views", "Visualizações de vídeo (3 s)"
    PROFILE_VISITS = "profile_visits", "Visitas ao perfil"
    ADDS_TO_CART = "adds_to_cart", "Adições ao carrinho"
    CHECKOUTS = "checkouts", "Inícios de compra"
    #: Google's: all actions that the account counts as conversions.
    CONVERSIONS = "conversions", "Conversões"
