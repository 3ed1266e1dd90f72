"""How an agency's messages leave (quiet hours, what happens to one without a trace); the number that gets a code."""

from __future__ import annotations

from typing import Any

from django import forms

from agency.models import Agency
from agency.phones import PhoneError, parse_phone


def _time() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})


class SendingForm(forms.ModelForm[Agency]):
    class Meta:
        model = Agency
        fields = ("quiet_from", "quiet_until", "resend_without_trace")
        widgets = {"quiet_from": _time(), "quiet_until": _time()}
        labels = {
            "quiet_from": "Silêncio a partir de",
            "quiet_until": "Silêncio até",
            "resend_without_trace": "Sem rastro, enviar de novo",
        }

    def clean(self) -> dict[str, Any] | None:
        found = super().clean() or self.cleaned_data
        if self.has_error("quiet_from") or self.has_error("quiet_until"):
            return found
        first, last = found.get("quiet_from"), found.get("quiet_until")
        if (first is None) != (last is None):
            self.add_error("quiet_until" if first else "quiet_from", "Preencha os dois horários, ou nenhum.")
        elif first is not None and first == last:
            self.add_error("quiet_until", "Os dois horários são iguais: o silêncio não acabaria nunca.")
        return found


class PairingCodeForm(forms.Form):
    """The phone that a pairing code is typed on."""

    phone = forms.CharField(
        label="Número do WhatsApp",
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_phone(self) -> str:
        try:
            return parse_phone(self.cleaned_data["phone"])
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from None
