"""The /agency page's list: which clients, in which order, counted how. The same number of queries, and about the same
time, for a hundred clients and for ten thousand: what is counted, filtered and sorted stands in the clients' own rows
(`agency.standing`), and only one page of them is read with what their cards join.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, FloatField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Cast, NullIf
from django.utils import timezone

from agency.cards import dress, is_up
from agency.models import Agency, Client, ClientQuerySet
from agency.standing import JOINS
from agency.text import search_key

PER_PAGE = 50
LIST_VIEW = "lista"
VIEWS = ("cartoes", LIST_VIEW)
#: key in the URL → what the select says.
ORDERS = {"atencao": "Atenção primeiro", "nome": "Nome", "proximo": "Próximo envio", "saldo": "Menor saldo"}

#: Of what a card joins, the columns that it shows or reads. What is not named here costs a query for each card.
_SHOWN = (
    *("name", "email", "agency", "time_zone", "is_demo", "use_agency_number", "search_text"),
    *(f"whatsapp_connection__{name}" for name in ("client", "status", "reason", "phone", "connected_at")),
    *(f"whatsapp_connection__{name}" for name in ("disconnected_at", "last_seen_at")),
    *(f"report_settings__{name}" for name in ("client", "active", "frequency", "period", "next_run_at")),
    "report_settings__last_problem",
    *(f"delivery__last_message__{name}" for name in ("status", "reason", "sent_at", "created_at", "by_agency_number")),
    *(f"delivery__problem__{name}" for name in ("status", "reason", "to", "to_name")),
)
_COLUMNS = ("number_state", "use_agency_number", "attention", "has_low_balance")
#: key in the URL → label of the chip, and the values of the columns that it keeps; none named: all.
FILTERS: dict[str, tuple[str, dict[str, tuple[Any, ...]]]] = {
    "": ("Todos", {}),
    "atencao": ("Atenção", {"attention": (True,)}),
    "conectados": ("Conectados", {"number_state": ("own",)}),
    "desconectados": ("Desconectados", {"number_state": ("fallen",)}),
    "aguardando": ("Aguardando QR", {"number_state": ("waiting",)}),
    "agencia": ("Pela agência", {"use_agency_number": (True,), "number_state": ("fallen", "waiting", "none")}),
    "saldo": ("Saldo baixo", {"has_low_balance": (True,)}),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what cannot be understood is the default."""

    text: str = ""
    state: str = ""
    order: str = "atencao"
    page: int = 1

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Asked:
        state, order, page = (str(params.get(name, "")) for name in ("estado", "ordem", "pagina"))
        return cls(
            text=str(params.get("q", "")).replace("\0", "").strip()[:200],
            state=state if state in FILTERS else "",
            order=order if order in ORDERS else "atencao",
            page=max(1, int(page)) if page.isdecimal() and len(page) < 10 else 1,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """Clients of the page under one heading; `count` counts those of the other pages too. No title: no heading."""

    key: str
    title: str
    count: int
    clients: list[Client]


@dataclass(slots=True)
class Listing:
    """One page of the clients asked for. The counters and the filters count all clients of the agency."""

    asked: Asked
    agency_connection: Any
    tally: Tally
    clients: list[Client] = field(default_factory=list)

    @property
    def attention(self) -> list[Client]:
        return [client for client in self.clients if client.needs_attention]  # type: ignore[attr-defined]

    @property
    def on_track(self) -> list[Client]:
        return [client for client in self.clients if not client.needs_attention]  # type: ignore[attr-defined]

    @property
    def groups(self) -> list[Group]:
        if self.asked.order != "atencao":
            return [Group("clients", "", self.total, self.clients)] if self.clients else []
        urgent = self.tally.found({"attention": (True,)})
        groups = (
            Group("attention", "Precisam de atenção", urgent, self.attention),
            Group("on-track", "Em dia", self.total - urgent, self.on_track),
        )
        return [group for group in groups if group.clients]

    @property
    def counters(self) -> dict[str, int]:
        of = {key: self.tally.all(keeps) for key, (_, keeps) in FILTERS.items()}
        return {
            "total": of[""],
            "connected": of["conectados"],
            "attention": of["atencao"],
            "by_agency": of["agencia"],
            "low_balance": of["saldo"],
        }

    @property
    def filters(self) -> list[dict[str, Any]]:
        return [
            {"key": key, "label": label, "count": self.tally.all(keeps), "current": key == self.asked.state}
            for key, (label, keeps) in FILTERS.items()
        ]

    @property
    def total(self) -> int:
        """How many the search and the filter found, on all pages."""
        return self.tally.found({})

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))

    @property
    def page(self) -> int:
        return min(self.asked.page, self.pages)

    @property
    def previous_page(self) -> int:
        return self.page - 1

    @property
    def next_page(self) -> int:
        return self.page + 1

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE + 1

    @property
    def last(self) -> int:
        return min(self.page * PER_PAGE, self.total)


