"""What a run for many clients would do, before a person confirms it: to how many, what would stay and why, who has had
a report today already. As exactly as it can be known cheaply; writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from agency.models import Agency, Client, NumberState
from connections import routing
from connections.models import Message, MessageStatus
from reports import bulk_deeds, making
from reports.choices import BulkAction, BulkOutcome, ReportStatus
from reports.gating import NO_RECIPIENTS
from reports.models import BulkRun, Recipient, Report, ReportSettings
from reports.sends_ahead import quiet_hours

#: Of so many clients at most the numbers themselves are looked at, as a run would; of more only who receives.
LOOKED_AT = 100
_AT_ONCE = 50
_NAMED = 3


@dataclass(slots=True)
class Stays:
    """A client whose report would not leave, with the reason in pt-BR."""

    client: Client
    reason: str
    is_nobody: bool


@dataclass(slots=True)
class Ahead:
    """`clients` is how many it would do something for, `messages` what would go into the outbox, or be cancelled."""

    clients: int
    messages: int
    stays: list[Stays] = field(default_factory=list)
    #: Whether the numbers of each were looked at.
    is_exact: bool = True
    #: Who has had a report today, in the agency's calendar.
    had_today: list[str] = field(default_factory=list)
    #: With no number that could carry it now.
    without_number: int = 0
    #: Whose automatic reports are switched off; it does not matter to "Enviar agora".
    paused: int = 0
    #: The end of the agency's quiet hours, where it is quiet now: nothing leaves before.
    quiet_until: datetime | None = None
    #: Of a pause or its end: for whom nothing would change.
    unchanged: int = 0

    @property
    def had_today_named(self) -> str:
        """`Ateliê, Café, Padaria e mais 4`."""
        first, more = ", ".join(self.had_today[:_NAMED]), len(self.had_today) - _NAMED
        return f"{first} e mais {more}" if more > 0 else first

    @property
    def held(self) -> list[Stays]:
        return [each for each in self.stays if not each.is_nobody]

    @property
    def nobody(self) -> list[Stays]:
        return [each for each in self.stays if each.is_nobody]


def of_run(run: BulkRun, now: datetime | None = None) -> Ahead:
    """The run comes with its agency."""
    now = now or timezone.now()
    clients = Client.objects.active().filter(agency=run.agency, pk__in=run.items.values("client"))
    if run.action == BulkAction.SEND:
        return _sending(run, clients, now)
    settings = ReportSettings.objects.filter(client__in=clients, active=run.action == BulkAction.PAUSE)
    queued = Message.objects.filter(
        agency=run.agency, kind=Message.Kind.REPORT, status=MessageStatus.QUEUED, client__in=settings.values("client")
    )
    changed = settings.count()
    cancelled = queued.count() if run.action == BulkAction.PAUSE else 0
    return Ahead(changed, cancelled, unchanged=clients.count() - changed)


def _sending(run: BulkRun, clients: QuerySet[Client], now: datetime) -> Ahead:
    rows = list(clients.select_related("agency__sending_rules").order_by("search_text", "pk")[: LOOKED_AT + 1])
    ahead = _foreseen(run, rows, now) if len(rows) <= LOOKED_AT else _counted(clients)
    day = datetime.combine(now.astimezone(ZoneInfo(run.agency.time_zone)).date(), time())
    since = day.replace(tzinfo=ZoneInfo(run.agency.time_zone))
    built = Report.objects.filter(client=OuterRef("pk"), status=ReportStatus.BUILT, created_at__gte=since)
    had = clients.filter(Exists(built)).order_by("search_text", "pk")
    ahead.had_today = list(had.values_list("name", flat=True))
    quiet = quiet_hours(run.agency)
    ahead.quiet_until = quiet.end_after(now) if quiet else None
    ahead.without_number = clients.filter(_no_number(run.agency)).count()
    ahead.paused = ReportSettings.objects.filter(client__in=clients, active=False).count()
    return ahead


def _foreseen(run: BulkRun, clients: Sequence[Client], now: datetime) -> Ahead:
    ahead = Ahead(0, 0)
    mine = {settings.client_id: settings for settings in ReportSettings.objects.filter(client__in=clients)}
    for first in range(0, len(clients), _AT_ONCE):
        asked = []
        for client in clients[first : first + _AT_ONCE]:
            settings = mine.get(client.pk) or ReportSettings(client=client)
            settings.client = client
            asked.append(bulk_deeds.wanted(run, settings, now))
        for report, recipients in making.foresee(asked, now):
            outcome = bulk_deeds.outcome_of(report)
            if outcome is BulkOutcome.DONE:
                ahead.clients += 1
                ahead.messages += recipients
            else:
                ahead.stays.append(Stays(report.client, report.reason, outcome is BulkOutcome.NOBODY))
    return ahead


def _counted(clients: QuerySet[Client]) -> Ahead:
    told = Recipient.objects.filter(client__in=clients, gets_reports=True)
    found = told.aggregate(messages=Count("pk"), clients=Count("client", distinct=True))
    silent = clients.exclude(pk__in=told.values("client")).order_by("search_text", "pk")
    stays = [Stays(client, NO_RECIPIENTS, True) for client in silent]
    return Ahead(found["clients"], found["messages"], stays, is_exact=False)


def _no_number(agency: Agency) -> Q:
    own_is_down = ~Q(number_state=NumberState.OWN)
    return own_is_down & Q(use_agency_number=False) if routing.sender_for(agency) else own_is_down
