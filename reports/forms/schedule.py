"""Fields of the report editor about when: which days of the week, and of every other week, which weeks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from agency.templatetags.ui_words import days_range
from reports.schedule import week_parity

_WEEK = timedelta(days=7)
#: What is stored for either choice: the Monday from which the weeks are counted.
_COUNTED_FROM = {week_parity(day): day for day in (date(2024, 1, 1), date(2024, 1, 8))}


class WeekField(forms.ChoiceField):
    """This week or the next, and so on every other week. Any day of such a week stands for all of them, so that a page
    that is sent a week after it was drawn means the weeks that it showed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.choose_from(timezone.localdate())

    def choose_from(self, today: date) -> None:
        """Offer the week of this day of the client's and the one after it."""
        monday = today - timedelta(days=today.weekday())
        self.choices = [(f"{day}", _words(day)) for day in (monday, monday + _WEEK)]
        self._shown = {week_parity(day): f"{day}" for day in (monday, monday + _WEEK)}

    def prepare_value(self, value: Any) -> Any:
        day = _parsed(value)
        return value if day is None else self._shown[week_parity(day)]

    def to_python(self, value: Any) -> Any:
        return _parsed(value) or value

    def validate(self, value: Any) -> None:
        if not isinstance(value, date):
            raise forms.ValidationError("Escolha uma das semanas.")

    def clean(self, value: Any) -> date:
        return _COUNTED_FROM[week_parity(super().clean(value))]


def _parsed(value: Any) -> date | None:
    try:
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        return None


def _words(monday: date) -> str:
    first, second = (days_range(day, day + timedelta(days=6)) for day in (monday, monday + 2 * _WEEK))
    return f"{first}, depois {second}"
