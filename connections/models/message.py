"""The outbox: `Message` is the truth about what is to leave and what left; `Attempt` is one try at it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from agency.cards import RECEIPT_EXPECTED
from agency.fields import PhoneField
from agency.models import Agency, Client
from agency.phones import is_group
from connections.models.connection import WhatsAppConnection
from connections.states import MessageStatus

__all__ = ["Attempt", "ClientDelivery", "Message", "MessageStatus"]


class MessageManager(models.Manager["Message"]):
    def get_queryset(self) -> models.QuerySet[Message]:
        """Without the file, which may be megabytes and which only `delivery` reads."""
        return super().get_queryset().defer("file")


class Message(models.Model):
    """One text for one recipient. Its status is written by `connections.moves.move` and by nothing else."""

    class Kind(models.TextChoices):
        REPORT = "report", "Relatório"
        ALERT = "alert", "Alerta de saldo mínimo"
        TEST = "test", "Teste"
        LINK = "link", "Link de conexão"
        NOTICE = "notice", "Aviso"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(Agency, on_delete=models.CASCADE, related_name="messages", verbose_name="agência")
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, null=True, blank=True, related_name="messages", verbose_name="cliente"
    )
    kind = models.CharField("tipo", max_length=10, choices=Kind.choices)
    subject = models.CharField("assunto", max_length=80, help_text="O que a causou, como report:<id> ou alert:<id>.")
    dedupe_key = models.CharField("chave única", max_length=160, unique=True)
    reference = models.CharField("referência", max_length=8, unique=True)
    #: E.164 of a person, or the address (JID) of a group.
    to = models.CharField("para", max_length=64)
    to_name = models.CharField("nome de quem recebe", max_length=80, blank=True)
    body = models.TextField("texto")
    #: A document or image that goes with it, its name holding the reference; `body` is then its caption.
    file = models.BinaryField("arquivo", null=True, blank=True, editable=False)
    file_name = models.CharField("nome do arquivo", max_length=120, blank=True)
    file_type = models.CharField("tipo do arquivo", max_length=80, blank=True)

    #: Asked for by who wrote it: it must not leave through the client's number, whose phone would not be notified.
    wants_agency_number = models.BooleanField("só pelo número da agência", default=False)

    status = models.CharField("estado", max_length=12, choices=MessageStatus.choices, default=MessageStatus.QUEUED)
    #: A sentence in pt-BR for the person who wonders: why it waits, failed, expired or is uncertain.
    reason = models.CharField("motivo", max_length=200, blank=True)
    due_at = models.DateTimeField("a enviar em", default=timezone.now)
    expires_at = models.DateTimeField("expira em")
    sending_since = models.DateTimeField("enviando desde", null=True, blank=True)
    sent_at = models.DateTimeField("enviada em", null=True, blank=True)
    delivered_at = models.DateTimeField("entregue em", null=True, blank=True)
    read_at = models.DateTimeField("lida em", null=True, blank=True)
    #: A receipt must come of it: it went to a person, not a group, through a number whose webhook was known to work.
    awaits_receipt = models.BooleanField(default=False, editable=False)
    #: When the gateway is asked next for a trace of an uncertain one; None: not any more, a person decides.
    check_at = models.DateTimeField("procurar rastro em", null=True, blank=True, editable=False)
    uncertain_since = models.DateTimeField("incerta desde", null=True, blank=True, editable=False)
    #: Of those looks one could not be made, or did not show everything: "no trace" then says nothing.
    lookup_failed = models.BooleanField(default=False, editable=False)
    #: Queued again by itself, once (`Agency.resend_without_trace`); never twice.
    resent_without_trace = models.BooleanField(default=False, editable=False)
    #: A sentence in pt-BR: who settled what was uncertain, and how; "" where the gateway's own word did.
    decision = models.CharField("decisão", max_length=200, blank=True)
    #: The moment that `manners` gave it, and of which connection: at that moment it may leave without asking again.
    slot_at = models.DateTimeField(null=True, blank=True, editable=False)
    slot_of = models.UUIDField(null=True, blank=True, editable=False)
    #: A late ERROR of the client's number was offered to the agency's; never twice.
    offered_again = models.BooleanField(default=False, editable=False)
    #: What carried it. Name and number stand here too, for the history of a connection that is gone.
    connection = models.ForeignKey(
        WhatsAppConnection,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        db_index=False,  # message_outcomes begins with it
        related_name="messages",
        verbose_name="saiu por",
    )
    sender_phone = PhoneField("número que enviou", blank=True)
    by_agency_number = models.BooleanField("pelo número da agência", default=False)
    external_id = models.CharField("id no WhatsApp", max_length=80, blank=True)
    jid = models.CharField("endereço que respondeu", max_length=80, blank=True)
    tries = models.PositiveSmallIntegerField("tentativas", default=0)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)

    objects = MessageManager()

    class Meta:
        verbose_name = "mensagem"
        verbose_name_plural = "mensagens"
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(status="queued"), name="message_due"),  # outbox.due
            models.Index(fields=["sending_since"], condition=Q(status="sending"), name="message_stuck"),  # outbox sweep
            models.Index(fields=["client", "-created_at"], name="message_history"),  # the client page
            models.Index(
                fields=["check_at"], condition=Q(status="uncertain"), name="message_to_trace"
            ),  # reconciliation
            models.Index(fields=["external_id"], condition=~Q(external_id=""), name="message_receipts"),  # webhooks
            models.Index(fields=["connection", "sent_at"], name="message_outcomes"),  # health
            # "Envios": what left on a day, or was to leave and did not, of a hundred thousand older ones
            models.Index(F("agency"), Coalesce("sent_at", "created_at"), name="message_moment"),
            models.Index(fields=["created_at"], condition=Q(file__isnull=False), name="message_file"),  # files.forget
            models.Index(fields=["subject"], name="message_subject"),  # "is an alert of this account on its way?"
        ]

    def __str__(self) -> str:
        return f"#{self.reference}"

    @property
    def is_uncertain(self) -> bool:
        return self.status == MessageStatus.UNCERTAIN

    @property
    def is_to_group(self) -> bool:
        """No receipt will come of it."""
        return is_group(self.to)

    @property
    def is_undelivered(self) -> bool:
        """WhatsApp has taken it, but no phone has said so for too long; false where no receipt can be expected."""
        waits = self._waits_for_receipt
        return waits is not None and waits > RECEIPT_EXPECTED

    @property
    def may_arrive(self) -> bool:
        """Its receipt may come any moment, so that a page goes on asking."""
        waits = self._waits_for_receipt
        return waits is not None and waits <= RECEIPT_EXPECTED

    @property
    def _waits_for_receipt(self) -> timedelta | None:
        """For how long; None where it waits for none."""
        if self.status != MessageStatus.SENT or not self.awaits_receipt or self.sent_at is None:
            return None
        return timezone.now() - self.sent_at

    @property
    def looked_for_until(self) -> datetime | None:
        """Until when the gateway is asked for a trace of it; None where it is not, or not any more."""
        if self.status != MessageStatus.UNCERTAIN or self.check_at is None or self.uncertain_since is None:
            return None
        return self.uncertain_since + timedelta(seconds=settings.UNCERTAIN_WINDOW)


class Attempt(models.Model):
    """One call to the gateway for one message. Written before the call, so that a killed worker leaves a trace."""

    class Outcome(models.TextChoices):
        RUNNING = "running", "Em andamento"
        SENT = "sent", "Enviada"
        REFUSED = "refused", "Recusada"
        NOT_SENT = "not_sent", "Não saiu"
        UNCERTAIN = "uncertain", "Incerta"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts", verbose_name="mensagem")
    connection = models.ForeignKey(
        WhatsAppConnection,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="attempts",
        verbose_name="conexão",
    )
    instance_name = models.CharField("instância", max_length=60)
    is_fallback = models.BooleanField("pelo número da agência", default=False)
    fallback_reason = models.CharField("por que a agência", max_length=200, blank=True)
    started_at = models.DateTimeField("começou", default=timezone.now)
    finished_at = models.DateTimeField("terminou", null=True, blank=True)
    outcome = models.CharField("resultado", max_length=10, choices=Outcome.choices, default=Outcome.RUNNING)
    error_code = models.CharField("código do erro", max_length=40, blank=True)

    class Meta:
        verbose_name = "tentativa"
        verbose_name_plural = "tentativas"
        ordering: ClassVar = ["started_at", "pk"]

    def __str__(self) -> str:
        return f"{self.message_id} {self.get_outcome_display()}"


class ClientDelivery(models.Model):
    """What a client's card says of its messages, kept beside it so that a page of cards reads it with a join."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE, primary_key=True, related_name="delivery")
    last_message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="+")
    #: The newest that failed, expired or is uncertain, until something of its kind reached the same number.
    #: Written by `moves.move` only; a newer message about something else must not hide it.
    problem = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "último envio"
        verbose_name_plural = "últimos envios"

    def __str__(self) -> str:
        return f"{self.client_id} → {self.last_message_id}"
