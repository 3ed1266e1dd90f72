"""`Client`: a business whose ads an agency runs; `NumberState`: how lists tell its number apart. Decides nothing."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from agency.models.agency import Agency, validate_time_zone
from agency.text import search_key


class NumberState(models.TextChoices):
    """Of a client's own WhatsApp number, as lists and counters tell them apart."""

    OWN = "own", "Conectado"
    FALLEN = "fallen", "Desconectado"
    WAITING = "waiting", "Aguardando QR"
    NONE = "none", "Sem número próprio"


class ClientQuerySet(models.QuerySet["Client"]):
    def active(self) -> ClientQuerySet:
        return self.filter(archived_at=None)

    def matching(self, text: str) -> ClientQuerySet:
        """Clients whose name or e-mail holds each word of `text`, without regard to case or accents."""
        found = self
        for word in search_key(text.replace("\0", "")).split():
            found = found.filter(search_text__contains=word)
        return found


class Client(models.Model):
    """A business whose ads the agency runs. It has a phone with WhatsApp and no login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="clients", verbose_name="agência")
    name = models.CharField("nome", max_length=80)
    email = models.EmailField("e-mail", blank=True)
    time_zone = models.CharField(
        "fuso horário", max_length=64, blank=True, validators=[validate_time_zone], help_text="Vazio: o da agência."
    )
    use_agency_number = models.BooleanField(
        "usar o número da agência quando o do cliente cair",
        default=True,
        help_text="Vale também enquanto o cliente não tem WhatsApp conectado.",
    )
    is_demo = models.BooleanField("demonstração", default=False, help_text="Nunca envia para números reais.")
    # How the client stands, written by `agency.standing` whenever what its card shows changes, so that a page of fifty
    # of ten thousand is counted, filtered and sorted by an index. Whether a client without a number of its own needs
    # somebody depends on the agency's number: both answers are kept, and the page takes one.
    number_state = models.CharField(
        "número", max_length=8, choices=NumberState.choices, default=NumberState.NONE, editable=False
    )
    attention_if_agency_up = models.BooleanField("precisa de atenção", default=False, editable=False)
    attention_if_agency_down = models.BooleanField(
        "precisa de atenção sem o número da agência", default=True, editable=False
    )
    has_low_balance = models.BooleanField("saldo baixo", default=False, editable=False)
    # How its own number did in the last thirty days: a sign for each (`agency.uptime_strip`), the share of the time in
    # per mille, and as of when. Written by `connections.strips`; empty where nothing is known.
    uptime_days = models.CharField(max_length=30, editable=False, default="")
    uptime_share = models.PositiveSmallIntegerField(null=True, editable=False)
    uptime_at = models.DateTimeField(null=True, editable=False)
    search_text = models.CharField(max_length=340, editable=False, default="")
    archived_at = models.DateTimeField("arquivado em", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("criado em", default=timezone.now, editable=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        verbose_name = "cliente"
        verbose_name_plural = "clientes"
        ordering: ClassVar = ["search_text"]
        constraints: ClassVar = [
            # What a composite foreign key of another table points at, to hold "the row's agency is its client's".
            models.UniqueConstraint(fields=["id", "agency"], name="client_with_its_agency"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["agency", "archived_at", "search_text"], name="client_list"),  # the /agency page
            models.Index(
                fields=["agency", "-attention_if_agency_up", "search_text"],
                condition=models.Q(archived_at=None),
                name="client_attention_up",
            ),  # the same, attention first
            models.Index(
                fields=["agency", "-attention_if_agency_down", "search_text"],
                condition=models.Q(archived_at=None),
                name="client_attention_down",
            ),
            models.Index(
                fields=[
                    "agency",
                    "number_state",
                    "use_agency_number",
                    "attention_if_agency_up",
                    "attention_if_agency_down",
                    "has_low_balance",
                    "archived_at",  # always NULL here; without it SQLite looks at each row for it
                ],
                condition=models.Q(archived_at=None),
                name="client_counters",
            ),  # the counters, from the index alone
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = search_key(f"{self.name} {self.email}")
        super().save(*args, **kwargs)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone of this client's days and times of day. Reads the agency where the client has none of its own."""
        return zoneinfo.ZoneInfo(self.time_zone or self.agency.time_zone)

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None
