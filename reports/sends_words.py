"""What the page "Envios" says of the messages of one report, alert or test: one state, one detail, one tally. Pure.

A report to several people is one line: the state that needs somebody most is the line's, and the detail says of how
many. Statuses are compared as strings; messages and reports are whatever has their columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from agency.phones import show_phone
from agency.templatetags.ui_states import State, state_of_message
from agency.templatetags.ui_words import MONTHS, WEEKDAYS, days_range
from agency.text import search_key
from reports.choices import ReportStatus, Trigger


class Tally(StrEnum):
    """What the summary of a day counts, in the order in which it says it."""

    DELIVERED = "delivered"
    SENT = "sent"
    HELD = "held"
    QUEUED = "queued"
    PROBLEM = "problem"
    UNCERTAIN = "uncertain"
    LATER = "later"
    #: Nothing of it leaves, and nobody need do anything: cancelled, discarded.
    ENDED = "ended"


_SUMMARY = {
    Tally.DELIVERED: ("entregue", "entregues"),
    Tally.SENT: ("enviado", "enviados"),
    Tally.HELD: ("retido", "retidos"),
    Tally.QUEUED: ("na fila", "na fila"),
    Tally.PROBLEM: ("com problema", "com problema"),
    Tally.UNCERTAIN: ("incerto", "incertos"),
    Tally.LATER: ("mais tarde", "mais tarde"),
    Tally.ENDED: ("cancelado", "cancelados"),
}
#: The worst first: of several messages the first that is found here is the line's.
_RANK = ("failed", "expired", "undelivered", "uncertain", "sending", "queued", "sent", "delivered", "read", "cancelled")
_TALLY = {
    **dict.fromkeys(("failed", "expired", "undelivered"), Tally.PROBLEM),
    "uncertain": Tally.UNCERTAIN,
    **dict.fromkeys(("sending", "queued"), Tally.QUEUED),
    "sent": Tally.SENT,
    **dict.fromkeys(("delivered", "read"), Tally.DELIVERED),
    "cancelled": Tally.ENDED,
}
_NOT_ARRIVED = ("failed", "expired", "undelivered")
_ARRIVED = ("delivered", "read")
LATER = State("Mais tarde", "clock", "plain", is_message=True)
_OF_REPORT = {
    ReportStatus.HELD: (State("Retido", "pause-circle", "warn", is_message=True), Tally.HELD),
    ReportStatus.LOST: (State("Perdido", "x-circle", "bad", is_message=True), Tally.HELD),
    ReportStatus.EXPIRED: (State("Expirado", "x-circle", "bad", is_message=True), Tally.PROBLEM),
    ReportStatus.DISCARDED: (State("Descartado", "minus-circle", "plain", is_message=True), Tally.ENDED),
}
_ALREADY_SENT = State("Enviado", "tick", "plain", is_message=True)
#: A moment nearer than this is said as a distance, one that is further off by the clock.
_NEAR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """`detail` follows the state's word; `tally` is where the day's summary counts it."""

    state: State
    detail: str
    tally: Tally


def standing_of(messages: Sequence[Any], now: datetime, zone: ZoneInfo) -> Standing:
    """Of the messages of one subject, at least one. Times are told in `zone`."""
    wanted = [message for message in messages if str(message.status) != "cancelled"] or list(messages)
    live = [message for message in wanted if not is_made_good(message, wanted)]
    keys = [key_of(message) for message in live]
    worst = next(key for key in _RANK if key in keys)
    first = next(message for message, key in zip(live, keys, strict=True) if key == worst)
    own = _detail(first, worst, now, zone)
    return Standing(state_of_message(first), _counted(worst, keys, own), _TALLY[worst])


def is_made_good(message: Any, messages: Iterable[Any]) -> bool:
    """Whether it did not arrive, and one of these was sent to the same person in its place since."""
    if key_of(message) not in _NOT_ARRIVED:
        return False
    return any(
        other.to == message.to
        and other.file_type == message.file_type
        and other.created_at > message.created_at
        and str(other.status) != "cancelled"
        for other in messages
    )


def key_of(message: Any) -> str:
    """Its status, or "undelivered" where no phone has confirmed it for too long."""
    return "undelivered" if message.is_undelivered else str(message.status)


def standing_of_report(report: Any) -> Standing:
    """Of a report that has put nothing into the outbox."""
    state, tally = _OF_REPORT.get(ReportStatus(report.status), (_ALREADY_SENT, Tally.ENDED))
    return Standing(state, report.reason, tally)


def standing_of_run(waits: str = "") -> Standing:
    """Of a run to come; `waits` says what would keep it from leaving, "" where nothing would."""
    return Standing(LATER, waits, Tally.LATER)


def _counted(worst: str, keys: Sequence[str], own: str) -> str:
    if len(keys) == 1:
        return own
    total, same = len(keys), keys.count(worst)
    if worst == "read":
        return f"{total} de {total}"
    if worst == "delivered":
        read = keys.count("read")
        return f"{total} de {total}" + (f", {read} {'lido' if read == 1 else 'lidos'}" if read else "")
    if worst == "sent":
        arrived = sum(key in _ARRIVED for key in keys)
        return f"{total} de {total}" + (f", {arrived} {'entregue' if arrived == 1 else 'entregues'}" if arrived else "")
    if same == total:
        return own
    return f"{same} de {total}" + (f": {own}" if own else "")


def _detail(message: Any, key: str, now: datetime, zone: ZoneInfo) -> str:
    match key:
        case "read":
            return clock(message.read_at, now, zone)
        case "delivered":
            return clock(message.delivered_at, now, zone)
        case "sent":
            return clock(message.sent_at, now, zone)
        case "undelivered":
            return f"há {length(now - message.sent_at)}"
        case "queued":
            return _leaves(message, now, zone)
        case "uncertain":
            until = message.looked_for_until
            return f"conferindo no WhatsApp até {until.astimezone(zone):%H:%M}" if until else "confira e decida"
        case "sending":
            return ""
    return str(message.reason)


def _leaves(message: Any, now: datetime, zone: ZoneInfo) -> str:
    """When what is queued leaves, or why it waits."""
    has_its_moment = message.slot_at is not None and message.slot_at == message.due_at
    if message.reason and not has_its_moment:
        return str(message.reason)
    ahead = message.due_at - now
    if ahead <= timedelta(seconds=1):
        return "em instantes"
    if ahead > _NEAR:
        return clock(message.due_at, now, zone)
    seconds = ahead.total_seconds()
    near = f"em ~{max(1, round(seconds / 5)) * 5} s" if seconds < 55 else f"em ~{max(1, round(seconds / 60))} min"
    return f"{near}, espaçando" if has_its_moment else near


def clock(moment: datetime | None, now: datetime, zone: ZoneInfo) -> str:
    """`09:06` of today, `24 nov 09:06` of another day."""
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    return f"{local:%H:%M}" if is_today else f"{day_month(local.date())} {local:%H:%M}"


def length(passed: timedelta) -> str:
    """`12 min`, `1 h 33`, `3 dias`."""
    minutes = max(0, int(passed.total_seconds() // 60))
    hours, days = minutes // 60, passed.days
    if minutes < 60:
        return f"{minutes} min"
    if days < 2:
        return f"{hours} h {minutes % 60:02}" if minutes % 60 else f"{hours} h"
    return f"{days} dias"


def names(messages: Iterable[Any]) -> str:
    """`Camila Ipê e mais 1`: who gets it, as a page has room for."""
    return shortened(all_names(messages))


def all_names(messages: Iterable[Any]) -> list[str]:
    """Each recipient's name, or number where it has none; in the order of the alphabet."""
    return sorted({message.to_name or show_phone(message.to) for message in messages}, key=str.casefold)


