"""The link by which a client who is far away connects its own WhatsApp: made by the gestor, opened without login.

The token is signed and stands nowhere but in the address; the row says until when it counts. It links one number once,
and can only unlink that one afterwards. Nothing of another client can be reached through it.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Client, User
from agency.phones import forms_of
from connections import events, services
from connections.models import ConnectLink, WhatsAppConnection
from connections.states import Reason

LIFE = timedelta(hours=48)
_signer = signing.Signer(salt="adscape.connect-link", sep="~")
#: What the client agrees to. True to what happens: the gateway keeps copies of chats to prove a send; we read our own.
CONSENT = (
    "Autorizo a {agency} a conectar este número para enviar relatórios e alertas de saldo às pessoas que combinamos. "
    "O servidor de WhatsApp guarda cópia das mensagens deste número para comprovar envios; o Adscape lê e guarda só o "
    "que ele mesmo enviou. Posso desconectar quando quiser, neste link ou no WhatsApp."
)


@dataclass(frozen=True, slots=True)
class Visit:
    """Who agrees, as the request tells it."""

    ip: str
    agent: str


def token_of(link: ConnectLink) -> str:
    return _signer.sign(link.pk.hex)


def address_of(link: ConnectLink) -> str:
    return settings.PUBLIC_URL + reverse("connections:link", args=[token_of(link)])


def find(token: str) -> ConnectLink | None:
    """The link of a token that we signed, whatever has become of it; None for any other."""
    try:
        pk = uuid.UUID(hex=_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    rows = ConnectLink.objects.select_related("client__agency", "agency__logo").defer("agency__logo__content")
    return rows.filter(pk=pk, client__archived_at=None).first()


def live(client: Client, now: datetime | None = None) -> QuerySet[ConnectLink]:
    """The client's links that can still connect a number."""
    unused = Q(revoked_at=None, connected_at=None, expires_at__gt=now or timezone.now())
    return ConnectLink.objects.filter(unused, client=client).select_related("created_by")


@transaction.atomic
def make(client: Client, by: User) -> ConnectLink:
    """The client's one live link; a second click, or a second gestor, gets the same."""
    Client.objects.select_for_update(no_key=True).filter(pk=client.pk).values_list("pk").get()
    found = live(client).first()
    if found is not None:
        return found
    now = timezone.now()
    link = ConnectLink.objects.create(agency=client.agency, client=client, created_by=by, expires_at=now + LIFE)
    events.record(services.connection_of(client.agency, client), events.Kind.LINK_MADE, events.person(by), at=now)
    return link


@transaction.atomic
def revoke(client: Client, by: User) -> int:
    """End the client's live links, and those that could still unlink; how many."""
    now = timezone.now()
    count = ConnectLink.objects.filter(client=client, revoked_at=None).update(revoked_at=now)
    if count:
        connection = services.connection_of(client.agency, client)
        events.record(connection, events.Kind.LINK_REVOKED, events.person(by), at=now)
    return count


def connection_of(link: ConnectLink) -> WhatsAppConnection:
    return services.connection_of(link.client.agency, link.client)


def view_of(link: ConnectLink, connection: WhatsAppConnection, now: datetime | None = None) -> str:
    """What its page shows: revoked, left, done, used, expired, taken (a number was connected in another way), ask (for
    consent) or pairing."""
    now = now or timezone.now()
    if link.revoked_at is not None:
        return "revoked"
    if link.disconnected_at is not None:
        return "left"
    if link.connected_at is not None:
        return "done" if connection.is_open and _is_its_number(link, connection) else "used"
    if link.expires_at <= now:
        return "expired"
    if connection.is_open:
        return "taken"
    if link.consented_at is None or connection.pairing_since is None:
        return "ask"
    return "pairing"


def may_disconnect(link: ConnectLink, connection: WhatsAppConnection) -> bool:
    """Only the number that this very link has connected."""
    return view_of(link, connection) == "done"


def _is_its_number(link: ConnectLink, connection: WhatsAppConnection) -> bool:
    return bool(link.phone) and connection.phone in forms_of(link.phone)


def note_opened(link: ConnectLink) -> None:
    now = timezone.now()
    if ConnectLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now):
        events.record(connection_of(link), events.Kind.LINK_OPENED, events.CLIENT, at=now)


def consent(link: ConnectLink, visit: Visit) -> None:
    """Keep that, when and from where the client agreed, and the words; the first time stands."""
    now, text = timezone.now(), CONSENT.format(agency=link.agency.name)
    rows = ConnectLink.objects.filter(pk=link.pk, consented_at=None)
    given = {"consent_ip": visit.ip or None, "consent_agent": visit.agent[:300], "consent_text": text}
    if rows.update(consented_at=now, **given):
        events.record(connection_of(link), events.Kind.CONSENT, events.CLIENT, at=now)
    link.refresh_from_db()


def connect(link: ConnectLink, phone: str) -> WhatsAppConnection:
    """Begin the pairing that was agreed to: by a code for `phone`, or by QR. Raises EvolutionError, DemoClient."""
    return services.connect(link.client.agency, link.client, by_link=True, phone=phone)


def refresh(link: ConnectLink) -> WhatsAppConnection:
    """Re-read the state, and keep that the link has done its work. Raises EvolutionError."""
    agency, client = link.client.agency, link.client
    connection = services.told(agency, client.pk) or services.refresh(agency, client)
    note_connected(link, connection)
    return connection


def note_connected(link: ConnectLink, connection: WhatsAppConnection) -> None:
    """It was this link's pairing where a link's was the last that was begun, and it opened after this one's consent."""
    if not (connection.is_open and connection.pairing_by_link and connection.phone):
        return
    if link.consented_at is None or connection.connected_at is None or connection.connected_at < link.consented_at:
        return
    rows = ConnectLink.objects.filter(pk=link.pk, connected_at=None, revoked_at=None)
    if rows.update(connected_at=timezone.now(), phone=connection.phone):
        link.refresh_from_db(fields=["connected_at", "phone"])


def end_pairing(client: Client, by: User) -> None:
    """A link that is cancelled must not go on with the QR or code that it shows. Raises EvolutionError."""
    connection = services.connection_of(client.agency, client)
    if connection.pairing_by_link and connection.pairing_since is not None:
        services.disconnect(client.agency, client, actor=events.person(by))


def disconnect(link: ConnectLink) -> None:
    """The client takes its number back: nothing leaves for it, through the agency's number neither, until the gestor
    turns that on again. Raises EvolutionError."""
    client = link.client
    services.disconnect(client.agency, client, reason=Reason.BY_CLIENT, actor=events.CLIENT)
    with transaction.atomic():
        ConnectLink.objects.filter(pk=link.pk).update(disconnected_at=timezone.now())
        Client.objects.filter(pk=client.pk).update(use_agency_number=False)
        client.refresh_from_db()
        notices.raise_notice(
            client.agency,
            f"left:{client.pk}",
            title=f"{client.name} desconectou o próprio WhatsApp",
            text="Foi pelo link. O envio pelo número da agência também foi desligado para este cliente.",
            level=notices.Level.WARN,
            client=client,
            url=reverse("agency:client", args=[client.pk]),
            action="Ver cliente",
        )
    link.refresh_from_db()
