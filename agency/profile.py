"""What a person may change about himself. The e-mail is the login, so changing it is support's affair."""

from __future__ import annotations

from typing import ClassVar

from django import forms

from agency.models import User


class ProfileForm(forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ("name", "phone", "notices_by_email", "notices_by_whatsapp")
        labels: ClassVar = {
            "name": "Nome",
            "phone": "WhatsApp",
            "notices_by_email": "Receber avisos por e-mail",
            "notices_by_whatsapp": "Receber avisos por WhatsApp",
        }
        widgets: ClassVar = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def save(self, commit: bool = True) -> User:
        """Write these columns only, so that a password changed meanwhile stays changed."""
        user = super().save(commit=False)
        if commit:
            user.save(update_fields=list(self.Meta.fields))
        return user
