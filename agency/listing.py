"""The /agency page's list: which clients, in which order, counted how. The same number of queries, and about the same
time, for a hundred clients and for ten thousand: what is counted, filtered and sorted stands in the clients' own rows
(`agency.standing`), and only one page of them is read with what their cards join.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, OuterRef, Q, Subquery

from agency import rows
from agency.cards import dress, is_up
from agency.models import Agency, Client, ClientQuerySet
from agency.rows import ClientRow, agency_connection_of, model_of
from agency.standing import JOINS
from agency.text import search_key

PER_PAGE = 50
LIST_VIEW = "lista"
VIEWS = ("cartoes", LIST_VIEW)
#: key in the URL → what the select says.
ORDERS = {"atencao": "Atenção primeiro", "nome": "Nome", "proximo": "Próximo envio", "saldo": "Menor saldo"}

#: The columns of the index `client_counters`, in its order.
_INDEXED = (
    *("number_state", "use_agency_number", "attention_if_agency_up", "attention_if_agency_down", "has_low_balance"),
)
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

    def address(self, **changes: str | int) -> str:
        """What follows the page's address to ask for the same with `changes`; they begin at the first page."""
        asked = {"q": self.text, "estado": self.state, "ordem": "" if self.order == "atencao" else self.order}
        found = {name: value for name, value in (asked | changes).items() if value}
        return f"?{urlencode(found)}" if found else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Clients of the page under one heading; `count` counts those of the other pages too. No title: no heading."""

    key: str
    title: str
    count: int
    clients: list[ClientRow]


@dataclass
class Listing:
    """One page of the clients asked for. The counters and the filters count all clients of the agency."""

    asked: Asked
    agency_connection: Any
    tally: Tally
    clients: list[ClientRow] = field(default_factory=list)

    @property
    def attention(self) -> list[ClientRow]:
        return [client for client in self.clients if client.needs_attention]

    @property
    def on_track(self) -> list[ClientRow]:
        return [client for client in self.clients if not client.needs_attention]

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
            {
                "label": label,
                "count": self.tally.all(keeps),
                "current": key == self.asked.state,
                "address": self.asked.address(estado=key),
            }
            for key, (label, keeps) in FILTERS.items()
        ]

    @cached_property
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
    def address(self) -> str:
        """The same without its page and its view: of what `clientes.csv` has all."""
        return self.asked.address()

    @property
    def views(self) -> dict[str, str]:
        return {view: self.asked.address(pagina=self.page if self.page > 1 else 0, visao=view) for view in VIEWS}

    @property
    def previous_page(self) -> str:
        return self.asked.address(pagina=self.page - 1)

    @property
    def next_page(self) -> str:
        return self.asked.address(pagina=self.page + 1)

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


def listing(agency: Agency, asked: Asked) -> Listing:
    """One page of the agency's clients in service, dressed."""
    own = agency_connection_of(agency)
    found = Listing(asked, own, _tally(agency, asked, own))
    if not found.total:
        return found
    start = found.first - 1
    keys = matching(agency, asked, own).values("pk")[start : start + PER_PAGE]
    # The page is chosen before anything is joined to it: a page far behind costs what the first one costs.
    page = _ordered(rows.joined().filter(pk__in=keys), asked.order, own)
    found.clients = [dress(client, own) for client in rows.read(page, agency)]
    return found


def matching(agency: Agency, asked: Asked, agency_connection: Any) -> ClientQuerySet:
    """All clients that the search and the filter keep, in the order asked for, without what their cards join."""
    clients = Client.objects.active().filter(agency=agency).matching(asked.text)
    for column, values in FILTERS[asked.state][1].items():
        column = _attention(agency_connection) if column == "attention" else column
        clients = clients.filter(**({column: values[0]} if len(values) == 1 else {f"{column}__in": values}))
    return _ordered(clients, asked.order, agency_connection)


def card(agency: Agency, client: Client) -> tuple[Client, Any]:
    """One client with what its card and its page show, and the agency's own connection."""
    own = agency_connection_of(agency)
    found = Client.objects.select_related(*JOINS).prefetch_related("ad_accounts").get(pk=client.pk)
    found.agency = agency
    return dress(found, own), own


def card_of_page(agency: Agency, client: Client) -> tuple[ClientRow, Any]:
    """One client as `listing` gives it, and the agency's own connection."""
    own = agency_connection_of(agency)
    (row,) = rows.read(rows.joined().filter(pk=client.pk), agency)
    return dress(row, own), own


def _attention(agency_connection: Any) -> str:
    return "attention_if_agency_up" if is_up(agency_connection) else "attention_if_agency_down"


def _tally(agency: Agency, asked: Asked, agency_connection: Any) -> Tally:
    """One query over the index `client_counters`; a search has to look at each client's text besides."""
    words = Q()
    for word in search_key(asked.text.replace("\0", "")).split():
        words &= Q(search_text__contains=word)
    counted = _counted().filter(agency=agency)
    if words:
        counted = counted.annotate(found=Count("pk", filter=words))
    attention = _attention(agency_connection)
    found = [{"found": row["all"], "attention": row[attention]} | row for row in counted]
    return Tally(found, FILTERS[asked.state][1])


@cache
def _counted() -> Any:
    """Grouped by the index's own columns in its own order, so that it is read through once and nothing is sorted; and
    from the index alone, which does not hold the key. Made once, like `rows.joined`."""
    return Client.objects.active().values(*_INDEXED).annotate(all=Count("*")).order_by(*_INDEXED)


def _ordered(clients: ClientQuerySet, order: str, agency_connection: Any) -> ClientQuerySet:
    """Total orders: clients of one name do not change places between two pages."""
    by_name = ("search_text", "pk")
    if order == "proximo":
        return clients.order_by(F("report_settings__next_run_at").asc(nulls_last=True), *by_name)
    if order == "saldo":
        accounts = model_of("ad_accounts").objects.filter(client=OuterRef("pk"), balance__isnull=False)
        soonest = Subquery(accounts.order_by(F("balance_ends_at").asc(nulls_last=True)).values("balance_ends_at")[:1])
        least = Subquery(accounts.order_by("balance").values("balance")[:1])
        return clients.order_by("-has_low_balance", soonest.asc(nulls_last=True), least.asc(nulls_last=True), *by_name)
    return clients.order_by(*([] if order == "nome" else [f"-{_attention(agency_connection)}"]), *by_name)
