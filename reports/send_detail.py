"""One line of "Envios" in full: the text exactly as it was sent, to whom, through which number, each try; or, of a
report that put nothing into the outbox, what it would have said. Finds all through the agency; changes nothing but by
`try_through_agency`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from agency.models import Agency
from connections import outbox
from connections.models import Attempt, Message
from reports import documents, sends_dress, sends_lines, snapshot, text
from reports.models import Report
from reports.queueing import MESSAGE_LIFE
from reports.sends_lines import Line

_KEYS = ("connection__token", "connection__webhook_secret", "connection__qr_code")


@dataclass(frozen=True, slots=True)
class Detail:
    """`text` is what was sent, of the first of the messages; of a report without messages what it would have said, or
    "" where nothing was collected. `failed` may be sent through the agency's number now."""

    line: Line
    text: str
    failed: Sequence[Message]

    @property
    def may_be_resent(self) -> bool:
        return sends_dress.may_be_resent(self.line)

    @property
    def messages(self) -> Sequence[Any]:
        return self.line.messages


def of_message(agency: Agency, message: Message, now: datetime | None = None) -> Detail:
    """Of all messages with the same cause as this one of the agency's."""
    now = now or timezone.now()
    messages = list(_of_same_cause(agency, message))
    for one in messages:
        one.agency = agency
        if one.client is not None:
            one.client.agency = agency
    zone = ZoneInfo(agency.time_zone)
    (line,) = sends_lines.of_messages(messages, now, zone)
    sends_dress.dress(agency, [line], now, zone, with_day=True)
    first = next(one for one in messages if one.pk == message.pk)
    return Detail(line, first.body, _may_go_by_agency(agency, line, now))


def of_report(agency: Agency, report: Report, now: datetime | None = None) -> Detail:
    """Of a report that has no messages."""
    now = now or timezone.now()
    report.client.agency = agency
    zone = ZoneInfo(agency.time_zone)
    (line,) = sends_lines.of_reports([report])
    sends_dress.dress(agency, [line], now, zone, with_day=True)
    return Detail(line, frozen_text(report), [])


def frozen_text(report: Report) -> str:
    """What the report's frozen numbers say; "" where there are none, or of a version that is not known here."""
    try:
        return text.report_text(snapshot.from_json(report.snapshot)) if report.snapshot else ""
    except ValueError:
        return ""


def try_through_agency(agency: Agency, message: Message, now: datetime | None = None) -> int:
    """Queue what of the same cause failed once more, where the agency's number would carry it now; how many.

    Only what certainly did not leave (`outbox.try_again`), each once: of two clicks one finds something to do.
    """
    now = now or timezone.now()
    detail = of_message(agency, message, now)
    queued = sum(outbox.try_again(one, expires_at=now + MESSAGE_LIFE) for one in detail.failed)
    if queued and detail.line.report is not None:
        documents.draw_again(detail.line.report, now)
    return queued


def _may_go_by_agency(agency: Agency, line: Line, now: datetime) -> list[Message]:
    if line.client is None or line.client.archived_at is not None:
        return []
    return sends_dress.failed_for_agency(line.messages, sends_dress.Numbers(agency, [line]), now)


def _of_same_cause(agency: Agency, message: Message) -> QuerySet[Message]:
    tries = Attempt.objects.select_related("connection").defer(*_KEYS).order_by("started_at", "pk")
    rows = Message.objects.filter(agency=agency, subject=message.subject, client=message.client_id)
    return rows.select_related("client").prefetch_related(Prefetch("attempts", tries)).order_by("to_name", "pk")
