"""The file of numbers as it is uploaded. Looks at its size only: what is in it is judged by `reports.imports`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from reports.file_text import MAX_BYTES, TOO_BIG

#: What the browser's dialog offers; what a file is, is told by its bytes and never by its name.
ACCEPT = ".csv,.txt,.tsv,.xlsx,text/csv,text/plain,application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ImportForm(forms.Form):
    file = forms.FileField(
        label="Arquivo CSV ou XLSX",
        allow_empty_file=True,
        max_length=255,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
        error_messages={"required": "Escolha um arquivo.", "max_length": "O nome do arquivo é longo demais."},
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Refused by its size before it is read into memory."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(TOO_BIG)
        return file
