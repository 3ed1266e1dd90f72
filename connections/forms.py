"""How an agency's messages leave (quiet hours, what happens to one without a trace), whether its people get a digest of
them, and the numbers that get a code or a link."""

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
        fields = ("quiet_from", "quiet_until", "resend_without_trace", "weekly_digest")
        widgets = {"quiet_from": _time(), "quiet_until": _time()}
        labels = {
            "quiet_from": "Silêncio a partir de",
            "quiet_until": "Silêncio até",
            "resend_without_trace": "Sem rastro, enviar de novo",
            "weekly_digest": "Resumo de segunda-feira por e-mail",
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


class PhoneForm(forms.Form):
    """One phone, in E.164 once it is clean."""

    phone = forms.CharField(max_length=40)

    def clean_phone(self) -> str:
        try:
            return parse_phone(self.cleaned_data["phone"])
        except PhoneError as error:
            raise forms.ValidationError(str(error)) from None


class PairingCodeForm(PhoneForm):
    """The phone that a pairing code is typed on."""


class LinkPhoneForm(PhoneForm):
    """The phone that a connect link goes to."""


class ConsentForm(forms.Form):
    """What a client says on its link: yes, and by which way; the number only for a code."""

    phone = forms.CharField(max_length=40, required=False)
    consent = forms.BooleanField(error_messages={"required": "Marque a autorização para continuar."})
    way = forms.ChoiceField(choices=[("code", "código"), ("qr", "QR")])

    @property
    def by_code(self) -> bool:
        return bool(self.cleaned_data.get("way") == "code")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("way") == "code":
            try:
                found["phone"] = parse_phone(found.get("phone") or "")
            except PhoneError as error:
                self.add_error("phone", str(error))
        return found
