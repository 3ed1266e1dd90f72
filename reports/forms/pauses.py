"""A pause of the agency: its first and last day, and what it is. Checks what was typed and writes no row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from agency.models import Agency
from reports.models import AgencyPause
from reports.periods import local_day

#: Longer than this it is no pause: the clients' own reports are there to be switched off.
_LONGEST = timedelta(days=366)


class PauseForm(forms.ModelForm[AgencyPause]):
    class Meta:
        model = AgencyPause
        fields = ("first_day", "last_day", "note")
        labels: ClassVar = {"first_day": "De", "last_day": "Até", "note": "Motivo"}
        widgets: ClassVar = {
            "first_day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            "last_day": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }

    def __init__(self, agency: Agency, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = local_day(timezone.now(), ZoneInfo(agency.time_zone))

    def clean_note(self) -> str:
        return " ".join(str(self.cleaned_data["note"]).split())

    def clean_last_day(self) -> date:
        last: date = self.cleaned_data["last_day"]
        if last < self.today:
            raise forms.ValidationError("Este dia já passou.")
        if last > self.today + 2 * _LONGEST:
            raise forms.ValidationError("Só até dois anos à frente.")
        return last

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data.get("last_day")
        if first and last and last - first > _LONGEST:
            self.add_error("last_day", "Uma pausa dura no máximo um ano.")
        return cleaned
