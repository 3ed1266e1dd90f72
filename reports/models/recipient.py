"""`Recipient`: who is told, a person or a WhatsApp group."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, When

from agency.fields import PhoneField
from agency.models import Client
from connections.models import Message, WhatsAppGroup
from connections.states import NEEDS_A_PERSON, REALLY_SENT

#: What says how it went with a recipient: a test goes to somebody else, and what waits is no outcome yet.
_TOLD = (Message.Kind.REPORT, Message.Kind.ALERT)
_SHOWN = (
    *("to", "status", "reason", "created_at", "sent_at", "delivered_at", "read_at", "awaits_receipt"),
    *("check_at", "uncertain_since"),
)


class RecipientManager(models.Manager["Recipient"]):
    def shown(self) -> list[Recipient]:
        """Of one client, each with its `group` and `last_message`. Three queries at most, however many they are."""
        rows = list(self.all())
        dress(rows)
        return rows


def dress(rows: list[Recipient]) -> None:
    """Give recipients of one client what a list of them shows: `group`, and `last_message`, the newest that ended."""
    if not rows:
        return
    groups, newest = _groups_of(rows), _newest_to(rows)
    for row in rows:
        row.group = groups.get((row.group_jid, row.via_agency))
        row.last_message = newest.get(row.address)


def _groups_of(rows: list[Recipient]) -> dict[tuple[str, bool], WhatsAppGroup]:
    """By address and whether it is the agency's number that is in it; those of the last lists."""
    jids = [row.group_jid for row in rows if row.group_jid]
    if not jids:
        return {}
    client = rows[0].client_id
    theirs = Q(connection__client=client) | Q(connection__client=None, connection__agency__clients=client)
    found = WhatsAppGroup.objects.current().filter(theirs, jid__in=jids).select_related("connection")
    return {(group.jid, group.connection.client_id is None): group for group in found}


def _newest_to(rows: list[Recipient]) -> dict[str, Message]:
    address = Case(When(phone="", then="group_jid"), default="phone", output_field=models.CharField())
    ended = Message.objects.filter(kind__in=_TOLD, status__in=REALLY_SENT | NEEDS_A_PERSON)
    to_it = ended.filter(client=OuterRef("client"), to=OuterRef("_to")).order_by("-created_at")
    theirs = Recipient.objects.filter(client=rows[0].client_id).annotate(_to=address)
    newest = theirs.annotate(_newest=Subquery(to_it.values("pk")[:1])).values("_newest")
    return {message.to: message for message in ended.filter(pk__in=newest).only(*_SHOWN)}


class Recipient(models.Model):
    """A person by `phone`, or a group by `group_jid`; the other one is empty."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="recipients", verbose_name="cliente")
    name = models.CharField("nome", max_length=80)
    phone = PhoneField("WhatsApp", blank=True)
    group_jid = models.CharField("grupo", max_length=64, blank=True, default="", help_text="O endereço no WhatsApp.")
    gets_reports = models.BooleanField("relatórios", default=True)
    gets_alerts = models.BooleanField("alertas", default=True)
    #: Of a person: the phone is the sending number itself, and WhatsApp does not notify a phone of its own messages. Of
    #: a group: it is the agency's number that is in it.
    via_agency = models.BooleanField("pelo número da agência", default=False)

    objects = RecipientManager()

    #: What `dress` gives it: the group as its number's last list has it, and the newest message to it that ended.
    group: WhatsAppGroup | None = None
    last_message: Message | None = None

    class Meta:
        verbose_name = "quem recebe"
        verbose_name_plural = "quem recebe"
        ordering: ClassVar = ["name", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "phone"],
                condition=~Q(phone=""),
                name="recipient_once_per_client",
                violation_error_message="Este número já está na lista.",
            ),
            models.UniqueConstraint(
                fields=["client", "group_jid"],
                condition=~Q(group_jid=""),
                name="recipient_group_once_per_client",
                violation_error_message="Este grupo já está na lista.",
            ),
            models.CheckConstraint(
                condition=Q(phone="", group_jid__gt="") | Q(phone__gt="", group_jid=""),
                name="recipient_phone_or_group",
                violation_error_message="Informe um WhatsApp ou um grupo, e não os dois.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_group(self) -> bool:
        return bool(self.group_jid)

    @property
    def address(self) -> str:
        """Where a message to it goes: E.164, or the group's address."""
        return self.group_jid or self.phone
