"""Reports that did not leave and wait for a person: what they would say now, their release, their end.

A held report has days that nothing covers, or nobody to go to; a lost one is of a run that the system missed. Nothing
here decides by itself: a report leaves because a person saw its text and released it, or ends at its next occurrence.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from agency.models import Agency, Client, User
from agency.waiting import LOST_FOR, for_a_person, recount_after_commit
from reports import gate, gating, notices, numbers, page_links, periods, queueing, schedule, snapshot, text
from reports.choices import HoldKind, Period, ReportStatus
from reports.gate import Cause
from reports.gathered import Gap, Gathered
from reports.models import Recipient, Report, ReportSettings

logger = logging.getLogger(__name__)

#: A lost run is old news after this; a held report of a schedule without a next occurrence, too.
OPEN_FOR = LOST_FOR
_MOST_OPEN = 50


class NotOpen(Exception):
    """Settled or expired meanwhile: by another person, another tab, or the next occurrence."""


class Changed(Exception):
    """What would be sent is not what the person was shown."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a report that waits would send now; `text` is None where there is nothing to send, and `reason` says why.

    `digest` stands for text and recipients: a release names it, so that only what was shown is sent.
    """

    report: Report
    text: str | None
    reason: str
    gaps: list[Gap]
    recipients: list[Recipient]
    digest: str
    comment: str = ""


def held_until(settings: ReportSettings, now: datetime) -> datetime:
    """When a report held now ends: at the next occurrence, or after a week where nothing is scheduled."""
    following = settings.next_run_at
    if following and following <= now:  # due already and not yet claimed
        following = schedule.next_occurrence(settings.schedule, now)
    return following or now + OPEN_FOR


def open_reports(client: Client, now: datetime | None = None) -> list[Report]:
    """The client's held and lost reports that a person can still release or discard, newest first."""
    return list(_open(now).filter(client=client).defer("snapshot").order_by("-created_at")[:_MOST_OPEN])


def open_of_agency(agency: Agency, now: datetime | None = None) -> QuerySet[Report]:
    """The same of all clients in service of an agency, with client and settings, newest first."""
    rows = _open(now).filter(client__agency=agency, client__archived_at=None)
    return rows.select_related("client", "settings").defer("snapshot").order_by("-created_at", "pk")


def is_open(report: Report, now: datetime | None = None) -> bool:
    """Whether a person can still release or discard it."""
    return _open(now).filter(pk=report.pk).exists()


def _open(now: datetime | None = None) -> QuerySet[Report]:
    return Report.objects.filter(for_a_person(now or timezone.now()))


@dataclass(frozen=True, slots=True)
class Ready:
    """A report that waits as it would leave now. `data` is None where there is nothing to send; `causes` is what the
    data gate says of it, a review aside."""

    report: Report
    gathered: Gathered
    recipients: list[Recipient]
    causes: list[Cause]

    @property
    def data(self) -> snapshot.ReportData | None:
        return self.gathered.data

    def saying(self, comment: str | None) -> Ready:
        """The same with this comment of a person; None: with the one that it has."""
        if comment is None or self.data is None:
            return self
        return replace(self, gathered=replace(self.gathered, data=replace(self.data, comment=comment)))


def ready(report: Report) -> Ready:
    """From the numbers and the recipients as they are by now. The report comes with settings and client at hand."""
    gathered = _gather(report)
    recipients = list(Recipient.objects.filter(client=report.client, gets_reports=True))
    return Ready(report, gathered, recipients, gating.causes(report.client, gathered, recipients))


def propose(report: Report, comment: str | None = None) -> Proposal:
    """What would be sent if a person released this report now, from the numbers as they are by now, with this comment
    of theirs; None: the one that the settings have."""
    return _propose(ready(report), comment)


@transaction.atomic
def release(report: Report, digest: str, by: User, now: datetime | None = None, *, comment: str | None = None) -> int:
    """Send a held or lost report after all, once; how many messages that put into the outbox. `comment` is the person's
    own, in the place of the one that they were shown; None: just what they were shown.

    Raises NotOpen where it is settled or expired, Changed where its text or its recipients are not those of `digest`.
    """
    now = now or timezone.now()
    lock_settings(report)
    as_it_is = ready(report)
    proposal = _propose(as_it_is)
    if proposal.digest != digest or as_it_is.data is None or not proposal.recipients:
        if not _open(now).filter(pk=report.pk).exists():
            raise NotOpen
        raise Changed
    if not let_go(report, as_it_is.saying(comment), by, now, "Liberado."):
        raise NotOpen
    return len(proposal.recipients)


def let_go(report: Report, as_it_is: Ready, by: User | None, now: datetime, outcome: str) -> int:
    """Put the messages of a report that waits into the outbox, once; how many, 0 where it waits no more. Inside the
    caller's transaction, under the lock of its settings. `outcome` is for the notice, as "Liberado."."""
    data = as_it_is.data
    if data is None:
        return 0
    fields = {"status": ReportStatus.BUILT, "snapshot": snapshot.to_json(data), "look_again_at": None}
    if not _settle(report, by, now, **fields):
        return 0
    settings = report.settings
    life = now + queueing.MESSAGE_LIFE
    following = settings.next_run_at
    expires_at = min(life, following) if following and following > now else life
    queueing.enqueue(report, data, as_it_is.recipients, expires_at)
    notices.report_sent(report.client)
    _after(report, outcome, now)
    return len(as_it_is.recipients)


