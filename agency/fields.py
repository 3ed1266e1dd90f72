"""Model and form fields shared by all apps: phones in E.164, text encrypted at rest."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

from agency.phones import PhoneError, parse_phone, show_phone


class PhoneFormField(forms.CharField):
    """Takes a number as typed, gives E.164, and shows a stored number as people write it."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "placeholder": "(11) 99999-8888"})

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if not text and not self.required:
            return ""
        try:
            return parse_phone(text)
        except PhoneError as error:
            raise ValidationError(str(error), code="phone") from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        # The page shows a stored number in another form than it is stored in.
        with suppress(ValidationError):
            data = self.clean(data)
        return super().has_changed(initial, data)

    def prepare_value(self, value: Any) -> Any:
        return show_phone(value) if isinstance(value, str) and value.startswith("+") else value


class PhoneField(models.CharField):  # type: ignore[type-arg]
    """A phone number in E.164 (`+5511999998888`), "" where there is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 16)
        super().__init__(*args, **kwargs)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        # People type spaces and signs that E.164 has no room for: "+55 (11) 98765-0011".
        return super().formfield(**{"form_class": PhoneFormField, "max_length": 40, **kwargs})


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text encrypted at rest with the first of ADSCAPE_FIELD_KEYS, read with any of them.

    https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet
    Keys rotate by listing the new one first.
    Raises cryptography.fernet.InvalidToken on reading a value that no listed key wrote.
    """

    def get_prep_value(self, value: Any) -> Any:
        if not value:
            return ""
        return _cipher(tuple(settings.FIELD_KEYS)).encrypt(str(value).encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        if not value:
            return ""
        try:
            return _cipher(tuple(settings.FIELD_KEYS)).decrypt(value.encode()).decode()
        except InvalidToken:
            raise InvalidToken(
                "A stored secret was written with a key that ADSCAPE_FIELD_KEYS no longer lists."
            ) from None
