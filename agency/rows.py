"""The rows that cards are made of, read flat: one tuple for each client with what its card joins, one for each account.

A page of fifty has no time for three hundred model instances. What is joined becomes an object with the columns that
are named here and its model's own properties and choices, so that no rule is written twice; any other name is an
AttributeError, never a query. Models of upper rooms are found by the names of their relations.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, make_dataclass
from functools import cache
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db.models import Model, OuterRef, Q, Subquery
from django.db.models.functions import Now

from agency.models import Agency, Client, ClientQuerySet

_CLIENT = ("pk", "name", "email", "time_zone", "use_agency_number", "is_demo", "uptime_days", "uptime_share")
#: Of what is joined, what a card shows or its rule reads. The first of each is never NULL where there is a row.
_JOINED: dict[str, tuple[str, ...]] = {
    "whatsapp_connection": (
        *("status", "reason", "phone", "connected_at", "disconnected_at", "last_seen_at", "paused_until"),
    ),
    "report_settings": ("frequency", "period", "active", "next_run_at", "last_problem"),
    "delivery__last_message": (
        *(
            "status",
            "reason",
            "sent_at",
            "created_at",
            "by_agency_number",
            "check_at",
            "uncertain_since",
            "awaits_receipt",
        ),
    ),
    "delivery__problem": ("status", "reason", "to", "to_name", "check_at", "uncertain_since"),
}
_ACCOUNT = (
    *("platform", "name", "currency", "time_zone", "balance", "balance_ends_at", "daily_spend"),
    *("alert_enabled", "alert_by", "alert_threshold", "alert_3_days", "alert_1_day", "low_stage"),
    "muted_until",
)
#: Of the agency's own connection.
_OWN = ("status", "phone")
_PATHS = tuple(f"{path}__{column}" for path, columns in _JOINED.items() for column in columns)


@dataclass(slots=True)
class DeliveryRow:
    last_message: Any
    problem: Any


@dataclass(slots=True, eq=False)
class ClientRow:
    """A client as cards read it: the same names as those of the model, and what `agency.cards.dress` adds."""

    pk: uuid.UUID
    name: str
    email: str
    use_agency_number: bool
    is_demo: bool
    uptime_days: str
    uptime_share: int | None
    zone: ZoneInfo
    held_at: Any
    whatsapp_connection: Any
    report_settings: Any
    delivery: DeliveryRow | None
    accounts_read: list[Any]
    note: Any = None
    action: str = ""
    needs_attention: bool = False

    def __eq__(self, other: object) -> bool:
        """As two instances of the model are: the same client."""
        return isinstance(other, ClientRow | Client) and self.pk == other.pk

    def __hash__(self) -> int:
        return hash(self.pk)


def joined() -> ClientQuerySet:
    """All clients with what their cards join, to be narrowed and ordered, then read."""
    return _joined().all()


def read(clients: ClientQuerySet, agency: Agency) -> list[ClientRow]:
    """These of `joined` clients, all of the agency, in their order. Two queries."""
    found: list[tuple[Any, ...]] = list(clients)  # type: ignore[arg-type]  # tuples, see _joined
    accounts = _accounts_of([values[0] for values in found])
    return [_row(values, agency, accounts[values[0]]) for values in found]


def agency_connection_of(agency: Agency) -> Any:
    """The agency's own connection, or None."""
    make, connections = _own_connections()
    values = connections.filter(agency=agency).first()
    return make(*values) if values else None


def model_of(related_name: str) -> Any:
    """The model of an upper room whose rows belong to a client by this name."""
    return _at_the_end_of(related_name)


def _row(values: tuple[Any, ...], agency: Agency, accounts: list[Any]) -> ClientRow:
    pk, name, email, time_zone, use_agency_number, is_demo, uptime_days, uptime_share, held_at = values[:9]
    connection, settings, newest, problem = (
        make(*values[start:end]) if values[start] is not None else None for make, start, end in _slices()
    )
    return ClientRow(
        pk=pk,
        name=name,
        email=email,
        use_agency_number=use_agency_number,
        is_demo=is_demo,
        uptime_days=uptime_days,
        uptime_share=uptime_share,
        zone=ZoneInfo(time_zone or agency.time_zone),
        held_at=held_at,
        whatsapp_connection=connection,
        report_settings=settings,
        delivery=DeliveryRow(newest, problem) if newest else None,
        accounts_read=accounts,
    )


@cache
def _joined() -> ClientQuerySet:
    """Made once: naming thirty columns takes as long as reading fifty rows of them. So the time is the database's."""
    held = model_of("reports").objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=Now()), client=OuterRef("pk"), status="held"
    )
    newest_held = Subquery(held.order_by("-created_at").values("created_at")[:1])
    rows: Any = Client.objects.annotate(held_at=newest_held).values_list(*_CLIENT, "held_at", *_PATHS)
    return cast(ClientQuerySet, rows)


def _accounts_of(clients: Iterable[uuid.UUID]) -> defaultdict[uuid.UUID, list[Any]]:
    """Their ad accounts, in the order of the model."""
    make, accounts = _accounts()
    found: defaultdict[uuid.UUID, list[Any]] = defaultdict(list)
    for client, *values in accounts.filter(client__in=clients):
        found[client].append(make(*values))
    return found


@cache
def _accounts() -> tuple[Callable[..., Any], Any]:
    model = model_of("ad_accounts")
    return _flat(model, _ACCOUNT), model.objects.values_list("client", *_ACCOUNT)


@cache
def _own_connections() -> tuple[Callable[..., Any], Any]:
    model = model_of("whatsapp_connection")
    return _flat(model, _OWN), model.objects.filter(client=None).values_list(*_OWN)


@cache
def _slices() -> tuple[tuple[Callable[..., Any], int, int], ...]:
    """Which columns of a tuple make which object."""
    slices, start = [], len(_CLIENT) + 1
    for path, columns in _JOINED.items():
        slices.append((_flat(_at_the_end_of(path), columns), start, start + len(columns)))
        start += len(columns)
    return tuple(slices)


def _at_the_end_of(path: str) -> Any:
    model: Any = Client
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    return model


@cache
def _flat(model: type[Model], columns: tuple[str, ...]) -> Callable[..., Any]:
    """A class for rows of `model` of which these columns are read."""
    own: dict[str, Any] = {name: value for name, value in vars(model).items() if isinstance(value, property)}
    for column in columns:
        if model._meta.get_field(column).choices:  # type: ignore[union-attr]
            own[f"get_{column}_display"] = _label_of(model, column)
    return make_dataclass(f"{model.__name__}Row", columns, namespace=own, slots=True)


def _label_of(model: type[Model], column: str) -> Callable[[Any], str]:
    labels = {value: str(label) for value, label in model._meta.get_field(column).flatchoices}  # type: ignore[union-attr]

    def label(row: Any) -> str:
        value = getattr(row, column)
        return str(labels.get(value, value))

    return label
