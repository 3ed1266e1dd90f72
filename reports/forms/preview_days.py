"""Which days the editor's preview shows: those of the next run, or any that are over. Checks, and stores nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agency.models import Client
from reports.choices import Period
from reports.periods import Days, local_day

PREFIX = "preview"
NEXT, ASKED = "next", "days"
MOST_DAYS = 366
#: No platform has numbers of before, and the calendar of what they are compared with must not end.
OLDEST = date(2010, 1, 1)


class PreviewDaysForm(forms.Form):
    of = forms.ChoiceField(label="Prévia de", choices=[(NEXT, "Próximo envio"), (ASKED, "Período…")])
    since = forms.DateField(
        label="De", required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label="Até", required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, client: Client, data: Any, now: datetime) -> None:
        self.yesterday = local_day(now, client.zone) - timedelta(days=1)
        usual = {"of": NEXT, "since": self.yesterday - timedelta(days=6), "until": self.yesterday}
        is_sent = data is not None and f"{PREFIX}-of" in data
        super().__init__(data if is_sent else None, prefix=PREFIX, initial=usual)
        for name in ("since", "until"):
            self.fields[name].widget.attrs["max"] = self.yesterday.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("of") != ASKED:
            self.errors.clear()
            return cleaned
        since, until = cleaned.get("since"), cleaned.get("until")
        if not since or not until:
            if not self.errors:
                raise ValidationError("Prévia: escolha os dois dias, de e até.")
        elif since < OLDEST:
            raise ValidationError(f"Prévia: só dias a partir de {OLDEST:%d/%m/%Y}.")
        elif until > self.yesterday:
            raise ValidationError("Prévia: só dias completos, até ontem.")
        elif since > until:
            raise ValidationError("Prévia: o primeiro dia vem depois do último.")
        elif (until - since).days >= MOST_DAYS:
            raise ValidationError(f"Prévia: no máximo {MOST_DAYS} dias.")
        return cleaned

    @property
    def problems(self) -> list[str]:
        return [
            message if name == "__all__" else f"Prévia, {str(self.fields[name].label).lower()}: {message}"
            for name, messages in self.errors.items()
            for message in map(str, messages)
        ]

    @property
    def days(self) -> Days | None:
        """The days that were asked for; None: those of the next run."""
        if not self.is_bound or not self.is_valid() or self.cleaned_data.get("of") != ASKED:
            return None
        return Days(self.cleaned_data["since"], self.cleaned_data["until"])


def meant_by(days: Days, period: Period) -> Period:
    """As which period a report with this `period` would compare such days: months with months, others with as many."""
    is_month = days.first.day == 1 and (days.first.year, days.first.month) == (days.last.year, days.last.month)
    if period in (Period.THIS_MONTH, Period.LAST_MONTH) and is_month:
        return period
    return Period.LAST_7_DAYS
