"""Columns of their own kind: a set of weekdays. Imports no model and runs no query."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from reports.choices import Weekday

_AMONG = frozenset(Weekday.values)


def _weekdays(value: Any) -> tuple[int, ...]:
    """In their order, each once. Raises ValidationError for what is no weekday."""
    try:
        found = {int(day) for day in value}
    except (TypeError, ValueError):
        found = {-1}
    if not found <= _AMONG:
        raise ValidationError("Dia da semana desconhecido.")
    return tuple(sorted(found))


class WeekdaysFormField(forms.TypedMultipleChoiceField):
    """At least one of the seven, as numbers in order."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **kwargs: Any) -> None:
        kwargs = {"choices": Weekday.choices, "coerce": int, **kwargs}
        kwargs["error_messages"] = {"required": "Escolha pelo menos um dia.", **(kwargs.get("error_messages") or {})}
        super().__init__(**kwargs)

    def clean(self, value: Any) -> tuple[int, ...]:
        return _weekdays(super().clean(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed([str(day) for day in initial or ()], data)


class WeekdaysField(models.CharField):  # type: ignore[type-arg]
    """A tuple of weekdays in Python, `024` in the database: 0 is Monday, as in `date.weekday()`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = len(_AMONG)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def from_db_value(self, value: str | None, *args: Any) -> tuple[int, ...] | None:
        return None if value is None else tuple(map(int, value))

    def to_python(self, value: Any) -> Any:
        return value if value is None else _weekdays(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else "".join(map(str, _weekdays(value)))

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or ""

    def formfield(self, **kwargs: Any) -> Any:
        return WeekdaysFormField(label=self.verbose_name, help_text=self.help_text)

    def run_validators(self, value: Any) -> None:
        """Those of a text, its length among them, say nothing of a tuple."""
