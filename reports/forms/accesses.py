"""The forms of an access to an ad platform: what is pasted, forgiven and looked at. They ask no platform and write no
row, and never show again what was typed into a secret field."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from cryptography.fernet import InvalidToken
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from reports import pasted_keys
from reports.account_ids import AccountIdError, parse_account_id, show_account_id
from reports.choices import CredentialKind, Platform
from reports.models import AdsCredential
from reports.pasted_keys import Key, NotAKey


class KeyField(forms.CharField):
    """A pasted key, tidied; a secret one is never drawn with its value."""

    def __init__(self, key: Key, *, label: str, required: bool = True) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
        is_secret = key is not Key.CLIENT_ID
        widget = forms.PasswordInput(attrs=attrs) if is_secret else forms.TextInput(attrs=attrs)
        super().__init__(label=label, required=required, widget=widget, error_messages={"required": "Falta colar."})
        self.key = key

    def to_python(self, value: Any) -> str:
        return pasted_keys.tidy(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value:
            try:
                pasted_keys.check(self.key, value)
            except NotAKey as why:
                raise ValidationError(str(why)) from None


class AccessForm(forms.Form):
    """`kind` and `keys` are what `credentials.connect` takes. `replaces` is the access that is renewed, if any."""

    platform: ClassVar[Platform]

    def __init__(self, data: Any = None, *, replaces: AdsCredential | None = None) -> None:
        super().__init__(data)
        self.replaces = replaces

    @property
    def kind(self) -> CredentialKind:
        raise NotImplementedError

    @property
    def keys(self) -> Mapping[str, str]:
        raise NotImplementedError

    @property
    def login_customer_id(self) -> str:
        return ""


class MetaAccessForm(AccessForm):
    platform = Platform.META

    chosen_kind = forms.ChoiceField(
        label="De quem é o token",
        choices=[(kind.value, kind.label) for kind in (CredentialKind.META_SYSTEM_USER, CredentialKind.META_USER)],
        widget=forms.RadioSelect,
    )
    token = KeyField(Key.META_TOKEN, label="Token")

    def __init__(self, data: Any = None, *, replaces: AdsCredential | None = None) -> None:
        super().__init__(data, replaces=replaces)
        self.initial = {"chosen_kind": replaces.kind if replaces else CredentialKind.META_SYSTEM_USER.value}

    @property
    def kind(self) -> CredentialKind:
        return CredentialKind(self.cleaned_data["chosen_kind"])

    @property
    def keys(self) -> Mapping[str, str]:
        return {"token": self.cleaned_data["token"]}


class GoogleAccessForm(AccessForm):
    """The client's id and secret may be left out where the installation has its own, or an access that is renewed."""

    platform = Platform.GOOGLE

    refresh_token = KeyField(Key.REFRESH_TOKEN, label="Refresh token")
    client_id = KeyField(Key.CLIENT_ID, label="Client ID", required=False)
    client_secret = KeyField(Key.CLIENT_SECRET, label="Client secret", required=False)
    manager = forms.CharField(label="Conta de administrador (MCC)", required=False, max_length=20)
    developer_token = KeyField(Key.DEVELOPER_TOKEN, label="Developer token", required=False)

    def __init__(self, data: Any = None, *, replaces: AdsCredential | None = None) -> None:
        super().__init__(data, replaces=replaces)
        manager = replaces.login_customer_id if replaces else ""
        self.initial = {"manager": show_account_id(Platform.GOOGLE, manager)}
        self._known: dict[str, str] = {}
        if replaces:
            with suppress(InvalidToken):  # what cannot be read any more is asked for anew
                self._known = dict(replaces.keys)
        for name in ("client_id", "client_secret"):
            self.fields[name].required = not self.has_own_client

    @property
    def has_own_client(self) -> bool:
        """Whether a client's id and secret are there already."""
        return bool(settings.GOOGLE_CLIENT_ID or self._known.get("client_id"))

    def clean_manager(self) -> str:
        typed = str(self.cleaned_data["manager"])
        if not typed.strip():
            return ""
        try:
            return parse_account_id(Platform.GOOGLE, typed)
        except AccountIdError as error:
            raise ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        given = {name for name in ("client_id", "client_secret") if self.cleaned_data.get(name)}
        if len(given) == 1 and not self.errors:
            missing = ({"client_id", "client_secret"} - given).pop()
            self.add_error(missing, "O client ID e o client secret vão juntos.")
        return cleaned

    @property
    def kind(self) -> CredentialKind:
        return CredentialKind.GOOGLE_OAUTH

    @property
    def keys(self) -> Mapping[str, str]:
        """What was left empty stays as it is in the access that is renewed."""
        names = ("refresh_token", "client_id", "client_secret", "developer_token")
        return self._known | {name: self.cleaned_data[name] for name in names if self.cleaned_data[name]}

    @property
    def login_customer_id(self) -> str:
        return str(self.cleaned_data["manager"])


def access_form(platform: Platform, data: Any = None, *, replaces: AdsCredential | None = None) -> AccessForm:
    made = GoogleAccessForm if platform is Platform.GOOGLE else MetaAccessForm
    return made(data, replaces=replaces)
