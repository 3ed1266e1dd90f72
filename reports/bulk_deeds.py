"""What a run for many clients does to some of them, in few statements however many they are: makes their reports, stops
or resumes what is automatic. Inside the caller's transaction; notes on each item what came of it, without saving it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from connections.models import Message
from reports import holding, making, pause_all
from reports.choices import BulkAction, BulkOutcome, HoldKind, ReportStatus, Trigger
from reports.making import Wanted
from reports.models import AgencyPause, BulkItem, BulkRun, Report, ReportSettings
from reports.queueing import MESSAGE_LIFE

ARCHIVED = "O cliente foi arquivado."
WAS_PAUSED = "Já estava pausado."
WAS_RUNNING = "Já estava ligado."
NOT_SET_UP = "O relatório automático ainda não foi configurado."
UNREADABLE = "O horário deste cliente não pôde ser lido: confira o relatório dele."


def do(run: BulkRun, items: Sequence[BulkItem], now: datetime) -> None:
    """Items come with client, agency and its rules, and are locked."""
    in_service = []
    for item in items:
        if item.client.is_archived:
            item.outcome, item.reason = BulkOutcome.GONE, ARCHIVED
        else:
            in_service.append(item)
    deeds = {BulkAction.SEND: _send, BulkAction.PAUSE: _pause, BulkAction.RESUME: _resume}
    if in_service:
        deeds[BulkAction(run.action)](run, in_service, now)


def wanted(run: BulkRun, settings: ReportSettings, now: datetime) -> Wanted:
    """The report that a run asks for; the settings come with client and agency at hand."""
    until = holding.held_until(settings, now)
    return Wanted(settings, run.occurrence, Trigger.MANUAL, at=now, expires_at=now + MESSAGE_LIFE, held_until=until)


def _send(run: BulkRun, items: Sequence[BulkItem], now: datetime) -> None:
    by_client = {item.client_id: item for item in items}
    asked = [wanted(run, settings, now) for settings in _settings_of(run, items, now)]
    made = making.make(asked, now)
    if len(made) < len(asked):  # the database has one of this run already: that is the one
        made = list(Report.objects.filter(client__in=by_client, occurrence=run.occurrence).defer("snapshot"))
    texts = Message.objects.filter(subject__in=[report.subject for report in made], file_name="").order_by()
    counts = dict(texts.values_list("subject").annotate(Count("pk")))
    for report in made:
        item = by_client[report.client_id]
        item.report, item.messages = report, counts.get(report.subject, 0)
        item.outcome, item.reason = outcome_of(report), report.reason


def outcome_of(report: Report) -> BulkOutcome:
    if report.status == ReportStatus.BUILT:
        return BulkOutcome.DONE
    return BulkOutcome.NOBODY if report.holds == [HoldKind.RECIPIENTS] else BulkOutcome.HELD


def _settings_of(run: BulkRun, items: Sequence[BulkItem], now: datetime) -> list[ReportSettings]:
    """Those of each client; the default ones, switched off, where there are none yet."""
    clients = {item.client_id: item.client for item in items}
    mine = ReportSettings.objects.filter(client__in=clients)
    known = set(mine.values_list("client", flat=True))
    if len(known) < len(clients):
        copy = AgencyPause.objects.copy_of(run.agency_id, now)
        fresh = [ReportSettings(client_id=key, agency_pauses=copy) for key in clients if key not in known]
        ReportSettings.objects.bulk_create(fresh, ignore_conflicts=True)
    # Locked, as by who pauses or edits: a number that was taken off the list in this moment is not sent to.
    found = list(mine.select_for_update().order_by("pk"))
    for settings in found:
        settings.client = clients[settings.client_id]
    return found


def _pause(run: BulkRun, items: Sequence[BulkItem], now: datetime) -> None:
    rows = _locked(items)
    pause_all.stop(run.agency, [settings for settings in rows.values() if settings.active], now, with_all=False)
    for item in items:
        settings = rows.get(item.client_id)
        if settings is not None and settings.active:
            item.outcome = BulkOutcome.DONE
        else:
            item.outcome, item.reason = BulkOutcome.UNCHANGED, WAS_PAUSED if settings else NOT_SET_UP


def _resume(run: BulkRun, items: Sequence[BulkItem], now: datetime) -> None:
    rows = _locked(items)
    paused = [settings for settings in rows.values() if not settings.active]
    resumed = {settings.client_id for settings in pause_all.go_on(run.agency, paused, now)}
    was_paused = {settings.client_id for settings in paused}
    for item in items:
        if item.client_id in resumed:
            item.outcome = BulkOutcome.DONE
        elif item.client_id in was_paused:
            item.outcome, item.reason = BulkOutcome.FAILED, UNREADABLE
        else:
            reason = WAS_RUNNING if item.client_id in rows else NOT_SET_UP
            item.outcome, item.reason = BulkOutcome.UNCHANGED, reason


def _locked(items: Sequence[BulkItem]) -> dict[object, ReportSettings]:
    """By client, first, as everybody does who writes settings and what follows from them."""
    rows = ReportSettings.objects.filter(client__in=[item.client_id for item in items]).select_related("client")
    return {settings.client_id: settings for settings in rows.select_for_update(of=("self",)).order_by("pk")}
