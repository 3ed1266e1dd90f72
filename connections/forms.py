"""How an agency's messages leave: quiet hours, and what happens to one that may have left and has no trace; and whether
its people get a digest of them."""

from __future__ import annotations

from typing import Any

from django import forms

from agency.models import Agency


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
            self.add_error("quiet_until", "Os dois horários são iguais: nada sairia nunca.")
        return found
