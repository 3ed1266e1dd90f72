"""`AdAccount`: where a client's ads run and what is left to spend there; `BalanceReading`: each time that was read."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from agency.models import Client, validate_time_zone
from reports import forecast
from reports.choices import PAYMENT_TROUBLE, AccountState, AlertBy, BalanceSource, PaidBy, Platform, Stage
from reports.models.credential import AdsCredential


class AdAccountQuerySet(models.QuerySet["AdAccount"]):
    def low(self) -> AdAccountQuerySet:
        """Accounts in service whose alert is on and whose known balance is near its end by their own rule."""
        return self.near_end().filter(alert_enabled=True)

    def to_watch(self, now: datetime) -> AdAccountQuerySet:
        """Accounts of which something may have to be told now: low or nearly so, low at the last check, or with a
        payment in trouble. Few of many; what is to be done is not decided here."""
        soon = now + forecast.WATCHED
        near = Q(alert_by=AlertBy.FORECAST) & (Q(balance__lte=0) | Q(balance_ends_at__lte=soon))
        by_limit = Q(alert_by=AlertBy.LIMIT, balance__lte=F("alert_threshold"))
        unpaid = Q(tell_client=True, tell_payment=True, state__in=PAYMENT_TROUBLE)
        in_service = Q(client__archived_at=None)
        told = ~Q(low_stage="") | Q(payment_since__isnull=False)
        return self.filter((in_service & ((Q(alert_enabled=True) & (by_limit | near)) | unpaid)) | told)

    def near_end(self) -> AdAccountQuerySet:
        """Accounts in service that are `is_low`, whether their alert is on or not."""
        by_limit = Q(alert_by=AlertBy.LIMIT, balance__lte=F("alert_threshold"))
        by_forecast = Q(alert_by=AlertBy.FORECAST, balance__isnull=False) & ~Q(low_stage="")
        return self.filter(by_limit | by_forecast, client__archived_at=None)


class AdAccount(models.Model):
    """An account at an ad platform. Its newest balance stands here too, so that a card needs no subquery."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="ad_accounts", verbose_name="cliente")
    platform = models.CharField("plataforma", max_length=10, choices=Platform.choices)
    external_id = models.CharField("id na plataforma", max_length=40, help_text="Só os dígitos, sem act_ nem hifens.")
    name = models.CharField("nome", max_length=80)
    currency = models.CharField("moeda", max_length=3, default="BRL", help_text="Código ISO 4217.")
    time_zone = models.CharField(
        "fuso horário", max_length=64, default="America/Sao_Paulo", validators=[validate_time_zone]
    )

    #: In major units of `currency`. None is unknown (a post-paid account has no balance), which is never zero.
    balance = models.DecimalField("saldo", max_digits=14, decimal_places=2, null=True, blank=True)
    balance_at = models.DateTimeField("saldo lido em", null=True, blank=True)
    balance_source = models.CharField("origem do saldo", max_length=20, choices=BalanceSource.choices, blank=True)
    #: Mean spend of the newest days that have numbers; written by `storing.store_days` together with them.
    daily_spend = models.DecimalField(
        "gasto por dia", max_digits=14, decimal_places=2, null=True, blank=True, editable=False
    )
    #: When the balance is used up at the recent spend, as of when either was written (`lasting`). None: unknown.
    balance_ends_at = models.DateTimeField("saldo acaba em", null=True, blank=True, editable=False)
    #: Owed for what has run already: a debt, never funds. None: unknown.
    due = models.DecimalField("fatura em aberto", max_digits=14, decimal_places=2, null=True, blank=True)
    #: The access may not see the balance: it lacks the task "Gerenciar" on this account.
    is_balance_blocked = models.BooleanField("saldo sem permissão", default=False, editable=False)
    state = models.CharField(
        "estado na plataforma", max_length=24, choices=AccountState.choices, default=AccountState.UNKNOWN
    )
    alert_enabled = models.BooleanField("alerta de saldo mínimo", default=False)
    alert_by = models.CharField("alerta por", max_length=10, choices=AlertBy.choices, default=AlertBy.LIMIT)
    alert_threshold = models.DecimalField("limite do alerta", max_digits=14, decimal_places=2, null=True, blank=True)
    #: The stages that are told where the forecast decides.
    alert_3_days = models.BooleanField("avisar com até 3 dias", default=True)
    alert_1_day = models.BooleanField("avisar com até 1 dia", default=True)
    alert_over = models.BooleanField("avisar quando acabar", default=True)
    tell_client = models.BooleanField("avisar o cliente", default=True)
    tell_agency = models.BooleanField("avisar o gestor", default=False)
    tell_recovery = models.BooleanField("avisar da recarga", default=True)
    tell_payment = models.BooleanField("avisar o cliente de pagamento recusado", default=False)
    #: Until then the client is told nothing of this account.
    muted_until = models.DateTimeField("alertas silenciados até", null=True, blank=True)
    paid_by = models.CharField("pagamento", max_length=10, choices=PaidBy.choices, blank=True, default=PaidBy.UNSAID)
    pay_note = models.CharField("como recarregar", max_length=200, blank=True)
    #: The stage that the last check found, since when, and the deepest that the gestor has a notice of; "" while the
    #: balance is well. Written by `balances` alone.
    low_stage = models.CharField("situação", max_length=10, choices=Stage.choices, blank=True, editable=False)
    low_since = models.DateTimeField("saldo baixo desde", null=True, blank=True, editable=False)
    noticed_stage = models.CharField(max_length=10, choices=Stage.choices, blank=True, editable=False)
    #: When the client was first told of a payment that fails; None once the account is active again.
    payment_since = models.DateTimeField("pagamento avisado em", null=True, blank=True, editable=False)

    #: Whom the platform is asked as; None: its numbers come from files.
    credential = models.ForeignKey(
        AdsCredential,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="ad_accounts",
        verbose_name="acesso",
        help_text="Vazio: os números vêm de arquivos.",
    )
    via = models.CharField("conta de administrador", max_length=20, blank=True)
    #: The platform's own names that count as each family here, as `reports.ads` chose them last.
    result_keys = models.JSONField(default=dict, blank=True, editable=False)
    #: When it is read next; None where it has no access. A claim keeps two workers from reading it at once.
    next_read_at = models.DateTimeField(null=True, blank=True, editable=False)
    read_claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    read_failures = models.PositiveSmallIntegerField(default=0, editable=False)
    #: When the platform was asked for the balance last, whether it could say it or not.
    balance_checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: When its days were read last without a fault, and up to which complete day.
    days_read_at = models.DateTimeField("números lidos em", null=True, blank=True, editable=False)
    covered_until = models.DateField("números até", null=True, blank=True, editable=False)
    #: How many people were reached in these days, both included, and how often each: of the whole period, by one read
    #: for just that, since it cannot be added up. None where the platform does not tell it.
    reach = models.PositiveBigIntegerField("alcance", null=True, blank=True, editable=False)
    frequency = models.DecimalField(
        "frequência", max_digits=10, decimal_places=4, null=True, blank=True, editable=False
    )
    reach_since = models.DateField("alcance de", null=True, blank=True, editable=False)
    reach_until = models.DateField("alcance até", null=True, blank=True, editable=False)
    #: Why the newest reading failed, in pt-BR for the gestor; "" after one that did not.
    read_problem = models.CharField("problema na leitura", max_length=200, blank=True, editable=False)
    #: The past is fetched in pieces, backwards: from which day on it is wanted, and from which on it is there.
    history_from = models.DateField("histórico desde", null=True, blank=True, editable=False)
    history_done_from = models.DateField("histórico lido desde", null=True, blank=True, editable=False)

    #: The complete days whose campaigns are there, both included; when the newest of them were all read last; and after
    #: a failure, which leaves the account's own days as they are, what it was and from when on it is tried again.
    campaigns_from = models.DateField("campanhas desde", null=True, blank=True, editable=False)
    campaigns_until = models.DateField("campanhas até", null=True, blank=True, editable=False)
    campaigns_read_at = models.DateTimeField("campanhas lidas em", null=True, blank=True, editable=False)
    campaigns_next_at = models.DateTimeField(null=True, blank=True, editable=False)
    campaigns_problem = models.CharField("problema nas campanhas", max_length=200, blank=True, editable=False)

    objects = AdAccountQuerySet.as_manager()

    class Meta:
        verbose_name = "conta de anúncios"
        verbose_name_plural = "contas de anúncios"
        ordering: ClassVar = ["platform", "name"]
        constraints: ClassVar = [
            # Two clients may share one account of a platform; each has its own row and its own numbers.
            models.UniqueConstraint(fields=["client", "platform", "external_id"], name="ad_account_once_per_client"),
            models.CheckConstraint(
                condition=Q(alert_threshold=None) | Q(alert_threshold__gte=0), name="alert_threshold_not_negative"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_read_at"], condition=Q(credential__isnull=False), name="ad_account_to_read"
            ),  # synchronising.claim
            models.Index(fields=["balance"], condition=Q(alert_enabled=True), name="ad_account_low"),  # check_balances
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_low(self) -> bool:
        """Near its end by the account's own rule, whether or not anybody is told of it."""
        if self.alert_by == AlertBy.FORECAST:
            return self.balance is not None and bool(self.low_stage)
        return self.balance is not None and self.alert_threshold is not None and self.balance <= self.alert_threshold

    @property
    def is_muted(self) -> bool:
        """Whether its client is told nothing for now."""
        return self.muted_until is not None and self.muted_until > timezone.now()

    @property
    def alert_days(self) -> Decimal | None:
        """With how many days of money it alerts, about; None where it does not, or nobody can say."""
        if not self.alert_enabled:
            return None
        if self.alert_by == AlertBy.FORECAST:
            return Decimal(3 if self.alert_3_days else 1 if self.alert_1_day else 0)
        known = self.alert_threshold is not None and self.daily_spend
        return self.alert_threshold / self.daily_spend if known else None  # type: ignore[operator]

    @property
    def alert_words(self) -> str:
        """When it alerts, as a sentence: `Alerta com até 3 dias e quando acabar.`; "" where that is an amount."""
        if not self.alert_enabled:
            return "Alerta desligado."
        if self.alert_by == AlertBy.LIMIT:
            return "" if self.alert_threshold is not None else "Alerta sem limite."
        stages = (("com até 3 dias", self.alert_3_days), ("com até 1 dia", self.alert_1_day))
        named = [words for words, is_on in (*stages, ("quando acabar", self.alert_over)) if is_on]
        return f"Alerta {' e '.join([', '.join(named[:-1]), named[-1]] if len(named) > 1 else named)}."

    @property
    def days_left(self) -> int | None:
        """After how many days, by the account's calendar, the balance ends; None where nobody can say."""
        if self.balance is None:
            return None
        return forecast.days_left(self.balance_ends_at, timezone.now(), ZoneInfo(self.time_zone))

    @property
    def ends_words(self) -> str:
        """`acaba em ~2 dias`, `acaba hoje`, `acabou`; "" where nobody can say."""
        return forecast.day_words(self.balance, self.balance_ends_at, timezone.now(), ZoneInfo(self.time_zone))

    @property
    def ends_weekday(self) -> str:
        """`sex`; "" where nobody can say."""
        return forecast.weekday(self.balance_ends_at, ZoneInfo(self.time_zone)) if self.balance_ends_at else ""

    @property
    def ends_exactly(self) -> str:
        """`acaba em ~2 dias, sex 14h`; "" where nobody can say."""
        return forecast.words(self.balance, self.balance_ends_at, timezone.now(), ZoneInfo(self.time_zone))


class BalanceReading(models.Model):
    account = models.ForeignKey(AdAccount, on_delete=models.CASCADE, related_name="readings", verbose_name="conta")
    amount = models.DecimalField(
        "saldo", max_digits=14, decimal_places=2, null=True, blank=True, help_text="Vazio: a leitura não soube dizer."
    )
    source = models.CharField("origem", max_length=20, choices=BalanceSource.choices)
    read_at = models.DateTimeField("lido em", default=timezone.now)

    class Meta:
        verbose_name = "leitura de saldo"
        verbose_name_plural = "leituras de saldo"
        ordering: ClassVar = ["-read_at"]
        indexes: ClassVar = [models.Index(fields=["account", "-read_at"], name="reading_history")]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
