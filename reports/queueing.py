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
    """One message per recipient; the same report to the same one is one message, however often this is called.

    What goes with it is drawn later (`documents`).
    """
    outbox.enqueue_many(drafts(report, data, recipients, expires_at))
    comment_left(report, data)
    documents.plan(report)


def comment_left(report: Report, data: ReportData) -> None:
    """What was meant for one report has left with it. Another comment, written meanwhile or for this report alone, is
    not this one's to clear."""
    if data.comment:
        mine = ReportSettings.objects.filter(pk=report.settings_id, comment_once=True, comment=data.comment)
        mine.update(comment="")


def drafts(
    report: Report, data: ReportData, recipients: Iterable[Recipient], expires_at: datetime
) -> list[outbox.Draft]:
    """A message for each; what it is made of is the report's, its settings at hand."""
    link = page_links.public_url(report) if report.settings.with_page else ""
    return [_draft(report, data, recipient, expires_at, link) for recipient in recipients]


def _draft(report: Report, data: ReportData, recipient: Recipient, expires_at: datetime, link: str) -> outbox.Draft:
    return outbox.Draft(
        agency=report.client.agency,
        client=report.client,
        kind=Message.Kind.REPORT,
        subject=report.subject,
        dedupe_key=f"{report.subject}:{recipient.address}",
        to=recipient.address,
        to_name=recipient.name,
        compose=lambda reference: text.report_text(data, reference, link=link),
        expires_at=expires_at,
        wants_agency_number=recipient.via_agency,
    )


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
