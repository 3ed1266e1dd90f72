"""What can be done with a WhatsApp connection: of a client or, without one, of the agency itself.

Every function takes the agency and an optional client, so that nothing is found but through its agency. They call the
gateway and must not be called inside a transaction. Errors are EvolutionError, whose `sentence` a page can show.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from agency.models import Agency, Client, User
from connections import claims, events, outbox, pairing
from connections.classification import Code
from connections.evolution import EvolutionError, NotSent, Refused
from connections.gateway import evolution, watched
from connections.models import Message, WhatsAppConnection
from connections.observation import PAIRING_TIME, QR_MUST_COME_IN
from connections.pairing_rules import TOLD_FOR, is_up_to_date
from connections.routing import sender_for
from connections.states import Reason, Status
from connections.webhooks import registration

__all__ = ["DemoClient", "connect", "connection_of", "disconnect", "refresh", "send", "sender_for", "told"]


class DemoClient(Exception):
    """A demonstration client never meets a real WhatsApp."""


def instance_name(owner: Agency | Client) -> str:
    """The name in Evolution's panel: `adscape_` or `adscape_c_` and the first 12 hex digits; more on a clash."""
    prefix = "adscape_c_" if isinstance(owner, Client) else "adscape_"
    for length in (12, 16, 20, 32):
        name = f"{prefix}{owner.pk.hex[:length]}"
        if not WhatsAppConnection.objects.filter(instance_name=name).exists():
            return name
    raise ValueError(f"No instance name left for {owner.pk}.")


def connection_of(agency: Agency, client: Client | None = None) -> WhatsAppConnection:
    """The connection's row, made on first use. Raises ValueError for a client of another agency."""
    if client is not None and client.agency_id != agency.pk:
        raise ValueError("The client is not the agency's.")
    rows = WhatsAppConnection.objects.select_related("agency", "client").filter(agency=agency, client=client)
    row = rows.first()
    if row is not None:
        return row
    name, secret = instance_name(client or agency), registration.new_secret()
    try:
        with transaction.atomic():
            return rows.create(agency=agency, client=client, instance_name=name, webhook_secret=secret)
    except IntegrityError:
        return rows.get()  # another request made it in this very moment


def connect(
    agency: Agency,
    client: Client | None = None,
    *,
    by: User | None = None,
    by_link: bool = False,
    phone: str = "",
) -> WhatsAppConnection:
    """Begin, or go on with, linking a WhatsApp, for a person or for the client by its link: by QR, or with a `phone`
    (E.164) by a code that is typed on it.

    Raises EvolutionError, DemoClient.
    """
    if client is not None and client.is_demo and not settings.EVOLUTION_IS_SANDBOX:
        raise DemoClient
    connection = connection_of(agency, client)
    if not connection.is_open:
        _begin_pairing(connection, by, by_link=by_link, phone=phone)
    pairing.step(connection)
    return connection


def _begin_pairing(connection: WhatsAppConnection, by: User | None, *, by_link: bool, phone: str) -> None:
    """One conditional write: the second of two clicks joins the pairing that the first began, while that is alive and
    of the same kind."""
    now = timezone.now()
    without_qr = Q(qr_at=None) | Q(qr_at__lt=F("pairing_since"))
    none_alive = (
        Q(pairing_since=None)
        | Q(pairing_since__lt=now - PAIRING_TIME)
        | (Q(pairing_since__lt=now - QR_MUST_COME_IN) & without_qr)
        | ~Q(pairing_phone=phone)
    )
    begun: dict[str, Any] = {"pairing_since": now, "pairing_by": by, "pairing_by_link": by_link}
    begun |= {"pairing_phone": phone, "pairing_code": "", "disconnect_wanted_at": None}
    WhatsAppConnection.objects.filter(none_alive, pk=connection.pk).update(**begun)


def told(agency: Agency, client_pk: uuid.UUID | None = None) -> WhatsAppConnection | None:
    """The connection where a webhook had its state read moments ago, so that the gateway need not be asked again.

    None where it must be, and for what is not the agency's: a webhook may come late, so nothing is believed for long,
    nor while a QR is awaited or has run out.
    """
    now = timezone.now()
    in_service = Q(client=None) | Q(client__archived_at=None)
    rows = WhatsAppConnection.objects.filter(in_service, agency=agency, client=client_pk, told_at__gt=now - TOLD_FOR)
    connection = rows.select_related("client").defer("token", "webhook_secret").first()
    if connection is None:
        return None
    pairing_of = {"pairing_since": connection.pairing_since, "qr_at": connection.qr_at}
    if not is_up_to_date(connection.told_at, now, **pairing_of):
        return None
    connection.agency = agency
    if connection.client is not None:
        connection.client.agency = agency
    return connection


def refresh(agency: Agency, client: Client | None = None) -> WhatsAppConnection:
    """Re-read the state, and go on with a pairing that is under way. Raises EvolutionError."""
    connection = connection_of(agency, client)
    if connection.token:
        pairing.step(connection)
    return connection


def disconnect(
    agency: Agency,
    client: Client | None = None,
    *,
    reason: Reason = Reason.BY_USER,
    actor: events.Actor = events.SYSTEM,
) -> WhatsAppConnection:
    """Log out and delete the instance at the gateway; the row and its history stay. Raises EvolutionError."""
    connection = connection_of(agency, client)
    if not claims.take(connection, timezone.now()):
        raise NotSent(Code.NOT_LOADED, "disconnect")
    try:
        connection.refresh_from_db()
        if connection.token:
            with watched():
                _remove(connection)
        # Under the claim: where a slow deletion has lost it, the row keeps its instance, so that the watch finds out.
        claims.write(connection, token="", instance_id="", disconnect_wanted_at=None)
        pairing.store(connection, Status.DISCONNECTED, reason, timezone.now(), actor=actor)
    finally:
        claims.release(connection)
    return connection


def _remove(connection: WhatsAppConnection) -> None:
    """Log out, delete. Never touches an instance of this name that is not ours."""
    gateway = evolution()
    info = gateway.fetch_instance(connection.instance_name, token=connection.token)
    if info is None:
        return
    if not info.is_ours:
        raise Refused(Code.NAME_TAKEN, "disconnect")
    claims.renew(connection)
    try:
        gateway.logout(connection.instance_name)
    except EvolutionError as error:
        # A dead socket makes the logout fail; deleting is what counts, and tells by itself when it fails as well.
        if not isinstance(error, NotSent) and error.code is not Code.UNKNOWN_ANSWER:
            raise
    claims.renew(connection)
    gateway.delete(connection.instance_name)


def send(
    agency: Agency,
    client: Client | None = None,
    *,
    to: str,
    compose: Callable[[str], str],
    expires_at: datetime,
    kind: Message.Kind = Message.Kind.TEST,
    dedupe_key: str = "",
) -> Message:
    """Put one text into the outbox (nothing is sent inside this call); it leaves through `sender_for`'s number."""
    key = dedupe_key or f"test:{uuid.uuid4()}"
    return outbox.enqueue(
        agency=agency,
        client=client,
        kind=kind,
        subject=key,
        dedupe_key=key,
        to=to,
        compose=compose,
        expires_at=expires_at,
    )