@transaction.atomic
def discard(report: Report, by: User, now: datetime | None = None) -> bool:
    """Give a held or lost report up; False where it is settled or expired already."""
    now = now or timezone.now()
    lock_settings(report)
    done = _settle(report, by, now, status=ReportStatus.DISCARDED)
    if done:
        _after(report, "Descartado.", now)
    return done


def expire_held(now: datetime | None = None) -> int:
    """End what nobody released before its next occurrence; how many. Lost ones that are old news are no notice more."""
    now = now or timezone.now()
    notices.forget_lost(now)
    overdue = Report.objects.filter(status=ReportStatus.HELD, expires_at__lte=now).defer("snapshot")
    found = overdue.select_related("client__agency", "settings")[:500]
    return sum(_expire_guarded(report, now) for report in found)


def still_held(settings: ReportSettings, at: datetime) -> str:
    """Why the newest report that waits for a release at this instant does; empty where none does."""
    held = _open(at).filter(settings=settings, status=ReportStatus.HELD).order_by("-created_at")
    return held.values_list("reason", flat=True).first() or ""


def next_run_moved(settings: ReportSettings, now: datetime) -> None:
    """Held reports end at the next occurrence also where an edit has moved that."""
    _ending_by([settings], now).update(expires_at=held_until(settings, now))


def next_runs_moved(moved: Collection[ReportSettings], now: datetime) -> None:
    """The same for many settings, whose next run lies after `now`, in one statement."""
    following = ReportSettings.objects.filter(pk=OuterRef("settings")).values("next_run_at")
    _ending_by(moved, now).update(expires_at=Subquery(following))


def next_runs_gone(stopped: Collection[ReportSettings], now: datetime) -> None:
    """Nothing more is scheduled for these settings: what is held of them ends a week from now, in one statement."""
    _ending_by(stopped, now).update(expires_at=now + OPEN_FOR)


def _ending_by(moved: Collection[ReportSettings], now: datetime) -> QuerySet[Report]:
    """The held reports of these settings whose end is the next run: not those that end with the time to review them."""
    held = Report.objects.filter(settings__in=[settings.pk for settings in moved], status=ReportStatus.HELD)
    ends_with_review = Q(holds__icontains=HoldKind.REVIEW.value, look_again_at=None)
    return held.filter(expires_at__gt=now).exclude(ends_with_review)


def _expire_guarded(report: Report, now: datetime) -> bool:
    try:
        return _expire(report, now)
    except Exception:
        logger.exception("report %s: could not be ended", report.pk)
        return False


def lock_settings(report: Report) -> None:
    """First, as everybody does who writes both: an edit at the same moment then waits instead of dying of it. From here
    on the report has the settings as they are."""
    report.settings = ReportSettings.objects.select_for_update().get(pk=report.settings_id)
    report.settings.client = report.client


@transaction.atomic
def _expire(report: Report, now: datetime) -> bool:
    lock_settings(report)
    waiting = Report.objects.filter(pk=report.pk, status=ReportStatus.HELD, expires_at__lte=now)
    if waiting.update(status=ReportStatus.EXPIRED, settled_at=now) != 1:
        return False
    report.status, report.settled_at = ReportStatus.EXPIRED, now
    queueing.note_problem(report.settings, report.reason)
    notices.report_expired(report)
    return True


def _settle(report: Report, by: User | None, now: datetime, **fields: object) -> bool:
    """One conditional UPDATE: of two people, or of a person and the clock, one gets True."""
    fields |= {"settled_by": by, "settled_at": now}
    if _open(now).filter(pk=report.pk).update(**fields) != 1:
        return False
    for name, value in fields.items():
        setattr(report, name, value)
    recount_after_commit(report.client.agency_id)
    return True


def _after(report: Report, outcome: str, now: datetime) -> None:
    waiting = _open(now).filter(settings=report.settings_id).order_by("-created_at").values_list("reason", flat=True)
    queueing.note_problem(report.settings, next(iter(waiting[:1]), ""))
    notices.report_settled(report, outcome)


def _gather(report: Report) -> Gathered:
    settings = report.settings
    settings.client = report.client
    period = Period(report.period or settings.period)
    # One that could not even be built: its days follow from when it was due.
    days = periods.days_of(period, report.created_at, report.client.zone)
    if report.period_start and report.period_end:
        days = periods.Days(report.period_start, report.period_end)
    return numbers.gather_days(settings, days, period, with_campaigns=settings.lists_campaigns)


def _propose(as_it_is: Ready, comment: str | None = None) -> Proposal:
    """The digest is of what the settings say: a comment is the person's own, and nothing that they were not shown."""
    report, recipients, said = as_it_is.report, as_it_is.recipients, as_it_is.saying(comment).data
    whom = "".join(sorted(f"\n{recipient.address} {recipient.via_agency}" for recipient in recipients))
    digest = hashlib.sha256(f"{report.pk}\n{_text(report, as_it_is.data)}{whom}".encode()).hexdigest()
    return Proposal(
        report,
        _text(report, said),
        gate.sentence(as_it_is.causes),
        list(as_it_is.gathered.gaps),
        recipients,
        digest,
        said.comment if said else "",
    )


def _text(report: Report, data: snapshot.ReportData | None) -> str | None:
    link = page_links.unsent_url() if report.settings.with_page else ""
    return text.report_text(data, link=link) if data else None
