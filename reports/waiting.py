"""Held reports that may leave without a person after all: the numbers have come, or the time to review is over.

Each is looked at under the lock of its settings and leaves by the same conditional UPDATE as by a person's hand, so
that of the two one sends. Nothing leaves that the data gate would hold now.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max
from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Agency, Notice
from reports import gating, holding, queueing
from reports import notices as report_notices
from reports.choices import HoldKind, ReportStatus, Trigger
from reports.models import Report
from reports.periods import local_day

logger = logging.getLogger(__name__)

#: More than one sweep takes is left for the next one, half a minute later.
BATCH = 200
REVIEW = "review"
_JOINED = ("client__agency__sending_rules", "settings")


def look_again(now: datetime | None = None) -> int:
    """Let go what need not wait any more; how many reports."""
    now = now or timezone.now()
    due = Report.objects.filter(status=ReportStatus.HELD, look_again_at__lte=now, expires_at__gt=now)
    rows = due.select_related(*_JOINED).defer("snapshot").order_by("look_again_at")
    return sum(_look_guarded(report, now) for report in list(rows[:BATCH]))


def _look_guarded(report: Report, now: datetime) -> bool:
    try:
        return _look(report, now)
    except Exception:
        logger.exception("report %s: could not be looked at again", report.pk)
        # Not at each sweep: what stands in its way may stand there for long.
        Report.objects.filter(pk=report.pk).update(look_again_at=now + gating.LOOK_AGAIN)
        return False


@transaction.atomic
def _look(report: Report, now: datetime) -> bool:
    holding.lock_settings(report)
    # Since the sweep has read its list, a pause or a person's decision may have come first.
    waiting = Report.objects.filter(pk=report.pk, status=ReportStatus.HELD, look_again_at__lte=now)
    fresh = waiting.select_related(*_JOINED).defer("snapshot").first()
    if fresh is None:
        return False
    report = fresh
    if not _may_leave(report, now):
        waiting.update(look_again_at=None)
        return False
    ready = holding.ready(report)
    if ready.causes:
        _still_held(report, ready, now)
        return False
    was_review = HoldKind.REVIEW in report.holds
    outcome = "Liberado: o prazo da revisão passou." if was_review else "Liberado: os números chegaram."
    return holding.let_go(report, ready, None, now, outcome) > 0


def _may_leave(report: Report, now: datetime) -> bool:
    """Whether the client's automatic reports still run. What was asked for by hand was meant to leave."""
    settings, client = report.settings, report.client
    if client.is_archived:
        return False
    settings.client = client
    closures = settings.schedule.closures
    return report.trigger == Trigger.MANUAL or (settings.active and not closures.is_closed(local_day(now, client.zone)))


def _still_held(report: Report, ready: holding.Ready, now: datetime) -> None:
    """The words follow what is wrong by now; who was told of it already is not told again for new words."""
    was_review, until = HoldKind.REVIEW in report.holds, report.expires_at or now + holding.OPEN_FOR
    before = report.reason
    gating.hold(report, ready.causes, now, until)
    report.save(update_fields=["holds", "reason", "expires_at", "look_again_at"])
    if report.reason != before:
        queueing.note_problem(report.settings, report.reason)
    if was_review or report.reason != before:
        report_notices.report_held(report)


def tell_of_reviews() -> None:
    """One notice for each agency whose reports wait for nothing but its review; closed once none does."""
    waiting = Report.objects.filter(status=ReportStatus.HELD, holds=[HoldKind.REVIEW], client__archived_at=None)
    found = waiting.order_by().values_list("client__agency").annotate(count=Count("pk"), newest=Max("created_at"))
    rows = list(found)
    counts = {agency: count for agency, count, _ in rows}
    newest = {agency: at for agency, _, at in rows}
    open_ones = Notice.objects.filter(subject=REVIEW, closed_at=None).select_related("agency")
    told = {notice.agency_id: notice for notice in open_ones}
    untold = set(counts) - set(told)
    # Who has put it away is told again only of what came later.
    closed = Notice.objects.filter(agency__in=untold, subject=REVIEW, closed_at__isnull=False).order_by()
    put_away = dict(closed.values_list("agency").annotate(newest=Max("closed_at")))
    for agency in Agency.objects.filter(pk__in=untold):
        if agency.pk not in put_away or put_away[agency.pk] < newest[agency.pk]:
            _tell(agency, counts[agency.pk], is_news=True)
    for pk, notice in told.items():
        if pk not in counts:
            notices.resolve(notice.agency, REVIEW, outcome="Nenhum relatório espera mais por revisão.")
        elif notice.title != _title(counts[pk]):
            _tell(notice.agency, counts[pk], is_news=False)


def _tell(agency: Agency, count: int, *, is_news: bool) -> None:
    notices.raise_notice(
        agency,
        REVIEW,
        title=_title(count),
        text="Nada foi enviado ainda. Confira os números e libere, um por um ou todos de uma vez.",
        url=f"{reverse('reports:sends')}?ver=retidos",
        action="Revisar",
        is_news=is_news,
    )


def _title(count: int) -> str:
    return "1 relatório espera sua revisão" if count == 1 else f"{count} relatórios esperam sua revisão"
