"""One ad account's part of the balance page: its balance, when it alerts, whom, and how it is paid; and its silence.

Checks what was typed and says it in words. Of two people, or two tabs, the later one to save must not write older
values over newer ones: each part carries a word for what it was drawn from.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from reports import alert_preview
from reports import metrics_cells as cells
from reports.alert_preview import AlertPreview
from reports.alert_text import plain_line
from reports.choices import AlertBy
from reports.forms.drawn import Difference, shown
from reports.models import AdAccount
from reports.periods import local_day

#: What the page shows of an account and writes; its balance is a reading, which has its own way.
SETTINGS = (
    *("alert_enabled", "alert_by", "alert_threshold", "alert_3_days", "alert_1_day", "alert_over"),
    *("tell_client", "tell_agency", "tell_recovery", "tell_payment", "paid_by", "pay_note"),
)
#: Nobody who means to hear of it again silences an account for longer.
LONGEST_SILENCE = timedelta(days=90)


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
    pay_note = forms.CharField(label="Como recarregar", required=False, strip=True)
    drawn = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = AdAccount
        fields = SETTINGS
        labels: ClassVar = {
            "alert_enabled": "Alerta de saldo mínimo",
            "alert_by": "Quando avisar",
            "alert_3_days": "Com até 3 dias",
            "alert_1_day": "Com até 1 dia",
            "alert_over": "Quando acabar",
            "tell_client": "Avisar o cliente",
            "tell_agency": "Avisar o gestor",
            "tell_recovery": "Avisar da recarga",
            "tell_payment": "Avisar se o pagamento falhar",
            "paid_by": "Como é paga",
        }
        widgets: ClassVar = {"alert_by": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(balance=self.instance.balance, drawn=digest(self.instance))
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.currency = self.instance.currency
        # Changed means changed against what the page showed, not against what somebody has recorded meanwhile.
        drawn_with = self.add_initial_prefix("balance")
        self.fields["balance"].show_hidden_initial = not self.is_bound or drawn_with in self.data

    def clean_pay_note(self) -> str:
        note = plain_line(self.cleaned_data["pay_note"])
        if len(note) > 200:
            raise ValidationError(f"Use no máximo 200 caracteres; aqui há {len(note)}.", code="max_length")
        return note

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.cleaned_data.get("alert_enabled"):
            self._check_when()
            if not self.cleaned_data.get("tell_client") and not self.cleaned_data.get("tell_agency"):
                self.add_error("tell_client", "Escolha quem avisar: o cliente, o gestor ou os dois.")
        return cleaned

    def _check_when(self) -> None:
        by, threshold = self.cleaned_data.get("alert_by"), self.cleaned_data.get("alert_threshold")
        if by == AlertBy.LIMIT and threshold is None and "alert_threshold" not in self.errors:
            unit = " em reais" if self.instance.currency == "BRL" else ""
            self.add_error("alert_threshold", f"Informe o limite{unit} para ligar o alerta.")
        stages = ("alert_3_days", "alert_1_day", "alert_over")
        if by == AlertBy.FORECAST and not any(self.cleaned_data.get(name) for name in stages):
            self.add_error("alert_3_days", "Escolha ao menos um prazo para ligar o alerta.")

    @property
    def stage_boxes(self) -> list[forms.BoundField]:
        """The stages of the forecast that can be switched."""
        return [self["alert_3_days"], self["alert_1_day"], self["alert_over"]]

    @property
    def problems(self) -> list[str]:
        """What is wrong, field by field, for where there is no field beside it."""
        return [str(error) for errors in self.errors.values() for error in errors]

    @property
    def preview(self) -> AlertPreview | None:
        """What would be sent as the form stands; None while something in it is wrong."""
        if self.is_bound and not self.is_valid():
            return None
        is_typed = self.is_bound and "balance" in self.changed_data
        typed = (self.cleaned_data["balance"],) if is_typed else None
        return alert_preview.make(self.instance, timezone.now(), typed)

    def is_stale(self, stored: AdAccount) -> bool:
        """Whether what is stored is neither what the page was drawn from nor what was typed."""
        was = self.cleaned_data.get("drawn")
        return was != digest(stored) and bool(self.differences(stored))

    def differences(self, stored: AdAccount) -> list[Difference]:
        """Where what is stored is not what was typed, in the order of the page."""
        return [
            Difference(f"{stored.name}, {str(self.fields[name].label).lower()}", self._shown(name, stored))
            for name in SETTINGS
            if name in self.cleaned_data and self.cleaned_data[name] != getattr(stored, name)
        ]

    def _shown(self, name: str, stored: AdAccount) -> str:
        value = getattr(stored, name)
        if isinstance(value, Decimal):
            return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
        return shown(self.fields[name], value)


class MuteForm(forms.Form):
    """For how long an account is silenced: `days` from now, or until the end of the day `until`; neither undoes it."""

    DAYS = (1, 3, 7)

    days = forms.TypedChoiceField(
        choices=[(days, str(days)) for days in DAYS], coerce=int, empty_value=None, required=False
    )
    until = forms.DateField(label="Silenciar até", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, account: AdAccount, zone: ZoneInfo, data: Any = None) -> None:
        super().__init__(data)
        self.account, self.zone, self.now = account, zone, timezone.now()

    def clean_until(self) -> date | None:
        until: date | None = self.cleaned_data["until"]
        today = local_day(self.now, self.zone)
        if until is not None and until < today:
            raise ValidationError("Este dia já passou. Escolha de hoje em diante.", code="past")
        if until is not None and until > today + LONGEST_SILENCE:
            raise ValidationError("Silencie por no máximo 90 dias.", code="too_long")
        return until

    @property
    def wants_day(self) -> bool:
        """The button beside the date was used."""
        return self.data.get("by") == "until"

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.wants_day and "until" not in self.errors and self.cleaned_data.get("until") is None:
            self.add_error("until", "Escolha até que dia silenciar.")
        return cleaned

    @property
    def muted_until(self) -> datetime | None:
        """None: the client is told again."""
        until, days = self.cleaned_data.get("until"), self.cleaned_data.get("days")
        if self.wants_day and until is not None:
            return datetime.combine(until, time(23, 59), self.zone)
        return self.now + timedelta(days=days) if days else None


def digest(account: AdAccount) -> str:
    """Stands for what the page shows of an account's settings: equal as long as nobody has changed any of it."""
    values = [getattr(account, name) for name in SETTINGS]
    plain = [format(value.normalize(), "f") if isinstance(value, Decimal) else value for value in values]
    return hashlib.sha256(json.dumps(plain, default=str).encode()).hexdigest()[:20]
