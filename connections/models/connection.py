"""`WhatsAppConnection`: one WhatsApp number linked by QR, of a client or (client NULL) of the agency itself."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from agency.fields import EncryptedTextField, PhoneField
from agency.models import Agency, Client
from connections.advice import advice_for
from connections.states import OPEN, Reason, Status

__all__ = ["Reason", "Status", "WhatsAppConnection"]


class WhatsAppConnection(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.ForeignKey(
        Agency, on_delete=models.CASCADE, related_name="whatsapp_connections", verbose_name="agência"
    )
    client = models.OneToOneField(
        Client,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="whatsapp_connection",
        verbose_name="cliente",
        help_text="Vazio: o número da própria agência.",
    )
    provider = models.CharField(max_length=20, default="evolution")
    instance_name = models.CharField("instância", max_length=60, unique=True)
    instance_id = models.CharField(
        "id no servidor", max_length=60, blank=True, help_text="Vazio: não existe no servidor."
    )
    token = EncryptedTextField(blank=True, default="")
    webhook_secret = EncryptedTextField(blank=True, default="")

    status = models.CharField("estado", max_length=20, choices=Status.choices, default=Status.DISCONNECTED)
    reason = models.CharField(
        "motivo", max_length=30, choices=Reason.choices, default=Reason.NEVER_CONNECTED, blank=True
    )
    phone = PhoneField("número", blank=True)
    jid = models.CharField(max_length=80, blank=True)
    profile_name = models.CharField("nome no WhatsApp", max_length=120, blank=True)
    connected_at = models.DateTimeField("conectado em", null=True, blank=True)
    disconnected_at = models.DateTimeField("desconectado em", null=True, blank=True)
    last_seen_at = models.DateTimeField(
        "lido em", null=True, blank=True, help_text="Última leitura do estado no servidor."
    )

    #: The gateway may hold a session that reconnects by itself; false once it was logged out or asks for a new QR.
    has_session = models.BooleanField(default=False, editable=False)
    #: Kept after the scan, to recognise a dead QR that the gateway may offer again.
    qr_code = models.TextField(blank=True, default="", editable=False)
    qr_at = models.DateTimeField(null=True, blank=True, editable=False)
    qr_count = models.PositiveSmallIntegerField(default=0, editable=False)
    #: When a person asked for a QR or a code; None when nobody is waiting for one.
    pairing_since = models.DateTimeField(null=True, blank=True, editable=False)
    #: Who asked: this user, or (None) the client by its link.
    pairing_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    pairing_by_link = models.BooleanField(default=False, editable=False)
    #: E.164 of the phone that a pairing code is wanted for; "" for a QR. The code as the gateway gave it, K7QF3XMA.
    pairing_phone = PhoneField(blank=True, default="", editable=False)
    pairing_code = models.CharField(max_length=12, blank=True, default="", editable=False)
    #: E.164 of the phone that the gateway's open socket gives codes for, "" for none: who looks at its QR meanwhile and
    #: goes back to the code finds the same one.
    code_phone = PhoneField(blank=True, default="", editable=False)
    #: Evidence that it works: a phone confirmed a message of it then. Saves readings, so it need not be exact.
    delivered_at = models.DateTimeField("última entrega", null=True, blank=True, editable=False)
    #: When the state was last read because a webhook had told of it: a dialog need not have it read again just then.
    told_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: Who holds the right to create or connect the instance, until when: two of these at once can destroy an instance.
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    #: Set where something (archiving) wants it disconnected; a task does it, since that takes HTTP.
    disconnect_wanted_at = models.DateTimeField(null=True, blank=True, editable=False)
    #: How fast this number has been sending, for `connections.manners`; written when a message is given its moment.
    next_slot_at = models.DateTimeField(null=True, blank=True, editable=False)
    hour_began_at = models.DateTimeField(null=True, blank=True, editable=False)
    hour_count = models.PositiveSmallIntegerField(default=0, editable=False)
    #: WhatsApp refused a message of this number (463): nothing more leaves through it until then.
    paused_until = models.DateTimeField("pausado até", null=True, blank=True, editable=False)
    first_connected_at = models.DateTimeField("conectado pela primeira vez em", null=True, blank=True, editable=False)
    #: When the gateway was last known to call our webhook for this instance with the secret that stands here, and under
    #: which ADSCAPE_WEBHOOK_URL.
    webhook_checked_at = models.DateTimeField("webhook conferido em", null=True, blank=True, editable=False)
    webhook_tried_at = models.DateTimeField(null=True, blank=True, editable=False)
    webhook_base = models.CharField("webhook em", max_length=200, blank=True, default="", editable=False)
    created_at = models.DateTimeField("criada em", default=timezone.now, editable=False)

    class Meta:
        db_table = "whatsapp_connections"
        verbose_name = "conexão de WhatsApp"
        verbose_name_plural = "conexões de WhatsApp"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agency"], condition=Q(client=None), name="one_own_whatsapp_connection_per_agency"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["last_seen_at"], condition=~Q(instance_id=""), name="connection_stale"
            ),  # refresh_stale
        ]

    def __str__(self) -> str:
        return self.instance_name

    @property
    def name(self) -> str:
        """Whose WhatsApp this is, for a sentence."""
        return self.client.name if self.client else self.agency.name

    @property
    def has_qr(self) -> bool:
        """The gateway has given a QR since the person asked for one."""
        return bool(self.qr_at and self.pairing_since and self.qr_at >= self.pairing_since)

    @property
    def is_connected(self) -> bool:
        return self.status == Status.CONNECTED

    @property
    def is_open(self) -> bool:
        """By the gateway's word; it may be one that is not used (see `observation.opened`)."""
        return self.status in OPEN

    @property
    def next_step(self) -> str:
        """What the gestor is to do about it."""
        return advice_for(Status(self.status), Reason(self.reason)).step

    @property
    def is_pending(self) -> bool:
        """Something is under way that a page should keep asking about."""
        return self.status in (Status.AWAITING_SCAN, Status.CONNECTING)
