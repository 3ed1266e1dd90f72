"""The rows of "Envios" as a file has them: one for each message, and for each report that put none into the outbox.

Typed cells (days, times of the agency's clock, text), in order of the clock; read in chunks of a few queries each, so
that fifty thousand rows need no more memory than their keys. `sends_files` writes them.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from agency.models import Agency
from agency.phones import show_phone
from connections.models import Message
from connections.uncertain import waiting as uncertain_of
from reports import holding, sends_ahead, sends_dress, sends_lines, sends_rows
from reports import sends as service
from reports.models import Report
from reports.sends_asked import Asked, parse_day
from reports.sends_lines import Line

#: More rows than these are left out, and the last line says so.
MOST = 50_000
CHUNK = 500
#: A longer period begins later instead.
MOST_DAYS = 366

HEADER = (
    *("Data", "Hora", "Cliente", "O quê", "Para", "Telefone", "Saiu por", "Por que a agência", "Situação", "Detalhe"),
    *("Enviado", "Entregue", "Lido", "Referência"),
)
CUT = f"Só as {MOST:,} primeiras linhas. Escolha um período menor.".replace(",", ".")
Cell = str | date | time | datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the agency's calendar, both included."""

    first: date
    last: date

    @property
    def name(self) -> str:
        """`2026-11-24`, `2026-11-01-a-2026-11-24`."""
        if self.first == self.last:
            return self.first.isoformat()
        return f"{self.first.isoformat()}-a-{self.last.isoformat()}"


def period_of(first: Any, last: Any, asked: Asked, today: date) -> Period:
    """The days that were asked for, in either order; else the day that is shown."""
    days = sorted(day for day in (parse_day(first), parse_day(last)) if day)
    if not days:
        return Period(asked.day or today, asked.day or today)
    return Period(max(days[0], date.fromordinal(days[-1].toordinal() - MOST_DAYS + 1)), days[-1])


def rows(agency: Agency, asked: Asked, period: Period, now: datetime | None = None) -> Iterator[Sequence[Cell]]:
    """The rows of the filter that is shown, those of the period where the filter is one of days; without the header."""
    now = now or timezone.now()
    zone = ZoneInfo(agency.time_zone)
    count = 0
    for line in _lines(agency, asked, period, now, zone):
        if not service.keeps(agency, asked, line.client, line.searched):
            continue
        count += 1
        if count > MOST:
            yield (CUT,)
            return
        yield _cells(agency, line, zone)


def _lines(agency: Agency, asked: Asked, period: Period, now: datetime, zone: ZoneInfo) -> Iterator[Line]:
    """Each of one message at most, in order and dressed."""
    if asked.view == "proximos":
        runs, _ = sends_ahead.read(agency, now, zone, service.AHEAD)
        today = now.astimezone(zone).date()
        ahead = [run for run in runs if run.at.astimezone(zone).date() > today]
        yield from _dressed(agency, sorted(sends_ahead.lines(ahead), key=lambda line: line.at), now, zone)
        return
    entries = sorted(_entries(agency, asked, period, now, zone))[: MOST + 1]
    for start in range(0, len(entries), CHUNK):
        chunk = entries[start : start + CHUNK]
        found = _read({key for _, key in chunk}, now, zone)
        yield from _dressed(agency, [found[key] for _, key in chunk if key in found], now, zone)


def _dressed(agency: Agency, lines: list[Line], now: datetime, zone: ZoneInfo) -> Iterator[Line]:
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        sends_dress.dress(agency, chunk, now, zone, with_day=True)
        yield from chunk


def _entries(
    agency: Agency, asked: Asked, period: Period, now: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, uuid.UUID]]:
    """When, and the key of the message or the report."""
    if asked.view == "retidos":
        yield from holding.open_of_agency(agency, now).values_list("created_at", "pk")
        return
    messages = _messages(agency, asked, period, now, zone)
    for sent_at, created_at, key in messages.values_list("sent_at", "created_at", "pk")[: MOST + 1]:
        yield sent_at or created_at, key
    if asked.view == "" and not asked.reference:
        silent = sends_rows.silent_between(agency, period.first, period.last, zone)
        yield from silent.values_list("created_at", "pk")[: MOST + 1]
        if period.last >= now.astimezone(zone).date():
            queued = sends_rows.leaving(agency)
            yield from queued.values_list("created_at", "pk")[: MOST + 1]


def _messages(agency: Agency, asked: Asked, period: Period, now: datetime, zone: ZoneInfo) -> Any:
    if asked.reference:
        return Message.objects.filter(agency=agency, reference=asked.reference)
    match asked.view:
        case "fila":
            return sends_rows.leaving(agency)
        case "problema":
            return sends_rows.troubled(agency, now)
        case "incertos":
            return uncertain_of(agency)
    return sends_rows.messages_between(agency, period.first, period.last, zone)


def _read(keys: Iterable[uuid.UUID], now: datetime, zone: ZoneInfo) -> dict[uuid.UUID, Line]:
    keys = list(keys)
    found: dict[uuid.UUID, Line] = {}
    for message in sends_rows.joined(Message.objects.filter(pk__in=keys)):
        (found[message.pk],) = sends_lines.of_messages([message], now, zone)
    reports = Report.objects.filter(pk__in=[key for key in keys if key not in found])
    for report in reports.select_related("client", "settings").defer("snapshot"):
        (found[report.pk],) = sends_lines.of_reports([report])
    return found


def _cells(agency: Agency, line: Line, zone: ZoneInfo) -> tuple[Cell, ...]:
    at = line.at.astimezone(zone)
    message = line.messages[0] if line.messages else None
    return (
        at.date(),
        at.time().replace(second=0, microsecond=0),
        line.client.name if line.client else agency.name,
        line.what,
        line.to_all,
        show_phone(message.to) if message else "",
        {"own": "número próprio", "agency": "agência"}.get(line.sender, ""),
        line.sender_why if line.sender == "agency" else "",
        line.standing.state.word,
        line.standing.detail,
        *(_local(getattr(message, name, None), zone) for name in ("sent_at", "delivered_at", "read_at")),
        f"#{message.reference}" if message else "",
    )


def _local(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """By the agency's clock, to the second, and without a zone: no spreadsheet knows one."""
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0) if moment else None
