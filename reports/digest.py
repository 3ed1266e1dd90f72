"""What an agency's people are told each Monday: how last week's messages went, and what this week needs. Sends nothing.

A week is Monday to Sunday in the agency's zone. Everything is counted by a query for each line, however many clients.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q

from agency.models import Agency
from connections import drops_words, falls
from connections.models import Message, MessageStatus, WhatsAppConnection
from connections.states import REALLY_SENT
from reports.choices import Frequency
from reports.formatting import day, money
from reports.models import AdAccount, ReportSettings

MONDAY, WEEK = 0, timedelta(days=7)
#: From this time of day on; what was missed is made up for until the day is over, and not afterwards.
TIME_OF_DAY = time(8)
#: So many are named, the others only counted.
NAMED = 10
_FREQUENCIES = {
    Frequency.DAILY: ("diário", "diários"),
    Frequency.WEEKLY: ("semanal", "semanais"),
    Frequency.BIWEEKLY: ("quinzenal", "quinzenais"),
    Frequency.MONTHLY: ("mensal", "mensais"),
}


@dataclass(frozen=True, slots=True)
class Listed:
    """How many there are, and the first of them in words."""

    count: int
    named: list[str]

    @property
    def more(self) -> int:
        return self.count - len(self.named)


@dataclass(frozen=True, slots=True)
class Digest:
    """`sent` holds `delivered`; `due` is clients with an automatic report before this week ends, by frequency."""

    monday: date
    sent: int
    delivered: int
    failed: int
    uncertain: int
    down: Listed
    low: Listed
    due: dict[Frequency, int]

    @property
    def is_silent(self) -> bool:
        """Nothing left or should have, and nothing is about to: nobody works with this agency's reports."""
        return not (self.sent or self.failed or self.uncertain or self.due)

    @property
    def days(self) -> str:
        return f"{day(self.monday - WEEK)} a {day(self.monday - timedelta(days=1))}"

    @property
    def due_words(self) -> str:
        """`12 clientes (8 diários, 3 semanais, 1 mensal)`; "" where there are none."""
        total = sum(self.due.values())
        if not total:
            return ""
        parts = [f"{count} {_FREQUENCIES[of][count > 1]}" for of in _FREQUENCIES if (count := self.due.get(of, 0))]
        return f"{total} cliente{'s' if total > 1 else ''} ({', '.join(parts)})"


def monday_of(now: datetime, zone: ZoneInfo) -> date | None:
    """The Monday whose digest is to leave at `now`: from its eight o'clock by the clock of that zone to its end."""
    local = now.astimezone(zone)
    return local.date() if local.weekday() == MONDAY and local.time() >= TIME_OF_DAY else None


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which a local day begins; where clocks skip midnight, that of the jump."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def gather(agency: Agency, monday: date) -> Digest:
    """The week before `monday`, and how things stand now. Four queries."""
    zone = ZoneInfo(agency.time_zone)
    week = _messages(agency, begin_of(monday - WEEK, zone), begin_of(monday, zone))
    return Digest(
        monday=monday,
        **week,
        down=_down(agency),
        low=_low(agency),
        due=_due(agency, begin_of(monday + WEEK, zone)),
    )


def _messages(agency: Agency, first: datetime, end: datetime) -> dict[str, int]:
    # By the client, whose index holds the time; the agency's alone would read all that it ever sent. Tests and notices
    # are no work of the agency's.
    ours = Message.objects.filter(client__agency=agency, created_at__gte=first, created_at__lt=end)
    kinds = (Message.Kind.REPORT, Message.Kind.ALERT)

    def number(*statuses: MessageStatus, **only: str) -> Count:
        return Count("pk", filter=Q(status__in=statuses, **only))

    counted: dict[str, int] = ours.filter(kind__in=kinds).aggregate(
        sent=number(*REALLY_SENT, file_name=""),  # what goes with a report is no report more
        delivered=number(MessageStatus.DELIVERED, MessageStatus.READ, file_name=""),
        failed=number(MessageStatus.FAILED, MessageStatus.EXPIRED),
        uncertain=number(MessageStatus.UNCERTAIN),
    )
    return counted


def _down(agency: Agency) -> Listed:
    """Numbers that fell and are not back; not those that somebody disconnected."""
    rows = falls.unwanted().filter(agency=agency).order_by(F("client__search_text").asc(nulls_first=True))
    return _listed([f"{_whose(row)}: {_why(row)}" for row in rows])


def _whose(row: WhatsAppConnection) -> str:
    return row.client.name if row.client else "WhatsApp da agência"


def _why(row: WhatsAppConnection) -> str:
    return drops_words.why(*falls.known_state(row))


def _low(agency: Agency) -> Listed:
    short = AdAccount.objects.filter(
        client__agency=agency, client__archived_at=None, balance__lte=F("alert_threshold")
    ).select_related("client")
    return _listed(
        [
            f"{account.client.name}, {account.name}: {money(account.balance, account.currency)} "
            f"(limite {money(account.alert_threshold, account.currency)})"
            for account in short.order_by("client__search_text", "name", "pk")
        ]
    )


def _due(agency: Agency, end: datetime) -> dict[Frequency, int]:
    settings = ReportSettings.objects.filter(
        client__agency=agency, client__archived_at=None, active=True, next_run_at__lt=end
    )
    counted = settings.order_by().values_list("frequency").annotate(number=Count("pk"))
    return {Frequency(frequency): number for frequency, number in counted}


def _listed(words: list[str]) -> Listed:
    return Listed(len(words), words[:NAMED])
