"""The /agency page's list: which clients, in which state, counted how. Three queries however many clients there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agency.cards import dress, has_connected_number, related, uses_agency_number
from agency.models import Agency, Client, ClientQuerySet

#: What a card joins. Names of upper rooms: their rows are read, their code is not imported.
JOINS = ("whatsapp_connection", "report_settings", "delivery__last_message", "delivery__problem")


def with_cards(clients: ClientQuerySet) -> ClientQuerySet:
    return clients.select_related(*JOINS).prefetch_related("ad_accounts")


def agency_connection_of(agency: Agency) -> Any:
    """The agency's own connection, or None."""
    connections: Any = getattr(agency, "whatsapp_connections")  # noqa: B009  a name of an upper room
    return connections.filter(client=None).first()


def _status_is(*statuses: str) -> Callable[[Client], bool]:
    def test(client: Client) -> bool:
        connection = related(client, "whatsapp_connection")
        return connection is not None and connection.status in statuses

    return test


def _is_low(client: Client) -> bool:
    accounts: Any = getattr(client, "ad_accounts")  # noqa: B009  a name of an upper room
    return any(account.is_low for account in accounts.all())


def _fell(client: Client) -> bool:
    connection = related(client, "whatsapp_connection")
    return connection is not None and connection.status == "disconnected" and connection.connected_at is not None


#: key in the URL → label of the chip, and which clients it keeps.
FILTERS: dict[str, tuple[str, Callable[[Client], bool]]] = {
    "": ("Todos", lambda client: True),
    "atencao": ("Atenção", lambda client: client.needs_attention),  # type: ignore[attr-defined]
    "conectados": ("Conectados", has_connected_number),
    "desconectados": ("Desconectados", _fell),
    "aguardando": ("Aguardando QR", _status_is("awaiting_scan", "connecting")),
    "agencia": ("Pela agência", uses_agency_number),
    "saldo": ("Saldo baixo", _is_low),
}


@dataclass(slots=True)
class Listing:
    """What the page shows: the counters count all clients of the agency, the groups only those asked for."""

    clients: list[Client]
    shown: list[Client]
    agency_connection: Any
    state: str
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def attention(self) -> list[Client]:
        return [client for client in self.shown if client.needs_attention]  # type: ignore[attr-defined]

    @property
    def on_track(self) -> list[Client]:
        return [client for client in self.shown if not client.needs_attention]  # type: ignore[attr-defined]

    @property
    def filters(self) -> list[dict[str, Any]]:
        return [
            {"key": key, "label": label, "count": sum(map(keeps, self.clients)), "current": key == self.state}
            for key, (label, keeps) in FILTERS.items()
        ]


def listing(agency: Agency, *, text: str = "", state: str = "") -> Listing:
    """The clients in service whose name or e-mail holds `text`, narrowed to the filter `state` (unknown: all)."""
    state = state if state in FILTERS else ""
    own = agency_connection_of(agency)
    everyone = list(with_cards(Client.objects.active().filter(agency=agency)))
    for client in everyone:
        client.agency = agency
        dress(client, own)
    found = everyone
    if text.strip():
        keys = set(Client.objects.active().filter(agency=agency).matching(text).values_list("pk", flat=True))
        found = [client for client in everyone if client.pk in keys]
    counters = {
        "total": len(everyone),
        "connected": sum(map(has_connected_number, everyone)),
        "attention": sum(client.needs_attention for client in everyone),  # type: ignore[attr-defined]
        "by_agency": sum(map(uses_agency_number, everyone)),
        "low_balance": sum(map(_is_low, everyone)),
    }
    return Listing(everyone, [client for client in found if FILTERS[state][1](client)], own, state, counters)


def card(agency: Agency, client: Client) -> tuple[Client, Any]:
    """One client with what its card shows, and the agency's own connection."""
    own = agency_connection_of(agency)
    row = with_cards(Client.objects.filter(pk=client.pk)).get()
    row.agency = agency
    return dress(row, own), own