class Tally:
    """How many clients stand in each way, and how many of those the search and the filter keep."""

    def __init__(self, rows: list[dict[str, Any]], kept: dict[str, tuple[Any, ...]]) -> None:
        self._rows, self._kept = rows, kept

    def all(self, keeps: dict[str, tuple[Any, ...]]) -> int:
        return sum(row["all"] for row in self._rows if _keeps(keeps, row))

    def found(self, keeps: dict[str, tuple[Any, ...]]) -> int:
        return sum(row["found"] for row in self._rows if _keeps(keeps, row) and _keeps(self._kept, row))


def _keeps(keeps: dict[str, tuple[Any, ...]], row: dict[str, Any]) -> bool:
    return all(row[column] in values for column, values in keeps.items())


def agency_connection_of(agency: Agency) -> Any:
    """The agency's own connection, or None."""
    connections: Any = getattr(agency, "whatsapp_connections")  # noqa: B009  a name of an upper room
    return connections.filter(client=None).first()


def listing(agency: Agency, asked: Asked) -> Listing:
    """One page of the agency's clients in service, dressed."""
    own = agency_connection_of(agency)
    found = Listing(asked, own, _tally(agency, asked, own))
    if not found.total:
        return found
    start = found.first - 1
    keys = matching(agency, asked, own).values("pk")[start : start + PER_PAGE]
    # The page is chosen before anything is joined to it: a page far behind costs what the first one costs.
    rows = with_cards(_ordered(Client.objects.filter(pk__in=keys), asked.order, own))
    found.clients = [_dressed(client, agency, own) for client in rows]
    return found


def matching(agency: Agency, asked: Asked, agency_connection: Any) -> ClientQuerySet:
    """All clients that the search and the filter keep, in the order asked for, without what their cards join."""
    clients = Client.objects.active().filter(agency=agency).matching(asked.text)
    for column, values in FILTERS[asked.state][1].items():
        column = _attention(agency_connection) if column == "attention" else column
        clients = clients.filter(**({column: values[0]} if len(values) == 1 else {f"{column}__in": values}))
    return _ordered(clients, asked.order, agency_connection)


def with_cards(clients: ClientQuerySet) -> ClientQuerySet:
    """With what a card of the page shows, and nothing else of those rows."""
    held = _model("reports").objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()), client=OuterRef("pk"), status="held"
    )
    newest_held = Subquery(held.order_by("-created_at").values("created_at")[:1])
    accounts = Prefetch("ad_accounts", to_attr="accounts_read")
    return clients.select_related(*JOINS).prefetch_related(accounts).only(*_SHOWN).annotate(held_at=newest_held)


def card(agency: Agency, client: Client) -> tuple[Client, Any]:
    """One client with what its card and its page show, and the agency's own connection."""
    own = agency_connection_of(agency)
    row = Client.objects.select_related(*JOINS).prefetch_related("ad_accounts").get(pk=client.pk)
    return _dressed(row, agency, own), own


def card_of_page(agency: Agency, client: Client) -> tuple[Client, Any]:
    """One client as `listing` gives it, and the agency's own connection."""
    own = agency_connection_of(agency)
    return _dressed(with_cards(Client.objects.filter(pk=client.pk)).get(), agency, own), own


def _dressed(client: Client, agency: Agency, agency_connection: Any) -> Client:
    client.agency = agency
    return dress(client, agency_connection)


def _attention(agency_connection: Any) -> str:
    return "attention_if_agency_up" if is_up(agency_connection) else "attention_if_agency_down"


def _tally(agency: Agency, asked: Asked, agency_connection: Any) -> Tally:
    """One query over the index `client_counters`; a search has to look at each client's text besides."""
    words = Q()
    for word in search_key(asked.text).split():
        words &= Q(search_text__contains=word)
    everyone = Count("*")  # from the index alone, which does not hold the key
    counted = {"all": everyone, "found": Count("pk", filter=words) if words else everyone}
    columns = {"attention": F(_attention(agency_connection))}
    rows = Client.objects.active().filter(agency=agency).order_by()
    plain = [column for column in _COLUMNS if column != "attention"]
    return Tally(list(rows.values(*plain, **columns).annotate(**counted)), FILTERS[asked.state][1])


def _ordered(clients: ClientQuerySet, order: str, agency_connection: Any) -> ClientQuerySet:
    """Total orders: clients of one name do not change places between two pages."""
    by_name = ("search_text", "pk")
    if order == "proximo":
        return clients.order_by(F("report_settings__next_run_at").asc(nulls_last=True), *by_name)
    if order == "saldo":
        accounts = _model("ad_accounts").objects.filter(client=OuterRef("pk"), balance__isnull=False)
        days = Cast("balance", FloatField()) / NullIf(Cast("daily_spend", FloatField()), 0.0)
        soonest = Subquery(accounts.alias(days=days).order_by(F("days").asc(nulls_last=True)).values("days")[:1])
        least = Subquery(accounts.order_by("balance").values("balance")[:1])
        return clients.order_by("-has_low_balance", soonest.asc(nulls_last=True), least.asc(nulls_last=True), *by_name)
    return clients.order_by(*([] if order == "nome" else [f"-{_attention(agency_connection)}"]), *by_name)


def _model(related_name: str) -> Any:
    """The model of an upper room whose rows belong to a client by this name."""
    return Client._meta.get_field(related_name).related_model
