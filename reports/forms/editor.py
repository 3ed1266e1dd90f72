"""The report page's forms: schedule, recipients, balance alerts. They check what was typed and write rows, no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.db import transaction
from django.forms import BaseInlineFormSet
from django.utils import timezone

from agency.models import Client
from reports import balances, planning
from reports.choices import BalanceSource
from reports.models import AdAccount, Recipient, ReportSettings


class ReportSettingsForm(forms.ModelForm[ReportSettings]):
    class Meta:
        model = ReportSettings
        fields = ("active", "time_of_day", "period", "compare")
        labels = {
            "active": "Relatório automático",
            "time_of_day": "Hora",
            "period": "Período",
            "compare": "Comparar com o período anterior",
        }
        help_texts = {"time_of_day": ""}
        widgets = {"time_of_day": forms.TimeInput(format="%H:%M", attrs={"type": "time"})}


class RecipientForm(forms.ModelForm[Recipient]):
    class Meta:
        model = Recipient
        fields = ("name", "phone", "gets_reports", "gets_alerts")
        labels = {"name": "Nome", "phone": "WhatsApp", "gets_reports": "Relatórios", "gets_alerts": "Alertas"}

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())


class BalanceForm(forms.ModelForm[AdAccount]):
    """An account's alert, and its balance where a person knows better; an unchanged balance is no new reading."""

    balance = forms.DecimalField(
        label="Saldo", required=False, min_value=Decimal(0), max_digits=14, decimal_places=2, localize=True
    )
    alert_threshold = forms.DecimalField(
        label="Alertar em", required=False, min_value=Decimal(0), max_digits=14, decimal_places=2, localize=True
    )

    class Meta:
        model = AdAccount
        fields = ("alert_enabled", "alert_threshold")
        labels = {"alert_enabled": "Alerta de saldo mínimo"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["balance"] = self.instance.balance
        # Changed means changed against what the page showed, not against what somebody has recorded meanwhile.
        drawn_with = self.add_initial_prefix("balance")
        self.fields["balance"].show_hidden_initial = not self.is_bound or drawn_with in self.data

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        wanted, threshold = self.cleaned_data.get("alert_enabled"), self.cleaned_data.get("alert_threshold")
        if wanted and threshold is None and "alert_threshold" not in self.errors:
            self.add_error("alert_threshold", "Informe o limite em reais para ligar o alerta.")
        return cleaned


class RecipientFormSetBase(BaseInlineFormSet[Recipient, Client, RecipientForm]):
    """Says in words that fit what two rows with one number are."""

    def get_unique_error_message(self, unique_check: Sequence[str]) -> str:
        return "O mesmo número está duas vezes na lista."

    def get_form_error(self) -> str:
        return "Este número já está na lista."


RecipientFormSet = forms.inlineformset_factory(
    Client,
    Recipient,
    form=RecipientForm,
    formset=RecipientFormSetBase,
    extra=1,
    max_num=50,
    validate_max=True,
    can_delete=True,
)
BalanceFormSet = forms.modelformset_factory(AdAccount, form=BalanceForm, extra=0)


class ReportForms:
    """The page's three forms, valid together and saved together.

    `settings` is a ReportSettingsForm, `recipients` a formset (prefix `recipients`), `accounts` a formset (prefix
    `accounts`). `is_stale`: a row that the page was drawn with is gone meanwhile, and the forms are drawn anew.
    """

    def __init__(self, client: Client, data: Any = None) -> None:
        self.client = client
        self.is_stale = False
        self._draw(data)

    def _draw(self, data: Any) -> None:
        client = self.client
        known = planning.settings_of(client)
        accounts = AdAccount.objects.filter(client=client)
        self.settings = ReportSettingsForm(data, instance=known, prefix="settings")
        self.recipients = RecipientFormSet(data, instance=client, prefix="recipients")
        self.accounts = BalanceFormSet(data, queryset=accounts, prefix="accounts")

    def is_valid(self) -> bool:
        """Each form is asked, so that all errors are shown at once."""
        # A formset takes a row that it does not find, gone or another client's, for a new one.
        posted: list[forms.ModelForm[Any]] = [*self.recipients.initial_forms, *self.accounts.initial_forms]
        if any(form.instance._state.adding for form in posted):
            self.is_stale = True
            self._draw(None)
            return False
        return all([self.settings.is_valid(), self.recipients.is_valid(), self.accounts.is_valid()])

    @transaction.atomic
    def save(self, now: datetime | None = None) -> ReportSettings:
        """Write what was typed; the settings as they stand afterwards, with their next run."""
        now = now or timezone.now()
        self.recipients.save()
        for form in self.accounts.forms:
            form.instance.save(update_fields=["alert_enabled", "alert_threshold"])
            if "balance" in form.changed_data:
                balances.record_reading(form.instance, form.cleaned_data["balance"], BalanceSource.INFORMED, now)
        return planning.save_settings(self.client, self.settings.cleaned_data, now)
