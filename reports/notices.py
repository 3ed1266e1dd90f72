"""What a person must know of reports, as `agency` notices: held, lost, expired. Called inside the writer's transaction.

`report:<id>` is a held report, `lost:<client>` all lost ones of a client that still wait, `expired:<client>` that a
held one ended without anybody having looked at it. Models come with their client, and that with its agency, at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from agency import notices
from agency.models import Client, Notice
from reports import formatting
from reports.choices import ReportStatus
from reports.models import Report

#: As long as `holding` lets a lost report be released.
LOST_FOR = timedelta(days=7)


def report_held(report: Report) -> None:
    """It waits for a person. Called again, as when its reason changed, it changes the words and is no news."""
    notices.raise_notice(
        report.client.agency,
        report.subject,
        title=f"Relatório retido: {report.client.name}",
        text=report.reason,
        client=report.client,
        url=reverse("reports:held", args=[report.client_id, report.pk]),
        action="Revisar",
    )


def report_lost(reports: Sequence[Report]) -> None:
    """Runs that the system missed: one notice for each client, which counts all of its lost ones that still wait."""
    for client in {report.client_id: report.client for report in reports}.values():
        _raise_lost(client, max(report.created_at for report in reports if report.client_id == client.pk), is_news=True)


def report_settled(report: Report, outcome: str) -> None:
    """A person released or discarded it: `outcome` says which, as "Liberado."."""
    said = f"{report.client.name}: relatório{_days(report)} {outcome[:1].lower()}{outcome[1:]}"
    notices.resolve(report.client.agency, report.subject, outcome=said)
    lost = f"lost:{report.client_id}"
    known = notices.open_of(report.client.agency).filter(subject=lost).exists()
    if known and not _raise_lost(report.client, report.settled_at or timezone.now(), is_news=False):
        notices.resolve(report.client.agency, lost, outcome=said)


def report_expired(report: Report) -> None:
    """Nobody released it in time. Its own notice goes; one of the client stays, until `report_sent` or a person's word.

    One for each client, since a client whose reports are held every day would fill the bell with them.
    """
    agency = report.client.agency
    notices.resolve(agency, report.subject)
    notices.raise_notice(
        agency,
        f"expired:{report.client_id}",
        title=f"{report.client.name}: relatório{_days(report)} expirou sem ser liberado",
        text=report.reason,
        level=notices.Level.BAD,
        client=report.client,
        url=reverse("agency:client", args=[report.client_id]),
        action="Ver cliente",
    )


def report_sent(client: Client) -> None:
    """A report of this client went into the outbox: that an older one expired is no news any more. One query."""
    outcome = f"{client.name}: um relatório mais novo foi enviado."
    notices.resolve(client.agency, f"expired:{client.pk}", outcome=outcome)


def forget_lost(now: datetime) -> int:
    """Put away what says of reports that they are lost when none of them can be released any more; how many."""
    stale = Notice.objects.filter(subject__startswith="lost:", closed_at=None, raised_at__lt=now - LOST_FOR)
    return sum(notices.dismiss(notice) for notice in stale[:500])


def _raise_lost(client: Client, now: datetime, *, is_news: bool) -> bool:
    waiting = Report.objects.filter(client=client, status=ReportStatus.LOST, created_at__gt=now - LOST_FOR)
    reasons = list(waiting.order_by("-created_at", "-occurrence").values_list("reason", flat=True))
    if not reasons:
        return False
    count = "1 relatório perdido" if len(reasons) == 1 else f"{len(reasons)} relatórios perdidos"
    notices.raise_notice(
        client.agency,
        f"lost:{client.pk}",
        title=f"{client.name}: {count}",
        text=reasons[0] if len(reasons) == 1 else f"O mais novo: {reasons[0]}",
        level=notices.Level.BAD,
        client=client,
        url=reverse("reports:open_reports", args=[client.pk]),
        action="Revisar",
        is_news=is_news,
    )
    return True


def _days(report: Report) -> str:
    if not report.period_start or not report.period_end:
        return ""
    count = (report.period_end - report.period_start).days + 1
    return f" de {formatting.short_days(report.period_start + timedelta(days=passed) for passed in range(count))}"
