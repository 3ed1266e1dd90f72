"""Makes the reports of occurrences that were claimed, or asked for: numbers, gate, row, messages. For many at once in
few statements, inside the caller's transaction. Claims nothing itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from connections import outbox, statements
from reports import documents, gating, holding, notices, numbers, periods, queueing, snapshot
from reports.choices import HoldKind, Period, ReportStatus, Trigger
from reports.gathered import Gathered
from reports.models import Recipient, Report, ReportSettings
from reports.numbers import Asked


@dataclass(frozen=True, slots=True)
class Wanted:
    """One occurrence of a client's report, as of the instant `at`. `settings` come with client and agency at hand.

    `expires_at` is the messages' end, `held_until` the report's own where it has to wait for a person.
    """

    settings: ReportSettings
    occurrence: str
    trigger: Trigger
    at: datetime
    expires_at: datetime
    held_until: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    wanted: Wanted
    report: Report
    gathered: Gathered
    recipients: list[Recipient]


def make(wanted: Sequence[Wanted], now: datetime) -> list[Report]:
    """The reports of these occurrences, one for each client, and their messages; those that this call made: of an
    occurrence that has a report already nothing is written."""
    made = _build(wanted, now)
    written = statements.insert_new(Report, [each.report for each in made]) if made else set()
    fresh = [each for each in made if each.report.pk in written]
    drafts = [draft for each in fresh for draft in _drafts(each)]
    if drafts:
        outbox.enqueue_many(drafts)
    for each in fresh:
        if each.report.status == ReportStatus.BUILT and each.gathered.data is not None:
            queueing.comment_left(each.report, each.gathered.data)
        if each.report.documents_due is not None:
            documents.ring_after_commit(each.report)
        _tell(each)
    return [each.report for each in fresh]


def foresee(wanted: Sequence[Wanted], now: datetime) -> list[tuple[Report, int]]:
    """What `make` would write now: each report as it would be, held or not, and to how many. Writes nothing."""
    return [(each.report, len(each.recipients)) for each in _build(wanted, now)]


def _build(wanted: Sequence[Wanted], now: datetime) -> list[_Made]:
    asked = [_asked(each) for each in wanted]
    recipients: dict[object, list[Recipient]] = defaultdict(list)
    clients = [each.settings.client for each in wanted]
    for recipient in Recipient.objects.filter(client__in=clients, gets_reports=True):
        recipients[recipient.client_id].append(recipient)
    return [
        _made(each, days, gathered, recipients[each.settings.client_id], now)
        for each, days, gathered in zip(wanted, asked, numbers.gather_many(asked), strict=True)
    ]


def _asked(wanted: Wanted) -> Asked:
    period = Period(wanted.settings.period)
    days = periods.days_of(period, wanted.at, wanted.settings.client.zone)
    return Asked(wanted.settings, days, period, with_campaigns=wanted.settings.lists_campaigns)


def _made(wanted: Wanted, asked: Asked, gathered: Gathered, recipients: list[Recipient], now: datetime) -> _Made:
    settings, client = wanted.settings, wanted.settings.client
    report = Report(
        client=client,
        settings=settings,
        occurrence=wanted.occurrence,
        trigger=wanted.trigger,
        period=asked.period,
        period_start=asked.days.first,
        period_end=asked.days.last,
        snapshot=snapshot.to_json(gathered.data) if gathered.data else {},
    )
    found = [*gating.causes(client, gathered, recipients), *gating.review(client, wanted.trigger, now)]
    if found:
        report.status = ReportStatus.HELD
        gating.hold(report, found, now, wanted.held_until)
    else:
        documents.prepare(report, settings, now)
    return _Made(wanted, report, gathered, recipients)


def _drafts(made: _Made) -> list[outbox.Draft]:
    if made.report.status != ReportStatus.BUILT or made.gathered.data is None:
        return []
    return queueing.drafts(made.report, made.gathered.data, made.recipients, made.wanted.expires_at)


def _tell(made: _Made) -> None:
    report, settings = made.report, made.wanted.settings
    if report.status == ReportStatus.HELD:
        if report.holds != [HoldKind.REVIEW]:  # of those all that wait are one notice (`waiting`)
            notices.report_held(report)
    elif settings.last_problem:
        notices.report_sent(report.client)
    if report.reason or settings.last_problem:
        # Another one that still waits for a person is not made good by this one.
        others = holding.still_held(settings, made.wanted.at) if not report.reason else ""
        queueing.note_problem(settings, report.reason or others)
