"""Whose phone or group a recipient's is: the number that sends, or another client's. Points it out and refuses nothing.

WhatsApp does not notify a phone of the messages that it sends itself. Numbers are compared in all forms that one number
may be stored in (`agency.phones.forms_of`), and never with those of another agency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from agency.models import Client
from agency.phones import forms_of
from connections.models import WhatsAppConnection
from reports.models import Recipient

NOT_NOTIFIED = "o WhatsApp não notifica mensagens para si mesmo"
CONNECT_FIRST = "Para usar o número da agência, conecte-o primeiro."
NOT_ALLOWED = "Este cliente não usa o número da agência; isso se muda em Editar cliente."
#: So many other clients are named in a question; more are only counted.
_MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class Numbers:
    """Through which numbers a client's messages can leave. `own` is empty where the client never had one."""

    own: str
    agency_is_connected: bool
    client_uses_agency: bool

    def is_own(self, phone: str) -> bool:
        """Whether messages to this phone would come from the phone itself."""
        return bool(self.own) and phone in forms_of(self.own)

    @property
    def obstacle(self) -> str:
        """What must happen before the agency's number can be used for such a recipient; empty where nothing must."""
        if not self.client_uses_agency:
            return NOT_ALLOWED
        return "" if self.agency_is_connected else CONNECT_FIRST


def numbers_of(client: Client) -> Numbers:
    """As they are stored now, in one query."""
    rows = WhatsAppConnection.objects.filter(Q(client=client) | Q(client=None), agency=client.agency_id)
    own, agencys = "", False
    for row in rows:
        if row.client_id is None:
            agencys = row.is_connected
        else:
            own = row.phone
    return Numbers(own, agencys, client.use_agency_number)


def not_notified(client: Client, numbers: Numbers) -> list[Recipient]:
    """The client's recipients that would be sent to by themselves, and not through the agency's number."""
    if not numbers.own:
        return []
    return list(Recipient.objects.filter(client=client, phone__in=forms_of(numbers.own), via_agency=False))


def use_agency_number(recipient: Recipient) -> None:
    """Send to this recipient through the agency's number only, from the next message on."""
    Recipient.objects.filter(pk=recipient.pk).update(via_agency=True)
    recipient.via_agency = True


def other_clients(client: Client, phones: Iterable[str]) -> dict[str, str]:
    """Phone → the names of the agency's other clients in service that it belongs to, for a sentence.

    It belongs to a client as one of its recipients or as its WhatsApp number. Phones of nobody else are left out.
    """
    forms = {form: phone for phone in phones for form in forms_of(phone)}
    if not forms:
        return {}
    theirs = Client.objects.active().filter(agency=client.agency_id).exclude(pk=client.pk)
    as_recipient = theirs.filter(recipients__phone__in=forms).values_list("recipients__phone", "name")
    as_number = theirs.filter(whatsapp_connection__phone__in=forms).values_list("whatsapp_connection__phone", "name")
    found: dict[str, set[str]] = defaultdict(set)
    for stored, name in [*as_recipient, *as_number]:
        found[forms[stored]].add(name)
    return {phone: _named(sorted(names)) for phone, names in found.items()}


def clients_of_groups(client: Client, jids: Iterable[str]) -> dict[str, str]:
    """As `other_clients`, for addresses of groups: who of the agency's other clients has its reports sent there."""
    theirs = Recipient.objects.filter(client__in=Client.objects.active().filter(agency=client.agency_id))
    rows = theirs.exclude(client=client).filter(group_jid__in=set(jids)).values_list("group_jid", "client__name")
    found: dict[str, set[str]] = defaultdict(set)
    for jid, name in rows:
        found[jid].add(name)
    return {jid: _named(sorted(names)) for jid, names in found.items()}


def _named(names: list[str]) -> str:
    if len(names) > _MOST_NAMED:
        names = [*names[:_MOST_NAMED], f"mais {len(names) - _MOST_NAMED}"]
    return " e ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
