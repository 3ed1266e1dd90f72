"""`MetricsImport`: a file of daily numbers that a person brought, from its preview to its being stored."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone

from agency.models import Agency, User
from reports.choices import FileFormat, ImportStatus
from reports.models.account import AdAccount


class MetricsImport(models.Model):
    """`content` is the file's text as it was read (`import_file.Opened`), kept only until it is stored or given up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="metrics_imports", verbose_name="agência")
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="quem trouxe"
    )
    file_name = models.CharField("arquivo", max_length=200)
    content = models.TextField("conteúdo", blank=True)
    file_format = models.CharField("formato", max_length=4, choices=FileFormat.choices, default=FileFormat.CSV)
    #: What was unusual about reading it: an encoding, sheets that were left out.
    note = models.CharField("como foi lido", max_length=300, blank=True)
    #: Whose numbers they are where the file does not say so itself.
    account = models.ForeignKey(
        AdAccount, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="conta escolhida"
    )
    status = models.CharField("estado", max_length=10, choices=ImportStatus.choices, default=ImportStatus.PENDING)
    #: Days between an account's first and last day of the file that it does not name: nothing ran then.
    fill_gaps = models.BooleanField("gravar zero nos dias que faltam", default=False)
    days_new = models.PositiveIntegerField("dias novos", default=0)
    days_changed = models.PositiveIntegerField("dias alterados", default=0)
    days_same = models.PositiveIntegerField("dias iguais", default=0)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)
    stored_at = models.DateTimeField("gravado em", null=True, blank=True)

    class Meta:
        verbose_name = "importação de números"
        verbose_name_plural = "importações de números"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["agency", "-created_at"], name="import_history")]  # the import page

    def __str__(self) -> str:
        return self.file_name
