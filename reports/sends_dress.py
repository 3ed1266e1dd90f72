"""What only the shown lines of "Envios" need: which report, who gets it, through which number, what to do about it.

A few queries for all lines of a page. Predicts a route as `connections.routing` would choose it now; changes nothing.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse

from agency.models import Agency
from agency.phones import is_group
from connections import routing
from connections.models import Attempt, WhatsAppConnection, WhatsAppGroup
from connections.routing import Route
from connections.states import Reason, Status
from reports import periods, sends_words
from reports.choices import Period, Trigger
from reports.models import Recipient, Report
from reports.queueing import MESSAGE_LIFE
from reports.sends_lines import Action, Line, moment_shown, people
from reports.sends_words import Tally

_NUMBER = ("status", "reason", "client_id", "agency_id", "connected_at", "phone", "paused_until")
_OF_TRY = ("message", "is_fallback", "fallback_reason")
#: States in which a line's number is a reason that it waits, or that it went by the agency's.
_STUCK = frozenset({Tally.QUEUED, Tally.LATER, Tally.PROBLEM})
#: Chosen, or nothing that a new link would mend.
_NOT_TO_LINK = frozenset({Reason.BY_USER, Reason.BY_CLIENT, Reason.ARCHIVED, Reason.NEVER_CONNECTED})


def dress(agency: Agency, lines: Sequence[Line], now: datetime, zone: ZoneInfo, *, with_day: bool) -> None:
    """Fill what the lines show besides their state; times in `zone`, with their day in a list of several days."""
    if not lines:
        return
    today = now.astimezone(zone).date()
    reports, numbers = _reports(lines), Numbers(agency, lines)
    everybody, tries = _recipients(lines), _tries(lines)
    for line in lines:
        report = line.report = line.report or reports.get(_report_key(line))
        settings = line.settings or (report.settings if report else None)
        line.what = sends_words.what(
            line.kind, report or _to_come(line), settings.get_frequency_display() if settings else ""
        )
        if line.messages:
            line.to_all = ", ".join(sends_words.all_names(line.messages))
        elif line.client is not None:
            people(line, everybody[line.client.pk])
        line.shown_at = moment_shown(line, today, zone, with_day=with_day)
        line.url = _url(line)
        _name_sender(line, numbers, tries)
        line.action = _action(line, numbers, now)


class Numbers:
    """The connections of the lines' clients and the agency's own, in one query."""

    def __init__(self, agency: Agency, lines: Sequence[Line]) -> None:
        keys = {line.client.pk for line in lines if line.client is not None}
        rows = WhatsAppConnection.objects.filter(agency=agency).only(*_NUMBER)
        mine = list(rows.filter(client__in=keys) | rows.filter(client=None))
        self._own = {number.client_id: number for number in mine if number.client_id}
        self.agencys = next((number for number in mine if number.client_id is None), None)

    def own(self, client: Any) -> WhatsAppConnection | None:
        return self._own.get(client.pk) if client is not None else None

    def route(self, client: Any, *, wants_agency: bool = False, to: str = "") -> Route:
        to_group = is_group(to)
        return routing.choose(
            self.own(client),
            self.agencys,
            is_clients=client is not None,
            may_use_agency=client is None or client.use_agency_number,
            wants_agency=wants_agency,
            to_group=to_group,
            agency_is_in_group=to_group and to in self._agencys_groups,
        )

    @cached_property
    def _agencys_groups(self) -> set[str]:
        """Read only where a group is among the lines."""
        if self.agencys is None:
            return set()
        return set(WhatsAppGroup.objects.current().filter(connection=self.agencys.pk).values_list("jid", flat=True))


@dataclass(frozen=True, slots=True)
class _Run:
    """What a report will be about that is not there yet."""

    trigger: str
    period_start: date
    period_end: date


def _to_come(line: Line) -> _Run | None:
    if line.settings is None:
        return None
    days = periods.days_of(Period(line.settings.period), line.at, line.client.zone)
    return _Run(Trigger.SCHEDULE, days.first, days.last)


def _report_key(line: Line) -> uuid.UUID | None:
    kind, _, key = line.messages[0].subject.partition(":") if line.messages else ("", "", "")
    try:
        return uuid.UUID(key) if kind == "report" else None
    except ValueError:
        return None


def _reports(lines: Sequence[Line]) -> dict[uuid.UUID | None, Report]:
    keys = {key for line in lines if (key := _report_key(line))}
    if not keys:
        return {}
    rows = Report.objects.filter(pk__in=keys).select_related("settings")
    return {report.pk: report for report in rows.only("trigger", "period_start", "period_end", "settings__frequency")}


def _recipients(lines: Sequence[Line]) -> dict[Any, list[str]]:
    """Who gets reports, of the clients whose lines have no messages yet."""
    found: dict[Any, list[str]] = defaultdict(list)
    keys = {line.client.pk for line in lines if not line.messages and line.client is not None}
    if keys:
        rows = Recipient.objects.filter(client__in=keys, gets_reports=True).order_by("name", "pk")
        for client, name in rows.values_list("client", "name"):
            found[client].append(name)
    return found


def _tries(lines: Sequence[Line]) -> dict[uuid.UUID, tuple[bool, str]]:
    """Of messages that the agency's number carried, or of which nobody knows what carried them: whether the newest try
    was the agency's, and why, by the message's key."""
    messages = [message for line in lines for message in line.messages]
    keys = [one.pk for one in messages if one.by_agency_number or one.status in ("failed", "uncertain", "sending")]
    if not keys:
        return {}
    rows = Attempt.objects.filter(message__in=keys).order_by("started_at", "pk")
    return {key: (is_fallback, why) for key, is_fallback, why in rows.values_list(*_OF_TRY)}


def _name_sender(line: Line, numbers: Numbers, tries: dict[uuid.UUID, tuple[bool, str]]) -> None:
    """Of what has left, or may have, the number that carried it; of what has not, the one that would now."""
    tried = [tries[message.pk] for message in line.messages if message.pk in tries]
    if tried or any(message.sent_at is not None for message in line.messages):
        by_agency = next((why for is_fallback, why in tried if is_fallback), None)
        is_agencys = by_agency is not None or any(message.by_agency_number for message in line.messages)
        line.sender, line.sender_why = ("agency" if is_agencys else "own"), by_agency or ""
        return
    if line.standing.tally not in (Tally.QUEUED, Tally.LATER) or (line.client is None and not line.messages):
        return
    wants_agency = any(message.wants_agency_number for message in line.messages)
    to = line.messages[0].to if line.messages else ""
    route = numbers.route(line.client, wants_agency=wants_agency, to=to)
    if route.connection is None:
        line.sender_why = route.why
    else:
        line.sender = "own" if route.connection.client_id else "agency"
        line.sender_why = route.why
    if line.client is None:
        line.sender = "agency" if route.connection else ""


def _url(line: Line) -> str:
    """Where the line's text and tries are shown; of a run to come its client's page."""
    if line.messages:
        return reverse("reports:send", args=[line.messages[0].pk])
    if line.settings is not None:
        return reverse("reports:settings", args=[line.client.pk])
    if line.standing.tally is Tally.HELD and line.client.archived_at is None:
        return reverse("reports:held", args=[line.client.pk, line.report.pk])
    return reverse("reports:send_report", args=[line.report.pk])


def _action(line: Line, numbers: Numbers, now: datetime) -> Action | None:
    client, tally = line.client, line.standing.tally
    if client is None or client.archived_at is not None:
        return None
    if tally is Tally.HELD:
        return Action("Revisar", line.url)
    if tally is Tally.UNCERTAIN:
        return Action("Decidir", line.url)
    if failed_for_agency(line.messages, numbers, now):
        return Action("Enviar pela agência", line.url)
    if tally in _STUCK and needs_link(numbers.own(client)):
        return Action("Reconectar", reverse("connections:qr_modal", args=[client.pk]), needs_gateway=True)
    if tally is Tally.PROBLEM and may_be_resent(line):
        return Action("Reenviar", reverse("reports:resend", args=[line.messages[0].pk]))
    return None


def may_be_resent(line: Line) -> bool:
    """Whether it is a report of a client in service that put messages into the outbox, not all of them uncertain."""
    is_clients = line.client is not None and line.client.archived_at is None
    is_report = is_clients and line.report is not None and bool(line.messages)
    return is_report and any(message.status not in ("queued", "sending", "uncertain") for message in line.messages)


def failed_for_agency(messages: Sequence[Any], numbers: Numbers, now: datetime) -> list[Any]:
    """What of it failed, is no old news yet, and would leave through the agency's number in place of the client's."""
    failed = [
        message
        for message in messages
        if message.status in ("failed", "expired") and now - message.created_at < MESSAGE_LIFE
        if not sends_words.is_made_good(message, messages)
    ]
    if not failed or failed[0].client is None:
        return []
    routes = ((message, numbers.route(message.client, to=message.to).connection) for message in failed)
    return [message for message, number in routes if number is not None and number.client_id is None]


def needs_link(own: WhatsAppConnection | None) -> bool:
    """Whether the client's number was linked once, is down, and only a new QR or code brings it back."""
    if own is None or own.connected_at is None or own.status != Status.DISCONNECTED:
        return False
    return own.reason not in _NOT_TO_LINK
