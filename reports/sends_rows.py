"""The rows of an agency that "Envios" and its files are made of, each by an index that knows where they are."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from agency.cards import RECEIPT_EXPECTED
from agency.models import Agency
from connections.models import Message, MessageStatus
from connections.states import REALLY_SENT
from reports.choices import ReportStatus
from reports.models import Report

#: A problem older than this is in its day, and no more in the list of what needs somebody.
RECENT = timedelta(days=7)
#: When a message left, or was written where it has not; as the index `message_moment` has it.
MOMENT = Coalesce("sent_at", "created_at")
#: Not `IN`: each half is the condition of an index of its own.
_OPEN = Q(status=MessageStatus.QUEUED) | Q(status=MessageStatus.SENDING)
_COLUMNS = (
    *("id", "kind", "subject", "reference", "to", "to_name", "status", "reason", "due_at", "sent_at", "delivered_at"),
    *("read_at", "awaits_receipt", "check_at", "uncertain_since", "by_agency_number", "wants_agency_number", "slot_at"),
    *("file_type", "created_at", "agency_id", "client__name", "client__search_text", "client__use_agency_number"),
    *("client__time_zone", "client__archived_at"),
)


def between(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants at which `first` begins and `last` ends in a zone, in UTC."""
    begins = datetime.combine(first, time(), tzinfo=zone).astimezone(UTC)
    return begins, datetime.combine(last + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def messages_between(agency: Agency, first: date, last: date, zone: ZoneInfo) -> QuerySet[Message]:
    """What left on these days, or was to leave and did not, in that order; without what is still queued."""
    begins, ends = between(first, last, zone)
    rows = Message.objects.filter(GreaterThanOrEqual(MOMENT, begins), LessThan(MOMENT, ends), agency=agency)
    return rows.exclude(_OPEN).order_by(MOMENT, "pk")


def silent_between(agency: Agency, first: date, last: date, zone: ZoneInfo) -> QuerySet[Report]:
    """Reports of these days that put nothing into the outbox: held, lost, expired, discarded."""
    begins, ends = between(first, last, zone)
    reports = Report.objects.filter(client__agency=agency, created_at__gte=begins, created_at__lt=ends)
    return reports.exclude(status=ReportStatus.BUILT)


def leaving(agency: Agency) -> QuerySet[Message]:
    """What is queued or on its way to WhatsApp, however old: a person may have queued it again after weeks. From the
    partial indexes `message_due` and `message_stuck`."""
    return Message.objects.filter(_OPEN, agency=agency).order_by("due_at", "pk")


def troubled(agency: Agency, now: datetime) -> QuerySet[Message]:
    """What of the last days needs somebody, and nothing newer has made good."""
    recent = Message.objects.filter(GreaterThanOrEqual(MOMENT, now - RECENT), agency=agency)
    return recent.filter(_troubled(now)).order_by(MOMENT, "pk")


def joined(rows: QuerySet[Message]) -> QuerySet[Message]:
    """With what their lines need, and no text or file."""
    return rows.select_related("client").only(*_COLUMNS)


def _troubled(now: datetime) -> Q:
    made_good = Message.objects.filter(
        client=OuterRef("client"),
        kind=OuterRef("kind"),
        to=OuterRef("to"),
        status__in=REALLY_SENT,
        created_at__gt=OuterRef("created_at"),
    )
    failed = Q(status__in=(MessageStatus.FAILED, MessageStatus.EXPIRED)) & ~Exists(made_good)
    again = made_good.filter(subject=OuterRef("subject"), status__in=(MessageStatus.DELIVERED, MessageStatus.READ))
    silent = Q(status=MessageStatus.SENT, awaits_receipt=True, sent_at__lt=now - RECEIPT_EXPECTED) & ~Exists(again)
    return failed | silent
