"""Through which number a message leaves: the client's own where it is connected, else the agency's, else none."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from agency.models import Agency, Client
from agency.phones import is_group
from connections.models import WhatsAppConnection, WhatsAppGroup

NOBODY = "Sem WhatsApp conectado: nem o do cliente, nem o da agência."
NOBODY_BUT_OWN = "O WhatsApp do cliente está desconectado, e ele não usa o número da agência."
WAITS_FOR_AGENCY = "Este destinatário é o próprio WhatsApp do cliente: o envio espera o número da agência."
AGENCY_DOWN = "O WhatsApp da agência está desconectado."
OWN_NOT_CONNECTED = "O WhatsApp do cliente não estava conectado."
NO_OWN = "O cliente não tem WhatsApp próprio conectado."
OWN_DID_NOT_SEND = "O envio pelo WhatsApp do cliente não saiu."
ONLY_OWN_IN_GROUP = "O WhatsApp do cliente está desconectado, e o da agência não participa deste grupo."
GROUP_OF_AGENCY = "Este grupo é do WhatsApp da agência, e o cliente não usa o número dela."
WAITS_FOR_GROUP = "Este grupo é do WhatsApp da agência, que está desconectado."


@dataclass(frozen=True, slots=True)
class Route:
    """`connection` None means that nothing can leave now; `why` says so, or why it is the agency's number's turn."""

    connection: WhatsAppConnection | None
    is_fallback: bool = False
    why: str = ""


def choose(
    own: WhatsAppConnection | None,
    agencys: WhatsAppConnection | None,
    *,
    is_clients: bool,
    may_use_agency: bool,
    wants_agency: bool = False,
    avoid: uuid.UUID | None = None,
    to_group: bool = False,
    agency_is_in_group: bool = False,
) -> Route:
    """The rule alone. `own` is the client's connection, `avoid` the number that has just failed to send.

    `wants_agency`: for the phone of the client's own number, which is not notified of its own messages. It is no more
    than a wish where the client does not use the agency's number. A group belongs to the number in which it was found:
    the agency's, where it is wanted, and no other; else the client's, and the agency's only where that is known to be
    in it, too.
    """
    if is_clients and wants_agency and (may_use_agency or to_group):
        if not may_use_agency:
            return Route(None, why=GROUP_OF_AGENCY)
        usable = agencys is not None and agencys.is_connected and agencys.pk != avoid
        return Route(agencys) if usable else Route(None, why=WAITS_FOR_GROUP if to_group else WAITS_FOR_AGENCY)
    if is_clients and own is not None and own.is_connected and own.pk != avoid:
        return Route(own)
    if is_clients and not may_use_agency:
        return Route(None, why=NOBODY_BUT_OWN)
    if to_group and not agency_is_in_group:
        return Route(None, why=ONLY_OWN_IN_GROUP)
    if agencys is None or not agencys.is_connected or agencys.pk == avoid:
        return Route(None, why=NOBODY if is_clients else AGENCY_DOWN)
    if not is_clients:
        return Route(agencys)
    if own is not None and own.pk == avoid:
        return Route(agencys, is_fallback=True, why=OWN_DID_NOT_SEND)
    ever_connected = own is not None and own.connected_at is not None
    return Route(agencys, is_fallback=True, why=OWN_NOT_CONNECTED if ever_connected else NO_OWN)


def route_for(
    agency: Agency,
    client: Client | None = None,
    *,
    wants_agency: bool = False,
    avoid: uuid.UUID | None = None,
    to: str = "",
) -> Route:
    """The route of a message of this client, or of the agency itself; reads the connections as they are stored now."""
    own = WhatsAppConnection.objects.filter(agency=agency, client=client).first() if client else None
    return route_with(own, agency, client, wants_agency=wants_agency, avoid=avoid, to=to)


def route_with(
    own: WhatsAppConnection | None,
    agency: Agency,
    client: Client | None,
    *,
    wants_agency: bool = False,
    avoid: uuid.UUID | None = None,
    to: str = "",
) -> Route:
    """As `route_for`, with the client's connection at hand; the agency's is read only where it matters. `to` may be a
    group's address; of a phone it does not matter."""
    to_group = is_group(to)

    def chosen(agencys: WhatsAppConnection | None, *, is_in_group: bool = False) -> Route:
        return choose(
            own,
            agencys,
            is_clients=client is not None,
            may_use_agency=client is None or client.use_agency_number,
            wants_agency=wants_agency,
            avoid=avoid,
            to_group=to_group,
            agency_is_in_group=is_in_group,
        )

    by_own = chosen(None)
    if by_own.connection is not None or by_own.why in (NOBODY_BUT_OWN, GROUP_OF_AGENCY):
        return by_own
    agencys = WhatsAppConnection.objects.filter(agency=agency, client=None).first()
    return chosen(agencys, is_in_group=to_group and is_in(agencys, to))


def is_in(connection: WhatsAppConnection | None, jid: str) -> bool:
    """Whether this number is known to be in the group, by the last list of its groups."""
    return connection is not None and WhatsAppGroup.objects.current().filter(connection=connection, jid=jid).exists()


def sender_for(agency: Agency, client: Client | None = None) -> WhatsAppConnection | None:
    """The connection that would carry a message now, None where nothing could leave."""
    return route_for(agency, client).connection
