"""The forms of an ad account: all of it for a new one, its name alone afterwards. They write no row."""

from __future__ import annotations

import re
import zoneinfo
from typing import Any

from django import forms

from agency.forms import BRAZILIAN_ZONES
from agency.models import Client
from reports.account_ids import AccountIdError, parse_account_id
from reports.choices import Platform
from reports.models import AdAccount

#: Offered while typing; any other ISO 4217 code may be typed too.
CURRENCIES = ("BRL", "USD", "EUR", "GBP", "ARS", "CLP", "COP", "MXN", "PYG", "UYU")
_CODE = re.compile(r"[A-Z]{3}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


class NewAccountForm(forms.ModelForm[AdAccount]):
    """The account of the client that `instance` names; its zone is the client's unless another is chosen."""

    platform = forms.ChoiceField(label="Plataforma", choices=Platform.choices, widget=forms.RadioSelect)
    external_id = forms.CharField(label="Id da conta", max_length=40)
    currency = forms.CharField(label="Moeda", max_length=10, widget=forms.TextInput(attrs={"list": "currencies"}))
    time_zone = forms.ChoiceField(label="Fuso horário da conta")

    class Meta:
        model = AdAccount
        fields = ("platform", "external_id", "name", "currency", "time_zone")
        labels = {"name": "Nome"}

    def __init__(self, client: Client, data: Any = None) -> None:
        initial = {"platform": Platform.META.value, "currency": "BRL", "time_zone": client.zone.key}
        super().__init__(data, initial=initial, instance=AdAccount(client=client))
        choices = list(BRAZILIAN_ZONES)
        if client.zone.key not in dict(choices):
            choices.insert(0, (client.zone.key, client.zone.key))
        # Ad platforms know more zones than Brazil's, but a client's accounts are nearly always in one of these.
        choices += [(name, name) for name in sorted(zoneinfo.available_timezones()) if name not in dict(choices)]
        zone = self.fields["time_zone"]
        assert isinstance(zone, forms.ChoiceField)  # noqa: S101  for the type checker
        zone.choices = choices

    def clean_name(self) -> str:
        return _one_line(str(self.cleaned_data["name"]))

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if not _CODE.fullmatch(code):
            raise forms.ValidationError("Use o código de três letras da moeda, como BRL ou USD.")
        return code

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        platform, typed = self.cleaned_data.get("platform"), self.cleaned_data.get("external_id")
        if platform and typed:
            try:
                self.cleaned_data["external_id"] = parse_account_id(Platform(platform), typed)
            except AccountIdError as error:
                self.add_error("external_id", str(error))
        return cleaned

    def say_already_there(self) -> None:
        self.add_error("external_id", "Este cliente já tem esta conta.")


class RenameAccountForm(forms.ModelForm[AdAccount]):
    class Meta:
        model = AdAccount
        fields = ("name",)
        labels = {"name": "Nome"}

    def clean_name(self) -> str:
        return _one_line(str(self.cleaned_data["name"]))
