"""Turns a due schedule, or a person's click, into a report's row and messages in the outbox. Calls no gateway itself.

An occurrence is claimed by moving `next_run_at` on in a locked row; the claim, the report and its messages are one
transaction, so that either all of it happened, once, or nothing of it did.
"""

from __future__ import annotations

import logging
import random
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from agency.models import Client
from agency.waiting import recount_after_commit
from connections.models import Message
from reports import holding, making, notices, periods, planning, queueing, schedule
from reports.choices import HoldKind, Period, ReportStatus, Trigger
from reports.formatting import day as show_day
from reports.gating import NO_RECIPIENTS
from reports.making import Wanted
from reports.models import Report, ReportSettings
from reports.queueing import MESSAGE_LIFE

__all__ = ["FAILED", "NO_RECIPIENTS", "Pause", "SendNow", "pause", "send_due", "send_now"]

logger = logging.getLogger(__name__)
_random = random.SystemRandom()

#: So many rows are looked up at once: of what other processes have claimed meanwhile, nothing is tried in vain.
CHUNK = 50
#: One ring for so many due rows, up to so many rings, each of which ends after so many seconds: beat rings again.
PER_RING, MOST_RINGS, PATIENCE = 250, 8, 25
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


def rings(now: datetime) -> int:
    """How many processes the due rows are worth, one of them the one that asks."""
    return min(MOST_RINGS, -(-ReportSettings.objects.due(now).count() // PER_RING))


def send_due(now: datetime | None = None) -> int:
    """Run every settings row that is due; how many reports that made. One that fails never stops the others.

    Several processes at once share the work: each goes through the rows in an order of its own.
    """
    now, until = now or timezone.now(), time.monotonic() + PATIENCE
    waiting = list(ReportSettings.objects.due(now).values_list("pk", flat=True))
    if len(waiting) > CHUNK:
        _random.shuffle(waiting)
    made = 0
    for start in range(0, len(waiting), CHUNK):
        if time.monotonic() > until:
            break
        still = ReportSettings.objects.due(now).filter(pk__in=waiting[start : start + CHUNK])
        pks = list(still.values_list("pk", flat=True))
        made += _run_guarded(pks, now) if pks else 0
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
        settings = _locked(planning.settings_of(client))
        earlier = _same_click(settings, now, one_click) if one_click else None
        if earlier is not None:
            return SendNow(earlier, False, _texts(earlier))
        wanted = Wanted(
            settings,
            f"manual:{token}",
            Trigger.MANUAL,
            at=now,
            expires_at=now + MESSAGE_LIFE,
            held_until=holding.held_until(settings, now),
        )
        made = making.make([wanted], now)
        if made and made[0].status == ReportStatus.HELD:
            recount_after_commit(client.agency_id)
        mine = Report.objects.select_related("client__agency").defer("snapshot")
        report = made[0] if made else mine.get(settings=settings, occurrence=wanted.occurrence)
    return SendNow(report, bool(made), _texts(report))


def _texts(report: Report) -> int:
    """Of its messages those that say it: one for each recipient, whatever goes with them."""
    return Message.objects.filter(subject=report.subject, file_name="").count()


def _locked(settings: ReportSettings) -> ReportSettings:
    """As they are once nobody else has them: two clicks at once are told, and what was meant for one report, which a
    run of this moment takes, leaves once."""
    fresh = ReportSettings.objects.select_for_update().get(pk=settings.pk)
    fresh.client = settings.client
    return fresh


def _same_click(settings: ReportSettings, now: datetime, one_click: timedelta) -> Report | None:
    """The report that was asked for by hand a moment ago. The settings are locked."""
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


def _run_guarded(pks: list[int], now: datetime) -> int:
    """What is due of these rows; each by itself where together they fail, since it may be only one of them."""
    try:
        return _run(pks, now)
    except (OperationalError, InterfaceError):
        logger.exception("report settings %s: the database failed; they stay due", pks)
    except Exception:
        if len(pks) > 1:
            return sum(_run_guarded([pk], now) for pk in pks)
        logger.exception("report settings %s: set aside", pks[0])
        _set_aside(pks[0], now)
    return 0


@transaction.atomic
def _run(pks: list[int], now: datetime) -> int:
    """Claim what is due of these rows and make it; how many reports that made.

    The rows are locked, so that nobody edits or claims them meanwhile; those that somebody holds at this moment are
    left for the next sweep. SQLite knows no row locks: its transactions begin with the only write lock.
    """
    due = ReportSettings.objects.due(now).filter(pk__in=pks).select_related("client__agency__sending_rules")
    claimed, wanted, lost = [], [], []
    for settings in due.select_for_update(of=("self",), skip_locked=True).order_by("pk"):
        at = settings.next_run_at
        if settings.client.is_archived or at is None:
            planning.stop(settings.client)
            continue
        plan = schedule.plan(settings.schedule, at, now)
        settings.last_run_on = schedule.day_of(settings.schedule, plan.run or plan.lost[-1])
        settings.next_run_at = plan.next
        claimed.append(settings)
        lost.append((settings, plan.lost))
        if plan.run is not None:
            wanted.append(_wanted(settings, plan.run, now))
    ReportSettings.objects.bulk_update(claimed, ["next_run_at", "last_run_on"])
    for settings, missed in lost:
        _record_lost(settings, missed, now)
    return len(making.make(wanted, now))


def _wanted(settings: ReportSettings, at: datetime, now: datetime) -> Wanted:
    """The occurrence of a row whose next one is set already."""
    following, life = settings.next_run_at, at + MESSAGE_LIFE
    return Wanted(
        settings,
        schedule.occurrence_key(at),
        Trigger.SCHEDULE,
        at=at,
        expires_at=min(following, life) if following else life,
        held_until=holding.held_until(settings, now),
    )


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


def _set_aside(pk: int, now: datetime) -> None:
    """Move a row on that cannot be run, so that it does not fail at each sweep, and leave a trace for a person."""
    try:
        settings = ReportSettings.objects.select_related("client__agency").get(pk=pk)
        due = settings.next_run_at
        if due is None:
            return
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
                        "holds": [HoldKind.FAILED],
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
