"""Turns a due schedule, or a person's click, into a report's row and messages in the outbox. Calls no gateway itself.

An occurrence is claimed by one conditional UPDATE of `next_run_at`; the claim, the report and its messages are one
transaction, so that either all of it happened, once, or nothing of it did.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from agency.models import Client
from connections.models import Message
from reports import holding, notices, numbers, periods, planning, queueing, schedule, snapshot
from reports.choices import Period, ReportStatus, Trigger
from reports.formatting import day as show_day
from reports.holding import NO_RECIPIENTS
from reports.models import Recipient, Report, ReportSettings
from reports.models.settings import SCHEDULE
from reports.queueing import MESSAGE_LIFE

__all__ = ["FAILED", "NO_RECIPIENTS", "Pause", "SendNow", "pause", "send_due", "send_now"]

logger = logging.getLogger(__name__)

#: More than one sweep takes is left for the next one, half a minute later.
BATCH = 500
FAILED = "Não foi possível montar este relatório. O erro está nos registros do sistema."


@dataclass(frozen=True, slots=True)
class SendNow:
    """What became of a click: the report, whether this click made it, and how many messages it put in the outbox."""

    report: Report
    is_new: bool
    messages: int


class Pause(NamedTuple):
    """The settings as they stand after a pause or its end, and how many queued messages were cancelled with it."""

    settings: ReportSettings
    taken_back: int


def send_due(now: datetime | None = None) -> int:
    """Run every settings row that is due; how many reports that made. One that fails never stops the others."""
    now = now or timezone.now()
    made = 0
    for pk, due in list(ReportSettings.objects.due(now).values_list("pk", "next_run_at")[:BATCH]):
        if due is not None:
            made += _run_guarded(pk, due, now)
    return made


def send_now(
    client: Client, token: str, now: datetime | None = None, *, one_click: timedelta = timedelta(0)
) -> SendNow:
    """The client's report as of now, by hand: same numbers, same renderer. The same form token twice is one report.

    So are two tokens within `one_click`: the page draws itself anew, with a new token, between the two halves of a slow
    double click. `client.agency` should be at hand.
    """
    now = now or timezone.now()
    with transaction.atomic():
        settings = planning.settings_of(client)
        earlier = _same_click(settings, now, one_click) if one_click else None
        if earlier is not None:
            return SendNow(earlier, False, _texts(earlier))
        held_until = holding.held_until(settings, now)
        report, is_new = _make(
            settings, f"manual:{token}", Trigger.MANUAL, at=now, expires_at=now + MESSAGE_LIFE, held_until=held_until
        )
    return SendNow(report, is_new, _texts(report))


def _texts(report: Report) -> int:
    """Of its messages those that say it: one for each recipient, whatever goes with them."""
    return Message.objects.filter(subject=report.subject, file_name="").count()


def _same_click(settings: ReportSettings, now: datetime, one_click: timedelta) -> Report | None:
    """The report that was asked for by hand a moment ago. Locks the settings, so that two clicks at once are told."""
    list(ReportSettings.objects.select_for_update().filter(pk=settings.pk).values_list("pk"))
    mine = Report.objects.filter(settings=settings, trigger=Trigger.MANUAL, created_at__gt=now - one_click)
    return mine.select_related("client__agency").defer("snapshot").first()


@transaction.atomic
def pause(client: Client, paused: bool, now: datetime | None = None) -> Pause:
    """Stop a client's automatic reports, or let them go on from the next occurrence; what was not due is not lost.

    Who stops them wants nothing more to leave: what waits in the outbox is cancelled, of an "Enviar agora" as well.
    """
    planning.settings_of(client)
    # The settings first: a run of this very moment holds them until its messages can be seen here.
    settings = planning.save_settings(client, {"active": not paused}, now)
    return Pause(settings, queueing.take_back(client) if paused else 0)


def _run_guarded(pk: int, due: datetime, now: datetime) -> int:
    try:
        return _run(pk, due, now)
    except (OperationalError, InterfaceError):
        logger.exception("report settings %s: the database failed; they stay due", pk)
    except Exception:
        logger.exception("report settings %s: set aside", pk)
        _set_aside(pk, due, now)
    return 0


@transaction.atomic
def _run(pk: int, due: datetime, now: datetime) -> int:
    """Claim what is due of one settings row and do it; 0 where another process was first or nothing may be sent."""
    settings = ReportSettings.objects.select_related("client__agency").get(pk=pk)
    client = settings.client
    if client.is_archived:
        planning.stop(client)
        return 0
    plan = schedule.plan(settings.schedule, due, now)
    # The claim also asks for the schedule it was planned with: an edit in between leaves the row for the next sweep.
    planned = {name: getattr(settings, name) for name in SCHEDULE}
    rows = ReportSettings.objects.filter(pk=pk, active=True, next_run_at=due, **planned)
    newest = schedule.day_of(settings.schedule, plan.run or plan.lost[-1])
    claimed = rows.update(next_run_at=plan.next, last_run_on=newest)
    if not claimed:
        return 0
    _record_lost(settings, plan.lost, now)
    if plan.run is None:
        return 0
    settings.next_run_at = plan.next
    life = plan.run + MESSAGE_LIFE
    _, is_new = _make(
        settings,
        schedule.occurrence_key(plan.run),
        Trigger.SCHEDULE,
        at=plan.run,
        expires_at=min(plan.next, life) if plan.next else life,
        held_until=holding.held_until(settings, now),
    )
    return int(is_new)


def _make(
    settings: ReportSettings,
    occurrence: str,
    trigger: Trigger,
    *,
    at: datetime,
    expires_at: datetime,
    held_until: datetime,
) -> tuple[Report, bool]:
    """The report of an occurrence and its messages, once; the report that is there already where there is one.

    `expires_at` is the messages' end, `held_until` the report's own where it has to wait for a person.
    """
    days = periods.days_of(Period(settings.period), at, settings.client.zone)
    report, is_new = Report.objects.get_or_create(
        settings=settings,
        occurrence=occurrence,
        defaults={
            "client": settings.client,
            "trigger": trigger,
            "period": settings.period,
            "period_start": days.first,
            "period_end": days.last,
        },
    )
    if is_new:
        _fill(report, settings, at, expires_at, held_until)
    return report, is_new


def _fill(report: Report, settings: ReportSettings, at: datetime, expires_at: datetime, held_until: datetime) -> None:
    recipients = list(Recipient.objects.filter(client=settings.client, gets_reports=True))
    gathered = numbers.gather(settings, at)
    if gathered.data is not None:
        report.snapshot = snapshot.to_json(gathered.data)
    report.reason = holding.why_held(gathered, recipients)
    if report.reason or gathered.data is None:
        report.status, report.expires_at = ReportStatus.HELD, held_until
        notices.report_held(report)
    else:
        queueing.enqueue(report, gathered.data, recipients, expires_at)
        if settings.last_problem:
            notices.report_sent(report.client)
    report.save(update_fields=["status", "reason", "snapshot", "expires_at"])
    # Another one that still waits for a person is not made good by this one.
    others = holding.still_held(settings, at) if settings.last_problem else ""
    queueing.note_problem(settings, report.reason or others)


def _record_lost(settings: ReportSettings, lost: tuple[datetime, ...], now: datetime) -> None:
    if lost:
        reports = Report.objects.bulk_create([_lost(settings, at, now) for at in lost], ignore_conflicts=True)
        queueing.note_problem(settings, reports[-1].reason)
        notices.report_lost(reports)


def _lost(settings: ReportSettings, at: datetime, now: datetime) -> Report:
    local = at.astimezone(settings.client.zone)
    return Report(
        client=settings.client,
        settings=settings,
        occurrence=schedule.occurrence_key(at),
        trigger=Trigger.SCHEDULE,
        **_days_meant(settings, at),
        status=ReportStatus.LOST,
        created_at=now,
        reason=f"Previsto para {show_day(local.date())} às {local:%H:%M}; o sistema só voltou mais de 6 horas depois.",
    )


def _set_aside(pk: int, due: datetime, now: datetime) -> None:
    """Move a row on that cannot be run, so that it does not fail at each sweep, and leave a trace for a person."""
    try:
        settings = ReportSettings.objects.select_related("client__agency").get(pk=pk)
        lost, run, run_on = _missed(settings, due, now)
        with transaction.atomic():
            rows = ReportSettings.objects.filter(pk=pk, next_run_at=due)
            if rows.update(next_run_at=_later(settings, due, now), last_run_on=run_on):
                _record_lost(settings, lost, now)
                report, is_new = Report.objects.get_or_create(
                    settings=settings,
                    occurrence=schedule.occurrence_key(run),
                    defaults={
                        "client": settings.client,
                        "trigger": Trigger.SCHEDULE,
                        **_days_meant(settings, run),
                        "status": ReportStatus.HELD,
                        "reason": FAILED,
                        "expires_at": now + holding.OPEN_FOR,
                    },
                )
                queueing.note_problem(settings, FAILED)
                if is_new:
                    notices.report_held(report)
    except Exception:
        logger.exception("report settings %s: could not be set aside", pk)


def _missed(
    settings: ReportSettings, due: datetime, now: datetime
) -> tuple[tuple[datetime, ...], datetime, date | None]:
    """Of what a row that cannot be run was due for: what is lost, which one is told of as held, and its local day."""
    try:
        plan = schedule.plan(settings.schedule, due, now)
        lost = plan.lost if plan.run else plan.lost[:-1]
        run = plan.run or plan.lost[-1]
        return lost, run, schedule.day_of(settings.schedule, run)
    except Exception:
        logger.exception("report settings %s: their schedule cannot be read", settings.pk)
        return (), due, settings.last_run_on


def _days_meant(settings: ReportSettings, at: datetime) -> dict[str, Any]:
    """A report's columns of what it is about; none where the settings themselves are what is broken."""
    try:
        days = periods.days_of(Period(settings.period), at, settings.client.zone)
    except Exception:
        logger.exception("report settings %s: their period cannot be read", settings.pk)
        return {}
    return {"period": settings.period, "period_start": days.first, "period_end": days.last}


def _later(settings: ReportSettings, due: datetime, now: datetime) -> datetime | None:
    try:
        return schedule.next_occurrence(settings.schedule, now)
    except Exception:
        # The schedule itself may be what is broken. The same time of the first day after now needs nothing of it.
        logger.exception("report settings %s: no next occurrence", settings.pk)
        return due + timedelta(days=(now - due).days + 1)
