"""A report's documents: drawn once its text is in the outbox, and put there themselves, each once for each recipient.

The report's row says when they are due; a bell or beat's sweep has them drawn. Who draws claims the row by moving that
time on, draws outside of any transaction from the frozen numbers, and then writes all messages in one transaction, on
condition that the row is still as it was claimed. A worker that is killed leaves the row to be claimed again; what is
called off meanwhile is not sent; the messages' own keys make each of them one, come what may.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone

from agency import logos
from agency.models import Agency, Client
from connections import outbox
from connections.models import Message, MessageStatus
from reports import attachments, notices, snapshot
from reports.attachments import Artist, Attachment, File
from reports.choices import ReportStatus
from reports.models import Recipient, Report, ReportSettings
from reports.periods import local_day
from reports.sections import Letterhead

logger = logging.getLogger(__name__)

#: Drawing takes less than a second; who has not finished after so long is gone.
LEASE = timedelta(minutes=2)
#: So many workers may die of one report's documents, or fail to write them down.
MOST_TRIES = 3
BATCH = 200
#: After its recipient's text, so that they arrive in order as a rule.
_BEHIND = timedelta(seconds=4)
#: Of a text: nothing more is to follow it.
_ENDED = (MessageStatus.CANCELLED, MessageStatus.EXPIRED, MessageStatus.FAILED)


def wanted_of(chosen: Report | ReportSettings) -> tuple[Attachment, ...]:
    """What goes with a report, or with those of these settings."""
    picked = {Attachment.CHART: chosen.with_chart, Attachment.PDF: chosen.with_pdf}
    return tuple(attachment for attachment, is_wanted in picked.items() if is_wanted)


def plan(report: Report, now: datetime | None = None) -> None:
    """Have drawn what the settings say goes with a report, whose text has just gone into the outbox. In its
    transaction; writes nothing where nothing goes with it."""
    if prepare(report, report.settings, now or timezone.now()):
        report.save(update_fields=["with_chart", "with_pdf", "documents_due"])
        ring_after_commit(report)


def prepare(report: Report, settings: ReportSettings, now: datetime) -> bool:
    """Note on a report what is to be drawn for it, without saving; whether there is anything."""
    report.with_chart, report.with_pdf = settings.with_chart, settings.with_pdf
    if wanted_of(report):
        report.documents_due = now
    return report.documents_due is not None


def ring_after_commit(report: Report) -> None:
    # robust: the row is committed by then, and the sweep rings again.
    transaction.on_commit(lambda: _ring(report.pk), robust=True)


def call_off(client: Client) -> int:
    """Nothing that is not drawn yet of this client's reports is to be sent; of how many. Before what is drawn already
    is cancelled: who is writing it down in this moment is waited for here."""
    return call_off_all([client.pk])


def call_off_all(clients: Collection[uuid.UUID]) -> int:
    """`call_off` for many clients, by their keys."""
    return Report.objects.filter(client__in=clients, documents_due__isnull=False).update(documents_due=None)


def draw_again(report: Report, now: datetime) -> None:
    """Its text is to leave after all: what was to go with it, and was given up with the text, is due again. What is in
    the outbox already stays one message."""
    rows = Report.objects.filter(Q(with_chart=True) | Q(with_pdf=True), pk=report.pk, documents_due=None)
    if rows.update(documents_due=now, documents_tries=0):
        ring_after_commit(report)


def draw_due(now: datetime | None = None) -> int:
    """Draw what is due and no bell was heard for; of how many reports that put documents into the outbox."""
    now = now or timezone.now()
    due = Report.objects.filter(documents_due__lte=now).order_by("documents_due").values_list("pk", flat=True)
    # Each claim counts from its own beginning: drawing two hundred takes longer than a claim lasts.
    began = time.monotonic()
    return sum(draw(pk, now + timedelta(seconds=time.monotonic() - began)) for pk in list(due[:BATCH]))


def draw(pk: uuid.UUID, now: datetime | None = None) -> bool:
    """Draw one report's documents and put them into the outbox; False where they are not due, or not ours to draw."""
    now = now or timezone.now()
    try:
        report = _claim(pk, now)
        if report is None:
            return False
        texts = _texts(report, now)
        drafts, missing = _drawn(report, texts, now) if texts else ([], [])
        return _hand_over(report, drafts, missing)
    except Exception:
        # Whatever it was: the claim runs out, and a report that is begun too often is given up and told of.
        logger.exception("report %s: its documents stay due", pk)
        return False