def shortened(everybody: Sequence[str]) -> str:
    if not everybody:
        return ""
    return everybody[0] if len(everybody) == 1 else f"{everybody[0]} e mais {len(everybody) - 1}"


def what(kind: str, report: Any = None, frequency: str = "") -> str:
    """`diário, 23 nov`, `alerta de saldo`, `teste`; of a report that was asked for by hand `avulso, 17 a 23 nov`."""
    if kind != "report":
        fixed = {"alert": "alerta de saldo", "test": "teste", "link": "link de conexão", "notice": "aviso"}
        return fixed.get(kind, kind)
    if report is None:
        return "relatório"
    how = "avulso" if report.trigger == Trigger.MANUAL else (frequency.lower() or "relatório")
    days = days_range(report.period_start, report.period_end)
    return f"{how}, {days}" if days else how


def cause_and_rest(reason: str) -> tuple[str, str]:
    """The first sentence of a reason, and what follows it. A point within a number or a date ends no sentence."""
    cause, point, rest = reason.partition(". ")
    return (f"{cause}.", rest) if point else (reason, "")


def searched(text: str) -> str:
    """As a search compares it: without case and accents."""
    return search_key(text)


def summary(tallies: Iterable[Tally]) -> str:
    """`11 entregues, 3 retidos, 4 na fila, 2 com problema, 2 mais tarde`; "" where there is nothing."""
    counted = Counter(tallies)
    return ", ".join(f"{counted[each]} {_SUMMARY[each][counted[each] > 1]}" for each in Tally if counted[each])


def day_month(day: date) -> str:
    """`24 nov`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]}"


def day_title(day: date) -> str:
    """`terça, 24 nov`."""
    return f"{WEEKDAYS[day.weekday()].removesuffix('-feira')}, {day_month(day)}"
