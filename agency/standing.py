"""How each client stands, kept in the client's own row: its number's state, who needs attention, whose balance is low.

A page of fifty of ten thousand clients is counted, filtered and sorted by these columns. `refresh` is called by whoever
changes what a card says (`agency/cards.py` is the rule); `repair` walks through all clients and mends what was missed.
Writes only columns that are wrong, so a call too many costs two reads and no write.
"""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Prefetch, QuerySet

from agency import cards
from agency.models import Client, ClientQuerySet

#: What a card's note joins. Names of upper rooms: their rows are read, their code is not imported.
JOINS = ("whatsapp_connection", "report_settings", "delivery__last_message", "delivery__problem")
#: Of what is joined, the columns that the rule reads; the rest (texts, keys to be deciphered) stays in the database.
_FACTS = (
    *("use_agency_number", "number_state", "attention_if_agency_up", "attention_if_agency_down", "has_low_balance"),
    *(f"whatsapp_connection__{name}" for name in ("client", "status", "reason", "connected_at", "paused_until")),
    *("report_settings__client", "report_settings__last_problem"),
    *(f"delivery__last_message__{name}" for name in ("status", "reason", "check_at", "uncertain_since")),
    *(f"delivery__problem__{name}" for name in ("status", "reason", "check_at", "uncertain_since")),
    *(f"delivery__problem__{name}" for name in ("to", "to_name")),
)
#: Clients that are read at once, and the most that one ring of beat may go through.
BATCH = 500
MOST_PER_RING = 20_000
#: Seconds after which a ring leaves the rest for the next one.
PATIENCE = 15
_CURSOR = "standing-cursor"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of a client; the names are those of its columns."""

    number_state: str
    attention_if_agency_up: bool
    attention_if_agency_down: bool
    has_low_balance: bool


def of(client: Client) -> Standing:
    """How a client stands by the rows that belong to it. Costs a query for each that was not joined."""
    return Standing(
        number_state=cards.number_state(client),
        attention_if_agency_up=cards.calls_for_attention(cards.note_of(client, agency_is_up=True)),
        attention_if_agency_down=cards.calls_for_attention(cards.note_of(client, agency_is_up=False)),
        has_low_balance=bool(cards.low_accounts(client)),
    )


def refresh(clients: Iterable[uuid.UUID | None] | QuerySet[Any, Any]) -> int:
    """Write anew how these clients stand, and return how many stood otherwise.

    `clients` are primary keys (None is nobody: a row of the agency itself), or a query for one column of them.
    """
    if isinstance(clients, QuerySet):
        return _write(Client.objects.filter(pk__in=clients))
    keys = {key for key in clients if key is not None}
    return _write(Client.objects.filter(pk__in=keys)) if keys else 0


def repair() -> int:
    """Go on through all clients in service, from where the ring before left off; how many stood otherwise."""
    until, seen, mended = time.monotonic() + PATIENCE, 0, 0
    after = _cursor()
    while seen < MOST_PER_RING and time.monotonic() < until:
        rows = Client.objects.active().order_by("pk")
        keys = list((rows.filter(pk__gt=after) if after else rows).values_list("pk", flat=True)[:BATCH])
        mended += refresh(keys)
        seen += len(keys)
        after = keys[-1] if len(keys) == BATCH else None
        if after is None:
            break
    _keep_cursor(after)
    return mended


def _write(rows: ClientQuerySet) -> int:
    found = (
        rows.select_related(*JOINS)
        .prefetch_related(Prefetch("ad_accounts", to_attr="accounts_read"))
        .order_by()
        .only(*_FACTS)
    )
    wrong: defaultdict[tuple[Standing, Standing], list[uuid.UUID]] = defaultdict(list)
    for client in found:
        stored, fresh = _stored(client), of(client)
        if fresh != stored:
            wrong[stored, fresh].append(client.pk)
    written = 0
    for (stored, fresh), keys in wrong.items():
        # Who has written it meanwhile has read newer rows than these.
        written += Client.objects.filter(pk__in=keys, **asdict(stored)).update(**asdict(fresh))
    return written


def _stored(client: Client) -> Standing:
    return Standing(
        number_state=client.number_state,
        attention_if_agency_up=client.attention_if_agency_up,
        attention_if_agency_down=client.attention_if_agency_down,
        has_low_balance=client.has_low_balance,
    )


def _cursor() -> uuid.UUID | None:
    kept = cache.get(_CURSOR)
    return uuid.UUID(kept) if kept else None


def _keep_cursor(after: uuid.UUID | None) -> None:
    cache.set(_CURSOR, after.hex if after else "", 3600)