def _ring(pk: uuid.UUID) -> None:
    from reports import tasks  # which imports, by way of what sends reports, this module

    tasks.draw_documents.delay(str(pk))


def following(text: outbox.Draft, files: Iterable[File], now: datetime) -> Iterator[outbox.Draft]:
    """A message for each file, to whom the text goes and a little behind it."""
    for place, file in enumerate(files, start=1):
        yield replace(
            text,
            dedupe_key=f"{text.dedupe_key}:{file.attachment.value}",
            compose=file.compose,
            due_at=max(text.due_at or now, now) + _BEHIND * place,
            file=file.content,
            file_name=file.name,
            file_type=file.type,
        )


def letterhead(agency: Agency) -> Letterhead:
    logo = logos.of(agency)
    if logo is None:
        return Letterhead(agency.name)
    return Letterhead(agency.name, bytes(logo.content), logo.ground == logo.Ground.DARK)


def _claim(pk: uuid.UUID, now: datetime) -> Report | None:
    """The report, its `documents_due` moved on to where the claim ends; None where another was first."""
    report = Report.objects.select_related("client__agency").filter(pk=pk, documents_due__lte=now).first()
    if report is None:
        return None
    rows = Report.objects.filter(pk=pk, documents_due=report.documents_due)
    report.documents_due = now + LEASE
    if not rows.update(documents_due=report.documents_due, documents_tries=F("documents_tries") + 1):
        return None
    report.documents_tries += 1
    return report


def _texts(report: Report, now: datetime) -> list[Message]:
    """The report's texts that something may still follow."""
    if report.status != ReportStatus.BUILT or report.client.is_archived:
        return []
    texts = Message.objects.filter(subject=report.subject, file_name="", expires_at__gt=now)
    return list(texts.exclude(status__in=_ENDED).order_by("to"))


def _drawn(report: Report, texts: list[Message], now: datetime) -> tuple[list[outbox.Draft], list[Attachment]]:
    """The messages, and what of them could not be drawn."""
    wanted = wanted_of(report)
    if report.documents_tries > MOST_TRIES:
        logger.error("report %s: its documents were begun %s times and never finished", report.pk, MOST_TRIES)
        return [], list(wanted)
    try:
        data = snapshot.from_json(report.snapshot)
        artist = Artist(data, letterhead(report.client.agency), local_day(now, report.client.zone), wanted)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("report %s: its documents could not be begun", report.pk)
        return [], list(wanted)
    chart = artist.chart()
    drafts: list[outbox.Draft] = []
    missing: list[Attachment] = []
    for message in texts:
        files = [file for file in (chart, artist.pdf(message.reference)) if file is not None]
        drafts += following(_draft_of(report, message), files, now)
        missing += artist.missing(files)
    return drafts, missing


def _draft_of(report: Report, text: Message) -> outbox.Draft:
    """The text once more as it was put into the outbox, but for what it says."""
    return outbox.Draft(
        agency=report.client.agency,
        client=report.client,
        kind=Message.Kind.REPORT,
        subject=report.subject,
        dedupe_key=text.dedupe_key,
        to=text.to,
        to_name=text.to_name,
        compose=str,
        expires_at=text.expires_at,
        due_at=text.due_at,
        wants_agency_number=text.wants_agency_number,
    )


@transaction.atomic
def _hand_over(report: Report, drafts: list[outbox.Draft], missing: list[Attachment]) -> bool:
    """All messages and the end of the claim, or nothing: what was called off, or claimed by another, is not sent."""
    # The settings first, as who edits the list of recipients does: nobody who is off it by now gets anything more.
    list(ReportSettings.objects.select_for_update().filter(pk=report.settings_id).values_list("pk"))
    if not Report.objects.filter(pk=report.pk, documents_due=report.documents_due).update(documents_due=None):
        return False
    listed = {recipient.address for recipient in Recipient.objects.filter(client=report.client, gets_reports=True)}
    drafts = [draft for draft in drafts if draft.to in listed]
    outbox.enqueue_many(drafts)
    if missing:
        notices.documents_failed(report, f"{attachments.not_drawn(missing)} O texto não depende disso.")
    elif drafts:
        notices.documents_drawn(report.client)
    return bool(drafts)
