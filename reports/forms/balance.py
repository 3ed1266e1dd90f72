"""The balance page's forms: each account's alert and balance, and who is told. They check and write rows, no more."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from agency.models import Client
from reports import balances, notices
from reports import metrics_cells as cells
from reports.choices import BalanceSource
from reports.models import AdAccount, Recipient


class AmountField(forms.DecimalField):
    """An amount of money, read as a file's cells are: `1.234` may be a thousand or a little more than one, and is
    refused with both ways to write it. Django's own field would drop a point here, and read one as a comma there."""

    #: Whose sign may stand before it; set by the form, which knows the account.
    currency = ""

    def __init__(self, *, label: str) -> None:
        super().__init__(
            label=label, required=False, min_value=Decimal(0), max_digits=14, decimal_places=2, localize=True
        )

    def to_python(self, value: Any) -> Any:
        text = cells.tidy(value) if isinstance(value, str) else value
        if not isinstance(text, str) or not text:
            return super().to_python(text)
        below_zero = text[0] in "-−–"
        try:
            amount = cells.read_money("O valor", text[1:].strip() if below_zero else text)
        except cells.CellError as error:
            raise ValidationError(str(error), code="invalid") from error
        if amount is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if amount.currency and amount.currency != self.currency:
            raise ValidationError(
                f"O valor está em {amount.currency}, e a conta é em {self.currency}.", code="currency"
            )
        return -amount.value if below_zero else amount.value  # that it may not be below zero is said with its bound


class BalanceForm(forms.ModelForm[AdAccount]):
    """An account's alert, and its balance where a person knows better; an unchanged balance is no new reading."""

    balance = AmountField(label="Saldo")
    alert_threshold = AmountField(label="Alertar em")

    class Meta:
        model = AdAccount
        fields = ("alert_enabled", "alert_threshold")
        labels = {"alert_enabled": "Alerta de saldo mínimo"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["balance"] = self.instance.balance
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = self.instance.currency
        # Changed means changed against what the page showed, not against what somebody has recorded meanwhile.
        drawn_with = self.add_initial_prefix("balance")
        self.fields["balance"].show_hidden_initial = not self.is_bound or drawn_with in self.data

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        wanted, threshold = self.cleaned_data.get("alert_enabled"), self.cleaned_data.get("alert_threshold")
        if wanted and threshold is None and "alert_threshold" not in self.errors:
            unit = " em reais" if self.instance.currency == "BRL" else ""
            self.add_error("alert_threshold", f"Informe o limite{unit} para ligar o alerta.")
        return cleaned


BalanceFormSet = forms.modelformset_factory(AdAccount, form=BalanceForm, extra=0, edit_only=True)


class AlertRecipientsForm(forms.Form):
    """Which of the client's recipients get alerts; `drawn` says whom the page has shown, so that a recipient who was
    added meanwhile keeps what was chosen for them."""

    gets_alerts = forms.ModelMultipleChoiceField(
        Recipient.objects.none(), label="Quem recebe alertas", required=False, widget=forms.CheckboxSelectMultiple
    )
    drawn = forms.ModelMultipleChoiceField(Recipient.objects.none(), required=False, widget=forms.MultipleHiddenInput)

    def __init__(self, client: Client, data: Any = None) -> None:
        super().__init__(data, prefix="recipients")
        self.recipients = list(Recipient.objects.filter(client=client))
        rows = Recipient.objects.filter(client=client)
        for name in ("gets_alerts", "drawn"):
            field = self.fields[name]
            assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101  for the type checker
            field.queryset = rows
        self.initial = {
            "gets_alerts": [recipient.pk for recipient in self.recipients if recipient.gets_alerts],
            "drawn": [recipient.pk for recipient in self.recipients],
        }

    @property
    def choices(self) -> list[dict[str, Any]]:
        """Each recipient, and whether the page shows them ticked."""
        chosen = {str(value) for value in self["gets_alerts"].value() or ()}
        return [{"recipient": each, "is_chosen": str(each.pk) in chosen} for each in self.recipients]

    @property
    def is_anyone_chosen(self) -> bool:
        return any(choice["is_chosen"] for choice in self.choices)

    @property
    def is_stale(self) -> bool:
        """A recipient that the page was drawn with is gone, or was never this client's."""
        known = {str(recipient.pk) for recipient in self.recipients}
        if not self.is_bound or not hasattr(self.data, "getlist"):
            return False
        names = [self.add_prefix(name) for name in ("drawn", "gets_alerts")]
        return any(pk not in known for name in names for pk in self.data.getlist(name))

    def save(self) -> None:
        chosen = {recipient.pk for recipient in self.cleaned_data["gets_alerts"]}
        for recipient in self.cleaned_data["drawn"]:
            wanted = recipient.pk in chosen
            if recipient.gets_alerts != wanted:
                Recipient.objects.filter(pk=recipient.pk).update(gets_alerts=wanted)


class BalanceForms:
    """The page's forms, valid together and saved together: `accounts` (a formset, prefix `accounts`) and `recipients`.

    `is_stale`: a row that the page was drawn with is gone meanwhile, and the forms are drawn anew.
    """

    def __init__(self, client: Client, data: Any = None) -> None:
        self.client = client
        self.is_stale = False
        self._draw(data)

    def _draw(self, data: Any) -> None:
        accounts = AdAccount.objects.filter(client=self.client).select_related("credential")
        accounts = accounts.defer("credential__secret")
        self.accounts = BalanceFormSet(data, queryset=accounts, prefix="accounts")
        for form in self.accounts.initial_forms:
            form.instance.client = self.client  # with its agency at hand, whose zone is asked for
        self.recipients = AlertRecipientsForm(self.client, data)

    def is_valid(self) -> bool:
        """Each form is asked, so that all errors are shown at once."""
        # A formset takes a row that it does not find, gone or another client's, for a new one.
        gone = any(form.instance._state.adding for form in self.accounts.initial_forms)
        if gone or self.recipients.is_stale:
            self.is_stale = True
            self._draw(None)
            return False
        return all([self.accounts.is_valid(), self.recipients.is_valid()])

    @property
    def has_errors(self) -> bool:
        return bool(self.accounts.is_bound and (self.accounts.total_error_count() or self.recipients.errors))

    def save(self, now: datetime | None = None) -> None:
        """Write what was typed; a changed balance is a reading "Informado"."""
        self._write(now or timezone.now())
        notices.forget_untold(self.client)

    @transaction.atomic
    def _write(self, now: datetime) -> None:
        for form in self.accounts.initial_forms:
            form.instance.save(update_fields=["alert_enabled", "alert_threshold"])
            if "balance" in form.changed_data:
                balances.record_reading(form.instance, form.cleaned_data["balance"], BalanceSource.INFORMED, now)
        self.recipients.save()
