"""The messages of one client, as its page lists them: filtered, newest first, so many of them. Only reads.

Names of upper rooms: their rows are read, their code is not imported.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone

from agency.cards import RECEIPT_EXPECTED
from agency.models import Client

#: Messages that a page begins with, and that each "Mostrar mais" adds.
STEP = 20
#: However often somebody asks for more, a page ends here.
MOST = 500


def _with_problem() -> Q:
    late = Q(status="sent", awaits_receipt=True, sent_at__lt=timezone.now() - RECEIPT_EXPECTED)
    return late | Q(status__in=("failed", "expired", "uncertain"))


#: key in the URL (`?historico=`) → label of the chip, and what of the messages it keeps.
FILTERS: dict[str, tuple[str, Callable[[], Q]]] = {
    "": ("Tudo", Q),
    "relatorios": ("Relatórios", lambda: Q(kind="report")),
    "alertas": ("Alertas", lambda: Q(kind="alert")),
    "problema": ("Com problema", _with_problem),
}


@dataclass(frozen=True, slots=True)
class Chip:
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class History:
    """`messages` each have `report`, the key of the report that they carry, and `days`, what period it is about; None
    for others. `more` is the query for the next ones, "" where there are none; `total` counts all that the filter
    keeps."""

    messages: list[Any]
    chips: list[Chip]
    is_filtered: bool
    total: int
    more: str


def history(client: Client, asked: QueryDict) -> History:
    """What the page's query asks for: `historico` (a key of FILTERS; unknown: all) and `mensagens` (how many)."""
    key = asked.get("historico", "")
    key = key if key in FILTERS else ""
    count = _count(asked.get("mensagens", ""))
    everything: Any = getattr(client, "messages")  # noqa: B009  a name of an upper room
    rows = everything.filter(FILTERS[key][1]())
    found = list(rows[: count + 1])
    has_more = len(found) > count
    shown = _with_days(client, found[:count])
    return History(
        messages=shown,
        chips=[
            Chip(label, _query(asked, historico=name, mensagens=""), name == key)
            for name, (label, _) in FILTERS.items()
        ],
        is_filtered=bool(key),
        total=rows.count() if has_more else len(found),
        more=_query(asked, mensagens=str(count + STEP)) if has_more and count < MOST else "",
    )


def _count(asked: str) -> int:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else STEP
    return min(max(-(-number // STEP), 1) * STEP, MOST)


def _query(asked: QueryDict, **changed: str) -> str:
    """The page's query with these parts changed, those that are empty left out; the rest of it is kept."""
    parts = asked.copy()
    for name, value in changed.items():
        if value:
            parts[name] = value
        else:
            parts.pop(name, None)
    return f"?{parts.urlencode()}"


def _with_days(client: Client, messages: list[Any]) -> list[Any]:
    """A report's message knows its report by the subject alone."""
    keys = {message.pk: key for message in messages if (key := _report_key(message.subject))}
    days = _periods(client, keys.values()) if keys else {}
    for message in messages:
        message.report = keys.get(message.pk)
        message.days = days.get(message.report)
    return messages


def _report_key(subject: str) -> uuid.UUID | None:
    kind, _, key = subject.partition(":")
    try:
        return uuid.UUID(key) if kind == "report" else None
    except ValueError:
        return None


def _periods(client: Client, keys: Iterable[uuid.UUID]) -> dict[uuid.UUID | None, tuple[Any, Any]]:
    reports: Any = getattr(client, "reports")  # noqa: B009  a name of an upper room
    rows = reports.filter(pk__in=set(keys), period_start__isnull=False)
    return {pk: (first, last) for pk, first, last in rows.values_list("pk", "period_start", "period_end")}
