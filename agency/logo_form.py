"""The file that becomes an agency's logo. What it must be is said by `agency.logo_image`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from agency.logo_image import MAX_UPLOAD, TOO_LARGE, LogoImage, LogoRefused, normalise

_CHOOSE = "Escolha um arquivo."


class LogoForm(forms.Form):
    file = forms.FileField(
        label="Arquivo",
        max_length=255,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        error_messages={
            "required": _CHOOSE,
            "invalid": _CHOOSE,
            "missing": _CHOOSE,
            "empty": "O arquivo está vazio.",
            "max_length": "O nome do arquivo é longo demais.",
        },
    )

    def clean_file(self) -> LogoImage:
        """Refused by its size before it is read into memory."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_UPLOAD:
            raise forms.ValidationError(TOO_LARGE)
        try:
            return normalise(file.read())
        except LogoRefused as refused:
            raise forms.ValidationError(str(refused)) from None
