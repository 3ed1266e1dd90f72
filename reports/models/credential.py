"""`AdsCredential`: an access to an ad platform that an agency has given; `ListedAccount`: what can be read with it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import ClassVar

from django.db import models
from django.utils import timezone

from agency.fields import EncryptedTextField
from agency.models import Agency, User
from reports.choices import AccountState, CredentialKind, CredentialState, Platform


class AdsCredentialManager(models.Manager["AdsCredential"]):
    """Leaves the secret in the database until it is asked for: one that can no longer be deciphered must not keep a
    page from offering its renewal, nor all others from being read."""

    def get_queryset(self) -> models.QuerySet[AdsCredential]:
        return super().get_queryset().defer("secret")


class AdsCredential(models.Model):
    """Several of one platform are usual: a Meta system user sees the accounts of its own business portfolio only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="ads_credentials", verbose_name="agência")
    platform = models.CharField("plataforma", max_length=10, choices=Platform.choices)
    kind = models.CharField("tipo", max_length=20, choices=CredentialKind.choices)
    #: JSON of what the adapter needs, by its own names; never shown, never logged. `keys` reads it.
    secret = EncryptedTextField(editable=False)
    #: Digits of the Google manager through which the accounts are reached; no secret.
    login_customer_id = models.CharField("conta de administrador", max_length=20, blank=True)
    holder = models.CharField("conectado como", max_length=120, blank=True)
    state = models.CharField(
        "estado", max_length=10, choices=CredentialState.choices, default=CredentialState.ALIVE, editable=False
    )
    #: Why nothing is read with it, in pt-BR.
    problem = models.CharField("problema", max_length=200, blank=True, editable=False)
    expires_at = models.DateTimeField("vale até", null=True, blank=True, editable=False)
    tested_at = models.DateTimeField("testado em", null=True, blank=True, editable=False)
    listed_at = models.DateTimeField("contas listadas em", null=True, blank=True, editable=False)
    #: The platform has asked for a pause, or nearly: nothing is read with it until then.
    paused_until = models.DateTimeField("pausado até", null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="quem conectou"
    )
    created_at = models.DateTimeField("conectado em", default=timezone.now, editable=False)

    objects = AdsCredentialManager()

    class Meta:
        verbose_name = "acesso a anúncios"
        verbose_name_plural = "acessos a anúncios"
        ordering: ClassVar = ["platform", "created_at"]

    def __str__(self) -> str:
        return f"{self.get_platform_display()}: {self.holder or self.get_kind_display()}"

    @property
    def keys(self) -> Mapping[str, str]:
        read: Mapping[str, str] = json.loads(self.secret) if self.secret else {}
        return read

    @keys.setter
    def keys(self, value: Mapping[str, str]) -> None:
        self.secret = json.dumps(dict(value))

    @property
    def is_alive(self) -> bool:
        return self.state == CredentialState.ALIVE


class ListedAccount(models.Model):
    """An ad account as the platform listed it last; a client's `AdAccount` is made from it."""

    credential = models.ForeignKey(
        AdsCredential, on_delete=models.CASCADE, related_name="listed", verbose_name="acesso"
    )
    external_id = models.CharField("id na plataforma", max_length=40)
    name = models.CharField("nome", max_length=200)
    currency = models.CharField("moeda", max_length=3)
    time_zone = models.CharField("fuso horário", max_length=64)
    state = models.CharField("estado", max_length=24, choices=AccountState.choices, default=AccountState.UNKNOWN)
    #: Digits of the Google manager through which it is reached; "" where it is reached by itself.
    via = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "conta listada"
        verbose_name_plural = "contas listadas"
        ordering: ClassVar = ["name", "external_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["credential", "external_id"], name="listed_once_per_credential"),
        ]

    def __str__(self) -> str:
        return self.name
