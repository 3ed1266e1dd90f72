"""A report that was sent, once more: the same text from the same frozen numbers, its page and its documents as they
were, to those whom a person chooses. Never by itself, and never of what may still arrive: what is uncertain has its own
answers (`connections.uncertain`), and what is on its way needs none.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from agency.models import Agency, Client
from connections import outbox, routing
from connections.models import Message, MessageStatus
from connections.states import REALLY_SENT
from reports import attachments, documents, holding, page_links, snapshot, text
from reports.attachments import Artist, Attachment, File
from reports.choices import ReportStatus
from reports.models import Recipient, Report
from reports.periods import local_day
from reports.queueing import MESSAGE_LIFE
from reports.snapshot import ReportData

PAUSED = "O relatório automático deste cliente está pausado. O reenvio sai mesmo assim."
#: Of the newest message to somebody: whatever it is, nothing of it can still arrive by itself.
_SETTLED = (*REALLY_SENT, MessageStatus.FAILED, MessageStatus.EXPIRED, MessageStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody whom the report was for: the first and the newest text to them."""

    first: Message
    newest: Message
    #: A copy was sent, so that another one may be the second to arrive.
    had_copy: bool
    #: Still among those who get the client's reports.
    is_listed: bool

    @property
    def address(self) -> str:
        return self.newest.to

    @property
    def may(self) -> bool:
        return self.newest.status in _SETTLED

    @property
    def lacks_it(self) -> bool:
        """It failed, or no phone has confirmed it."""
        return self.may and (self.newest.status not in REALLY_SENT or self.newest.is_undelivered)


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be sent, to whom; `notes` is what a person should know first."""

    report: Report
    data: ReportData
    choices: Sequence[Choice]
    notes: Sequence[str]

    @property
    def text(self) -> str:
        """As it was sent, with the places of reference and page address empty: each message has its own."""
        return text.report_text(self.data, link=page_links.unsent_url() if self.has_page else "")

    @property
    def has_page(self) -> bool:
        return any(page_links.is_linked_in(choice.first.body, self.report) for choice in self.choices)

    @property
    def documents(self) -> tuple[Attachment, ...]:
        return documents.wanted_of(self.report)

    @property
    def open(self) -> list[Choice]:
        return [choice for choice in self.choices if choice.may]

    @property
    def suggested(self) -> set[str]:
        """Those who lack it; all, where nobody does. Not who has been taken off the list."""
        listed = [choice for choice in self.open if choice.is_listed]
        lacking = [choice for choice in listed if choice.lacks_it]
        return {choice.address for choice in lacking or listed}

    @property
    def may_double(self) -> list[Choice]:
        """Whom it may reach twice."""
        return [choice for choice in self.open if choice.had_copy]


@dataclass(frozen=True, slots=True)
class Resent:
    """How many texts a click put into the outbox, or had put there before; `kept` is how many were not sent after all,
    since something else is on its way to them by now."""

    texts: int
    kept: int = 0
    not_drawn: str = ""


def report_of(agency: Agency, message: Message) -> Report | None:
    """The sent report that a message of the agency carries, with client and settings; None where it is of something
    else, its client is archived, or its numbers cannot be read any more."""
    kind, _, key = message.subject.partition(":")
    try:
        pk = uuid.UUID(key)
    except ValueError:
        return None
    rows = Report.objects.filter(client__agency=agency, client__archived_at=None, status=ReportStatus.BUILT)
    report = rows.select_related("client", "settings").filter(pk=pk).first() if kind == "report" else None
    if report is None or _data(report) is None:
        return None
    report.client.agency = agency
    return report


def offer(report: Report) -> Offer:
    """A few queries, however many have got it. The report is one of `report_of`."""
    data = _data(report)
    if data is None:
        raise ValueError("Nothing was frozen with this report.")
    route = routing.route_for(report.client.agency, report.client)
    waits = f"Agora nada sai: {route.why} O reenvio espera na fila por até 24 horas." if not route.connection else ""
    notes = [note for note in ("" if report.settings.active else PAUSED, waits) if note]
    return Offer(report, data, _choices(report), notes)


def resend(report: Report, addresses: Collection[str], token: str, now: datetime | None = None) -> Resent:
    """Put it into the outbox once more for these addresses, some of its choices; the same token twice is once.

    Who has something on its way by now, or may have got it, is left out.
    """
    now = now or timezone.now()
    asked = offer(report)
    chosen = [choice for choice in asked.open if choice.address in addresses]
    # Drawing takes a while, and must hold no lock.
    files, missing = _files(asked, chosen)
    with transaction.atomic():
        holding.lock_settings(report)
        # Nobody may queue one of its messages again while it is looked at.
        list(Message.objects.select_for_update().filter(subject=report.subject).order_by("pk").values_list("pk"))
        known = Message.objects.filter(subject=report.subject, dedupe_key__endswith=_again(token)).count()
        if known:
            return Resent(known)
        still = {choice.address for choice in _choices(report) if choice.may} if _in_service(report) else set()
        going = [choice for choice in chosen if choice.address in still]
        drafts = [draft for each in going for draft in _drafts(asked, each, files[each.address], token, now)]
        outbox.enqueue_many(drafts)
    return Resent(len(going), len(set(addresses)) - len(going), attachments.not_drawn(missing) if going else "")


def _again(token: str) -> str:
    return f":again:{token}"


def _data(report: Report) -> ReportData | None:
    try:
        return snapshot.from_json(report.snapshot) if report.snapshot else None
    except ValueError:
        return None


def _in_service(report: Report) -> bool:
    return Client.objects.active().filter(pk=report.client_id).exists()


def _choices(report: Report) -> list[Choice]:
    """By name; everybody once, whatever was sent to them again since."""
    by_address: dict[str, list[Message]] = defaultdict(list)
    rows = Message.objects.filter(agency=report.client.agency_id, subject=report.subject, file_name="")
    for message in rows.order_by("created_at", "pk"):
        by_address[message.to].append(message)
    told = Recipient.objects.filter(client=report.client, gets_reports=True)
    listed = {recipient.address for recipient in told}
    found = [
        Choice(texts[0], _newest(texts), any(each.status in REALLY_SENT for each in texts), address in listed)
        for address, texts in by_address.items()
    ]
    return sorted(found, key=lambda choice: (choice.newest.to_name.casefold(), choice.address))


def _newest(texts: Sequence[Message]) -> Message:
    """What may still arrive stands for all; else the last one."""
    return next((each for each in texts if each.status not in _SETTLED), texts[-1])


def _files(asked: Offer, chosen: Sequence[Choice]) -> tuple[dict[str, list[File]], list[Attachment]]:
    """By address what goes with the text: the very files that went with it before, or else drawn as they would have
    been then; and what could not be drawn."""
    wanted = asked.documents
    found: dict[str, list[File]] = {choice.address: [] for choice in chosen}
    missing: list[Attachment] = []
    if not wanted:
        return found, missing
    kept = _kept(asked.report, found)
    letterhead = documents.letterhead(asked.report.client.agency)
    for choice in chosen:
        stored = kept[choice.address]
        sent_on = local_day(choice.first.created_at, asked.report.client.zone)
        lacking = tuple(attachment for attachment in wanted if attachment not in stored)
        artist = Artist(asked.data, letterhead, sent_on, lacking)
        drawn = artist.files(choice.first.reference)
        missing += artist.missing(drawn)
        files = stored | {file.attachment: file for file in drawn}
        found[choice.address] = [files[attachment] for attachment in wanted if attachment in files]
    return found, missing


def _kept(report: Report, addresses: Iterable[str]) -> dict[str, dict[Attachment, File]]:
    """The files that were sent with the report, by address; of each the first."""
    found: dict[str, dict[Attachment, File]] = defaultdict(dict)
    rows = Message.objects.filter(subject=report.subject, to__in=addresses).exclude(file_name="").defer(None)
    for message in rows.order_by("created_at", "pk"):
        attachment = Attachment(message.dedupe_key.rpartition(":")[2])
        if message.file:
            found[message.to].setdefault(attachment, _file(attachment, message))
    return found


def _file(attachment: Attachment, message: Message) -> File:
    """Its name and caption as they were, but for the reference, which is the new message's own."""
    name = message.file_name.replace(f" #{message.reference}", "")
    body, reference = message.body, message.reference
    return File(
        attachment, bytes(message.file or b""), name, message.file_type, lambda new: body.replace(reference, new)
    )


def _drafts(asked: Offer, choice: Choice, files: Sequence[File], token: str, now: datetime) -> Iterable[outbox.Draft]:
    report, data = asked.report, asked.data
    link = page_links.public_url(report) if asked.has_page else ""
    draft = outbox.Draft(
        agency=report.client.agency,
        client=report.client,
        kind=Message.Kind.REPORT,
        subject=report.subject,
        dedupe_key=f"{report.subject}:{choice.address}{_again(token)}",
        to=choice.address,
        to_name=choice.newest.to_name,
        compose=lambda reference: text.report_text(data, reference, link=link),
        expires_at=now + MESSAGE_LIFE,
        wants_agency_number=choice.newest.wants_agency_number,
    )
    yield draft
    yield from documents.following(draft, files, now)
