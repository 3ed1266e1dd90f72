"""`WhatsAppGroup`: a group that a number was in when its groups were last listed. `GroupList`: that list itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from agency.fields import PhoneField
from connections.groups_rule import ListProblem
from connections.models.connection import WhatsAppConnection


class GroupList(models.Model):
    """The list of a number's groups: of when it is, who wants it, who reads it, what went wrong. Written by
    `connections.group_lists` only."""

    connection = models.OneToOneField(
        WhatsAppConnection, on_delete=models.CASCADE, primary_key=True, related_name="group_list"
    )
    #: The number that it is of: a connection may be linked to another phone afterwards, which has other groups.
    phone = PhoneField("número", blank=True)
    fetched_at = models.DateTimeField("lida em", null=True, blank=True)
    #: Somebody wants it read; None once it was, or could not be.
    wanted_at = models.DateTimeField("pedida em", null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    failed_at = models.DateTimeField("falhou em", null=True, blank=True)
    problem = models.CharField("problema", max_length=20, choices=ListProblem.choices, blank=True)

    class Meta:
        verbose_name = "lista de grupos"
        verbose_name_plural = "listas de grupos"
        indexes: ClassVar = [
            models.Index(fields=["wanted_at"], condition=Q(wanted_at__isnull=False), name="group_list_wanted"),  # due
        ]

    def __str__(self) -> str:
        return f"Grupos de {self.connection_id}"


class WhatsAppGroupQuerySet(models.QuerySet["WhatsAppGroup"]):
    def current(self) -> WhatsAppGroupQuerySet:
        """Those of the phone that their connection is linked to now."""
        return self.filter(connection__group_list__phone=F("connection__phone"))


class WhatsAppGroup(models.Model):
    """What is known of a group, by one number. Its participants and what they write are nobody's business here."""

    connection = models.ForeignKey(
        WhatsAppConnection, on_delete=models.CASCADE, related_name="groups", verbose_name="conexão"
    )
    jid = models.CharField("endereço", max_length=64)
    subject = models.CharField("nome", max_length=120)
    size = models.PositiveIntegerField("participantes", default=0, help_text="0: não se sabe.")
    only_admins = models.BooleanField("só administradores escrevem", default=False)
    is_community = models.BooleanField("avisos de uma comunidade", default=False)

    objects = WhatsAppGroupQuerySet.as_manager()

    class Meta:
        verbose_name = "grupo"
        verbose_name_plural = "grupos"
        ordering: ClassVar = ["subject", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "jid"], name="group_once_per_connection"),
        ]

    def __str__(self) -> str:
        return self.subject
