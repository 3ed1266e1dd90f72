"""What has been: readings of balances, alerts and what became of them, reports that a person decided on. Only reads."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import QuerySet

from agency.models import Client
from connections.models import Message, MessageStatus
from reports.choices import ReportStatus
from reports.models import BalanceAlert, BalanceReading, Report

#: Rows that a history begins with, and that each "Mostrar mais" adds.
STEP = 30
#: However often somebody asks for more, a page ends here.
MOST = 600

#: Seconds between two looks at a message that is about to leave, and at one that waits for a number to come back.
_LEAVES, _WAITS = 4, 30

_S = MessageStatus
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Newest(Generic[T]):
    """The newest rows of a history; `more` is how many to ask for next, 0 where there are none."""

    rows: list[T]
    more: int


@dataclass(frozen=True, slots=True)
class AlertRow:
    alert: BalanceAlert
    messages: list[Message]


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """`cancelled` says why a released report did not leave after all; empty where it left, or may leave yet."""

    report: Report
    cancelled: str


def wanted(asked: str) -> int:
    """How many rows a page was asked for: a multiple of STEP, from one to MOST."""
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else STEP
    return min(max(-(-number // STEP), 1) * STEP, MOST)


def readings(client: Client, count: int = STEP) -> Newest[BalanceReading]:
    rows = BalanceReading.objects.filter(account__client=client).select_related("account")
    return _newest(rows.order_by("-read_at", "-pk"), count)


def alerts(client: Client, count: int = STEP) -> Newest[AlertRow]:
    """Each alert with its messages, which are found by the subject: one query for all of them."""
    rows = BalanceAlert.objects.filter(account__client=client).select_related("account")
    found = _newest(rows.order_by("-created_at", "-pk"), count)
    by_subject: dict[str, list[Message]] = defaultdict(list)
    subjects = [alert.subject for alert in found.rows]
    if subjects:
        for message in Message.objects.filter(subject__in=subjects).defer("body").order_by("to_name", "pk"):
            by_subject[message.subject].append(message)
    return Newest([AlertRow(alert, by_subject[alert.subject]) for alert in found.rows], found.more)


def ask_again_in(found: Newest[AlertRow]) -> int:
    """Seconds after which a page should look again what became of these alerts; 0 where all of it is settled."""
    waiting = [message for row in found.rows for message in row.messages if message.status in (_S.QUEUED, _S.SENDING)]
    if not waiting:
        return 0
    return _WAITS if all(message.status == _S.QUEUED and message.reason for message in waiting) else _LEAVES


def decided(client: Client, count: int = STEP) -> Newest[DecidedRow]:
    """Reports that waited for a person once: released, discarded or expired, the newest decision first."""
    rows = Report.objects.filter(client=client, settled_at__isnull=False).select_related("settled_by").defer("snapshot")
    found = _newest(rows.order_by("-settled_at", "-pk"), count)
    ends = _ends([report.subject for report in found.rows if report.status == ReportStatus.BUILT])
    return Newest([DecidedRow(report, ends.get(report.subject, "")) for report in found.rows], found.more)


def _ends(subjects: list[str]) -> dict[str, str]:
    """Of the reports that none of the messages leaves any more of, since all were cancelled: why."""
    if not subjects:
        return {}
    messages = list(Message.objects.filter(subject__in=subjects).values_list("subject", "status", "reason"))
    lives = {subject for subject, status, _ in messages if status != MessageStatus.CANCELLED}
    return {subject: reason for subject, _, reason in messages if subject not in lives}


def _newest(rows: QuerySet[T], count: int) -> Newest[T]:  # type: ignore[type-var]
    found = list(rows[: count + 1])
    more = count + STEP if len(found) > count and count < MOST else 0
    return Newest(found[:count], more)
