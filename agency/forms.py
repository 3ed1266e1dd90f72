"""The client form."""

from __future__ import annotations

import zoneinfo

from django import forms

from agency.models import Client

#: Brazil's zones by the name that people use; any other zone can be set in the admin.
BRAZILIAN_ZONES = [
    ("America/Sao_Paulo", "Brasília"),
    ("America/Manaus", "Amazonas"),
    ("America/Cuiaba", "Mato Grosso"),
    ("America/Campo_Grande", "Mato Grosso do Sul"),
    ("America/Rio_Branco", "Acre"),
    ("America/Noronha", "Fernando de Noronha"),
]


class ClientForm(forms.ModelForm[Client]):
    time_zone = forms.ChoiceField(label="Fuso horário", required=False)

    class Meta:
        model = Client
        fields = ("name", "email", "time_zone", "use_agency_number")
        labels = {
            "name": "Nome",
            "email": "E-mail",
            "use_agency_number": "Usar o número da agência quando o do cliente cair",
        }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [("", "O da agência"), *BRAZILIAN_ZONES]
        own = self.instance.time_zone
        if own and own not in dict(choices):
            choices.append((own, own))
        field = self.fields["time_zone"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
        field.choices = choices

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"])
        if zone and zone not in zoneinfo.available_timezones():
            raise forms.ValidationError("Fuso horário desconhecido.")
        return zone
