"""Puts a report's messages into the outbox, and keeps the client's note of why the newest one did not leave."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from agency import standing
from agency.models import Client
from connections import outbox
from connections.models import Message
from reports import documents, page_links, text
from reports.models import Recipient, Report, ReportSettings
from reports.snapshot import ReportData

#: A message that could not leave for so long is not news any more.
MESSAGE_LIFE = timedelta(hours=24)
PAUSED = "O relatório automático foi pausado antes de esta mensagem sair."


def enqueue(report: Report, data: ReportData, recipients: Iterable[Recipient], expires_at: datetime) -> None:
    """One message per recipient; the same report to the same number is one message, however often this is called.

    What goes with it is drawn later (`documents`).
    """
    outbox.enqueue_many([_draft(report, data, recipient, expires_at) for recipient in recipients])
    documents.plan(report)


def _draft(report: Report, data: ReportData, recipient: Recipient, expires_at: datetime) -> outbox.Draft:
    return outbox.Draft(
        agency=report.client.agency,
        client=report.client,
        kind=Message.Kind.REPORT,
        subject=report.subject,
        dedupe_key=f"{report.subject}:{recipient.phone}",
        to=recipient.phone,
        to_name=recipient.name,
        compose=lambda reference: _text(report, data, reference),
        expires_at=expires_at,
        wants_agency_number=recipient.via_agency,
    )


def _text(report: Report, data: ReportData, reference: str) -> str:
    """With the address of the report's page, where its settings want that."""
    said = text.report_text(data, reference)
    return text.with_page(said, page_links.public_url(report)) if report.settings.with_page else said


def take_back(client: Client, *, is_on_a_card: bool = True) -> int:
    """Cancel what of the client's reports waits in the outbox and has not begun to leave; how many messages. Alerts
    and tests are not a report's affair, and what is being sent now cannot be called back."""
    documents.call_off(client)
    return outbox.cancel_queued(client, kind=Message.Kind.REPORT, reason=PAUSED, is_on_a_card=is_on_a_card)


def note_problem(settings: ReportSettings, reason: str) -> None:
    """Why the newest report did not leave, for the card; empty once one does."""
    settings.last_problem = reason
    if ReportSettings.objects.filter(pk=settings.pk).exclude(last_problem=reason).update(last_problem=reason):
        standing.refresh([settings.client_id])
