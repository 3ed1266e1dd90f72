"""`AdAccount`: where a client's ads run and what is left to spend there; `BalanceReading`: each time that was read."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from agency.models import Client, validate_time_zone
from reports.choices import AccountState, BalanceSource, Platform
from reports.models.credential import AdsCredential


class AdAccountQuerySet(models.QuerySet["AdAccount"]):
    def low(self) -> AdAccountQuerySet:
        """Accounts in service whose alert is on and whose known balance is at or under its threshold."""
        return self.filter(alert_enabled=True, balance__lte=F("alert_threshold"), client__archived_at=None)


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
    #: Owed for what has run already: a debt, never funds. None: unknown.
    due = models.DecimalField("fatura em aberto", max_digits=14, decimal_places=2, null=True, blank=True)
    #: The access may not see the balance: it lacks the task "Gerenciar" on this account.
    is_balance_blocked = models.BooleanField("saldo sem permissão", default=False, editable=False)
    state = models.CharField(
        "estado na plataforma", max_length=24, choices=AccountState.choices, default=AccountState.UNKNOWN
    )
    alert_enabled = models.BooleanField("alerta de saldo mínimo", default=False)
    alert_threshold = models.DecimalField("limite do alerta", max_digits=14, decimal_places=2, null=True, blank=True)

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
        """At or under the threshold, whether or not the client is told of it."""
        return self.balance is not None and self.alert_threshold is not None and self.balance <= self.alert_threshold

    @property
    def days_left(self) -> int | None:
        """Whole days that the balance lasts at the recent spend; None where either is unknown or nothing is spent."""
        if self.balance is None or not self.daily_spend:
            return None
        return max(0, int(self.balance // self.daily_spend))


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
